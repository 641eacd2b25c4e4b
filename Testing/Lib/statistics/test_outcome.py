"""An outcome has two classes, scores are finite, probabilities in 0..1, and nobody guesses which class is positive."""

from __future__ import annotations

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.outcome import finite_scores, positive_rows, probabilities


@pytest.mark.parametrize(("positive", "rows"), [("OVCF", [True, False, True]), ("NF", [False, True, False])])
def test_the_positive_class_is_the_one_that_is_given(positive, rows):
    assert positive_rows(["OVCF", "NF", "OVCF"], positive).tolist() == rows


def test_numbers_and_booleans_are_classes_too():
    assert positive_rows([1, 0, 1], 1).tolist() == [True, False, True]
    assert positive_rows([True, False], False).tolist() == [False, True]


@pytest.mark.parametrize(
    ("y", "positive"),
    [(["a", "a"], "a"), (["a", "b", "c"], "a"), (["a", "b"], "c"), ([], "a"), ([["a", "b"]], "a")],
)
def test_anything_but_two_classes_is_refused_by_name(y, positive):
    with pytest.raises(OVCFRiskError, match=f"two classes, one of them the positive class '{positive}'"):
        positive_rows(y, positive)


def test_scores_are_one_finite_number_for_each_row():
    np.testing.assert_array_equal(finite_scores([1, 2.5], 2), [1.0, 2.5])
    with pytest.raises(OVCFRiskError, match=r"expected \(3,\), got \(2,\)"):
        finite_scores([1, 2], 3)
    with pytest.raises(OVCFRiskError, match=r"expected \(2,\), got \(2, 1\)"):
        finite_scores([[1], [2]], 2)
    for bad in (np.nan, np.inf, -np.inf):
        with pytest.raises(OVCFRiskError, match=r"r_score\[1\] is .*; remove rows without a finite r_score first"):
            finite_scores([0, bad], 2, "r_score")


def test_probabilities_lie_between_0_and_1():
    np.testing.assert_array_equal(probabilities([0, 0.5, 1], 3), [0, 0.5, 1])
    for bad in (-1e-9, 1.01):
        with pytest.raises(OVCFRiskError, match="a linear score is not a probability"):
            probabilities([0.2, bad], 2)
