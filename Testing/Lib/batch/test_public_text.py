"""No word of a file's name, a folder or a header reaches a batch's tables; the log that is asked for has them."""

from __future__ import annotations

import csv
import json
import re
import shutil
import stat

import pytest
import SimpleITK as sitk

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.batch.case_log import case_log
from OVCFRiskLib.batch.case_record import CaseRecord, CaseStatus
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.batch.public_text import private_pieces, public_text
from OVCFRiskLib.errors import OVCFRiskError

# planted in every field and folder, as names are written in archives
PLANTED = ("Mustermann", "Ännchen", "O'Hara", "19400101", "1.2.840.99999.1.2", "KrankenhausX", "Zwickau")
SECRET = re.compile(
    "|".join(map(re.escape, ("Mustermann", "Ännchen", "Hara", "19400101", "99999", "KrankenhausX", "Zwickau")))
)
HEADER = {
    "PatientName": "Mustermann^Ännchen",
    "PatientID": "19400101-KrankenhausX",
    "PatientBirthDate": "19400101",
    "InstitutionName": "KrankenhausX Zwickau",
    "StudyDescription": "LWS Mustermann",
    "SeriesDescription": "Zwickau axial",
    "ConvolutionKernel": "B80f Mustermann",
    "ManufacturerModelName": "Zwickau 64",
    "ProtocolName": "Mustermann",
    "SpecificCharacterSet": "ISO_IR 192",
}


def case(ct="", points="", labels="", series=""):
    return Case("7", ct, points, labels, series, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'/data/a b/ct.nii' does not exist; expected a CT file", "'...' does not exist; expected a CT file"),
        ("'O'Hara' x/ct.nii' is cut: got 'NaN'; copy it", "'...'; copy it"),
        ("the CT's own grid of the patients' bodies", "the CT's own grid of the patients' bodies"),
        ("cannot open /data/x/y.nii here", "cannot open ... here"),
        ("cannot open C:\\data\\y.nii here", "cannot open ... here"),
        ("series 1.2.840.113.5 has 2 slices of 1.25 mm", "series ... has 2 slices of 1.25 mm"),
        ("give points or labels and/or 1/2", "give points or labels ... 1/2"),
        ("L3: 12 voxels, at least 500 are needed", "L3: 12 voxels, at least 500 are needed"),
    ],
)
def test_what_is_quoted_and_what_identifies_is_left_out(text, expected):
    assert public_text(text, case()) == expected


def test_pieces_of_the_cases_own_paths_are_left_out_wherever_they_stand():
    own = case("pat/Name_First_19400101/ct.nii.gz", labels="masks/First.nii.gz", series="1.2.3.4567")
    assert private_pieces(own) == {"pat", "name", "first", "19400101", "4567"}
    assert public_text("NAME, first of 3 slices of the CT", own) == "..., ... of 3 slices of the CT"
    assert private_pieces(case(points="L1=1,2,3000;L2=4,5,6")) == frozenset()


@pytest.fixture(scope="module")
def planted_manifest(tmp_path_factory, tiny_case, dicom_factory):
    """A manifest whose cases fail, and score, in every way we know, below folders that name a person."""
    root = tmp_path_factory.mktemp("archive") / "KrankenhausX Zwickau" / "O'Hara" / "Mustermann_Ännchen_19400101"
    root.mkdir(parents=True)
    ct = sitk.ReadImage(str(tiny_case / "ct.nii.gz"))
    shutil.copy(tiny_case / "ct.nii.gz", root / "Mustermann.nii.gz")
    shutil.copy(tiny_case / "labels.nii.gz", root / "Mustermann_labels.nii.gz")
    (root / "damaged_Ännchen.nii.gz").write_bytes(b"Mustermann" * 100)
    (root / "short_Ännchen.nii.gz").write_bytes((tiny_case / "ct.nii.gz").read_bytes()[:-2000])
    (root / "points_Zwickau.mrk.json").write_text("{'Mustermann")
    label = {"label": "Mustermann", "position": [0, 0, 0], "positionStatus": "defined"}
    (root / "named_Zwickau.mrk.json").write_text(
        json.dumps({"markups": [{"coordinateSystem": "LPS", "controlPoints": [label]}]}), encoding="utf-8"
    )
    foreign = sitk.ReadImage(str(tiny_case / "labels.nii.gz"))
    sitk.WriteImage((foreign > 0) * 99, str(root / "foreign_Mustermann.nii.gz"))
    (root / "masks").mkdir()
    sitk.WriteImage(foreign > 0, str(root / "masks" / "Mustermann.nii.gz"))
    dicom_factory.write_series(root / "series" / "a", ct, **HEADER)
    dicom_factory.write_series(
        root / "series" / "b", ct[:, :, 2:], **HEADER, SeriesInstanceUID=f"{PLANTED[4]}.7", SeriesNumber=9
    )
    dicom_factory.write_series(root / "mr", ct, **HEADER, Modality="MR")
    dicom_factory.write_series(root / "gap", ct, **HEADER, per_slice=lambda k, data: data.clear() if k == 5 else None)
    (root / "pipe.txt").write_text("x")
    masks, good = "Mustermann_labels.nii.gz", "Mustermann.nii.gz"
    rows = [
        ("missing ct", "Hara/none_19400101.nii.gz", masks, "", ""),
        ("missing labels", good, "none_19400101.nii.gz", "", ""),
        ("missing points", good, "", "none_19400101.mrk.json", ""),
        ("damaged", "damaged_Ännchen.nii.gz", masks, "", ""),
        ("cut", "short_Ännchen.nii.gz", masks, "", ""),
        ("no json", good, "", "points_Zwickau.mrk.json", ""),
        ("point's name", good, "", "named_Zwickau.mrk.json", ""),
        ("points' text", good, "", "Mustermann=1,2,3", ""),
        ("foreign", good, "foreign_Mustermann.nii.gz", "", ""),
        ("folder of masks", good, "masks", "", ""),
        ("two series", "series", masks, "", ""),
        ("chosen series", "series", masks, "", f"{PLANTED[4]}.7"),
        ("wrong series", "series", masks, "", f"{PLANTED[4]}.8"),
        ("magnetic", "mr", masks, "", ""),
        ("gap", "gap", masks, "", ""),
        ("text", "pipe.txt", masks, "", ""),
        ("empty", "", masks, "", ""),
        ("scored", good, masks, "", ""),
    ]
    path = root / "manifest.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("case_id", "ct", "labels", "points", "series"))
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def planted_run(planted_manifest, tmp_path_factory):
    out = tmp_path_factory.mktemp("planted")
    log = tmp_path_factory.mktemp("log") / "full.jsonl"
    run_batch(planted_manifest, out, BatchOptions(workers=0, feature_set="frozen", log=log))
    return out, log


def test_no_planted_word_is_in_any_file_of_the_batch(planted_run):
    out, _ = planted_run
    files = [path for path in out.rglob("*") if path.is_file()]
    assert {"scores.csv", "cases.csv", "features.csv", "summary.html", "batch.json"} <= {path.name for path in files}
    for path in files:
        found = SECRET.search(path.read_bytes().decode("utf-8", errors="replace"))
        assert found is None, f"{path.name} says {found[0]}"
        assert SECRET.search(path.name) is None


def test_the_tables_still_say_what_is_wrong(planted_run, read_rows):
    rows = {row["case_id"]: row for row in read_rows(planted_run[0] / "cases.csv")}
    said = {name: row["error"] for name, row in rows.items()}
    for name, words in {
        "missing ct": "does not exist",
        "damaged": "expected",
        "cut": "cut",
        "no json": "damaged JSON",
        "wrong series": "series",
        "magnetic": "expected CT images",
        "gap": "mm",
        "empty": "empty cell",
    }.items():
        assert words in said[name], name
    assert {rows[name]["status"] for name in ("scored", "two series")} <= {"scored", "partly scored"}
    assert re.search(r"only \d\.\d of \d\.\d ml of its mask lie in the CT", said["chosen series"])


def test_the_log_has_the_full_messages_and_only_its_owner_reads_it(planted_run):
    _, log = planted_run
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert len(lines) == 18
    by_case = {line["case_id"]: line for line in lines}
    assert "none_19400101.nii.gz' does not exist" in by_case["missing ct"]["details"][0]
    assert by_case["scored"]["status"] in ("scored", "partly scored")
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_defect_is_named_in_the_table_and_traced_in_the_log(make_manifest, tmp_path, read_rows, monkeypatch):
    def fail(*_, **__):
        raise ZeroDivisionError("Mustermann")

    monkeypatch.setattr("OVCFRiskLib.scored_ct.score_file", fail)
    log = tmp_path / "log.jsonl"
    run_batch(make_manifest(["1"]), tmp_path / "out", BatchOptions(workers=0, log=log))
    (row,) = read_rows(tmp_path / "out" / "cases.csv")
    assert row["error"] == "unexpected ZeroDivisionError, a defect of the program; --log FILE keeps its traceback"
    (line,) = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    assert any("raise ZeroDivisionError" in detail for detail in line["details"])


def test_details_are_never_kept_with_the_record():
    record = CaseRecord("1", "f", CaseStatus.FAILED, error="e", details=("secret",))
    assert "details" not in record.to_dict()
    assert CaseRecord.from_dict(record.to_dict()).details == ()


def test_a_log_is_added_to_and_follows_no_link(tmp_path):
    record = CaseRecord("1", "f", CaseStatus.FAILED, details=("d",))
    for _ in range(2):
        with case_log(tmp_path / "log.jsonl") as log:
            log(record)
    assert len((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    (tmp_path / "link").symlink_to(tmp_path / "log.jsonl")
    with pytest.raises(OVCFRiskError, match="cannot be written"), case_log(tmp_path / "link"):
        pass
    with case_log(None) as log:
        log(record)
