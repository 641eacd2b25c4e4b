"""Direction, probability and prevalence of a score."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.evaluation.score_meaning import RISK_INDEX, T_SCORE, ScoreMeaning, moved_to_prevalence


def test_a_score_of_no_fracture_is_turned():
    paper = ScoreMeaning("R-score", 0.5, False, "identity", 0.5)
    np.testing.assert_allclose(paper.probability(np.array([-0.2, 0.3, 1.4])), [1.0, 0.7, 0.0])
    assert (np.diff(paper.risk(np.array([0.1, 0.2, 0.3]))) < 0).all()
    logit = ScoreMeaning("R-score", 0.0, True, "logit", 0.5)
    np.testing.assert_allclose(logit.probability(np.log(np.array([1 / 4, 1, 3]))), [0.2, 0.5, 0.75])


def test_scores_without_a_probability_say_so():
    assert RISK_INDEX.probability(np.array([0.4])) is None
    assert T_SCORE.probability(np.array([-2.0])) is None
    assert T_SCORE.risk(np.array([-3.0])) > T_SCORE.risk(np.array([-2.0]))


def test_prevalence_moves_probabilities_as_bayes_says():
    # of 300 cases 240 and of 100 others 20 test positive: P(case | +) = 240/260 at a share of 3/4
    assert moved_to_prevalence(np.array([240 / 260]), 0.75, 0.1)[0] == pytest.approx(
        0.1 * 0.8 / (0.1 * 0.8 + 0.9 * 0.2)
    )
    for wrong in (0, 1, 10):
        with pytest.raises(OVCFRiskError, match="prevalence must lie between 0 and 1"):
            moved_to_prevalence(np.array([0.5]), 0.5, wrong)


@given(st.floats(0, 1), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_moving_there_and_back_changes_nothing(p, share, prevalence):
    there = moved_to_prevalence(np.array([p]), share, prevalence)
    assert 0 <= there[0] <= 1
    assert moved_to_prevalence(there, prevalence, share)[0] == pytest.approx(p, abs=1e-9)
