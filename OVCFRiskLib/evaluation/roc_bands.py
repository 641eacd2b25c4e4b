"""ROC curves with a band by patient."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.evaluation.markers import Marker
from OVCFRiskLib.evaluation.results import RocBand
from OVCFRiskLib.statistics.bootstrap import PatientBootstrap, percentile_band
from OVCFRiskLib.statistics.roc import roc_curve

# Where the bands are drawn: every percent of the axis.
FALSE_POSITIVE_RATES = np.linspace(0.0, 1.0, 101)


def roc_band(marker: Marker, draws: int, seed: int) -> RocBand:
    """Curve of a marker with its pointwise 95 % band."""
    bootstrap = PatientBootstrap.draw(marker.patients, marker.is_fracture, draws, seed)
    band = percentile_band(bootstrap.sensitivities(marker.risk, FALSE_POSITIVE_RATES))
    curve = roc_curve(marker.is_fracture, marker.risk, True, True)
    return RocBand(marker.name, curve, FALSE_POSITIVE_RATES, *band)
