"""Points or labels of a row, and how `--complete` reaches the bodies of a case."""

from types import SimpleNamespace

import pytest

from OVCFRiskLib.batch.case_inputs import body_source
from OVCFRiskLib.batch.run import BatchOptions, _case_settings, _settings_document
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.scoring import load_model

L1, L2, L3, L4 = LumbarLevel
TEXT = "L1=1,2,30;L2=1,2,-6"


@pytest.mark.parametrize("complete", [False, True])
def test_points_are_completed_only_when_asked_for(tmp_path, complete):
    source = body_source(TEXT, "", "", tmp_path, complete)
    assert source.complete is complete
    assert source.labels is None
    # RAS in the table, LPS in the library
    assert dict(source.points) == {L1: (-1.0, -2.0, 30.0), L2: (-1.0, -2.0, -6.0)}


def test_labels_are_relative_to_the_manifest_and_never_completed(tmp_path):
    source = body_source("", "masks/a.nii.gz", "", tmp_path, complete=True)
    assert source.labels == tmp_path / "masks" / "a.nii.gz"
    assert (source.points, source.numbering, source.complete) == (None, None, False)
    assert body_source("", "a.nii.gz", "verse", tmp_path).numbering == "verse"


@pytest.mark.parametrize(("points", "labels", "what"), [(TEXT, "a.nii.gz", "both"), ("", "", "neither")])
def test_a_row_has_one_of_the_two(tmp_path, points, labels, what):
    with pytest.raises(OVCFRiskError, match=f"expected points or labels, got {what}; fill one of the two columns"):
        body_source(points, labels, "", tmp_path)


def test_points_that_cannot_be_read_are_an_error_of_the_row(tmp_path):
    with pytest.raises(OVCFRiskError, match=r"absent\.mrk\.json"):
        body_source("absent.mrk.json", "", "", tmp_path)


@pytest.mark.parametrize("complete", [False, True])
def test_the_option_reaches_the_workers_and_cannot_change_within_a_batch(tmp_path, complete):
    model, options = load_model(None), BatchOptions(complete=complete)
    settings = _case_settings(SimpleNamespace(folder=tmp_path), tmp_path / "out", options, model)
    assert settings.complete is complete
    assert _settings_document(options, model)["complete"] is complete
    other = _settings_document(BatchOptions(complete=not complete), model)
    assert other != _settings_document(options, model)
