"""Height loss of a body against its own heights and its neighbours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.height_profile import SixPointHeights

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
# Posterior height in depths that whole bodies do not fall below, for spines whose bodies are all crushed and for a body
# alone: means of women are 0.78 to 0.86 (Panjabi et al. 1992, Spine 17:299; Zhou et al. 2000, Eur Spine J 9:242), five
# bodies of real CTs had 0.74 to 0.96; 0.72 lies below them (chosen).
LOWEST_PER_DEPTH = 0.72
# No height is taken to be less than this part of what was measured, however little thick slices show of it.
LEAST_KEPT = 0.2
# A hollow alone: the middle has lost so many times as much, against the other bodies, as the rims have.
HOLLOW_TIMES_RIM = 1.4


def find_loss(level: LumbarLevel, points: Mapping[LumbarLevel, SixPointHeights]) -> tuple[float, str]:
    """Find the largest height loss of a body and the deformity it makes.

    Wedge: anterior against posterior height. Biconcave: middle against posterior height, or against the middle height
    of the other bodies where the rims have lost clearly less. Crush: posterior height, or the mean of all three,
    against the other bodies, or posterior height against the body's own anterior height or against what is low for
    its depth, as all bodies of a spine may be crushed. Each ratio is divided by what the patient's other bodies show,
    so that a person's own wedge and endplate concavity are no loss.

    Parameters
    ----------
    level : LumbarLevel
    points : mapping of LumbarLevel to SixPointHeights
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
    others = [heights for other, heights in points.items() if other is not level]
    against_others = _losses(level, points)
    wedge = _expected([_wedge(o) for o in others], WHOLE_WEDGE, NORMAL_WEDGE)
    middle = _expected([_middle(o) for o in others], WHOLE_MIDDLE, NORMAL_MIDDLE)
    losses = {
        "wedge": 1 - _wedge(own) / wedge,
        "biconcave": max(1 - _middle(own) / middle, _hollow_loss(against_others)),
        "crush": max(
            1 - max(wedge, LORDOTIC_WEDGE) / _wedge(own),
            _overall_loss(against_others),
            1 - own.posterior_mm / (LOWEST_PER_DEPTH * own.depth_mm),
        ),
    }
    deformity = max(losses, key=losses.__getitem__)
    return max(0.0, losses[deformity]), deformity


def loss_uncertainty(level: LumbarLevel, points: Mapping[LumbarLevel, SixPointHeights]) -> float:
    """Half the width of the 95 % interval of a body's loss, as a part of 1 and never more.

    Every height that the loss was found from, the neighbours' too, is moved by its own uncertainty to either side; the
    larger changes add up as independent errors do.

    Parameters
    ----------
    level, points
        As `find_loss`.
    """
    loss = find_loss(level, points)[0]
    changes = []
    for other, heights in points.items():
        for place in ("anterior", "middle", "posterior"):
            name, uncertainty = f"{place}_mm", getattr(heights, f"{place}_uncertainty_mm")
            height = getattr(heights, name)
            moved = [
                find_loss(level, {**points, other: replace(heights, **{name: value})})[0]
                for value in (max(height - uncertainty, LEAST_KEPT * height), height + uncertainty)
            ]
            changes.append(max(abs(value - loss) for value in moved))
    return min(1.0, float(np.linalg.norm(changes)))


def _wedge(heights: SixPointHeights) -> float:
    """Anterior to posterior height."""
    return heights.anterior_mm / heights.posterior_mm


def _middle(heights: SixPointHeights) -> float:
    """Middle to posterior height."""
    return heights.middle_mm / heights.posterior_mm


def _expected(ratios: list[float], whole: tuple[float, float], normal: float) -> float:
    """The patient's normal ratio: the median of the whole bodies among the others."""
    kept = [ratio for ratio in ratios if whole[0] <= ratio <= whole[1]]
    return float(np.median(kept)) if kept else normal


def _losses(level: LumbarLevel, points: Mapping[LumbarLevel, SixPointHeights]) -> tuple[float, float, float]:
    """Loss of anterior, middle and posterior height against the other bodies."""
    heights = {
        other: (six.anterior_mm, six.middle_mm, six.posterior_mm / POSTERIOR_PATTERN[other])
        for other, six in points.items()
    }
    own = heights.pop(level)
    columns = zip(*heights.values(), strict=True) if heights else [()] * len(own)
    anterior, middle, posterior = (_against_others(height, others) for height, others in zip(own, columns, strict=True))
    return anterior, middle, posterior


def _against_others(height: float, heights: Sequence[float]) -> float:
    """Loss against the other bodies; the upper median, as some of them may be crushed too; 0 without others."""
    return 1 - height / sorted(heights)[len(heights) // 2] if heights else 0.0


def _hollow_loss(losses: tuple[float, float, float]) -> float:
    """Loss of middle height against the other bodies, where it is a hollow and not a loss of the whole body.

    The posterior height of a deeply hollow body is measured too low, which hides the loss in the ratio of the two.
    """
    anterior, middle, posterior = losses
    return middle if middle > HOLLOW_TIMES_RIM * max(anterior, posterior) else 0.0


def _overall_loss(losses: tuple[float, float, float]) -> float:
    """Loss of posterior height, or of all heights together, against the other bodies."""
    return max(losses[2], sum(losses) / 3 if min(losses) > 0 else 0.0)
