"""10th percentile, median and energy of the HU inside a body."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.radiomics.region import BodyRegion

# Whole HU are counted, value by value, as long as the table of counts stays small.
MAX_COUNTED_RANGE_HU = 2**17


def first_order_features(region: BodyRegion) -> dict[str, float]:
    """First-order features of the frozen score.

    Returns
    -------
    dict
        ``10Percentile`` and ``Median`` in HU (numpy's linear interpolation between order statistics), ``Energy`` in
        HU^2: the sum of the squared HU, which grows with the number of voxels.
    """
    values = region.values
    lowest = int(values.min()) if values.dtype.kind in "iu" else None
    if lowest is None or int(values.max()) - lowest > MAX_COUNTED_RANGE_HU:
        percentile, median = np.percentile(values.astype(float), (10, 50))
    else:
        counts = np.bincount(np.subtract(values, lowest, dtype=np.intp))
        percentile, median = (lowest + _percentile_of_counts(counts, q) for q in (10, 50))
    exact = values.astype(float)
    return {"10Percentile": float(percentile), "Median": float(median), "Energy": float(exact @ exact)}


def _percentile_of_counts(counts: np.ndarray, q: float) -> float:
    """Percentile, linear between order statistics, of values 0.. that occur ``counts`` times."""
    up_to = np.cumsum(counts)
    rank = (up_to[-1] - 1) * q / 100
    below = int(rank)
    low, high = np.searchsorted(up_to, (below, min(below + 1, up_to[-1] - 1)), side="right")
    return low + (high - low) * (rank - below)
