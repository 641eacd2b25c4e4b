"""Everything a scored CT leaves behind, in one folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder, remove_file, write_bytes, write_text

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.acquisition import Acquisition
    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.bodies.cut_out import LevelCutOut
    from OVCFRiskLib.levels import LumbarLevel

OUTPUT_FILES = ("report.html", "overlay.png", "scores.csv", "assessment.json", "labels.nii.gz")


def write_all(
    assessment: SpineAssessment,
    ct: sitk.Image,
    labels: sitk.Image,
    folder: str | Path,
    acquisition: Acquisition | None = None,
    patient_id: str | None = None,
) -> tuple[str, ...]:
    """Write scores.csv, assessment.json, labels.nii.gz, overlay.png and report.html.

    Each file is written beside and renamed. Files of an earlier run in the folder are replaced; an overlay.png that
    cannot be drawn again is removed, so that a folder never holds the picture of another result.

    Parameters
    ----------
    assessment : SpineAssessment
    ct, labels : SimpleITK.Image
        The CT in HU and the bodies 20..23 on its grid that were assessed.
    folder : path
        Created if it is not there.
    acquisition : Acquisition, optional
        Header facts of the CT that the report shows.
    patient_id : str, optional
        Shown in report.html only; without it nothing written identifies a person.

    Returns
    -------
    tuple of str
        What could not be made and why, one sentence each; empty when everything is there.

    Raises
    ------
    OVCFRiskError
        If the folder or a file cannot be written, or a number of the assessment is not finite.
    """
    from OVCFRiskLib.bodies.cut_out import cut_out_levels
    from OVCFRiskLib.report.page.page import report_page
    from OVCFRiskLib.report.page.page_pictures import page_pictures
    from OVCFRiskLib.report.pictures.offscreen import try_ahead

    folder = prepare_folder(folder)
    try_ahead()
    _write_data(assessment, labels, folder)
    bodies = cut_out_levels(labels)
    overlay, notes = _write_overlay(assessment, ct, bodies, folder / "overlay.png")
    pictures = page_pictures(assessment, ct, bodies, overlay)
    write_text(folder / "report.html", report_page(assessment, pictures, notes, acquisition, patient_id))
    return notes


def _write_data(assessment: SpineAssessment, labels: sitk.Image, folder: Path) -> None:
    """The files for machines, first: they must not be lost to a picture."""
    from OVCFRiskLib.report.data.json_document import write_assessment
    from OVCFRiskLib.report.data.label_file import write_labels
    from OVCFRiskLib.report.data.score_csv import write_scores_csv

    write_scores_csv(assessment, folder / "scores.csv")
    write_assessment(assessment, folder / "assessment.json")
    write_labels(labels, folder / "labels.nii.gz")


def _write_overlay(
    assessment: SpineAssessment, ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut], path: Path
) -> tuple[bytes | None, tuple[str, ...]]:
    """The 3D picture as PNG, or a note why there is none."""
    from OVCFRiskLib.report.pictures.picture import draw_overlay
    from OVCFRiskLib.report.pictures.png import png_bytes

    try:
        png = png_bytes(draw_overlay(assessment, ct, bodies))
    except OVCFRiskError as error:
        remove_file(path)
        return None, (str(error),)
    write_bytes(path, png)
    return png, ()
