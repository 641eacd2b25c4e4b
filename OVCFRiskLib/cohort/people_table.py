"""A centre's own table: one row per CT series, with who the patient is and how the vertebrae were graded.

=====================  ==================================================================================
column                 what
=====================  ==================================================================================
``patient_id``         any text; needed
``case_id``            of the series, unique; needed where a patient has several series
``ct``                 file or DICOM folder, relative to the table
``labels``, ``points`` label map, or level points; one of the two
``L1_grade`` ..        Genant grade 0-3, ``x`` foreign material, empty not in view; ``L1`` to ``L4`` are needed, any of
                       ``T1`` to ``L6`` count for the group
``L1_shape`` ..        0 none, 1 wedge, 2 biconcave, 3 crush
``group``              ``OVCF`` or ``NF`` where it is known otherwise; without it the grades decide
``sex``                ``F`` or ``M``
``age``                years at the CT
``t_score``            DXA
``bmd``, ``vbmd``      mg/cm3; 0 is missing
``contrast``           ``none``, or the phase
``resolution_mm``      largest edge of a voxel
=====================  ==================================================================================
"""

from __future__ import annotations

from pathlib import Path

from OVCFRiskLib.cohort.cohort_series import CohortSeries
from OVCFRiskLib.cohort.graded_table import (
    LARGEST_DENSITY,
    LARGEST_T_SCORE,
    LARGEST_VOXEL_MM,
    OLDEST_YEARS,
    cell,
    number_in,
    place_of,
    vertebrae_of,
    word_in,
)
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.body_rows import GROUPS, LEVELS, SEXES
from OVCFRiskLib.tables.table_reader import Table, read_table

# Columns of each level: Genant's grade, and the deformity's shape.
GRADE = "{level}_grade"
SHAPE = "{level}_shape"
PEOPLE_NEEDED = ("patient_id", *(GRADE.format(level=level) for level in LEVELS))
# What belongs to the person and must be the same in all rows of a patient.
OF_PATIENT = ("sex", "age", "t_score", "group")


def read_people_table(path: str | Path) -> tuple[CohortSeries, ...]:
    """All series of the table, in its order.

    Raises
    ------
    OVCFRiskError
        Naming line and column: a missing column, a word or number that is none, a repeated series, a patient in both
        groups or with two sexes, labels without a CT, a file that is not there.
    """
    path = Path(path)
    table = read_table(path)
    table.require(*PEOPLE_NEEDED)
    seen: dict[str, int] = {}
    first: dict[str, CohortSeries] = {}
    found = []
    for row in range(len(table.rows)):
        item = _series(table, row, path.parent)
        other = seen.setdefault(item.case_id, row)
        if other != row:
            column = "case_id" if "case_id" in table.columns else "patient_id"
            raise OVCFRiskError(
                f"{place_of(table, row, column)}: '{item.case_id}' is a duplicate of line {table.lines[other]}; keep "
                "one row per series, or give each series its case_id"
            )
        _check_same_person(table, row, item, first.setdefault(item.patient_id, item))
        found.append(item)
    return tuple(found)


def _series(table: Table, row: int, folder: Path) -> CohortSeries:
    patient = cell(table, row, "patient_id")
    if not patient:
        raise OVCFRiskError(f"{place_of(table, row, 'patient_id')}: the cell is empty; fill it in")
    ct, labels, points = (_file(table, row, column, folder) for column in ("ct", "labels", "points"))
    for column, path in (("labels", labels), ("points", points)):
        if path is not None and ct is None:
            raise OVCFRiskError(
                f"{place_of(table, row, 'ct')}: {column} without a CT; name the CT, or leave both empty"
            )
    group = word_in(table, row, "group", dict(zip(GROUPS, GROUPS, strict=True)), is_needed=False)
    return CohortSeries(
        case_id=cell(table, row, "case_id") or patient,
        patient_id=patient,
        place=f"{table.name}, line {table.lines[row]}",
        vertebrae=vertebrae_of(table, row, GRADE, SHAPE),
        group=group or None,
        sex=word_in(table, row, "sex", dict(zip(SEXES, SEXES, strict=True)), is_needed=False),
        age=number_in(table, row, "age", 0, OLDEST_YEARS),
        t_score=number_in(table, row, "t_score", -LARGEST_T_SCORE, LARGEST_T_SCORE),
        bmd=number_in(table, row, "bmd", 0, LARGEST_DENSITY, is_zero_missing=True),
        vbmd=number_in(table, row, "vbmd", 0, LARGEST_DENSITY, is_zero_missing=True),
        contrast=cell(table, row, "contrast"),
        resolution_mm=number_in(table, row, "resolution_mm", 0, LARGEST_VOXEL_MM),
        ct=ct,
        labels=labels,
        points=points,
    )


def _file(table: Table, row: int, column: str, folder: Path) -> Path | None:
    text = cell(table, row, column)
    if not text:
        return None
    path = folder / text
    if not path.exists():
        raise OVCFRiskError(f"{place_of(table, row, column)}: '{text}' is not there; paths are relative to the table")
    return path


def _check_same_person(table: Table, row: int, item: CohortSeries, other: CohortSeries) -> None:
    for name in OF_PATIENT:
        here, there = getattr(item, name), getattr(other, name)
        if here != there:
            raise OVCFRiskError(
                f"{place_of(table, row, name)}: patient {item.patient_id} is {here} here and {there} in {other.place}; "
                "all series of a patient belong to one person"
            )
