"""Height loss of a body against its own heights and its neighbours."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.height_profile import SixPoints

# Shape of a whole body, used where no other body shows the patient's own: mean anterior to posterior height 0.995
# (range 0.84-1.15) and middle to posterior height 0.937 (0.88-0.98) at L3 of 120 healthy women (PubMed 10091205).
NORMAL_WEDGE = 1.0
NORMAL_MIDDLE = 0.94
# Whole lumbar bodies are up to so much higher in front than behind (same women: 1.15): no loss of posterior height.
LORDOTIC_WEDGE = 1.1
# Other bodies serve as the patient's normal while their own ratios are within these ranges; beyond, they are deformed.
WHOLE_WEDGE = (0.88, 1.12)
WHOLE_MIDDLE = (0.85, 1.05)
# Posterior height relative to L1's: it hardly changes down to L3 and is lower at L4, whose wedge opens to the front
# (Mavrych et al. 2014, Austin J Anat 1:1014: posterior height below anterior from L2 on, most at L3 and L4).
POSTERIOR_PATTERN = {LumbarLevel.L1: 1.0, LumbarLevel.L2: 1.0, LumbarLevel.L3: 1.0, LumbarLevel.L4: 0.97}


def find_loss(level: LumbarLevel, points: Mapping[LumbarLevel, SixPoints]) -> tuple[float, str]:
    """Find the largest height loss of a body and the deformity it makes.

    Wedge: anterior against posterior height. Biconcave: middle against posterior height. Crush: posterior height
    against that of the other bodies, or against the body's own anterior height. Each ratio is divided by what the
    patient's other bodies show, so that a person's own wedge and endplate concavity are no loss.

    Parameters
    ----------
    level : LumbarLevel
    points : mapping of LumbarLevel to SixPoints
        All measured bodies, ``level`` among them.

    Returns
    -------
    loss : float
        As a part of 1, at least 0.
    deformity : str
        ``"wedge"``, ``"biconcave"`` or ``"crush"``: what the loss is called once it counts.

    References
    ----------
    Genant HK et al. (1993) J Bone Miner Res 8:1137; Eastell R et al. (1991) J Bone Miner Res 6:207 (ratios against
    normal ones, posterior height against adjacent vertebrae).
    """
    own = points[level]
    others = {other: heights for other, heights in points.items() if other is not level}
    wedge = _expected([_wedge(o) for o in others.values()], WHOLE_WEDGE, NORMAL_WEDGE)
    middle = _expected([_middle(o) for o in others.values()], WHOLE_MIDDLE, NORMAL_MIDDLE)
    losses = {
        "wedge": 1 - _wedge(own) / wedge,
        "biconcave": 1 - _middle(own) / middle,
        "crush": max(1 - max(wedge, LORDOTIC_WEDGE) / _wedge(own), _posterior_loss(level, own, others)),
    }
    deformity = max(losses, key=losses.get)
    return max(0.0, losses[deformity]), deformity


def _wedge(heights: SixPoints) -> float:
    """Anterior to posterior height."""
    return heights.anterior_mm / heights.posterior_mm


def _middle(heights: SixPoints) -> float:
    """Middle to posterior height."""
    return heights.middle_mm / heights.posterior_mm


def _expected(ratios: list[float], whole: tuple[float, float], normal: float) -> float:
    """The patient's normal ratio: the median of the whole bodies among the others."""
    kept = [ratio for ratio in ratios if whole[0] <= ratio <= whole[1]]
    return float(np.median(kept)) if kept else normal


def _posterior_loss(level: LumbarLevel, own: SixPoints, others: Mapping[LumbarLevel, SixPoints]) -> float:
    """Loss of posterior height against the other bodies; the upper median, as some of them may be crushed too."""
    if not others:
        return 0.0
    scaled = sorted(heights.posterior_mm / POSTERIOR_PATTERN[other] for other, heights in others.items())
    return 1 - own.posterior_mm / POSTERIOR_PATTERN[level] / scaled[len(scaled) // 2]
