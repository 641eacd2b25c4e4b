"""z-scores whose means and SDs are learnt on some rows, in digits that a card keeps."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.training.feature_table import FeatureTable

# Digits that a card keeps: more than any solver agrees on, fewer than libraries differ in, so that runs are repeatable.
SIGNIFICANT_DIGITS = 12


def rounded(values: ArrayLike) -> np.ndarray:
    """Numbers to `SIGNIFICANT_DIGITS`."""
    return np.array([float(f"{v:.{SIGNIFICANT_DIGITS}g}") for v in np.ravel(values)]).reshape(np.shape(values))


class Scaling:
    """z-scores with the mean and sample SD of some rows."""

    def __init__(self, table: FeatureTable, rows: np.ndarray) -> None:
        self._table = table
        values = table.values[rows]
        self._mean = rounded(values.mean(axis=0))
        self._sd = rounded(values.std(axis=0, ddof=1))

    def mean_and_sd(self, name: str) -> tuple[float, float]:
        place = self._table.features.index(name)
        if self._sd[place] == 0:
            raise OVCFRiskError(f"{self._table.name}, column '{name}': constant in the training set; leave it out")
        return float(self._mean[place]), float(self._sd[place])

    def z(self, names: tuple[str, ...]) -> np.ndarray:
        """z-scores of all rows, shape (n, len(names))."""
        mean, sd = np.array([self.mean_and_sd(name) for name in names]).reshape(-1, 2).T
        return (self._table.columns(names) - mean) / sd
