"""A second observer's features out of a batch."""

import csv

import pytest
import SimpleITK as sitk

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.cli import main
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics import FROZEN_FEATURES, extract_features
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.training.feature_table import read_feature_table

TWO = {"workers": 0, "feature_set": "frozen", "observers": 2}


def write_rows(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def values(path):
    with path.open(encoding="utf-8", newline="") as file:
        return {
            (row["case_id"], row["level"]): [float(row[n]) for n in FROZEN_FEATURES] for row in csv.DictReader(file)
        }


@pytest.fixture
def row(tiny_case):
    return {"case_id": "a", "ct": tiny_case / "ct.nii.gz", "labels": tiny_case / "labels.nii.gz", "patient_id": "p"}


def test_redrawn_masks_give_other_features_of_the_same_bodies(row, tmp_path):
    manifest = write_rows(tmp_path / "m.csv", [row, row | {"case_id": "b"}])
    run_batch(manifest, tmp_path / "out", BatchOptions(**TWO))
    first, second = (values(tmp_path / "out" / name) for name in ("features.csv", "features_observer2.csv"))
    assert set(first) == set(second) != set()
    # gray levels count from the mask's darkest voxel, so one more voxel of the rim moves all that LDHGLE weighs
    is_steady = [not name.endswith("LargeDependenceHighGrayLevelEmphasis") for name in FROZEN_FEATURES]
    for key, features in first.items():
        assert features != second[key]
        steady = [[v for v, kept in zip(row, is_steady, strict=True) if kept] for row in (features, second[key])]
        assert steady[1] == pytest.approx(steady[0], rel=0.35)
    levels = {level for _, level in second}
    assert all(second["a", level] != second["b", level] for level in levels)  # observers differ from case to case
    run_batch(manifest, tmp_path / "again", BatchOptions(**TWO))
    name = "features_observer2.csv"
    assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_the_second_observer_s_own_masks_count(row, tiny_case, tmp_path):
    labels = sitk.ReadImage(str(tiny_case / "labels.nii.gz"))
    shrunk = sitk.Mask(labels, sitk.BinaryErode(labels > 0, (1, 1, 0)))
    sitk.WriteImage(shrunk, str(tmp_path / "second.nii.gz"))
    manifest = write_rows(tmp_path / "m.csv", [row | {"labels2": "second.nii.gz", "numbering": "verse"}])
    run_batch(manifest, tmp_path / "out", BatchOptions(**TWO))
    ct = sitk.ReadImage(str(tiny_case / "ct.nii.gz"))
    for (_, level), found in values(tmp_path / "out" / "features_observer2.csv").items():
        value = {"L1": 20, "L2": 21, "L3": 22, "L4": 23}[level]
        expected = extract_features(ct, shrunk == value, settings=load_model().settings)
        assert found == pytest.approx(list(expected.values()), rel=1e-12)


def test_points_are_moved_and_segmented_again(phantom, tmp_path):
    from OVCFRiskLib.points import write_points

    sitk.WriteImage(phantom.ct, str(tmp_path / "ct.nii.gz"))
    write_points(phantom.points, tmp_path / "p.mrk.json")
    manifest = write_rows(tmp_path / "m.csv", [{"case_id": "a", "ct": "ct.nii.gz", "points": "p.mrk.json"}])
    run_batch(manifest, tmp_path / "out", BatchOptions(**TWO))
    first, second = (values(tmp_path / "out" / name) for name in ("features.csv", "features_observer2.csv"))
    assert set(first) == set(second) != set()
    assert all(first[key] != second[key] for key in first)


def test_train_reads_both_tables(row, tmp_path):
    manifest = write_rows(tmp_path / "m.csv", [row | {"patient_id": f"p{n}", "case_id": f"c{n}"} for n in range(3)])
    run_batch(manifest, tmp_path / "out", BatchOptions(**TWO))
    table = read_feature_table(tmp_path / "out" / "features_observer2.csv", FROZEN_FEATURES, has_outcome=False)
    assert len(table.features) == len(FROZEN_FEATURES)


def test_another_number_of_observers_is_another_batch(row, tmp_path):
    manifest = write_rows(tmp_path / "m.csv", [row])
    run_batch(manifest, tmp_path / "out", BatchOptions(**TWO))
    with pytest.raises(OVCFRiskError, match="observers: 2, now 1"):
        run_batch(manifest, tmp_path / "out", BatchOptions(workers=0, feature_set="frozen", resume=True))


@pytest.mark.parametrize(
    ("arguments", "expected"), [(["--observers", "2"], "give --features"), (["--observers", "3"], "invalid choice")]
)
def test_what_cannot_be_is_refused(arguments, expected, tmp_path, capsys):
    try:
        code = main(["batch", "m.csv", "--out", str(tmp_path / "out"), *arguments])
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert expected in capsys.readouterr().err
