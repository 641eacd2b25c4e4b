"""Batches in this process and in workers: tables, bad cases, resume."""

import json

import pytest
import SimpleITK as sitk

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.cli import main
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report.data.score_csv import SCORE_COLUMNS
from OVCFRiskLib.scoring import load_model

HERE = BatchOptions(workers=0)


def test_one_bad_case_is_one_row_and_the_rest_goes_on(make_manifest, tiny_case, tmp_path, read_rows):
    labels = tiny_case / "labels.nii.gz"
    broken = tmp_path / "broken.nii.gz"
    broken.write_bytes(b"no NIfTI at all")
    manifest = make_manifest(
        ("../outside",),
        ("absent", "absent.nii.gz", labels, "", ""),
        ("broken", broken, labels, "", ""),
        ("both", tiny_case / "ct.nii.gz", labels, "L1=0,0,0", ""),
        ("neither", tiny_case / "ct.nii.gz", "", "", ""),
        ("no ct", "", labels, "", ""),
        ("last", tiny_case / "ct.nii.gz", labels, "", "=1+1"),
    )
    result = run_batch(manifest, tmp_path / "out", HERE)
    assert result.counts == {"partly scored": 2, "failed": 5}
    cases = read_rows(tmp_path / "out" / "cases.csv")
    assert [row["case_id"] for row in cases] == [
        "../outside", "absent", "broken", "both", "neither", "no ct", "last",
    ]  # fmt: skip
    assert [row["status"] for row in cases] == ["partly scored", *["failed"] * 5, "partly scored"]
    errors = [row["error"] for row in cases[1:6]]
    words = ("does not exist", "expected NIfTI", "got both", "got neither", "got an empty cell")
    assert all(word in error for word, error in zip(words, errors, strict=True))
    assert cases[-1]["patient_id"] == "'=1+1"
    scores = read_rows(tmp_path / "out" / "scores.csv")
    assert len(scores) == 4 * len(cases)
    assert tuple(scores[0]) == ("case_id", "patient_id", *SCORE_COLUMNS)
    failed = [row for row in scores if row["case_id"] == "broken"]
    assert [row["level"] for row in failed] == ["L1", "L2", "L3", "L4"]
    assert {(row["status"], row["r_score"]) for row in failed} == {("not scored", "")}
    assert {row["model_id"] for row in scores} == {load_model().id}
    assert not (tmp_path / "outside").exists()


def test_the_numbers_are_those_of_score(make_manifest, tiny_case, tmp_path, read_rows):
    run_batch(make_manifest(["a"]), tmp_path / "out", BatchOptions(workers=0, with_reports=True, feature_set="frozen"))
    call = ["score", tiny_case / "ct.nii.gz", "--labels", tiny_case / "labels.nii.gz", "--out", tmp_path / "one"]
    main([str(argument) for argument in call])
    alone = read_rows(tmp_path / "one" / "scores.csv")
    of_batch = read_rows(tmp_path / "out" / "scores.csv")
    assert [{column: row[column] for column in SCORE_COLUMNS} for row in of_batch] == alone
    report = tmp_path / "out" / "reports" / "a"
    assert (report / "scores.csv").read_bytes() == (tmp_path / "one" / "scores.csv").read_bytes()
    assert (report / "report.html").is_file()
    features = read_rows(tmp_path / "out" / "features.csv")
    assert [row["level"] for row in features] == [row["level"] for row in alone if row["status"] == "scored"]
    assert tuple(features[0]) == ("case_id", "patient_id", "level", *load_model().feature_names)


def test_workers_give_the_same_bytes_in_the_order_of_the_manifest(many_cases, undisturbed, tmp_path):
    run_batch(many_cases, tmp_path / "out", BatchOptions(workers=2, feature_set="frozen"))
    for name in ("scores.csv", "features.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (undisturbed / name).read_bytes()
    assert not list((tmp_path / "out" / "running").iterdir())


def test_resume_repeats_nothing_and_takes_new_cases(make_manifest, tmp_path):
    out = tmp_path / "out"
    old, new = ("old", "absent", "x", "", ""), ("new", "absent", "x", "", "")
    run_batch(make_manifest([], old), out, HERE)
    records = {path: path.stat().st_mtime_ns for path in (out / "records").rglob("*.json")}
    longer = make_manifest([], new, old)
    assert run_batch(longer, out, BatchOptions(workers=0, resume=True)).run == 1
    assert all(path.stat().st_mtime_ns == time for path, time in records.items())
    assert run_batch(longer, out, BatchOptions(workers=0, resume=True)).run == 0
    assert run_batch(longer, out, BatchOptions(workers=0, resume=True, retry_failed=True)).run == 2
    changed = make_manifest([], new, ("old", "another", "x", "", ""))
    assert run_batch(changed, out, BatchOptions(workers=0, resume=True)).run == 1
    run_batch(changed, tmp_path / "fresh", HERE)
    assert (out / "scores.csv").read_bytes() == (tmp_path / "fresh" / "scores.csv").read_bytes()


def test_results_that_do_not_belong_together_are_not_mixed(make_manifest, tmp_path):
    manifest = make_manifest([], ("bad", "absent", "x", "", ""))
    run_batch(manifest, tmp_path / "out", HERE)
    with pytest.raises(OVCFRiskError, match="holds a batch already; go on with it by --resume"):
        run_batch(manifest, tmp_path / "out", HERE)
    with pytest.raises(OVCFRiskError, match="feature set: None, now 'frozen'"):
        run_batch(manifest, tmp_path / "out", BatchOptions(workers=0, resume=True, feature_set="frozen"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"workers": -1}, "--workers: expected 0 or more"),
        ({"timeout_s": 0.0}, "--timeout: expected seconds above 0"),
        ({"timeout_s": float("nan")}, "--timeout: expected seconds above 0"),
        ({"workers": 0, "timeout_s": 5.0}, "needs a worker process"),
        ({"retry_failed": True}, "give --resume too"),
    ],
)
def test_refuses_options_that_cannot_be_kept(options, message):
    with pytest.raises(OVCFRiskError, match=message):
        BatchOptions(**options)


def test_a_folder_that_cannot_be_written_is_told(make_manifest, tmp_path, capsys):
    (tmp_path / "file").write_text("no folder")
    manifest = make_manifest([], ("bad", "absent", "x", "", ""))
    assert main(["batch", str(manifest), "--out", str(tmp_path / "file" / "out"), "--workers", "0"]) == 2
    assert "cannot be written to" in capsys.readouterr().err


def test_progress_as_json_is_one_object_per_line(make_manifest, tmp_path, capsys):
    manifest = make_manifest([], ("bad", "absent", "x", "", ""), ("worse", "absent", "x", "", ""))
    call = ["batch", str(manifest), "--workers", "0", "--out"]
    assert main([*call, str(tmp_path / "out"), "--progress", "json"]) == 1
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["event"] for event in events] == ["start", "case", "case", "finished"]
    assert [event["case_id"] for event in events[1:3]] == ["bad", "worse"]
    assert events[2]["seconds_left"] == 0
    assert events[3]["cases"] == {"failed": 2}
    assert main([*call, str(tmp_path / "quiet"), "--quiet"]) == 1
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_a_numbering_for_all_rows_or_for_one(tiny_case, tmp_path, read_rows):
    labels = sitk.ReadImage(str(tiny_case / "labels.nii.gz"))
    values = {20: 31, 21: 30, 22: 29, 23: 28}  # TotalSegmentator 2
    sitk.WriteImage(sitk.ChangeLabel(labels, values), str(tmp_path / "total.nii.gz"))
    rows = [
        ("a", tiny_case / "ct.nii.gz", "total.nii.gz", ""),
        ("b", tiny_case / "ct.nii.gz", "total.nii.gz", "vista3d"),
    ]
    text = "\n".join(",".join(map(str, row)) for row in [("case_id", "ct", "labels", "numbering"), *rows])
    (tmp_path / "m.csv").write_text(text + "\n", encoding="utf-8")
    run_batch(tmp_path / "m.csv", tmp_path / "out", BatchOptions(workers=0, numbering="totalsegmentator"))
    first, second = read_rows(tmp_path / "out" / "cases.csv")
    assert first["status"] != "failed"
    assert "no voxels of L1-L4" in second["error"]
