"""10th percentile, median and energy of the HU inside a body."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.region import BodyRegion


def first_order_features(region: BodyRegion) -> dict[str, float]:
    """First-order features of the frozen score.

    Returns
    -------
    dict
        ``10Percentile`` and ``Median`` in HU (numpy's linear interpolation between order statistics), ``Energy`` in
        HU^2: the sum of the squared HU, which grows with the number of voxels.
    """
    if region.hu_counts is not None:
        return first_order_of_counts(float(region.values.min()), region.hu_counts)
    exact = region.values.astype(float)
    percentile, median = np.percentile(exact, (10, 50))
    # not a dot product: the last bits of BLAS depend on its number of threads
    return {"10Percentile": float(percentile), "Median": float(median), "Energy": float(np.square(exact).sum())}


def first_order_of_counts(lowest: float, counts: np.ndarray) -> dict[str, float]:
    """The same of whole HU from the lowest on that occur ``counts`` times."""
    percentile, median = lowest + _percentiles_of_counts(counts, (10, 50))
    squared = np.square(np.arange(int(lowest), int(lowest) + len(counts)))
    energy = int((squared * counts).sum())  # below 2^63: 2^17 HU at most, 2^28 voxels
    return {"10Percentile": float(percentile), "Median": float(median), "Energy": float(energy)}


def _percentiles_of_counts(counts: np.ndarray, percents: tuple[float, ...]) -> np.ndarray:
    """Percentiles, linear between order statistics, of values 0.. that occur ``counts`` times."""
    up_to = np.cumsum(counts)
    ranks = (up_to[-1] - 1) * np.array(percents) / 100
    below = ranks.astype(int)
    low, high = np.searchsorted(up_to, (below, np.minimum(below + 1, up_to[-1] - 1)), side="right")
    return low + (high - low) * (ranks - below)
