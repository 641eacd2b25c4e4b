"""ICC against Shrout and Fleiss' published example and R psych 2.2.9."""

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.statistics.icc import icc

DATA = Path(__file__).parent / "data"
FORMS = ("ICC(1,1)", "ICC(2,1)", "ICC(3,1)", "ICC(1,k)", "ICC(2,k)", "ICC(3,k)")
# Shrout and Fleiss 1979, Table 2: four judges, six targets
SHROUT_FLEISS = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
# R psych 2.2.9: ICC(ratings, lmer = FALSE), value and 95 % bounds in the order of FORMS
SHROUT_FLEISS_PSYCH = [
    (0.1657417684054756, -0.13293232487475087, 0.7225600623281211),
    (0.2897637795275592, 0.01878651337471205, 0.7610843696489531),
    (0.7148407148407149, 0.34246476503392537, 0.9458582599553595),
    (0.4427971336792689, -0.88444215523811898, 0.9124154203407756),
    (0.6200505475989893, 0.07113681530250349, 0.9272320401677220),
    (0.9093155423770695, 0.67567471381630473, 0.9858916781690623),
]


def test_shrout_fleiss_example_gives_the_published_values():
    values = [round(icc(SHROUT_FLEISS, form).value, 2) for form in FORMS]
    assert values == [0.17, 0.29, 0.71, 0.44, 0.62, 0.91]


@pytest.mark.parametrize(("form", "expected"), list(zip(FORMS, SHROUT_FLEISS_PSYCH, strict=True)))
def test_shrout_fleiss_bounds_equal_psych(form, expected):
    result = icc(SHROUT_FLEISS, form)
    np.testing.assert_allclose((result.value, result.lower, result.upper), expected, rtol=0, atol=1e-10)
    assert result.form == form


@pytest.mark.parametrize("row", range(6))
def test_two_observers_equal_psych(row):
    ratings = np.loadtxt(DATA / "icc_data.csv", delimiter=",", skiprows=1)
    with (DATA / "icc_psych.csv").open() as file:
        expected = list(csv.DictReader(file))[row]
    result = icc(ratings, FORMS[row])
    wanted = [float(expected[key]) for key in ("ICC", "lower.bound", "upper.bound")]
    np.testing.assert_allclose((result.value, result.lower, result.upper), wanted, rtol=0, atol=1e-10)


def test_default_form_counts_a_constant_offset_between_observers_as_disagreement():
    one = np.arange(6.0)
    ratings = np.column_stack([one, one + 3])
    assert icc(ratings).form == "ICC(2,1)"
    assert icc(ratings).value < 0.5
    assert icc(ratings, "ICC(3,1)").value == 1.0


def test_perfect_agreement_is_one_with_closed_interval():
    ratings = np.column_stack([np.arange(6.0), np.arange(6.0)])
    for form in FORMS:
        assert (icc(ratings, form).value, icc(ratings, form).lower, icc(ratings, form).upper) == (1.0, 1.0, 1.0)


def test_large_offset_of_a_feature_does_not_cost_digits():
    ratings = np.array(SHROUT_FLEISS, float)
    assert icc(ratings + 1e8).value == pytest.approx(icc(ratings).value, abs=1e-10)


@given(arrays(np.float64, (7, 3), elements=st.integers(-50, 50).map(float)), st.sampled_from(FORMS[:3]))
def test_single_observer_forms_never_exceed_one_and_lie_in_their_interval(ratings, form):
    assume(np.ptp(ratings) > 0)
    result = icc(ratings, form)
    assert result.lower <= result.value + 1e-9
    assert result.value <= min(result.upper + 1e-9, 1 + 1e-12)


@pytest.mark.parametrize(
    ("ratings", "form", "message"),
    [
        ([[1, 2], [3, 4]], "ICC(4,1)", r"unknown form.*ICC\(2,1\).*got 'ICC\(4,1\)'"),
        ([1, 2, 3], "ICC(2,1)", r"2 bodies x 2 observers, got shape \(3,\)"),
        ([[1.0, 2.0], [np.nan, 4.0]], "ICC(2,1)", r"ratings\[1, 0\] is nan"),
        ([[3.0, 3.0], [3.0, 3.0]], "ICC(2,1)", "all ratings are 3"),
    ],
)
def test_bad_ratings_are_named(ratings, form, message):
    with pytest.raises(OVCFRiskError, match=message):
        icc(ratings, form)
