"""Vertebrae counted beyond the named levels, pedicle by pedicle: a crushed body lies nearer to its neighbours.

A distance alone miscounts where bodies are crushed, by one from a loss of half a pitch on. Pedicles are not crushed:
each vertebra has one peak of bone on both sides of the canal (`pedicles`).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OVCFRiskLib.segmentation.pedicles import ABOVE_MIDDLE_MM, PEDICLE_HALF_MM, find_pedicles, pedicle_profile
from OVCFRiskLib.segmentation.posterior_wall import find_posterior_wall
from OVCFRiskLib.segmentation.straightened import CANAL_STEP_MM, StraightSpine
from OVCFRiskLib.spine_region import LARGEST_PITCH_MM

# So many vertebrae are counted beyond the named ones: to T11 and to S1 or one further, when names are wrong by one.
COUNTED_BEYOND = 3
# A pedicle less clear than this is not counted, nor is what lies beyond it, as fractions of a full one: those of real
# CTs (slices of 2.5 to 5 mm) and phantoms have 0.3 and more. A place where one is only supposed may have as much:
# distances to the neighbours decide there.
CLEAR_PEDICLE = 0.3
# A pedicle as clear as this between two that are counted was skipped: those of a crushed body may lie unusually near.
SKIPPED_PEDICLE = 0.5
# Peaks so near to a counted pedicle are its own, planes: the path may lie a little beside them.
NEAR_PLANES = 4
# The pedicles of a named body lie within this of where they are expected, mm: those of one crushed by 70 % lie 10 mm
# higher above its middle.
OWN_PEDICLE_MM = 10.0
# Neighbours are not farther apart than this in pitches, else one may have been skipped (distances of healthy ones grow
# by 3 % from one to the next, Panjabi 1992), nor nearer than this, else one may have been counted twice (a crushed one
# keeps half a body, its disc and half of the next).
FARTHEST_PITCHES = 1.2
NEAREST_PITCHES = 0.55
# SD of their distance about the pitch, mm: a body crushed by half lies 13 mm nearer, and its pedicles still count.
COUNTED_SD_MM = 6.0
# No named levels lie nearer to each other, mm: a body crushed to a third, its disc and half of the next body.
LEAST_PITCH_MM = 14.0
# Where only one level is known, the distance of two vertebrae along the canal is that of women, mm (Panjabi 1992: L2 to
# L3).
TYPICAL_PITCH_MM = 34.0
# A crushed body lies nearer to both neighbours: distances below this fraction of the largest do not count.
UNCRUSHED = 0.88


@dataclass(frozen=True, slots=True, eq=False)
class VertebraCount:
    """Where vertebrae lie along the canal, by their numbers as the names of the levels count them.

    Attributes
    ----------
    up_mm : dict of int to float
        Middle of each body, mm along the canal from its lowest plane; those beyond the clear ones are only supposed.
    clear : frozenset of int
        Named, or counted on from a named one by clear pedicles alone.
    pitch_mm : float
        Distance of this spine's vertebrae.
    """

    up_mm: Mapping[int, float]
    clear: frozenset[int]
    pitch_mm: float

    def number_at(self, up_mm: np.ndarray | float) -> np.ndarray:
        """Numbers of vertebrae, with fractions between their middles, at heights along the canal, mm.

        Not a number more than one pitch beyond the outermost ones.
        """
        first, last = min(self.up_mm), max(self.up_mm)
        ends = {first - 1: self.up_mm[first] + self.pitch_mm, last + 1: self.up_mm[last] - self.pitch_mm}
        heights = {**self.up_mm, **ends}
        numbers = sorted(heights, reverse=True)
        return np.asarray(np.interp(up_mm, [heights[number] for number in numbers], numbers, left=np.nan, right=np.nan))


def count_vertebrae(spine: StraightSpine) -> VertebraCount | None:
    """Count from the named levels to both sides.

    Parameters
    ----------
    spine : StraightSpine
        Along the canal, as `IN_FRONT_OF_CANAL`; its clicks are the middles of the bodies as they are named.

    Returns
    -------
    VertebraCount or None
        None where the named levels are no neighbours, as after a skipped vertebra.
    """
    named = {int(level): plane for level, plane in spine.clicks.items()}
    pairs = itertools.pairwise(sorted(named.items()))
    apart = [(upper - lower) / (below - above) * CANAL_STEP_MM for (above, upper), (below, lower) in pairs]
    if any(not LEAST_PITCH_MM <= each <= LARGEST_PITCH_MM for each in apart):
        return None
    whole = [each for each in apart if each >= UNCRUSHED * max(apart)]
    pitch = float(np.mean(whole)) if whole else TYPICAL_PITCH_MM
    profile = pedicle_profile(spine, find_posterior_wall(spine))
    numbers = range(min(named) - COUNTED_BEYOND, max(named) + COUNTED_BEYOND + 1)
    pedicles = find_pedicles(profile, {number: named.get(number) for number in numbers}, pitch, COUNTED_SD_MM)
    above_pedicle = ABOVE_MIDDLE_MM / CANAL_STEP_MM
    middles = {number: named.get(number, plane - above_pedicle) for number, plane in pedicles.items()}

    size = round(2 * PEDICLE_HALF_MM / CANAL_STEP_MM) | 1
    peaks = np.where(profile == ndimage.maximum_filter1d(profile, size), profile, 0.0)

    def follows(number: int, before: int) -> bool:
        """Is it counted on from the one before it by a clear pedicle, the next one there is?"""
        if before in named and abs(pedicles[before] - above_pedicle - named[before]) * CANAL_STEP_MM > OWN_PEDICLE_MM:
            return False
        lower, upper = sorted((int(pedicles[number]), int(pedicles[before])))
        pitches = (upper - lower) * CANAL_STEP_MM / pitch
        skipped = peaks[lower + NEAR_PLANES : upper - NEAR_PLANES].max(initial=0.0)
        is_next = NEAREST_PITCHES <= pitches <= FARTHEST_PITCHES and skipped < SKIPPED_PEDICLE
        return bool(is_next and profile[int(pedicles[number])] >= CLEAR_PEDICLE)

    above = itertools.takewhile(lambda n: follows(n, n + 1), range(min(named) - 1, numbers.start - 1, -1))
    below = itertools.takewhile(lambda n: follows(n, n - 1), range(max(named) + 1, numbers.stop))
    clear = frozenset([*above, *range(min(named), max(named) + 1), *below])
    return VertebraCount({number: plane * CANAL_STEP_MM for number, plane in middles.items()}, clear, pitch)
