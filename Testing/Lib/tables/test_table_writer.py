"""CSV tables as scripts and spreadsheets read them."""

import csv
import io
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.plain_text import printable
from OVCFRiskLib.tables.table_reader import read_table
from OVCFRiskLib.tables.table_writer import FORMULA_STARTS, csv_text, format_cell, marked_for_excel, write_table


@given(st.text())
def test_text_never_becomes_a_formula_or_a_second_line(text):
    cell = format_cell(text)
    assert not cell.startswith(FORMULA_STARTS) or math.isfinite(float(cell))  # a number is no formula
    assert len(cell.splitlines()) <= 1


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_message_survives_csv(text):
    back = next(csv.DictReader(io.StringIO(csv_text([{"warnings": text, "n": 1}], ("warnings", "n")), newline="")))
    assert back["warnings"].removeprefix("'") == printable(text).removeprefix("'")


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (30.000499, 3, "30.0"),
        (-0.001, 2, "0.0"),
        (-0.0, None, "0.0"),
        (1 / 3, None, "0.3333333333333333"),
        (2, None, "2"),
        (None, 2, ""),
        ("-2.0", None, "-2.0"),  # nearly every T-score
        ("+1.5e-3", None, "+1.5e-3"),
        ("-2.0+1", None, "'-2.0+1"),
        ("-.5", None, "-.5"),
        ("-", None, "'-"),
        ("--1", None, "'--1"),
        ("-1,5", None, "'-1,5"),
        ('=HYPERLINK("x")', None, '\'=HYPERLINK("x")'),
    ],
)
def test_cells_follow_the_documented_format(value, decimals, text):
    assert format_cell(value, decimals) == text


def test_names_of_columns_are_guarded_like_cells():
    assert csv_text([], ("=cmd()", "level")).startswith("'=cmd(),level")


def test_the_reader_reads_what_the_writer_wrote(tmp_path):
    rows = [{"level": "L1", "value": 1 / 3, "note": "a, b\nc"}, {"level": "L2", "value": None, "note": '"q"'}]
    write_table(iter(rows), ("level", "value", "note"), tmp_path / "t.csv")
    table = read_table(tmp_path / "t.csv")
    assert table.columns == ("level", "value", "note")
    assert table.rows == (("L1", repr(1 / 3), "a, b c"), ("L2", "", '"q"'))
    assert (tmp_path / "t.csv").read_text(encoding="utf-8") == csv_text(rows, table.columns)


def test_a_row_that_fails_leaves_the_older_table(tmp_path):
    write_table([{"a": 1}], ("a",), tmp_path / "t.csv")

    def rows():
        yield {"a": 2}
        raise OSError(28, "No space left on device")

    with pytest.raises(OVCFRiskError, match="No space left"):
        write_table(rows(), ("a",), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "a\n1\n"
    assert [path.name for path in tmp_path.iterdir()] == ["t.csv"]


@pytest.mark.parametrize("text", ["-17b", "=1+1", "@home", "+x", "plain", "-2.0", "'quoted'"])
def test_ids_come_back_as_they_were(tmp_path, text):
    write_table([{"patient_id": text, "value": 1}], ("patient_id", "value"), tmp_path / "t.csv")
    assert read_table(tmp_path / "t.csv").rows == ((text, "1"),)


def test_a_table_for_excel_begins_with_its_mark_and_is_read_like_any_other(tmp_path):
    rows = [{"name": "Größe", "value": 1}]
    with marked_for_excel():
        write_table(rows, ("name", "value"), tmp_path / "marked.csv")
    write_table(rows, ("name", "value"), tmp_path / "plain.csv")
    marked, plain = ((tmp_path / name).read_bytes() for name in ("marked.csv", "plain.csv"))
    assert marked == b"\xef\xbb\xbf" + plain
    assert read_table(tmp_path / "marked.csv").rows == read_table(tmp_path / "plain.csv").rows


def test_the_line_that_tells_excel_the_separator(tmp_path):
    (tmp_path / "t.csv").write_text("sep=,\na,b\n1,x\n", encoding="utf-8")
    table = read_table(tmp_path / "t.csv")
    assert table.rows == (("1", "x"),)
    assert table.lines == (3,)
    (tmp_path / "s.csv").write_text("sep=;\na;b\n1;x\n", encoding="utf-8")
    with pytest.raises(OVCFRiskError, match="separated by ';'; save the table with commas"):
        read_table(tmp_path / "s.csv")
