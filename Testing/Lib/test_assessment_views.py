"""An assessment in Python and in a notebook: by level, as dictionaries, as a frame, as a table."""

import dataclasses
import html
import json
import math

import pandas
import pytest
import SimpleITK as sitk

from OVCFRiskLib import assess as assess_module
from OVCFRiskLib.assess import assess
from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.assessment_views import level_rows, to_html
from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation import import_labels, segment_bodies


@pytest.fixture(scope="module")
def assessment(phantom) -> SpineAssessment:
    """The phantom without L4."""
    import SimpleITK as sitk

    return assess(phantom.ct, sitk.ChangeLabel(phantom.labels, {23: 0}))


def test_levels_by_name_value_and_themselves(assessment):
    assert assessment["L2"] is assessment[21] is assessment[LumbarLevel.L2] is assessment.level(LumbarLevel.L2)
    assert [row.level.name for row in assessment] == ["L1", "L2", "L3", "L4"]


@pytest.mark.parametrize("key", ["L5", "l1 ", 19, None, 1.5])
def test_another_level_is_a_key_error_that_says_which_there_are(assessment, key):
    with pytest.raises(KeyError, match="expected a level L1, L2, L3 or L4"):
        assessment[key]


def test_dictionaries_hold_everything_plainly(assessment):
    document = assessment.to_dict()
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert [row["level"] for row in document["levels"]] == ["L1", "L2", "L3", "L4"]
    assert document["levels"][0]["score"]["risk_index"] == assessment["L1"].score.risk_index
    assert document["provenance"]["model_sha256"] == assessment.provenance.model_sha256


def test_a_frame_has_a_row_per_level(assessment):
    frame = assessment.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.index) == ["L1", "L2", "L3", "L4"]
    assert frame.loc["L1", "risk_index"] == assessment["L1"].score.risk_index
    assert frame.loc["L4", "status"] == "not scored"
    assert math.isnan(frame.loc["L4", "risk_index"])


def test_a_notebook_shows_a_table_that_says_what_it_is(assessment):
    text = assessment._repr_html_()
    assert text.count("<tr>") == 5
    assert f"{assessment['L1'].score.risk_index:.2f}" in text
    assert html.escape(f"not scored, because: {assessment['L4'].reason}") in text
    assert "Research software" in text
    assert assessment.provenance.model_id in text


def test_help_begins_with_an_example():
    assert "Examples" in assess_module.assess.__doc__.split("Parameters")[0]
    assert "Examples" in SpineAssessment.__doc__.split("Attributes")[0]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"model": "nope"}, "unknown model 'nope'; known ids: .*ovcfrisk-demonstration"),
        ({"ct": "ct.nii.gz"}, "ct: expected a SimpleITK image, got the path 'ct.nii.gz'; read files with"),
        ({"labels": "labels.nii.gz"}, "labels: expected a SimpleITK image, got the path .*import_labels"),
        ({"labels": None}, "labels: expected a SimpleITK image, got NoneType"),
        ({"ct": sitk.Image([4, 4], sitk.sitkInt16)}, "CT: expected a 3D image with one value per voxel, got 2D with 1"),
        ({"ct": sitk.Image([4] * 3, sitk.sitkVectorInt16, 3)}, "CT: expected a 3D image .* got 3D with 3"),
        ({"model": 3}, "model: expected the id or the path of a card, got int"),
    ],
)
def test_wrong_types_get_sentences(phantom, change, expected):
    arguments = {"ct": phantom.ct, "labels": phantom.labels, "model": None} | change
    with pytest.raises(OVCFRiskError, match=expected):
        assess(**arguments)


def test_a_model_by_its_id(phantom, assessment):
    labels = sitk.ChangeLabel(phantom.labels, {23: 0})
    assert assess(phantom.ct, labels, "ovcfrisk-demonstration") == assessment


@pytest.mark.parametrize("path", [5, None, ["ct.nii.gz"]])
def test_what_is_no_path_is_refused_in_a_sentence(phantom, path):
    with pytest.raises(OVCFRiskError, match="expected the path of a CT file"):
        read_ct(path)
    with pytest.raises(OVCFRiskError, match="labels: expected a path or a SimpleITK image"):
        import_labels(path, phantom.ct)
    with pytest.raises(OVCFRiskError, match="ct: expected a SimpleITK image"):
        import_labels(phantom.labels, "ct.nii.gz")


@pytest.mark.parametrize(
    ("ct", "points", "expected"),
    [
        ("ct.nii.gz", {"L1": (0, 0, 0)}, "ct: expected a SimpleITK image"),
        (None, "L1=0,0,0", "points: expected a mapping"),
        (None, {"L9": (0, 0, 0)}, "expected the levels L1, L2, L3 or L4, got 'L9'"),
        (None, {"L1": (0, 0)}, "three coordinates"),
    ],
)
def test_what_is_no_points_or_ct_is_refused_before_segmenting(phantom, ct, points, expected):
    with pytest.raises(OVCFRiskError, match=expected):
        segment_bodies(phantom.ct if ct is None else ct, points)


def test_rows_hold_what_was_measured_and_none_where_nothing_was(assessment):
    first, *_, last = level_rows(assessment)
    assert (first["risk_low"], first["risk_high"]) == (
        assessment["L1"].score.risk_low,
        assessment["L1"].score.risk_high,
    )
    assert first["reason"] is None
    assert len(set(first["findings"])) == len(first["findings"])
    assert last["reason"] == assessment["L4"].reason
    assert {last[name] for name in ("r_score", "risk_index", "category", "height_loss", "genant_grade")} == {None}


def test_a_reason_is_text_in_the_notebook_and_no_markup(assessment):
    rows = assessment.levels
    hostile = dataclasses.replace(rows[3], reason="<img src=x onerror=alert(1)>")
    text = to_html(dataclasses.replace(assessment, levels=(*rows[:3], hostile)))
    assert "<img" not in text
    assert "&lt;img src=x onerror=alert(1)&gt;" in text
