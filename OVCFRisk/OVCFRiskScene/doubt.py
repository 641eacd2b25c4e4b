"""Parts of a body's surface that are in doubt: named, and faintly marked, where a reviewer looks first."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import slicer

from OVCFRiskLib.geometry import Box, as_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskScene.ownership import DOUBT_ROLE
from OVCFRiskScene.review import editedLevels
from OVCFRiskScene.segments import addSegment, createMarks

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.segmentation.body_field import BodyField

# Attribute of the segmentation node, per level: names of the parts in doubt, of the mask as the software made it.
DOUBT_ATTRIBUTE = "OVCFRisk.doubtfulParts.{level}"
SEPARATOR = "; "
MARK_REACH_MM = 1.0  # on both sides of the surface: seen from outside in 3D, a thin band in a slice
MARK_COLOR = (0.85, 0.35, 0.75)  # neither of the risk map, nor of a level, nor of the hatching
FILL_OPACITY_2D, OPACITY_3D = 0.35, 0.45  # faint: the edge of the bone is what is looked at
SMOOTHING = "0.1"  # of the surface: more would close a thin shell


@dataclass(frozen=True)
class DoubtfulSurface:
    """Which parts of a body's surface are in doubt, the most doubtful first, and the voxels that mark where."""

    parts: tuple[str, ...]
    mark: tuple[Box, np.ndarray] | None


def doubtfulSurfaces(
    fields: Mapping[LumbarLevel, BodyField], matrix: np.ndarray, shape: tuple[int, ...]
) -> dict[LumbarLevel, DoubtfulSurface]:
    """{level: its doubtful surface} of the bodies that have one; without nodes, for another thread.

    ``matrix`` takes (i, j, k, 1) of the volume to RAS mm, ``shape`` is its [k, j, i].
    """
    found = {}
    for level, field in fields.items():
        if field.doubtful:
            found[level] = DoubtfulSurface(
                tuple(part.value for part in field.doubtful), shellAround(field.marks * (-1, -1, 1), matrix, shape)
            )
    return found


def recordDoubt(
    bodies: vtkMRMLSegmentationNode,
    volume: vtkMRMLScalarVolumeNode,
    doubtful: Mapping[LumbarLevel, DoubtfulSurface],
    made: Collection[LumbarLevel],
) -> None:
    """Keep which parts of the bodies just made are in doubt, and their marks; those of other levels stay.

    The marks are hidden until `showDoubt` is asked.
    """
    new = {level: doubtful[level] for level in made if level in doubtful}
    for level in made:
        names = SEPARATOR.join(new[level].parts) if level in new else None
        bodies.SetAttribute(DOUBT_ATTRIBUTE.format(level=level.name), names)
    marks = bodies.GetNodeReference(DOUBT_ROLE)
    if marks is None and not new:
        return
    if marks is None:
        marks = createMarks(bodies, volume, DOUBT_ROLE, "parts to look at first", SMOOTHING)
    with slicer.util.NodeModify(marks):
        for level in made:
            marks.GetSegmentation().RemoveSegment(level.name)
        for level, surface in new.items():
            if surface.mark is not None:
                addSegment(marks, volume, (level.name, level.name), MARK_COLOR, *surface.mark)
        marks.GetDisplayNode().SetVisibility(False)
    marks.CreateClosedSurfaceRepresentation()


def doubtfulParts(
    bodies: vtkMRMLSegmentationNode, digests: Mapping[LumbarLevel, str]
) -> dict[LumbarLevel, tuple[str, ...]]:
    """{level: names of its parts in doubt, the most doubtful first}; none of a mask that was edited since."""
    edited = editedLevels(bodies, digests)
    texts = {level: bodies.GetAttribute(DOUBT_ATTRIBUTE.format(level=level.name)) for level in digests}
    return {level: tuple(text.split(SEPARATOR)) for level, text in texts.items() if text and level not in edited}


def showDoubt(bodies: vtkMRMLSegmentationNode, levels: Collection[LumbarLevel]) -> None:
    """Show the marks of these levels and hide the others."""
    marks = bodies.GetNodeReference(DOUBT_ROLE)
    if marks is None:
        return
    marks.CreateDefaultDisplayNodes()
    display = marks.GetDisplayNode()
    with slicer.util.NodeModify(display):
        for name in marks.GetSegmentation().GetSegmentIDs():
            display.SetSegmentVisibility(name, name in {level.name for level in levels})
            display.SetSegmentOpacity2DFill(name, FILL_OPACITY_2D)
            display.SetSegmentOpacity2DOutline(name, 0.0)
            display.SetSegmentOpacity3D(name, OPACITY_3D)
        display.SetVisibility(bool(levels))


def shellAround(points: np.ndarray, matrix: np.ndarray, shape: tuple[int, ...]) -> tuple[Box, np.ndarray] | None:
    """Voxels within `MARK_REACH_MM` of points on a surface.

    Parameters
    ----------
    points : numpy.ndarray
        (n, 3) RAS mm, close enough together that no voxel of the surface is missed.
    matrix : numpy.ndarray
        (4, 4) from (i, j, k, 1) to RAS mm.
    shape : tuple of int
        Of the volume, [k, j, i].

    Returns
    -------
    tuple of (box, numpy.ndarray) or None
        Box within the volume and the boolean mask inside it; None when all points lie outside.
    """
    from scipy import ndimage

    toIjk = np.linalg.inv(matrix)
    index = np.rint(points @ toIjk[:3, :3].T + toIjk[:3, 3]).astype(int)[:, ::-1]
    index = index[((index >= 0) & (index < shape)).all(axis=1)]
    if not len(index):
        return None
    spacing = np.linalg.norm(matrix[:3, :3], axis=0)[::-1]
    margin = np.ceil(MARK_REACH_MM / spacing).astype(int)
    start = np.maximum(index.min(axis=0) - margin, 0)
    stop = np.minimum(index.max(axis=0) + margin + 1, shape)
    away = np.ones(stop - start, bool)
    away[tuple((index - start).T)] = False
    near = ndimage.distance_transform_edt(away, sampling=spacing) <= MARK_REACH_MM
    return as_box(slice(int(a), int(b)) for a, b in zip(start, stop, strict=True)), near
