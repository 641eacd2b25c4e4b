"""scores.csv as a script and a spreadsheet read it."""

import csv
import io
from dataclasses import replace

import pytest

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.data.score_csv import (
    SCORE_COLUMNS,
    score_rows,
    write_scores_csv,
)
from OVCFRiskLib.tables.table_writer import csv_text


def read_back(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def rows(case, tmp_path):
    write_scores_csv(case.assessment, tmp_path / "scores.csv")
    return read_back(tmp_path / "scores.csv")


def test_starts_with_the_columns_scripts_depend_on(rows):
    expected = "level,status,r_score,risk_index,risk_low,risk_high,category,volume_ml,trabecular_hu,warnings,model_id"
    assert ",".join(rows[0]).startswith(expected + ",")


def test_has_a_row_per_level_scored_or_not(rows):
    assert [(row["level"], row["status"]) for row in rows] == [
        ("L1", "scored"),
        ("L2", "scored"),
        ("L3", "scored"),
        ("L4", "not scored"),
    ]


def test_scores_come_back_bit_for_bit(rows, case):
    for row, level in zip(rows[:3], case.assessment.levels[:3], strict=True):
        assert float(row["r_score"]) == level.score.r_score
        assert float(row["risk_low"]) == level.score.risk_low
        assert row["category"] == level.score.category.value


def test_level_without_score_has_empty_numbers_and_a_reason(rows):
    row = rows[3]
    assert [row[name] for name in ("r_score", "risk_index", "risk_low", "risk_high", "category")] == [""] * 5
    assert row["trabecular_hu"] == ""
    assert "cut by the field of view" in row["reason"]
    assert row["volume_ml"] == "31.75"


def test_center_is_ras(rows, case):
    left, posterior, superior = case.assessment.level(LumbarLevel.L1).center_lps
    assert [float(rows[0][f"center_{axis}"]) for axis in "ras"] == [-left, -posterior, superior]


def test_warnings_of_the_level_and_of_the_ct_stand_in_every_row(rows):
    assert rows[0]["checks"] == "low_voxels | slice_thickness"
    assert rows[2]["warnings"].startswith("Slices of 5 mm")


def test_same_input_same_bytes(case, tmp_path):
    for name in ("a.csv", "b.csv"):
        write_scores_csv(case.assessment, tmp_path / name)
    a, b = ((tmp_path / name).read_bytes() for name in ("a.csv", "b.csv"))
    assert a == b
    assert b"\r" not in a


def test_all_unscored_gives_four_rows(unscored):
    assert [row["reason"] for row in score_rows(unscored.assessment)] == ["no mask of this level"] * 4


def test_hostile_model_id_is_defused_in_the_file(case):
    provenance = replace(case.assessment.provenance, model_id="@SUM(1)")
    text = csv_text(score_rows(replace(case.assessment, provenance=provenance)), SCORE_COLUMNS)
    assert all(row["model_id"] == "'@SUM(1)" for row in csv.DictReader(io.StringIO(text)))
