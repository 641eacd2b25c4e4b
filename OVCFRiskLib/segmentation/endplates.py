"""Endplates of all levels at once: shells of bone with something darker beyond, in their order along the spine.

Each plate is one plane, tilted as fits best. The levels' plates, and the next one beyond each end, are chosen together
by dynamic programming: heights, gaps and the place of the pedicles hold them where edges alone would slip to the disc.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.marrow import own_levels
from OVCFRiskLib.segmentation.plate_columns import Columns, columns_through_bodies
from OVCFRiskLib.segmentation.straightened import CANAL_STEP_MM, StraightSpine

# The shell's brightest place in a column lies within this length (plates are hollow by 2-3 mm) ...
PLATE_SHELL_MM = 3.0
# ... and the disc from here to there beyond it, mm.
BEYOND_FROM_MM = 1.5
BEYOND_TO_MM = 4.5
# Shells this much brighter than the disc are no better plate.
FULL_PLATE_EDGE_HU = 130.0
# The edge a plate is taken to have where it is out of view: else any weak one in view would seem better.
UNSEEN_PLATE_EDGE = 0.5
# Tilts against the straightened spine that are tried, degrees to the back and to the side.
BACK_TILTS = (-16.0, -8.0, 0.0, 8.0, 16.0)
SIDE_TILTS = (-8.0, 0.0, 8.0)
# Cost of a tilt of one degree, as a fraction of a full edge.
TILT_COST = 0.006
# Places of the plates above their level's pedicles, and height, disc, each with its SD, mm (Zhou 2000; Panjabi 1992).
UPPER_ABOVE_PEDICLE_MM = 7.5
LOWER_BELOW_PEDICLE_MM = 19.5
PLATE_SD_MM = 3.5
TYPICAL_HEIGHT_MM = 27.0
HEIGHT_SD_MM = 3.5
DISC_MM = 9.0
DISC_SD_MM = 3.0
# No body is lower, no disc thinner, mm.
LEAST_HEIGHT_MM = 12.0
LEAST_DISC_MM = 2.0
# A body holds no other plate: cost of a full one between its own, where they are so far away, mm.
INNER_PLATE_COST = 4.0
INNER_FROM_MM = 5.0
# Worth of one mm that is like its body's marrow, or like a disc where a disc is, against half an SD squared ...
MARROW_PER_MM = 0.25
# ... so far from the plates, whose blur and hollow are neither, mm.
RIM_IN_BODY_MM = 4.0
RIM_IN_DISC_MM = 2.0
# Departures cost as their square up to so many SDs, then in proportion: fractures are no noise.
SQUARE_UP_TO_SD = 1.5
# Cost of what no spine has.
IMPOSSIBLE = 1e6
# Weight of a full edge against half an SD squared.
PLATE_WEIGHT = 5.0


@dataclass(frozen=True, slots=True)
class Plate:
    """An endplate.

    Attributes
    ----------
    plane : float
        Where it crosses the middle of its columns, in planes of the straightened spine.
    back_tilt, side_tilt : float
        Rise of the plate per mm backwards and to the left.
    edge : float
        How clear its edge is, 0 to 1.
    """

    plane: float
    back_tilt: float
    side_tilt: float
    edge: float


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """Best edge of a plate in every plane, and the tilt that has it."""

    value: np.ndarray  # (planes,)
    back_tilt: np.ndarray
    side_tilt: np.ndarray

    def plate(self, plane: int) -> Plate:
        return Plate(float(plane), float(self.back_tilt[plane]), float(self.side_tilt[plane]), float(self.value[plane]))


def find_plates(
    spine: StraightSpine, wall: np.ndarray, pedicles: Mapping[LumbarLevel, float]
) -> dict[LumbarLevel, tuple[Plate, Plate]]:
    """Lower and upper plate of every level with a click."""
    columns = columns_through_bodies(spine, wall)
    edges = {sign: _edges(columns, sign) for sign in (-1, 1)}
    inner = INNER_PLATE_COST * _largest_between(_ridges(columns), round(INNER_FROM_MM / CANAL_STEP_MM))
    levels = sorted(pedicles, key=lambda level: pedicles[level])  # from feet to head
    signs, anchors, steps = _sequence(levels, pedicles)
    between = _between(columns, pedicles, inner)
    chosen = _best_sequence([edges[sign].value for sign in signs], anchors, steps, between)[1:-1]
    return {
        level: (edges[-1].plate(chosen[2 * n]), edges[1].plate(chosen[2 * n + 1])) for n, level in enumerate(levels)
    }


def _edges(columns: Columns, sign: int) -> _Edges:
    """The best plate in every plane that faces upwards (sign 1) or downwards (-1)."""
    shell = ndimage.maximum_filter1d(columns.hu, round(PLATE_SHELL_MM / CANAL_STEP_MM), axis=0, mode="nearest")
    length = round((BEYOND_TO_MM - BEYOND_FROM_MM) / CANAL_STEP_MM)
    mean = ndimage.uniform_filter1d(columns.hu, length, axis=0, mode="nearest")
    beyond = np.roll(
        mean, -sign * round((BEYOND_FROM_MM + BEYOND_TO_MM) / 2 / CANAL_STEP_MM + PLATE_SHELL_MM / 2), axis=0
    )
    drop = np.clip(shell - beyond, -FULL_PLATE_EDGE_HU / 2, FULL_PLATE_EDGE_HU) / FULL_PLATE_EDGE_HU
    return _best_tilt(np.where(columns.is_seen, drop, UNSEEN_PLATE_EDGE), columns.offsets)


def _ridges(columns: Columns) -> np.ndarray:
    """How much like a plate between two darker sides each plane is, 0 to 1."""
    shell = ndimage.maximum_filter1d(columns.hu, round(PLATE_SHELL_MM / CANAL_STEP_MM), axis=0, mode="nearest")
    length = round((BEYOND_TO_MM - BEYOND_FROM_MM) / CANAL_STEP_MM)
    mean = ndimage.uniform_filter1d(columns.hu, length, axis=0, mode="nearest")
    away = round((BEYOND_FROM_MM + BEYOND_TO_MM) / 2 / CANAL_STEP_MM + PLATE_SHELL_MM / 2)
    beside = np.maximum(np.roll(mean, away, axis=0), np.roll(mean, -away, axis=0))
    ridge = np.clip(shell - beside, -FULL_PLATE_EDGE_HU / 2, FULL_PLATE_EDGE_HU) / FULL_PLATE_EDGE_HU
    return np.maximum(_best_tilt(ridge, columns.offsets).value, 0.0)


def _largest_between(value: np.ndarray, margin: int) -> np.ndarray:
    """(planes, planes): largest value between a lower and an upper plane, a margin away from both; else 0."""
    planes = len(value)
    largest = np.zeros((planes, planes))
    for lower in range(planes - 2 * margin):
        running = np.maximum.accumulate(value[lower + margin : planes - margin])
        largest[lower, lower + 2 * margin :] = running
    return largest


def _between(columns: Columns, pedicles: Mapping[LumbarLevel, float], inner: np.ndarray) -> list[np.ndarray]:
    """Cost of what lies between each two plates that follow each other, [(lower, upper) planes] from feet to head."""
    levels = sorted(pedicles, key=lambda level: pedicles[level])
    plates = np.array([_expected(pedicles[level]) for level in levels])
    half_disc = DISC_MM / 2 / CANAL_STEP_MM
    discs = np.concatenate([plates[:, 0] - half_disc, plates[:, 1] + half_disc])
    profile = columns.profile()
    own = own_levels(profile, plates.mean(axis=1), discs)
    marrow = MARROW_PER_MM * CANAL_STEP_MM * np.array([each.likeness(profile) for each in own])
    costs = [_summed_between(marrow[0], RIM_IN_DISC_MM)]
    for n, level in enumerate(levels):
        costs.append(inner - _summed_between(marrow[n], RIM_IN_BODY_MM))
        above = marrow[n : n + 2].mean(axis=0)
        is_one_disc = n + 1 == len(levels) or level - levels[n + 1] == 1
        costs.append(_summed_between(above * is_one_disc, RIM_IN_DISC_MM))
    return costs


def _summed_between(value: np.ndarray, margin_mm: float) -> np.ndarray:
    """(planes, planes): sum of values between a lower and an upper plane, a margin away from both; else 0."""
    margin = round(margin_mm / CANAL_STEP_MM)
    sums = np.concatenate([[0.0], np.cumsum(value)])
    planes = np.arange(len(value))
    first = np.minimum(planes + margin, len(value))
    last = np.maximum(planes + 1 - margin, 0)
    return np.where(last[None, :] > first[:, None], sums[last][None, :] - sums[first][:, None], 0.0)


def _expected(pedicle: float) -> tuple[float, float]:
    """Planes of the lower and the upper plate that go with a level's pedicles."""
    return pedicle - LOWER_BELOW_PEDICLE_MM / CANAL_STEP_MM, pedicle + UPPER_ABOVE_PEDICLE_MM / CANAL_STEP_MM


def _best_tilt(drop: np.ndarray, offsets: np.ndarray) -> _Edges:
    """Mean of (planes, columns) over the tilted plane that has the largest, in every plane."""
    planes = len(drop)
    best = np.full(planes, -np.inf)
    tilts = np.zeros((2, planes))
    for back in BACK_TILTS:
        for side in SIDE_TILTS:
            slope = np.tan(np.radians([back, side]))
            rows = (
                np.rint(np.arange(planes)[:, None] + (offsets @ slope) / CANAL_STEP_MM).astype(int).clip(0, planes - 1)
            )
            value = drop[rows, np.arange(len(offsets))].mean(axis=1) - TILT_COST * (abs(back) + abs(side))
            is_better = value > best
            best[is_better] = value[is_better]
            tilts[:, is_better] = slope[:, None]
    return _Edges(best, *tilts)


def _sequence(
    levels: list[LumbarLevel], pedicles: Mapping[LumbarLevel, float]
) -> tuple[list[int], list[tuple[float, float] | None], list[tuple[float, float, float]]]:
    """Signs of the plates from feet to head, where each is expected, and (mean, SD, least) of the steps between."""
    signs, steps = [1], [(DISC_MM, DISC_SD_MM, LEAST_DISC_MM)]
    anchors: list[tuple[float, float] | None] = [None]
    for n, level in enumerate(levels):
        signs += [-1, 1]
        anchors += [(plane, PLATE_SD_MM) for plane in _expected(pedicles[level])]
        steps.append((TYPICAL_HEIGHT_MM, HEIGHT_SD_MM, LEAST_HEIGHT_MM))
        skipped = level - levels[n + 1] - 1 if n + 1 < len(levels) else 0
        whole = skipped * (TYPICAL_HEIGHT_MM + DISC_MM)
        steps.append((DISC_MM + whole, DISC_SD_MM * (1 + 2 * skipped), LEAST_DISC_MM + whole / 2))
    return [*signs, -1], [*anchors, None], steps


def _best_sequence(
    values: list[np.ndarray],
    anchors: list[tuple[float, float] | None],
    steps: list[tuple[float, float, float]],
    between: list[np.ndarray],
) -> list[int]:
    """Planes with the lowest sum of costs, from feet to head."""
    planes = np.arange(len(values[0]))
    distance = (planes[None, :] - planes[:, None]) * CANAL_STEP_MM
    total: np.ndarray = np.zeros(len(planes))
    came = []
    for n, (value, anchor) in enumerate(zip(values, anchors, strict=True)):
        own = -PLATE_WEIGHT * value if anchor else -0.5 * PLATE_WEIGHT * value
        if anchor:
            own = own + _departure((planes - anchor[0]) * CANAL_STEP_MM / anchor[1])
        if n == 0:
            total = own
            continue
        mean, sd, least = steps[n - 1]
        step = np.where(distance >= least, _departure((distance - mean) / sd), IMPOSSIBLE)
        choices = total[:, None] + step + between[n - 1]
        came.append(choices.argmin(axis=0))
        total = choices.min(axis=0) + own
    chosen = [int(total.argmin())]
    for back in reversed(came):
        chosen.append(int(back[chosen[-1]]))
    return chosen[::-1]


def _departure(sds: np.ndarray) -> np.ndarray:
    """Cost of a departure in SDs: half its square, beyond a bound in proportion (Huber)."""
    away = np.abs(sds)
    return np.where(away <= SQUARE_UP_TO_SD, 0.5 * away**2, SQUARE_UP_TO_SD * (away - SQUARE_UP_TO_SD / 2))
