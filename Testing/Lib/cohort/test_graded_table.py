"""Cells of graded tables: numbers within bounds, words, grades and shapes."""

import pytest

from OVCFRiskLib.cohort.cohort_series import CohortSeries, GradedVertebra
from OVCFRiskLib.cohort.graded_table import cell, number_in, vertebrae_of, whole_number, word_in
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.table_reader import Table


def table_of(**cells):
    """A table of one row, on line 7 of its file."""
    return Table("t.csv", "0" * 64, tuple(cells), (tuple(cells.values()),), (7,))


def test_a_column_that_is_not_there_is_empty():
    assert cell(table_of(age="70"), 0, "sex") == ""


@pytest.mark.parametrize(
    ("text", "zero", "expected"),
    [("70.5", False, 70.5), ("", False, None), ("n/a", False, None), ("0", True, None), ("0", False, 0.0)],
)
def test_numbers_missing_values_and_zeros_that_stand_for_them(text, zero, expected):
    assert number_in(table_of(age=text), 0, "age", 0, 122, is_zero_missing=zero) == expected


@pytest.mark.parametrize("text", ["123", "-1", "inf", "12a"])
def test_numbers_out_of_bounds_are_named(text):
    with pytest.raises(OVCFRiskError, match=r"t\.csv, line 7, column 'age': expected a number"):
        number_in(table_of(age=text), 0, "age", 0, 122)


def test_words_are_ours_or_refused():
    assert word_in(table_of(sex="F"), 0, "sex", {"F": "woman"}) == "woman"
    assert word_in(table_of(sex=""), 0, "sex", {"F": "woman"}, is_needed=False) == ""
    with pytest.raises(OVCFRiskError, match="got an empty cell"):
        word_in(table_of(sex=""), 0, "sex", {"F": "woman"})


@pytest.mark.parametrize(("text", "expected"), [("12", 12), ("12.0", 12), ("0", None), ("1.5", None), ("-3", None)])
def test_identifiers_are_positive_whole_numbers(text, expected):
    table = table_of(id=text)
    if expected is not None:
        assert whole_number(table, 0, "id") == expected
        return
    with pytest.raises(OVCFRiskError, match="expected a positive whole number"):
        whole_number(table, 0, "id")


def test_grades_shapes_and_what_is_not_in_view():
    table = table_of(L1_g="2", L1_s="2", L2_g="X", L2_s="x", L3_g="0.0", L3_s="", L4_g="", L4_s="")
    assert vertebrae_of(table, 0, "{level}_g", "{level}_s") == {
        "L1": GradedVertebra(2, "biconcave"),
        "L2": GradedVertebra(None),
        "L3": GradedVertebra(0),
    }


def test_grades_of_a_series_leave_foreign_material_out():
    vertebrae = {"L1": GradedVertebra(2), "L2": GradedVertebra(None), "L3": GradedVertebra(0)}
    assert CohortSeries("a", "A", "t.csv, line 2", vertebrae).grades == (2, 0)
