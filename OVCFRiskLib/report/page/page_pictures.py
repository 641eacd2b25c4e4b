"""The pictures of the report, as parts of its page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import SimpleITK as sitk

from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.markup import Markup, element
from OVCFRiskLib.report.pictures.slice_figure import slice_figure
from OVCFRiskLib.report.pictures.slices import Slice, axial_slice, sagittal_slice
from OVCFRiskLib.report.svg import data_uri
from OVCFRiskLib.report.wording import outcome

# Height of letters on the patient's scale: the axial slices are shown at about half the width.
SAGITTAL_TEXT_MM = 4.6
AXIAL_TEXT_MM = 4.6


@dataclass(frozen=True, slots=True)
class PagePictures:
    """What the page shows as pictures.

    Attributes
    ----------
    overlay : Markup or None
        The 3D picture.
    sagittal : Markup or None
        The sagittal slice; None when no level has a mask.
    axial : tuple of (str, Markup)
        Caption and axial slice of each body.
    """

    overlay: Markup | None
    sagittal: Markup | None
    axial: tuple[tuple[str, Markup], ...]


def page_pictures(
    assessment: SpineAssessment, ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut], overlay: bytes | None
) -> PagePictures:
    """Draw the slices and take the 3D picture in.

    Parameters
    ----------
    assessment : SpineAssessment
    ct : SimpleITK.Image
        HU.
    bodies : mapping
        As `cut_out_levels` gives it for labels on the CT's grid.
    overlay : bytes or None
        PNG of the 3D picture, where there is one.

    Returns
    -------
    PagePictures
    """
    if not bodies:
        return with_overlay(PagePictures(None, None, ()), assessment, overlay)
    label = f"Sagittal CT with the masks' outlines: {_shown(assessment)}"
    sagittal = slice_figure(sagittal_slice(ct, bodies), assessment, label, SAGITTAL_TEXT_MM)
    axial = tuple(_axial(assessment, axial_slice(ct, bodies, level), level) for level in bodies)
    return with_overlay(PagePictures(None, sagittal, axial), assessment, overlay)


def with_overlay(pictures: PagePictures, assessment: SpineAssessment, overlay: bytes | None) -> PagePictures:
    """The pictures with the 3D picture (PNG), which may take longer than the slices; None leaves them as they are."""
    if overlay is None:
        return pictures
    image = element("img", src=data_uri(overlay), alt=f"Vertebral bodies in 3D: {_shown(assessment)}")
    return replace(pictures, overlay=image)


def _shown(assessment: SpineAssessment) -> str:
    """Every level with its outcome, in words."""
    return ", ".join(outcome(row) for row in assessment.levels)


def _axial(assessment: SpineAssessment, picture: Slice, level: LumbarLevel) -> tuple[str, Markup]:
    """Caption and figure of one body."""
    words = outcome(assessment.level(level))
    figure = slice_figure(picture, assessment, f"Axial CT with the mask's outline: {words}", AXIAL_TEXT_MM)
    return f"{words}, S {picture.superior_mm:.0f} mm", figure
