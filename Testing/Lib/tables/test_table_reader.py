"""Every complaint about a CSV table names line and column."""

import hashlib

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.table_reader import read_table


@pytest.fixture
def write(tmp_path):
    """Write a table and give its path."""

    def write_text(text):
        path = tmp_path / "features.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write_text


def test_cells_lines_and_hash(write):
    path = write("\ufeffpatient_id, level ,a\r\nP1,L1, 1.5\r\n\r\nP2,L2,-2e3\r\n")
    table = read_table(path)
    assert table.columns == ("patient_id", "level", "a")
    assert table.texts("patient_id") == ("P1", "P2")
    assert table.choices("level", ("L1", "L2")) == ("L1", "L2")
    np.testing.assert_array_equal(table.numbers(("a",)), [[1.5], [-2000.0]])
    assert table.lines == (2, 4)
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("high", "line 3, column 'a': expected a number, got 'high'"),
        ('"12,5"', "got '12,5' with a decimal comma; write 12.5"),
        ("", "line 3, column 'a': expected a number, got an empty cell"),
        ("nan", "line 3, column 'a': expected a number, got 'nan'"),
        ("inf", "line 3, column 'a': expected a number, got 'inf'"),
        ("1e999", "got '1e999'"),
        ("1_000", "got '1_000'"),
        ("0x10", "got '0x10'"),
    ],
)
def test_a_cell_that_is_no_number_is_named(write, cell, message):
    table = read_table(write(f"patient_id,a\nP1,1\nP2,{cell}\n"))
    with pytest.raises(OVCFRiskError, match=message):
        table.numbers(("a",))


def test_empty_cells_are_nan_where_they_may_miss(write):
    table = read_table(write("patient_id,t_score\nP1,\nP2,NA\nP3,-2.5\n"))
    np.testing.assert_array_equal(table.numbers(("t_score",), allow_missing=True)[:, 0], [np.nan, np.nan, -2.5])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1,2\n3\n", "line 3: expected 2 cells as in the header, got 1"),
        ("a,b\n1,5,2\n", "line 2: expected 2 cells .* got 3; are there decimal commas"),
        ("a;b\n1,5;2\n", "separated by semicolons"),
        ("a\tb\n1\t2\n", "separated by tabs"),
        ("a;b\n1,5;2\n", "Excel: with the system's number format set to English"),
        ("a,b,a\n1,2,3\n", "column 'a' is repeated"),
        ("a,,b,\n1,,2,\n,,,3\n", "column '' is repeated"),
        ("a,b\n", "holds no rows"),
        ("", "holds no rows"),
        ('a,b\n1,"2\n', "not valid CSV"),
        (b"a,b\n1,\xff\n", "no UTF-8 text"),
    ],
)
def test_a_broken_file_is_refused(write, text, message):
    with pytest.raises(OVCFRiskError, match=message):
        read_table(write(text))


def test_columns_and_rows_that_were_cleared_in_a_spreadsheet_are_no_columns_and_rows(write):
    table = read_table(write("a,b,,\r\n1,2,,\r\n,,,\r\n3,4\r\n5,,,\r\n"))
    assert table.columns == ("a", "b")
    assert table.rows == (("1", "2"), ("3", "4"), ("5", ""))
    assert table.lines == (2, 4, 5)


def test_missing_file_and_columns_are_named(write, tmp_path):
    with pytest.raises(OVCFRiskError, match=r"absent.csv' cannot be read: No such file"):
        read_table(tmp_path / "absent.csv")
    table = read_table(write("a,b\n1,2\n"))
    with pytest.raises(OVCFRiskError, match="missing column 'group'; it has a, b"):
        table.require("a", "group")
    with pytest.raises(OVCFRiskError, match=r"missing column 'c', 'd', 'e', 'f', 'g'; it has"):
        table.require(*"cdefg")
    with pytest.raises(OVCFRiskError, match=r"missing column 'c', 'd', 'e', 'f', 'g' and 2 more; it has"):
        table.require(*"cdefghi")
    with pytest.raises(OVCFRiskError, match="line 2, column 'b': expected one of x, y, got '2'"):
        table.choices("b", ("x", "y"))
    with pytest.raises(OVCFRiskError, match="line 2, column 'b': the cell is empty"):
        read_table(write("a,b\n1,\n")).texts("b")
