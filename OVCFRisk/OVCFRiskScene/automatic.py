"""Bodies without a click: the extension TotalSegmentator finds the vertebrae, where it is installed.

Nothing is installed or downloaded from here. TotalSegmentator is asked through its own logic, as its documentation
shows it (https://github.com/lassoan/SlicerTotalSegmentator).
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

import slicer
from slicer.i18n import tr as _

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.progress import report_progress
from OVCFRiskScene.ownership import addNode, isInScene

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.progress import Progress

MODULE = "totalsegmentator"  # of the extension, as `slicer.modules` names it
PACKAGE = "totalsegmentator"  # that the extension installs when it is first used
LOG_LETTERS = 70  # of a line of its log that fit the status line


def automaticProblem() -> str:
    """Why nothing can segment automatically, and what to do; empty when it can."""
    if not hasattr(slicer.modules, MODULE):
        return _("Install the extension TotalSegmentator (Extensions Manager), and start Slicer again.")
    if importlib.util.find_spec(PACKAGE) is None:
        return _("Open the module TotalSegmentator and press Apply once: it then installs what it needs.")
    return ""


def findVertebrae(volume: vtkMRMLScalarVolumeNode, progress: Progress | None = None) -> vtkMRMLSegmentationNode:
    """New hidden segmentation with the whole vertebrae L1 to L4 as TotalSegmentator finds them.

    Raises OVCFRiskError when it is not there, or fails; the scene is then as it was.
    """
    problem = automaticProblem()
    if problem:
        raise OVCFRiskError(problem)
    vertebrae = addNode("vtkMRMLSegmentationNode", _("{ct} vertebrae").format(ct=volume.GetName()), isHidden=True)
    try:
        _logic(progress).process(
            volume,
            vertebrae,
            not _hasGpu(),  # its fast mode, at 3 mm: minutes instead of the better part of an hour
            subset=[f"vertebrae_{level.name}" for level in LumbarLevel],
        )
    except BaseException as error:
        if isInScene(vertebrae):
            slicer.mrmlScene.RemoveNode(vertebrae)
        if isinstance(error, OVCFRiskError) or not isinstance(error, Exception):
            raise
        raise OVCFRiskError(
            _(
                "TotalSegmentator failed ({error}); try it in its own module, then choose its result under Or masks."
            ).format(error=error)
        ) from error
    return vertebrae


def _logic(progress: Progress | None) -> Any:
    """The extension's logic; each line of its log is a sign of life, and a place to stop."""
    from TotalSegmentator import TotalSegmentatorLogic

    logic = TotalSegmentatorLogic()
    logic.logCallback = lambda text: report_progress(progress, 0.5, str(text).strip()[:LOG_LETTERS])
    return logic


def _hasGpu() -> bool:
    """True when its network runs on a graphics card."""
    import torch

    return bool(torch.cuda.is_available())
