"""The small rooms of a batch, each alone: cells, inputs of a case, its display."""

import argparse
import json

import pytest

from OVCFRiskLib.batch import display as display_module
from OVCFRiskLib.batch.case_inputs import body_source
from OVCFRiskLib.batch.case_names import case_id_of, is_label_folder, patient_id_of, stem_of
from OVCFRiskLib.batch.case_record import CaseRecord, CaseStatus, status_of
from OVCFRiskLib.batch.display import BatchDisplay
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.batch.row_cells import check_codes, check_title, mask_checks, number, text
from OVCFRiskLib.batch.second_observer import JITTER_MM
from OVCFRiskLib.commands.robustness import add_arguments
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.data.score_csv import SCORE_COLUMNS

CASE = Case("a", "ct.nii", "p.json", "", "", ())


@pytest.mark.parametrize(
    ("cell", "value"), [("1.5", 1.5), (2, 2.0), ("", None), (None, None), ("x", None), ("inf", None)]
)
def test_numbers_of_cells(cell, value):
    assert number({"c": cell}, "c") == value


def test_texts_and_checks_of_cells():
    row = {"checks": "leak | slice_thickness | another_version_s", "a": None}
    assert (text(row, "a"), text(row, "absent"), text({"a": 3}, "a")) == ("", "", "3")
    assert check_codes(row, "checks") == ["leak", "slice_thickness", "another_version_s"]
    assert mask_checks(row) == ["leak"]
    assert check_title("another_version_s") == "another_version_s"


def test_a_record_survives_json():
    rows = tuple(dict.fromkeys(SCORE_COLUMNS) | {"level": level.name, "status": "scored"} for level in LumbarLevel)
    second = ({"level": "L1", "original_firstorder_Median": 1.5},)
    record = CaseRecord("a", "f", CaseStatus.SCORED, 1.5, rows=rows, features=second, second_features=second)
    assert CaseRecord.from_dict(json.loads(json.dumps(record.to_dict()))) == record
    failed = CaseRecord.failed(CASE, "two\nlines")
    assert (failed.status, failed.error, failed.rows) == (CaseStatus.FAILED, "two lines", ())
    with pytest.raises((KeyError, ValueError, TypeError)):
        CaseRecord.from_dict({"case_id": "a"})


def test_status_by_rows():
    scored, not_scored = {"status": "scored"}, {"status": "not scored"}
    assert status_of((scored, scored)) is CaseStatus.SCORED
    assert status_of((not_scored,)) is CaseStatus.NOT_SCORED


def test_points_or_labels_of_a_row(tmp_path):
    assert body_source("L1=1,2,3", "", "", tmp_path).points == {LumbarLevel.L1: (-1, -2, 3)}
    labels = body_source("", "l.nii", "vista3d", tmp_path)
    assert (labels.labels, labels.numbering) == (tmp_path / "l.nii", "vista3d")
    for points, given in (("", "neither"), ("L1=1,2,3", "both")):
        with pytest.raises(OVCFRiskError, match=f"got {given}"):
            body_source(points, "l.nii" if points else "", "", tmp_path)


def test_names_of_files_and_folders(tmp_path):
    assert is_label_folder("Segmentations_v2")
    assert not is_label_folder("segmented liver")
    assert stem_of(tmp_path / "mask-12.nii.gz") == "12"
    assert case_id_of([], "", "archive", ()) == "archive"
    assert patient_id_of(["P1", "ST1"], tmp_path / "SE1", True) == "P1"
    assert patient_id_of(["P1"], tmp_path / "SE1", True) is None


def test_a_fingerprint_changes_with_every_input():
    others = [
        Case("a", "ct2.nii", "p.json", "", "", ()),
        Case("a", "ct.nii", "q.json", "", "", ()),
        Case("a", "ct.nii", "p.json", "", "1.2", ()),
        Case("a", "ct.nii", "p.json", "", "", (), points2="q.json"),
        Case("a", "ct.nii", "p.json", "", "", (), numbering="verse"),
    ]
    assert len({case.fingerprint for case in (CASE, *others)}) == 6
    assert CASE.fingerprint == Case("another id", "ct.nii", "p.json", "", "", ("x",)).fingerprint


def test_progress_as_json_and_as_lines(capsys, monkeypatch):
    times = iter([0.0, 30.0, 60.0] * 4)
    monkeypatch.setattr(display_module.time, "monotonic", lambda: next(times))
    for style in ("json", "text"):
        display = BatchDisplay(style)
        display(None, 0, 2)
        display(CaseRecord("a", "f", CaseStatus.SCORED, 29.0), 1, 2)
        display.finish({"scored": 2}, "out", ("scores.csv", "reports/"))
    printed = capsys.readouterr()
    start, case, end = (json.loads(line) for line in printed.out.splitlines()[:3])
    assert (start["event"], case["event"], end["event"]) == ("start", "case", "finished")
    assert (case["case_id"], case["status"], case["cases_per_minute"]) == ("a", "scored", 2.0)
    assert end["files"] == ["scores.csv", "reports/"]
    assert printed.out.endswith("wrote out/: scores.csv, reports/\n")
    assert "1 of 2 cases" in printed.err


def test_imitated_observers_click_as_far_off_as_robustness_tries():

    parser = argparse.ArgumentParser()
    add_arguments(parser)
    assert parser.get_default("jitter") == JITTER_MM
