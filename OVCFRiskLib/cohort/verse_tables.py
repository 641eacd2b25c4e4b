"""The two tables of VerSe 2019: fracture grades with age and density, and who the people are.

Grades: supplement of Loeffler MT et al. (2020), A vertebral segmentation dataset with fracture grading, Radiol Artif
Intell 2:e190138, one row per series. People (sex, contrast, phantomless density): appendix A of the spineFE benchmark
(GigaScience, giaf094). A density of 0 and a T-score of n/a are missing values.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from OVCFRiskLib.cohort.cohort_series import NO_CONTRAST, CohortSeries
from OVCFRiskLib.cohort.graded_table import (
    LARGEST_DENSITY,
    LARGEST_T_SCORE,
    LARGEST_VOXEL_MM,
    OLDEST_YEARS,
    number_in,
    place_of,
    vertebrae_of,
    whole_number,
    word_in,
)
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.tables.body_rows import SEXES
from OVCFRiskLib.tables.table_reader import Table, read_table
from OVCFRiskLib.tables.workbook import read_workbook

# Columns as the tables of VerSe 2019 name them.
VERSE_SERIES = "verse_ID"
SUBJECT = "subject_ID"
AGE = "age_ct"
RESOLUTION = "Res"
BMD = "BMD"
VERSE_T_SCORE = "DXA T-value"
VERSE_GRADE = "{level}_fx-g"
VERSE_SHAPE = "{level}_fx-s"
GRADE_COLUMNS = (
    VERSE_SERIES,
    SUBJECT,
    AGE,
    RESOLUTION,
    BMD,
    VERSE_T_SCORE,
    *(VERSE_GRADE.format(level=e.name) for e in LumbarLevel),
)
VERSE_CONTRAST = "Contrast Enhancement"
SEX = "Sex"
VBMD = "Phantomless Calibration vBMD [mg/cc]"
PEOPLE_COLUMNS = (VERSE_SERIES, SUBJECT, VERSE_CONTRAST, SEX)
CONTRASTS = {"ce-no": NO_CONTRAST, "ce-pv": "portal venous", "ce-art": "arterial"}


def read_verse_tables(grades: str | Path, people: str | Path | None) -> tuple[CohortSeries, ...]:
    """All series of the tables, in the order of the grades.

    Parameters
    ----------
    grades : path of an ``.xlsx`` or ``.csv`` file
    people : path of a ``.csv`` or ``.xlsx`` file, optional
        Without it sex and contrast are unknown.

    Raises
    ------
    OVCFRiskError
        Naming row and column: another table, a grade that is none, a series with two rows, a subject whose sex or age
        differs between rows, a series that is in one table only.
    """
    table = _read(grades, GRADE_COLUMNS)
    series = [_series(table, row) for row in range(len(table.rows))]
    numbers = [whole_number(table, row, VERSE_SERIES) for row in range(len(table.rows))]
    _refuse_repeated(table, numbers)
    _check_one_patient(table, series)
    if people is None:
        return tuple(series)
    return _joined(table, dict(zip(numbers, series, strict=True)), _read(people, PEOPLE_COLUMNS))


def _read(path: str | Path, columns: tuple[str, ...]) -> Table:
    if Path(path).suffix.lower() == ".csv":
        table = read_table(path)
        table.require(*columns)
        return table
    return read_workbook(path, columns)


def _series(table: Table, row: int) -> CohortSeries:
    number, subject = whole_number(table, row, VERSE_SERIES), whole_number(table, row, SUBJECT)
    return CohortSeries(
        case_id=f"verse{number:03d}",
        patient_id=f"sub-verse{subject:03d}",
        place=f"{table.name}, {table.line_word} {table.lines[row]}",
        vertebrae=vertebrae_of(table, row, VERSE_GRADE, VERSE_SHAPE),
        age=number_in(table, row, AGE, 0, OLDEST_YEARS),
        t_score=number_in(table, row, VERSE_T_SCORE, -LARGEST_T_SCORE, LARGEST_T_SCORE),
        bmd=number_in(table, row, BMD, 0, LARGEST_DENSITY, is_zero_missing=True),
        resolution_mm=number_in(table, row, RESOLUTION, 0, LARGEST_VOXEL_MM),
    )


def _refuse_repeated(table: Table, numbers: list[int]) -> None:
    first: dict[int, int] = {}
    for row, number in enumerate(numbers):
        other = first.setdefault(number, row)
        if other != row:
            raise OVCFRiskError(
                f"{place_of(table, row, VERSE_SERIES)}: series {number} is a duplicate of {table.line_word} "
                f"{table.lines[other]}; keep one row per series, so that no vertebra counts twice"
            )


def _check_one_patient(table: Table, series: list[CohortSeries]) -> None:
    """Rows of one subject agree in what belongs to the person."""
    first: dict[str, CohortSeries] = {}
    for row, item in enumerate(series):
        other = first.setdefault(item.patient_id, item)
        for column, name in ((AGE, "age"), (VERSE_T_SCORE, "t_score")):
            if getattr(other, name) != getattr(item, name):
                raise OVCFRiskError(
                    f"{place_of(table, row, column)}: {item.patient_id} has {getattr(item, name)} here and "
                    f"{getattr(other, name)} in {other.place}; all series of a subject belong to one person"
                )


def _joined(table: Table, series: dict[int, CohortSeries], people: Table) -> tuple[CohortSeries, ...]:
    """Sex, contrast and phantomless density of each series."""
    numbers = [whole_number(people, row, VERSE_SERIES) for row in range(len(people.rows))]
    _refuse_repeated(people, numbers)
    sexes: dict[str, tuple[str, int]] = {}
    joined: dict[int, CohortSeries] = {}
    for row, number in enumerate(numbers):
        if number not in series:
            raise OVCFRiskError(
                f"{place_of(people, row, VERSE_SERIES)}: series {number} is missing in {table.name}; both tables must "
                "name the same series"
            )
        item = series[number]
        subject = whole_number(people, row, SUBJECT)
        if item.patient_id != f"sub-verse{subject:03d}":
            raise OVCFRiskError(
                f"{place_of(people, row, SUBJECT)}: series {number} belongs to subject {subject} here and to "
                f"{item.patient_id} in {item.place}; correct one of the tables"
            )
        sex = word_in(people, row, SEX, dict(zip(SEXES, SEXES, strict=True)))
        known, line = sexes.setdefault(item.patient_id, (sex, people.lines[row]))
        if known != sex:
            raise OVCFRiskError(
                f"{place_of(people, row, SEX)}: {item.patient_id} is {sex} here and {known} in row {line}"
            )
        contrast = word_in(people, row, VERSE_CONTRAST, CONTRASTS)
        vbmd = number_in(people, row, VBMD, 0, LARGEST_DENSITY, is_zero_missing=True)
        joined[number] = replace(item, sex=sex, contrast=contrast, vbmd=vbmd)
    for number, item in series.items():
        if number not in joined:
            raise OVCFRiskError(
                f"{item.place}, column '{VERSE_SERIES}': series {number} is missing in {people.name}; both tables must "
                "name the same series"
            )
    return tuple(joined[number] for number in series)
