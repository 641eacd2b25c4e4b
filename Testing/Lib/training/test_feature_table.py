"""A feature table is refused by line and column before anything is learnt."""

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics.names import FROZEN_FEATURES
from OVCFRiskLib.training.feature_table import match_rows, read_feature_table, without_known_twins

MEDIAN = "original_firstorder_Median"


def test_a_good_table_is_read(cohort_rows, write_rows):
    rows = cohort_rows(12)
    table = read_feature_table(write_rows([row | {"scanner": "A", "diagnostics_Versions_x": "1"} for row in rows]))
    assert table.values.shape == (len(rows), 28)
    assert table.features[:8] == FROZEN_FEATURES
    assert "scanner" not in table.features
    np.testing.assert_allclose(table.columns((MEDIAN,))[:, 0], [row[MEDIAN] for row in rows], rtol=1e-15)
    assert list(table.is_fracture) == [row["group"] == "OVCF" for row in rows]
    assert list(table.t_scores) == [row["t_score"] for row in rows]
    assert table.sets is None
    assert table.lines[0] == 2


def test_only_the_features_asked_for_are_read(cohort_rows, write_rows):
    rows = [row | {"original_glcm_Id": "broken"} for row in cohort_rows(6)]
    assert read_feature_table(write_rows(rows), FROZEN_FEATURES).features == FROZEN_FEATURES


def change(number, **cells):
    """A function that replaces cells of one row."""

    def apply(rows):
        rows[number] |= cells
        return rows

    return apply


def drop(column):
    return lambda rows: [{k: v for k, v in row.items() if k != column} for row in rows]


def fill(column, value):
    return lambda rows: [row | {column: value(row)} for row in rows]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (drop("group"), "missing column 'group'"),
        (drop("patient_id"), "missing column 'patient_id'"),
        (
            lambda rows: [{"case_id": n} | row for n, row in enumerate(drop("group")(drop("patient_id")(rows)))],
            "missing column patient_id, group; name the cohort with --cohort",
        ),
        (change(3, **{MEDIAN: "high"}), f"line 5, column '{MEDIAN}': expected a number, got 'high'"),
        (change(3, **{MEDIAN: '"12,5"'}), f"line 5, column '{MEDIAN}': .* decimal comma; write 12.5"),
        (change(3, **{MEDIAN: "nan"}), f"line 5, column '{MEDIAN}': expected a number, got 'nan'"),
        (change(2, level="L5"), "line 4, column 'level': expected one of L1, L2, L3, L4, got 'L5'"),
        (change(2, group="control"), "line 4, column 'group': expected one of OVCF, NF, got 'control'"),
        (lambda rows: [*rows, rows[1]], r"patient P\d+, L\d is a duplicate row of line 3"),
        (lambda rows: [*rows, rows[1] | {"patient_id": "other"}], "all features equal those of line 3"),
        (fill("group", lambda row: "OVCF" if row["level"] == "L2" else "NF"), r"patient P\d+ is 'OVCF' here and 'NF'"),
        (fill("group", lambda row: "NF"), "every row is NF; training needs bodies of both classes"),
        (fill(MEDIAN, lambda row: 7.0), f"column '{MEDIAN}': every row is 7; a constant"),
        (
            fill("original_glcm_Idmn", lambda row: -2 * row[MEDIAN] + 5),
            f"'original_glcm_Idmn': it is column '{MEDIAN}'",
        ),
        (
            fill("split", lambda row: "train" if row["level"] == "L1" else "test"),
            "column 'split': patient P0.. is 'test'",
        ),
        (fill("split", lambda row: "validation"), "expected one of train, test, got 'validation'"),
        (lambda rows: [{k: row[k] for k in ("patient_id", "level", "group")} for row in rows], "no feature columns"),
    ],
)
def test_a_spoilt_table_is_refused(cohort_rows, write_rows, spoil, message):
    with pytest.raises(OVCFRiskError, match=message):
        read_feature_table(write_rows(spoil(cohort_rows(12))))


def test_twins_by_definition_are_left_out_not_refused(cohort_rows, write_rows):
    rows = cohort_rows(12)
    for row in rows:
        row["original_glcm_JointAverage"] = 3.0 + row[MEDIAN] * 0.1 + hash(row["level"]) % 7
        row["original_glcm_SumAverage"] = 2 * row["original_glcm_JointAverage"]
    table = read_feature_table(write_rows(rows))
    assert "original_glcm_SumAverage" in table.features
    assert "original_glcm_SumAverage" not in without_known_twins(table)
    assert "original_glcm_JointAverage" in without_known_twins(table)


def test_observers_are_matched_by_patient_and_level(cohort_rows, write_rows):
    rows = cohort_rows(12)
    table = read_feature_table(write_rows(rows))
    again = [{k: v for k, v in row.items() if k != "group"} for row in reversed(rows[2:9])]
    other = read_feature_table(write_rows(again, "other.csv"), table.features, has_outcome=False)
    first, second = match_rows(table, other)
    assert list(first) == list(range(2, 9))
    np.testing.assert_array_equal(table.values[first], other.values[second])
    stranger = read_feature_table(write_rows([row | {"patient_id": "X" + row["patient_id"]} for row in rows], "x.csv"))
    with pytest.raises(OVCFRiskError, match=r"x.csv, line 2: patient XP000, L1 is not in features.csv"):
        match_rows(table, stranger)
    few = read_feature_table(write_rows(rows[:2], "few.csv"), has_outcome=False)
    with pytest.raises(OVCFRiskError, match="2 bodies in common"):
        match_rows(table, few)
