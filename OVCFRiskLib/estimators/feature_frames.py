"""Feature tables as DataFrames: features apart from who, where and with what outcome."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from OVCFRiskLib.training.feature_table import read_feature_table

# What a row says besides its features.
OUTCOME_COLUMNS = ("group", "split", "t_score", "age")
INDEX = ("patient_id", "level")


def read_features(
    path: str | Path,
    features: Sequence[str] | None = None,
    has_outcome: bool = True,
    cohort: str | Path | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read and check a feature table.

    Parameters
    ----------
    path : path of a CSV file
        As `ovcfrisk train` takes it.
    features : sequence of str, optional
        Features to take; None takes all columns with a pyradiomics name.
    has_outcome : bool
        False for the table of a second observer.
    cohort : path, optional
        ``cohort.csv``: only its bodies, with its outcomes.

    Returns
    -------
    features : DataFrame
        One column per feature, indexed by patient and level, so that observers' tables align.
    outcomes : DataFrame
        ``group``, ``split``, ``t_score``, ``age`` where the table has them, same index.

    Raises
    ------
    OVCFRiskError
        As `read_feature_table`, naming line and column.
    """
    table = read_feature_table(path, None if features is None else tuple(features), has_outcome, cohort=cohort)
    index = pd.MultiIndex.from_arrays([table.patients, table.levels], names=list(INDEX))
    known = {"group": table.groups if has_outcome else None, "split": table.sets}
    known |= {"t_score": table.t_scores, "age": table.ages}
    outcomes = {name: values for name in OUTCOME_COLUMNS if (values := known[name]) is not None}
    return pd.DataFrame(table.values, index, list(table.features)), pd.DataFrame(outcomes, index)


def patients_of(groups: object, rows: int) -> np.ndarray:
    """Patients of the rows as text; every row its own where nobody says."""
    values = np.arange(rows) if groups is None else np.asarray(groups)
    return values.astype(str)
