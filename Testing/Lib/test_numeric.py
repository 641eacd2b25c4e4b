"""What counts as a number in a file."""

import pytest

from OVCFRiskLib.numeric import is_number, is_numbers, is_positive_range


@pytest.mark.parametrize(
    ("value", "expected"), [(0, True), (-1.5, True), (True, False), ("1", False), (None, False), (float("inf"), False)]
)
def test_numbers_are_finite_and_no_truth_values(value, expected):
    assert is_number(value) is expected


def test_lists_of_numbers_are_counted():
    assert is_numbers([1, 2.0, 3], 3)
    assert not is_numbers([1, 2], 3)
    assert not is_numbers("123", 3)


@pytest.mark.parametrize(
    ("value", "expected"), [([1, 1], True), ((0.5, 2), True), ([2, 1], False), ([0, 1], False), ([1], False)]
)
def test_a_range_ascends_above_zero(value, expected):
    assert is_positive_range(value) is expected
