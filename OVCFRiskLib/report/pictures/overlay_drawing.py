"""The 3D picture of a score while it is made: its shapes beside the assessment, then what colours them."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.threads import beside

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.bodies.cut_out import LevelCutOut
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.report.pictures.picture import OverlayShapes


class OverlayDrawing:
    """What `picture.draw_overlay` draws, begun as soon as the bodies are known."""

    def __init__(self) -> None:
        self._shapes: Future[OverlayShapes] | None = None
        self._png: Future[bytes] | None = None

    def begin(self, ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> None:
        """Have the shapes made beside other work.

        Parameters
        ----------
        ct, bodies
            As `picture.draw_overlay` takes them.
        """
        self._shapes = beside(_shapes, ct, bodies)

    def color(self, assessment: SpineAssessment) -> None:
        """Have the picture drawn beside other work, once the assessment is done."""
        assert self._shapes is not None
        self._png = beside(_png, self._shapes, assessment)

    def finish(self) -> bytes:
        """Wait for the picture, as PNG.

        Raises
        ------
        OVCFRiskError
            If no body has a mask, or there is no memory for the picture.
        """
        assert self._png is not None
        try:
            return self._png.result()
        except (OVCFRiskError, MemoryError) as error:
            reason = "there is not enough memory for it" if isinstance(error, MemoryError) else error
            raise OVCFRiskError(f"no 3D picture, because {reason}") from error


def _shapes(ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> OverlayShapes:
    """The shapes; the library that draws is loaded here, beside other work."""
    from OVCFRiskLib.report.pictures.picture import overlay_shapes

    return overlay_shapes(ct, bodies)


def _png(shapes: Future[OverlayShapes], assessment: SpineAssessment) -> bytes:
    """The picture, once the shapes are there."""
    from OVCFRiskLib.report.pictures.picture import draw_shapes
    from OVCFRiskLib.report.pictures.png import png_bytes

    return png_bytes(draw_shapes(assessment, shapes.result()))
