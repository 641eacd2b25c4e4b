"""The 3D picture of a score while it is drawn by another process: its shapes first, then what colours them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report.pictures import drawing_process
from OVCFRiskLib.report.pictures.drawing_process import DrawingProcess
from OVCFRiskLib.threads import beside

if TYPE_CHECKING:
    from types import TracebackType

    import SimpleITK as sitk

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.bodies.cut_out import LevelCutOut
    from OVCFRiskLib.levels import LumbarLevel


class OverlayDrawing:
    """What `picture.draw_overlay` draws, done by another process while this one goes on.

    As a context it ends that process where nobody waits for the picture any more.
    """

    def __init__(self) -> None:
        self._drawing: DrawingProcess | None = None
        self._shapes: Future[None] | None = None

    def __enter__(self) -> OverlayDrawing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._drawing is not None:
            self._drawing.close()
            self._drawing = None

    def begin(self, ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> None:
        """Have the surfaces made, as soon as the bodies are known.

        Parameters
        ----------
        ct, bodies
            As `picture.draw_overlay` takes them.
        """
        self._drawing = drawing_process.take() if bodies else None
        if self._drawing is not None:
            # images of their own: filters of the checks hold those of the bodies meanwhile
            own = {level: replace(body) for level, body in bodies.items()}
            self._shapes = beside(_send_shapes, self._drawing, ct, own)

    def color(self, assessment: SpineAssessment) -> None:
        """Have the picture drawn, once the assessment is done; what went wrong with its shapes, `finish` says."""
        if self._drawing is not None and self._shapes is not None and self._shapes.exception() is None:
            self._drawing.send(assessment)

    def finish(self) -> bytes:
        """Wait for the picture, as PNG.

        Raises
        ------
        OVCFRiskError
            If no body has a mask, its shapes could not be made, or this machine cannot draw in 3D.
        """
        if self._drawing is None:
            reason = drawing_process.why_it_fails() or "no level has a mask; segment the bodies first"
            raise OVCFRiskError(f"no 3D picture, because {reason}")
        try:
            if self._shapes is not None:
                self._shapes.result()
        except OVCFRiskError as error:  # it says nothing about this machine
            raise OVCFRiskError(f"no 3D picture, because {error}") from error
        try:
            png = self._drawing.receive()
        except OVCFRiskError as error:
            drawing_process.note_failure(error)
            raise OVCFRiskError(f"no 3D picture, because {error}") from error
        drawing_process.give_back(self._drawing)
        self._drawing = None
        return png


def _send_shapes(drawing: DrawingProcess, ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> None:
    """Hand over the fields whose contours are drawn."""
    from OVCFRiskLib.report.pictures.bone_context import overlay_fields

    drawing.send(overlay_fields(ct, bodies))
