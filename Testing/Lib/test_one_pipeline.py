"""What the scene knows of the masks counts in the one pipeline, and every output says the same."""

import csv
import json

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.assess import assess
from OVCFRiskLib.assessment import Status
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.quality.overlap import check_overlap
from OVCFRiskLib.report.archive.dicom_export import write_dicom
from OVCFRiskLib.report.data.json_document import assessment_text
from OVCFRiskLib.report.data.json_reader import parse_assessment
from OVCFRiskLib.report.data.score_csv import write_scores_csv
from OVCFRiskLib.report.page.page import report_page
from OVCFRiskLib.report.page.page_pictures import PagePictures
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.report.terminal import format_table
from OVCFRiskLib.scored_ct import BodySource, score_ct
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
SCORED = "Scored: L1 and L4."
NOT_SCORED = (
    "L2 was not scored, because: its mask shares {n} voxels with L3; give each body its own segment.",
    "L3 was not scored, because: its mask shares {n} voxels with L2; give each body its own segment.",
)


@pytest.fixture(scope="module")
def phantom():
    return make_phantom(PhantomSettings(spacing_mm=(1.0, 1.0, 1.25), field_mm=(120.0, 120.0, 190.0)))


@pytest.fixture(scope="module")
def overlapping(phantom):
    """The assessment of a spine whose masks of L2 and L3 overlap, and the number of voxels they share."""
    labels = sitk.GetArrayFromImage(phantom.labels)
    masks = {level: labels == level for level in LumbarLevel}
    masks[L3] |= np.cumsum(masks[L2], axis=0) * masks[L2] == 1  # the lowest voxel of every column of L2
    shared = int(np.count_nonzero(masks[L2] & masks[L3]))
    return assess(phantom.ct, phantom.labels, mask_findings=check_overlap(masks)), shared


def test_overlapping_levels_are_not_scored(overlapping):
    assessment, _shared = overlapping
    assert [row.status for row in assessment.levels] == [Status.SCORED, *[Status.NOT_SCORED] * 2, Status.SCORED]
    assert all(row.score is None and row.features is None for row in assessment.levels[1:3])
    assert [finding.code for finding in assessment.level(L2).stops] == ["overlap"]


def said_by(summary):
    return " ".join(summary.split())


def test_every_output_says_it(overlapping, phantom, dicom_factory, tmp_path):
    pydicom = pytest.importorskip("pydicom")
    assessment, shared = overlapping
    sentences = [SCORED, *(sentence.format(n=shared) for sentence in NOT_SCORED)]
    dicom_factory.write_series(tmp_path / "ct", phantom.ct)
    paths = write_dicom(assessment, phantom.labels, tmp_path / "ct", None, tmp_path / "out")
    reports = [pydicom.dcmread(path) for path in paths]
    texts = [e.value for report in reports for e in report.iterall() if e.keyword == "TextValue"]
    outputs = {
        "summary": summarise(assessment),
        "page": report_page(assessment, PagePictures(None, None, ())),
        "json": json.loads(assessment_text(assessment))["summary"],
        "json read back": summarise(parse_assessment(assessment_text(assessment))),
        "structured report": " ".join(texts),
        "terminal": format_table(assessment),
    }
    for name, text in outputs.items():
        for sentence in sentences:
            assert sentence in said_by(text), name
        assert "L1, L2, L3" not in text, name


def test_the_table_says_it(overlapping, tmp_path):
    assessment, shared = overlapping
    write_scores_csv(assessment, tmp_path / "scores.csv")
    rows = list(csv.DictReader((tmp_path / "scores.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["status"] for row in rows] == ["scored", "not scored", "not scored", "scored"]
    assert rows[1]["reason"] == f"its mask shares {shared} voxels with L3; give each body its own segment."
    assert (rows[1]["reason_codes"], rows[1]["r_score"]) == ("overlap", "")
    assert "overlap" in rows[1]["checks"].split(" | ")


def test_a_level_that_vanished_under_another_says_why(phantom):
    """Identical masks: the label image holds one of them, the other is not simply 'not marked'."""
    labels = sitk.GetArrayFromImage(phantom.labels)
    masks = {level: labels == level for level in (L1, L2)}
    masks[L2] = masks[L1]
    labels[labels == L2] = 0
    image = sitk.GetImageFromArray(labels)
    image.CopyInformation(phantom.labels)
    assessment = assess(phantom.ct, image, mask_findings=check_overlap(masks))
    for level, other in ((L1, L2), (L2, L1)):
        assert f"its mask is the same as that of {other.name}" in assessment.level(level).reason


def test_findings_come_back_from_json(overlapping):
    assessment, _shared = overlapping
    assert parse_assessment(assessment_text(assessment)) == assessment


def origins_of(scored):
    return {row.level: row.mask_origin for row in scored.assessment.levels}


def test_every_output_says_where_the_masks_come_from(phantom, tmp_path):
    bodies = segment_bodies(phantom.ct, phantom.points)
    elsewhere = tmp_path / "elsewhere.nii.gz"
    sitk.WriteImage(phantom.labels, str(elsewhere))
    by_points = score_ct(phantom.ct, BodySource(phantom.points))
    imported = score_ct(phantom.ct, BodySource(labels=elsewhere))
    assert origins_of(by_points) == dict.fromkeys(LumbarLevel, MaskOrigin.SOFTWARE)
    assert origins_of(imported) == dict.fromkeys(LumbarLevel, MaskOrigin.IMPORTED)
    assert {row.mask_origin for row in assess(phantom.ct, bodies).levels} == {MaskOrigin.SOFTWARE}
    assert {row.mask_origin for row in assess(phantom.ct, phantom.labels).levels} == {MaskOrigin.UNKNOWN}
    assessment = imported.assessment
    assert "All masks were imported" in summarise(assessment)
    assert "All masks were imported" in " ".join(format_table(assessment).split())
    page = report_page(assessment, PagePictures(None, None, ()))
    assert "imported; no acceptance by a person is recorded" in page
    assert "moved by 0.04 on average and by 0.10 at most" in page
    assert parse_assessment(assessment_text(assessment)) == assessment
    write_scores_csv(assessment, tmp_path / "scores.csv")
    with (tmp_path / "scores.csv").open(newline="") as file:
        assert [row["mask_origin"] for row in csv.DictReader(file)] == ["imported"] * 4


def test_masks_that_this_software_wrote_are_its_own_until_they_are_changed(phantom, tmp_path):
    by_points = score_ct(phantom.ct, BodySource(phantom.points))
    by_points.write(tmp_path / "first")
    written = tmp_path / "first" / "labels.nii.gz"
    again = score_ct(phantom.ct, BodySource(labels=written))
    assert origins_of(again) == dict.fromkeys(LumbarLevel, MaskOrigin.SOFTWARE)
    changed = sitk.ReadImage(str(written))
    array = sitk.GetArrayFromImage(changed)
    array[np.unravel_index(np.argmax(array == L3), array.shape)] = 0
    edited = sitk.GetImageFromArray(array)
    edited.CopyInformation(changed)
    edited.SetMetaData("ITK_FileNotes", changed.GetMetaData("descrip"))
    sitk.WriteImage(edited, str(tmp_path / "edited.nii.gz"))
    source = BodySource(labels=tmp_path / "edited.nii.gz")
    assert origins_of(score_ct(phantom.ct, source)) == dict.fromkeys(LumbarLevel, MaskOrigin.SOFTWARE) | {
        L3: MaskOrigin.EDITED
    }
