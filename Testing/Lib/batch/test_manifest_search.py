"""Manifests built from folder trees."""

import os
import sys
from pathlib import Path

import pytest

from OVCFRiskLib.batch.manifest_search import find_cases, write_manifest
from OVCFRiskLib.batch.manifest_table import Manifest
from OVCFRiskLib.cli import main
from OVCFRiskLib.errors import OVCFRiskError

DICOM_START = b"\0" * 128 + b"DICM"


@pytest.fixture
def tree(tmp_path):
    """``tree(names) -> folder`` with empty files; names in DICOM folders get DICOM's first bytes."""

    def make(*names):
        for name in names:
            path = tmp_path / "archive" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(DICOM_START if path.suffix in (".dcm", "") else b"")
        return tmp_path / "archive"

    return make


def found(folder):
    """(case_id, ct, what is beside) with names relative to the folder."""
    return [
        (row["case_id"], row["ct"].relative_to(folder).as_posix(), beside.relative_to(folder).as_posix())
        for row in find_cases(folder).rows
        for beside in (row["points"] or row["labels"],)
    ]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("a/ct.nii.gz", "a/points.mrk.json"), ("a", "a/ct.nii.gz", "a/points.mrk.json")),
        (("a/ct.nii.gz", "a/L1-L4.fcsv"), ("a", "a/ct.nii.gz", "a/L1-L4.fcsv")),
        (("a/x.nrrd", "a/Segmentation.seg.nrrd"), ("a_x", "a/x.nrrd", "a/Segmentation.seg.nrrd")),
        (("v1_ct.nii.gz", "v1_seg-vert_msk.nii.gz"), ("v1", "v1_ct.nii.gz", "v1_seg-vert_msk.nii.gz")),
        (("p/ct.nii.gz", "p/segmentations/vertebrae_L1.nii.gz"), ("p", "p/ct.nii.gz", "p/segmentations")),
        (("s-dicom/1.dcm", "s-points.mrk.json"), ("s", "s-dicom", "s-points.mrk.json")),
        (("s/1", "s/2", "s/points.mrk.json"), ("s", "s", "s/points.mrk.json")),
        (("a/ct.nii.gz", "a/points.mrk.json", "a/labels.nii.gz"), ("a", "a/ct.nii.gz", "a/labels.nii.gz")),
    ],
)
def test_finds_what_lies_beside(tree, names, expected):
    assert found(tree(*names)) == [expected]


def test_several_cts_in_a_folder_are_told_apart_by_name(tree):
    folder = tree(
        "x1.nii.gz", "x1_labels.nii.gz", "x2.nii.gz", "x2.mrk.json", "x3.nii.gz", "deep/x/ct.mha", "deep/x/m.fcsv"
    )
    assert [case_id for case_id, _, _ in found(folder)] == ["x1", "x2", "deep_x"]
    assert find_cases(folder).notes == ("'x3.nii.gz' left out: no points or labels beside it",)


def test_names_of_bids_say_last_what_a_file_is(tree):
    folder = tree(
        *("sub-1_label-22_ct.nii.gz", "sub-1_seg-vert_label-22_msk.nii.gz"),
        *("sub-2_ct.nii.gz", "sub-2_seg-vert_msk.nii.gz"),
        *("sub-3_ct.nii.gz", "sub-3_dseg.nii.gz"),
    )
    assert found(folder) == [
        ("sub-1_label-22", "sub-1_label-22_ct.nii.gz", "sub-1_seg-vert_label-22_msk.nii.gz"),
        ("sub-2", "sub-2_ct.nii.gz", "sub-2_seg-vert_msk.nii.gz"),
        ("sub-3", "sub-3_ct.nii.gz", "sub-3_dseg.nii.gz"),
    ]


@pytest.mark.parametrize(
    ("ct", "beside"),
    [
        ("v/rawdata/sub-1/sub-1_dir-ax_ct.nii.gz", "v/derivatives/sub-1/sub-1_dir-ax_seg-vert_msk.nii.gz"),
        ("images/001.nii.gz", "labels/001.nii.gz"),
        ("images/s1/ct.nii.gz", "masks/s1/mask.nii.gz"),
        ("ct/s1/1.dcm", "segmentations/s1.seg.nrrd"),
        ("cts/s1.mha", "labels/s1.fcsv"),
    ],
)
def test_finds_what_lies_in_a_parallel_folder(tree, ct, beside):
    (case,) = found(tree(ct, beside, "images/other.nii.gz", "labels/another.nii.gz"))
    assert case[1:] == (ct.removesuffix("/1.dcm"), beside)


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("imagesTr/case_7_0000.nii.gz", "labelsTr/case_7.nii.gz"), ("case_7", None)),  # nnU-Net
        (("Task08/imagesTr/hv_001.nii.gz", "Task08/labelsTr/hv_001.nii.gz"), ("Task08_hv_001", None)),  # Decathlon
        (("raw_data/volumes/COLONOG/1.nii.gz", "raw_data/labels/COLONOG/1_seg.nii.gz"), ("COLONOG_1", None)),
        (("ct_001.nii.gz", "seg_001.nii.gz"), ("001", None)),
        (("p1/image.nii.gz", "p1/mask.nii.gz"), ("p1", None)),
        (("p1/IMG.NII.GZ", "p1/LABEL.NII.GZ"), ("p1", None)),
        (("data/a.nrrd", "label/a.nrrd"), ("data_a", None)),
        (("P7/ST1/SE2/1.dcm", "P7/points.mrk.json"), ("P7_ST1_SE2", "P7")),
        (("P7/ST1/SE2/1.dcm", "P7/ST1/points.mrk.json"), ("P7_ST1_SE2", "P7")),
        (
            (
                "v/rawdata/sub-verse506/sub-verse506_ct.nii.gz",
                "v/derivatives/sub-verse506/sub-verse506_seg-vert_msk.nii.gz",
            ),
            ("sub-verse506", "sub-verse506"),
        ),
        (
            (
                "rawdata/sub-verse500/sub-verse500_split-verse600_ct.nii.gz",
                "derivatives/sub-verse500/sub-verse500_split-verse600_seg-vert_msk.nii.gz",
            ),
            ("sub-verse500_split-verse600", "sub-verse500"),
        ),
        (("verse004/verse004.nii.gz", "verse004/verse004_seg.nii.gz"), ("verse004", None)),
    ],
)
def test_layouts_of_public_archives(tree, names, expected):
    (row,) = find_cases(tree(*names)).rows
    assert (row["case_id"], row["patient_id"]) == expected
    assert (row["points"] or row["labels"]).name == Path(names[1]).name


def test_points_above_two_series_belong_to_none(tree):
    folder = tree("P7/ST1/SE2/1.dcm", "P7/ST1/SE3/1.dcm", "P7/points.mrk.json", "P8/ct.nii", "P8/p.fcsv")
    assert [case_id for case_id, _, _ in found(folder)] == ["P8"]
    assert len(find_cases(folder).notes) == 2


def test_further_channels_are_no_cts(tree):
    folder = tree("imagesTr/c_0000.nii.gz", "imagesTr/c_0001.nii.gz", "labelsTr/c.nii.gz")
    assert [case_id for case_id, _, _ in found(folder)] == ["c"]
    assert "'imagesTr/c_0001.nii.gz' left out: a further channel" in find_cases(folder).notes[0]


def test_patients_come_into_the_manifest_where_names_tell_them(tree, tmp_path):
    folder = tree("rawdata/sub-1/sub-1_ct.nii.gz", "derivatives/sub-1/sub-1_seg-vert_msk.nii.gz")
    write_manifest(find_cases(folder), tmp_path / "m.csv")
    manifest = Manifest(tmp_path / "m.csv")
    assert manifest.carried == ("patient_id",)
    assert next(iter(manifest)).carried == ("sub-1",)


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_names_that_are_not_utf_8_are_left_out_and_said(tree):
    folder = tree("a/ct.nii", "a/p.fcsv", "b/ct.nii", "b/p.fcsv")
    (folder / "b").rename(folder / os.fsdecode(b"M\xfcller"))
    assert [case_id for case_id, _, _ in found(folder)] == ["a"]
    assert "not UTF-8" in find_cases(folder).notes[0]


def test_doubt_in_parallel_folders_is_told(tree):
    folder = tree("images/1.nii.gz", "labels/1.nii.gz", "masks/1.nii.gz", "images/2.nii.gz", "labels/2.nii.gz")
    assert [case_id for case_id, _, _ in found(folder)] == ["images_2"]
    assert "several candidates" in find_cases(folder).notes[0]


def test_doubt_is_told_and_not_decided(tree):
    folder = tree("a/ct.nii.gz", "a/one_labels.nii.gz", "a/two_labels.nii.gz", "b/ct.nii", "b/p.fcsv")
    assert [case_id for case_id, _, _ in found(folder)] == ["b"]
    assert "several candidates beside it: one_labels.nii.gz, two_labels.nii.gz" in find_cases(folder).notes[0]


def test_ids_that_would_be_equal_are_numbered(tree):
    folder = tree("a/b/ct.nii", "a/b/p.fcsv", "a_b.nii", "a_b.fcsv")
    assert [case_id for case_id, _, _ in found(folder)] == ["a_b", "a_b_2"]


def test_the_manifest_is_one_that_batch_reads(tree, tmp_path, capsys):
    folder = tree("a/ct.nii.gz", "a/points.mrk.json", "b/ct.nii.gz")
    assert main(["manifest", str(folder), "--out", str(tmp_path / "m.csv")]) == 1
    assert "'b/ct.nii.gz' left out" in capsys.readouterr().err
    (case,) = Manifest(tmp_path / "m.csv")
    assert (case.case_id, case.ct, case.points) == ("a", "archive/a/ct.nii.gz", "archive/a/points.mrk.json")
    assert main(["manifest", str(folder), "--out", str(tmp_path / "m.csv")]) == 2
    assert "exists; remove it" in capsys.readouterr().err


def test_a_folder_without_cases_is_told(tree, tmp_path):
    with pytest.raises(OVCFRiskError, match="holds no case"):
        find_cases(tree("notes.txt"))
    with pytest.raises(OVCFRiskError, match="is no folder"):
        find_cases(tmp_path / "absent")
