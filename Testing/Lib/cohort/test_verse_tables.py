"""VerSe's tables: read exactly, and refused by row and column."""

import pytest

from OVCFRiskLib.cohort.verse_tables import read_verse_tables
from OVCFRiskLib.errors import OVCFRiskError


def test_missing_values_are_missing_and_both_tables_are_joined(small_verse):
    series = {item.case_id: item for item in read_verse_tables(*small_verse())}
    last = series["verse010"]
    assert (last.bmd, last.t_score, last.vbmd, last.contrast) == (None, None, 90.0, "portal venous")
    assert series["verse005"].vertebrae["T11"].grade == 2
    assert series["verse005"].vertebrae["T11"].shape == "wedge"
    assert series["verse006"].vertebrae["L1"].grade is None
    assert "L4" not in series["verse006"].vertebrae
    assert series["verse202"].patient_id == "sub-verse401"
    assert series["verse007"].sex == "M"


def changed(rows, number, **cells):
    rows[number] |= {key.replace("__", "-"): value for key, value in cells.items()}
    return rows


@pytest.mark.parametrize(
    ("row", "cells", "message"),
    [
        (1, {"L1_fx-g": 4}, r"row 3, column 'L1_fx-g': expected a grade 0, 1, 2 or 3.*got '4'"),
        (1, {"L1_fx-g": "mild"}, r"row 3, column 'L1_fx-g'.*got 'mild'"),
        (1, {"L1_fx-g": 1.5}, r"row 3, column 'L1_fx-g'.*got '1.5'"),
        (1, {"L4_fx-s": 2}, r"row 3, column 'L4_fx-g': the grade is empty, but a shape '2' is given"),
        (1, {"L1_fx-s": 7}, r"row 3, column 'L1_fx-s': expected a shape"),
        (0, {"age_ct": "old"}, r"row 2, column 'age_ct': expected a number, got 'old'"),
        (0, {"age_ct": 200}, r"row 2, column 'age_ct': expected a number from 0 to 122, got 200"),
        (0, {"DXA T-value": -25}, r"row 2, column 'DXA T-value': expected a number from -10 to 10"),
        (0, {"verse_ID": ""}, r"row 2, column 'verse_ID': expected a number, got an empty cell"),
        (0, {"verse_ID": 5}, r"row 3, column 'verse_ID': series 5 is a duplicate of row 2"),
        (7, {"age_ct": 71.0}, r"row 9, column 'age_ct': sub-verse401 has 71.0 here and 70.0 in .*row 8"),
        (8, {"verse_ID": 11}, r"people.csv, line 10, column 'verse_ID': series 10 is missing in grades.xlsx"),
    ],
)
def test_grades_are_refused_by_row_and_column(small_verse, make_rows, row, cells, message):
    rows = make_rows.grade_rows()
    rows[row] |= cells
    with pytest.raises(OVCFRiskError, match=message):
        read_verse_tables(*small_verse(grades=rows))


@pytest.mark.parametrize(
    ("row", "cells", "message"),
    [
        (0, {"Sex": "W"}, r"line 2, column 'Sex': expected F or M, got 'W'"),
        (0, {"Contrast Enhancement": "yes"}, r"line 2, column 'Contrast Enhancement': expected ce-no or ce-pv"),
        (
            0,
            {"subject_ID": 99},
            r"line 2, column 'subject_ID': series 4 belongs to subject 99 here and to sub-verse004",
        ),
        (7, {"Sex": "M"}, r"line 9, column 'Sex': sub-verse401 is M here and F"),
        (1, {"verse_ID": 4}, r"line 3, column 'verse_ID': series 4 is a duplicate of line 2"),
    ],
)
def test_people_are_refused_by_row_and_column(small_verse, make_rows, row, cells, message):
    rows = make_rows.people_rows()
    rows[row] |= cells
    with pytest.raises(OVCFRiskError, match=message):
        read_verse_tables(*small_verse(people=rows))


def test_people_missing_in_one_table_are_named(small_verse, make_rows):
    with pytest.raises(OVCFRiskError, match=r"row 10, column 'verse_ID': series 10 is missing in people.csv"):
        read_verse_tables(*small_verse(people=make_rows.people_rows()[:-1]))
    with pytest.raises(OVCFRiskError, match=r"people.csv, line 10, column 'verse_ID': series 10 is missing in grades"):
        read_verse_tables(*small_verse(grades=make_rows.grade_rows()[:-1]))


def test_another_table_is_refused(small_verse, workbook_writer, tmp_path):
    _, people = small_verse()
    other = workbook_writer(tmp_path / "other.xlsx", ("name", "age"), [{"name": "x", "age": 3}], sheet="people")
    with pytest.raises(
        OVCFRiskError, match=r"other.xlsx is not the expected table: sheet 'people' lacks column 'verse_ID'"
    ):
        read_verse_tables(other, people)


def test_the_real_tables_are_read_whole(verse_tables):
    series = read_verse_tables(*verse_tables)
    assert len(series) == 160
    assert len({item.patient_id for item in series}) == 141
    # stated of the tables: five rows with a density of 0, 52 without a T-score, 99 series of women
    assert sum(item.bmd is None for item in series) == 5
    assert sum(item.t_score is None for item in series) == 52
    assert sum(item.sex == "F" for item in series) == 99


def test_a_table_without_a_column_is_refused(small_verse, tmp_path):
    grades, people = small_verse()
    without = tmp_path / "without.csv"
    without.write_text(people.read_text().replace("Sex", "gender"))
    with pytest.raises(OVCFRiskError, match=r"without.csv: missing column 'Sex'"):
        read_verse_tables(grades, without)
