"""A table of radiomics features with the outcome: one row per vertebral body, checked before anything is learnt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OVCFRiskLib.counts import counted_bodies
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.body_rows import FRACTURE, GROUPS, LEVELS, SETS, SEXES, check_bodies
from OVCFRiskLib.tables.cohort_join import read_joined
from OVCFRiskLib.tables.table_reader import Table
from OVCFRiskLib.training.columns import standardise

# pyradiomics' full names: image type, feature class, feature; its diagnostics and our own columns do not match.
FEATURE_NAME = re.compile(r"[A-Za-z0-9.-]+_(shape|shape2D|firstorder|glcm|gldm|glrlm|glszm|ngtdm)_[A-Za-z0-9]+")
# Pairs that are one feature by pyradiomics' definition (the second on a fixed grid); the second is left out.
ALIKE_BY_DEFINITION = {
    "original_glcm_SumAverage": "original_glcm_JointAverage",
    "original_firstorder_TotalEnergy": "original_firstorder_Energy",
}
# 1 - |r| of columns that are the same but for offset, unit and rounding.
COLLINEAR_TOLERANCE = 1e-12


@dataclass(frozen=True, slots=True)
class FeatureTable:
    """Features and outcome of n vertebral bodies.

    Attributes
    ----------
    name, sha256 : str
        Of the file.
    features : tuple of str
        pyradiomics' full names, p of them.
    values : ndarray, shape (n, p)
    patients, levels, groups : ndarray of str, shape (n,)
        ``groups`` holds ``"OVCF"`` or ``"NF"``.
    t_scores, ages : ndarray or None, shape (n,)
        DXA T-score and years; NaN where a cell is empty, None without the column.
    sexes : ndarray of str or None, shape (n,)
        ``"F"``, ``"M"``, or empty where the table says anything else; None without the column ``sex``.
    sets : ndarray of str or None, shape (n,)
        ``"train"`` or ``"test"``, if the table has a column ``split``.
    lines : tuple of int
        Line of each row in the file.
    """

    name: str
    sha256: str
    features: tuple[str, ...]
    values: np.ndarray
    patients: np.ndarray
    levels: np.ndarray
    groups: np.ndarray
    t_scores: np.ndarray | None
    ages: np.ndarray | None
    sets: np.ndarray | None
    lines: tuple[int, ...]
    sexes: np.ndarray | None = None

    @property
    def is_fracture(self) -> np.ndarray:
        """Rows of women with a fracture, ndarray of bool."""
        return self.groups == FRACTURE

    def columns(self, names: tuple[str, ...]) -> np.ndarray:
        """Values of some features, shape (n, len(names))."""
        return self.values[:, [self.features.index(name) for name in names]]


def read_feature_table(
    path: str | Path,
    features: tuple[str, ...] | None = None,
    has_outcome: bool = True,
    may_split_patients: bool = False,
    cohort: str | Path | None = None,
) -> FeatureTable:
    """Read and check a feature table.

    Parameters
    ----------
    path : path of a CSV file
        Columns ``patient_id``, ``level`` (L1..L4), ``group`` (OVCF or NF), pyradiomics' full feature names, and
        where known ``t_score``, ``age``, ``sex`` (F or M) and ``split`` (train or test). Further columns are ignored.
    features : tuple of str, optional
        Features to take; None takes all columns with a pyradiomics name.
    has_outcome : bool
        False for the table of a second observer: ``group`` is not needed, and neither are both classes.
    may_split_patients : bool
        True to take a column ``split`` that puts bodies of one woman into both sets, as the paper did.
    cohort : path, optional
        ``cohort.csv`` or a table of patients: only its bodies count, with its group, age and T-score.

    Returns
    -------
    FeatureTable

    Raises
    ------
    OVCFRiskError
        Naming line and column: missing columns, text or decimal commas in numbers, NaN, unknown levels or groups,
        a duplicate row, two bodies with the same features, a woman in both groups or both sets, only one
        class, constant or collinear features.
    """
    table = read_joined(path, cohort)
    _require_outcome(table, ("patient_id", "level", *(("group",) if has_outcome else ())))
    table.require(*(features or ()))
    chosen = features or tuple(name for name in table.columns if FEATURE_NAME.fullmatch(name))
    if not chosen:
        raise OVCFRiskError(
            f"{table.name}: no feature columns; expected pyradiomics' full names such as 'original_firstorder_Median'"
        )
    found = FeatureTable(
        name=table.name,
        sha256=table.sha256,
        features=chosen,
        values=table.numbers(chosen),
        patients=np.array(table.texts("patient_id")),
        levels=np.array(table.choices("level", LEVELS)),
        groups=np.array(table.choices("group", GROUPS) if has_outcome else [""] * len(table.rows)),
        t_scores=table.optional_numbers("t_score"),
        ages=table.optional_numbers("age"),
        sets=np.array(table.choices("split", SETS)) if "split" in table.columns else None,
        lines=table.lines,
        sexes=_sexes(table),
    )
    whole = {"group": found.groups if has_outcome else None, "split": None if may_split_patients else found.sets}
    check_bodies(table, "patient_id", found.patients, found.levels, whole)
    _check_identical_features(found)
    if has_outcome:
        _check_classes(found)
        _check_features(found)
    return found


def _require_outcome(table: Table, names: tuple[str, ...]) -> None:
    """What a table says of bodies besides features; tables of a batch may leave it to the cohort."""
    missing = [name for name in names if name not in table.columns]
    if missing and "case_id" in table.columns:
        raise OVCFRiskError(
            f"{table.name}: missing column {', '.join(missing)}; name the cohort with --cohort COHORT.csv (a row per "
            "body or patient: case_id, patient_id, level of a body, group, where known age and t_score), or run the "
            "batch with these columns in its manifest, which it carries through"
        )
    table.require(*names)


def _sexes(table: Table) -> np.ndarray | None:
    """The column of sexes as far as it uses DICOM's letters; it is no column that training needs."""
    if "sex" not in table.columns:
        return None
    return np.array([cell if cell in SEXES else "" for cell in table.cells("sex")])


def without_known_twins(table: FeatureTable) -> tuple[str, ...]:
    """Features of a table without those that are another one by definition (`ALIKE_BY_DEFINITION`)."""
    return without_twin_names(table.features)


def without_twin_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names of features without those that are another of them by definition.

    Examples
    --------
    >>> without_twin_names(["original_firstorder_Energy", "original_firstorder_TotalEnergy"])
    ('original_firstorder_Energy',)
    """
    return tuple(name for name in names if ALIKE_BY_DEFINITION.get(name) not in names)


def match_rows(table: FeatureTable, other: FeatureTable) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers of the bodies that both observers segmented, in the order of the first table.

    Raises
    ------
    OVCFRiskError
        If a body of the second table is not in the first, or fewer than 3 are in both.
    """
    place = {body: row for row, body in enumerate(zip(table.patients, table.levels, strict=True))}
    pairs = []
    for row, body in enumerate(zip(other.patients, other.levels, strict=True)):
        if body not in place:
            raise OVCFRiskError(
                f"{other.name}, line {other.lines[row]}: patient {body[0]}, {body[1]} is not in {table.name}; "
                "both observers' tables must name the same bodies"
            )
        pairs.append((place[body], row))
    if len(pairs) < 3:
        raise OVCFRiskError(
            f"{other.name}: {counted_bodies(len(pairs))} in common with {table.name}; an ICC needs at least 3"
        )
    first, second = np.array(sorted(pairs)).T
    return first, second


def _check_classes(table: FeatureTable) -> None:
    if len(np.unique(table.groups)) < 2:
        raise OVCFRiskError(
            f"{table.name}, column 'group': every row is {table.groups[0]}; training needs bodies of both classes"
        )


def _check_identical_features(table: FeatureTable) -> None:
    """The same numbers for two bodies are a copy, not a measurement."""
    if len(table.features) < 2:
        return
    seen: dict[bytes, int] = {}
    for row, line in enumerate(table.lines):
        other = seen.setdefault(table.values[row].tobytes(), line)
        if other != line:
            raise OVCFRiskError(
                f"{table.name}, line {line}: all features equal those of line {other}; a row was copied, or two masks "
                "are the same"
            )


def _check_features(table: FeatureTable) -> None:
    """Every feature varies, and none is another one in other units."""
    constant = np.flatnonzero(np.ptp(table.values, axis=0) == 0)
    if len(constant):
        raise OVCFRiskError(
            f"{table.name}, column '{table.features[constant[0]]}': every row is {table.values[0, constant[0]]:g}; "
            "a constant tells nothing: remove the column"
        )
    names = without_known_twins(table)
    z = standardise(table.columns(names)).z
    alike = np.argwhere(np.triu(np.abs(z.T @ z) / len(z) > 1 - COLLINEAR_TOLERANCE, 1))
    if len(alike):
        one, other = (names[i] for i in alike[0])
        raise OVCFRiskError(
            f"{table.name}, column '{other}': it is column '{one}' in other units (correlation 1); remove one of them"
        )
