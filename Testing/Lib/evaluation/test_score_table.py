"""A table of scores is refused by line and column before anything is measured."""

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.evaluation.scored_bodies import read_score_table


def test_a_good_table_is_read_and_bodies_without_a_score_are_counted(score_rows, write_scores):
    rows = [row | {"status": "scored", "reason": "", "model_id": "m"} for row in score_rows(12)]
    rows[4] |= {"r_score": "", "status": "not scored", "reason": "height loss 31 %"}
    table = read_score_table(write_scores(rows))
    assert len(table.scores) == len(rows) - 1
    assert table.not_scored == ("line 6: height loss 31 %",)
    assert table.model_ids == ("m",)
    kept = [row for number, row in enumerate(rows) if number != 4]
    np.testing.assert_array_equal(table.scores, [row["r_score"] for row in kept])
    assert list(table.sets) == [row["split"] for row in kept]
    assert list(table.subset(table.is_fracture).groups) == [row["group"] for row in kept if row["group"] == "OVCF"]


def test_the_category_says_which_bodies_lie_outside_the_model(score_rows, write_scores):
    rows = [row | {"category": "lower risk"} for row in score_rows(12)]
    assert read_score_table(write_scores(score_rows(12))).is_outside is None
    assert not read_score_table(write_scores(rows)).is_outside.any()
    rows[3]["category"] = "outside the model"
    assert np.flatnonzero(read_score_table(write_scores(rows)).is_outside).tolist() == [3]


def test_a_risk_index_and_other_names_of_the_patient_are_taken(score_rows, write_scores):
    rows = [
        {"case": row["patient_id"], "level": row["level"], "group": row["group"], "risk_index": 0.3}
        for row in score_rows(12)
    ]
    table = read_score_table(write_scores(rows))
    assert table.score_column == "risk_index"
    assert table.t_scores is None
    assert table.ages is None
    assert table.sets is None


def change(number, **cells):
    def apply(rows):
        rows[number] |= cells
        return rows

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda rows: [{k: v for k, v in r.items() if k != "group"} for r in rows], "missing column 'group'"),
        (lambda rows: [{k: v for k, v in r.items() if k != "patient_id"} for r in rows], "missing column 'patient_id'"),
        (lambda rows: [{k: v for k, v in r.items() if k != "r_score"} for r in rows], "missing column 'r_score'"),
        (change(3, r_score="low"), "line 5, column 'r_score': expected a number, got 'low'"),
        (change(3, r_score='"0,5"'), "line 5, column 'r_score': .* decimal comma; write 0.5"),
        (change(3, r_score=""), "line 5, column 'r_score': no score, and no column 'status'"),
        (change(3, t_score="-2,5"), "line 5: expected 7 cells as in the header, got 8"),
        (change(3, level="L5"), "line 5, column 'level': expected one of L1, L2, L3, L4, got 'L5'"),
        (change(3, group="case"), "line 5, column 'group': expected one of OVCF, NF"),
        (lambda rows: [*rows, rows[2]], r"column 'patient_id': patient P00\d, L\d is a duplicate row of line 4"),
        (lambda rows: [r | {"group": "NF"} for r in rows], "every scored row is NF"),
        (lambda rows: [r | {"split": "train" if r["level"] == "L1" else "test"} for r in rows], "column 'split': pati"),
        (lambda rows: [r | {"group": "NF" if r["level"] == "L1" else "OVCF"} for r in rows], "column 'group': patient"),
        (lambda rows: [r | {"r_score": "", "status": "not scored"} for r in rows], "no row has a score"),
    ],
)
def test_a_spoilt_table_is_refused(score_rows, write_scores, spoil, message):
    with pytest.raises(OVCFRiskError, match=message):
        read_score_table(write_scores(spoil(score_rows(12))))
