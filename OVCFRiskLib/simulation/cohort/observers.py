"""What observers of a simulated woman measure: they click, the software draws the bodies, they look at the masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import array_view
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.points import jitter_point
from OVCFRiskLib.radiomics import STANDARD_EXTRACTION, extract_features
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.cohort.woman import Woman
from OVCFRiskLib.simulation.phantom import Phantom, make_phantom
from OVCFRiskLib.statistics.dice import dice

# The grid of the demonstration: isotropic, so that thick and thin slices give comparable textures.
EXTRACTION = STANDARD_EXTRACTION
# As in Yu et al. 2025, for the ICC.
OBSERVERS = 2
# A click lies so far from the middle of a body at most, in any direction alike (assumed; a body is some 27 mm high).
CLICK_RADIUS_MM = 5.0
# An observer who looks at a mask lets it pass down to this overlap (Dice) with the body; contours of experts agree to
# 0.92 in osteoporotic spines (Yao et al. 2016, Comput Med Imaging Graph 49:16), and no one would accept much less.
LEAST_OVERLAP = 0.85
# How `draw_as_observer` makes the masks; stated in the description of the cohort.
MASKS_DRAWN_BY = MaskOrigin.SOFTWARE
# Number of the observers' random streams among those of a phantom's seed.
CLICK_STREAM = 8

# Features by name of one body, None where the observer does not accept the mask.
Measured = dict[str, float] | None


def measure_woman(woman: Woman, names: Sequence[str]) -> list[list[Measured]]:
    """Features of each of her bodies (in the order of ``trabecular_hu``) under each observer's mask."""
    phantom = make_phantom(woman.phantom)
    by_observer = [measure_as_observer(woman, phantom, observer, names) for observer in range(OBSERVERS)]
    return [[measured[level] for measured in by_observer] for level in woman.trabecular_hu]


def measure_as_observer(
    woman: Woman, phantom: Phantom, observer: int, names: Sequence[str]
) -> dict[LumbarLevel, Measured]:
    """Features of her bodies in the masks that are drawn from one observer's clicks.

    Parameters
    ----------
    woman : Woman
    phantom : Phantom
        Her CT.
    observer : int
        0 .. `OBSERVERS` - 1; each clicks elsewhere.
    names : sequence of str
    """
    drawn = draw_as_observer(woman, phantom, observer)
    mine, true = (array_view(labels) for labels in (drawn, phantom.labels))
    measured: dict[LumbarLevel, Measured] = {}
    for level in woman.trabecular_hu:
        accepted = dice(mine == level, true == level) >= LEAST_OVERLAP
        measured[level] = extract_features(phantom.ct, drawn == int(level), names, EXTRACTION) if accepted else None
    return measured


def draw_as_observer(woman: Woman, phantom: Phantom, observer: int) -> sitk.Image:
    """Labels of L1-L4 that the software draws from one observer's clicks, uint8, 20 (L1) .. 23 (L4)."""
    random = np.random.default_rng([woman.phantom.seed, CLICK_STREAM, observer])
    clicks = {level: jitter_point(point, CLICK_RADIUS_MM, random) for level, point in phantom.points.items()}
    return segment_bodies(phantom.ct, clicks)
