"""What tables of vertebral bodies call a level, a group and a set, and the check that their rows fit together."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.tables.table_reader import Table

# Words that a table's column of levels may hold.
LEVELS = tuple(level.name for level in LumbarLevel)
# Of the patient, not of the body: an osteoporotic vertebral compression fracture, or none (Yu et al. 2025).
FRACTURE = "OVCF"
NO_FRACTURE = "NF"
GROUPS = (FRACTURE, NO_FRACTURE)
# Column ``sex``, as DICOM writes it.
SEXES = ("F", "M")
# Column ``split``.
SETS = ("train", "test")
# What is known of a table as a whole (whose CTs, how acquired, how extracted) lies beside it in a file of this name.
DESCRIPTION_NAME = "description.json"


def check_bodies(
    table: Table, patient_column: str, patients: np.ndarray, levels: np.ndarray, whole: dict[str, np.ndarray | None]
) -> None:
    """Raise on a duplicate row of a body, or when a column that belongs to the patient differs between her bodies.

    Parameters
    ----------
    table : Table
    patient_column : str
        For messages.
    patients, levels : ndarray of str, shape (n,)
    whole : mapping of column name to ndarray of str or None
        Columns that must agree within a patient.

    Raises
    ------
    OVCFRiskError
        Naming line and column.
    """
    seen: dict[tuple[str, str], int] = {}
    first_line: dict[tuple[str, str], tuple[str, int]] = {}
    for row, line in enumerate(table.lines):
        patient, level = str(patients[row]), str(levels[row])
        other = seen.setdefault((patient, level), line)
        if other != line:
            who, kind = (f"patient {patient}, {level}", "body") if level else (f"patient {patient}", "patient")
            raise OVCFRiskError(
                f"{table.name}, line {line}, column '{patient_column}': {who} is a duplicate row of line {other}; keep "
                f"one row per {kind}"
            )
        for column, cells in whole.items():
            if cells is None:
                continue
            word, other = first_line.setdefault((column, patient), (str(cells[row]), line))
            if word != cells[row]:
                raise OVCFRiskError(
                    f"{table.name}, line {line}, column '{column}': patient {patient} is '{cells[row]}' here and "
                    f"'{word}' on line {other}; all bodies of a patient belong together"
                )
