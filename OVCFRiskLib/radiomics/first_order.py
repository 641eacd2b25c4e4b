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
    values = region.hu[region.inside].astype(float)
    return {
        "10Percentile": float(np.percentile(values, 10)),
        "Median": float(np.median(values)),
        "Energy": float(np.dot(values, values)),
    }
