"""Everything a scored CT leaves behind, in one folder."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.file_set import FileSet, written_together
from OVCFRiskLib.files import write_bytes, write_text

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.acquisition import Acquisition
    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.bodies.cut_out import Bodies
    from OVCFRiskLib.identity import Identity
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.report.pictures.overlay_drawing import OverlayDrawing
    from OVCFRiskLib.volume_part import Part

# What every scored CT leaves, and what a user may ask for besides.
OUTPUT_FILES = ("assessment.json", "report.html", "overlay.png", "scores.csv", "labels.nii.gz")
DICOM_FILES = ("segmentation.dcm", "measurements.dcm")
FHIR_FILE = "observations.json"
SCENE_FILE = "scene.mrb"
# One result: a folder holds the files of one scoring or none of them.
RESULT_SET = FileSet(
    names=(*OUTPUT_FILES, *DICOM_FILES, FHIR_FILE, SCENE_FILE),
    marked=("assessment.json", "report.html", *DICOM_FILES, FHIR_FILE),
    mark=b"ovcfrisk",
)

# Puts further files of a result into the folder it is given.
Writer = Callable[[Path], object]


def write_all(
    assessment: SpineAssessment,
    ct: sitk.Image | Part,
    labels: sitk.Image | Part,
    folder: str | Path,
    acquisition: Acquisition | None = None,
    identity: Identity | None = None,
    further: Sequence[Writer] = (),
    accepted: Collection[LumbarLevel] | None = None,
    bodies: Bodies | None = None,
    drawing: OverlayDrawing | None = None,
) -> tuple[str, ...]:
    """Write scores.csv, assessment.json, labels.nii.gz, overlay.png and report.html, together or not at all.

    They take the place of an earlier result in the folder, of which nothing stays; files of other names stay untouched.
    Whatever fails, the folder holds the earlier result whole.

    Parameters
    ----------
    assessment : SpineAssessment
    ct, labels : SimpleITK.Image or Part
        The CT in HU and the bodies 20..23 on its grid that were assessed; or parts of both that hold the
        `region_of_labels`, of which labels.nii.gz has the whole's size.
    folder : path
        Created if it is not there.
    acquisition : Acquisition, optional
        Header facts of the CT that the report shows.
    identity : Identity, optional
        Shown in report.html only; without it nothing written identifies a person. With it only the owner may read the
        files.
    further : sequence of callable
        Write what else belongs to the result, e.g. the objects for the archive, into the folder they are given.
    accepted : collection of LumbarLevel, optional
        Levels whose mask a person accepted; None where that was not recorded.
    bodies : Bodies, optional
        Cut out of CT and labels, where that was done before; then both are what is around them.
    drawing : OverlayDrawing, optional
        The 3D picture, where it was begun with these bodies before they were assessed.

    Returns
    -------
    tuple of str
        What could not be made and why, one sentence each; empty when everything is there.

    Raises
    ------
    OVCFRiskError
        If the folder or a file cannot be written, the folder holds files of these names that are not ours, or a number
        of the assessment is not finite.
    """
    from OVCFRiskLib.bodies.cut_out import cut_out_levels
    from OVCFRiskLib.report.page.page import report_page
    from OVCFRiskLib.report.page.page_pictures import page_pictures, with_overlay
    from OVCFRiskLib.report.pictures.overlay_drawing import OverlayDrawing
    from OVCFRiskLib.spine_region import around_bodies
    from OVCFRiskLib.volume_part import as_part

    ct, labels = as_part(ct), as_part(labels)
    around = ct
    if bodies is None:
        around, masks = around_bodies(ct, labels)
        bodies = cut_out_levels(masks)
    if drawing is None:
        drawing = OverlayDrawing()
        drawing.begin(around.image, bodies)
    with written_together(folder, RESULT_SET, is_private=identity is not None) as stage:
        drawing.color(assessment)
        _write_data(assessment, labels, stage)
        pictures = page_pictures(assessment, around.image, bodies, None)
        overlay, notes = _write_overlay(drawing, stage / "overlay.png")
        pictures = with_overlay(pictures, assessment, overlay)
        page = report_page(assessment, pictures, notes, acquisition, identity, accepted)
        write_text(stage / "report.html", page)
        for write in further:
            write(stage)
    return notes


def require_same_result(assessment: SpineAssessment, folder: str | Path) -> None:
    """Raise when a folder holds the result of another scoring, beside which the objects of this one must not lie.

    Raises
    ------
    OVCFRiskError
        With what to do.
    """
    from OVCFRiskLib.report.data.json_document import assessment_text

    folder = Path(folder)
    RESULT_SET.require_ours(folder)
    if set(RESULT_SET.present(folder)) <= {*DICOM_FILES, FHIR_FILE}:
        return
    document = folder / "assessment.json"
    if not document.is_file() or document.read_bytes() != assessment_text(assessment).encode("utf-8"):
        raise OVCFRiskError(
            f"output folder '{folder}' holds the result of another scoring; nothing was changed, write this result "
            "there first or choose another folder"
        )


def _write_data(assessment: SpineAssessment, labels: Part, folder: Path) -> None:
    """The files for machines, first: they must not be lost to a picture."""
    from OVCFRiskLib.mask_origin import MaskOrigin
    from OVCFRiskLib.report.data.json_document import write_assessment
    from OVCFRiskLib.report.data.label_file import write_labels
    from OVCFRiskLib.report.data.score_csv import write_scores_csv

    write_scores_csv(assessment, folder / "scores.csv")
    write_assessment(assessment, folder / "assessment.json")
    own = [row.level for row in assessment.levels if row.mask_origin is MaskOrigin.SOFTWARE]
    write_labels(labels, folder / "labels.nii.gz", own)


def _write_overlay(drawing: OverlayDrawing, path: Path) -> tuple[bytes | None, tuple[str, ...]]:
    """The 3D picture as PNG, or a note why there is none."""
    try:
        png = drawing.finish()
    except OVCFRiskError as error:
        return None, (str(error),)
    write_bytes(path, png)
    return png, ()
