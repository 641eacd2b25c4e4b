"""Standardised columns: mean 0, population SD 1, whatever the offset and the unit of a column."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.training.columns import standardise


def test_numbers_by_hand():
    """1, 2, 3 have mean 2 and population SD sqrt(2/3)."""
    found = standardise(np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 5.0]]))
    np.testing.assert_allclose(found.mean, [2, 5])
    np.testing.assert_allclose(found.sd, [np.sqrt(2 / 3), 0])
    np.testing.assert_allclose(found.z[:, 0], np.array([-1, 0, 1]) / np.sqrt(2 / 3))
    assert not found.z[:, 1].any()
    assert found.varies.tolist() == [True, False]


@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1.0, -1e9, 1e12]),
    st.sampled_from([2.0**-600, 2.0**-20, 1.0, 2.0**30, 2.0**600]),  # exact, as the whole numbers are
)
def test_neither_offset_nor_unit_costs_digits(seed, offset, unit):
    x = np.random.default_rng(seed).integers(-1000, 1000, (20, 3)).astype(float)
    x[0, :], x[1, :] = -1000, 1000  # no column is constant
    plain, moved = standardise(x), standardise((x + offset) * unit)
    np.testing.assert_allclose(moved.z, plain.z, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(plain.z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(plain.z.std(axis=0), 1, rtol=1e-12)


def test_columns_are_given_back():
    x = np.random.default_rng(1).normal(50, 7, (30, 4))
    found = standardise(x)
    np.testing.assert_allclose(found.mean + found.sd * found.z, x, rtol=1e-12)
    assert found.sd == pytest.approx(x.std(axis=0))
