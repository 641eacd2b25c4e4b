"""The spine's axis from level points: checked, and a first frame for every level."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.body_frame import SUPERIOR, BodyFrame
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import OnGrid, is_inside
from OVCFRiskLib.levels import LumbarLevel

# Middles of neighbouring lumbar bodies lie at least 20 mm apart (both collapsed); clicks 5 mm off may take 5 of them.
CLOSEST_LEVELS_MM = 15.0
# Middles of neighbouring lumbar bodies lie at most 45 mm apart; clicks add 5 mm each.
FARTHEST_LEVELS_MM = 60.0
# A line through clicks tells the axis only as well as the clicks are placed: 5 mm sideways over one level is 8
# degrees. The patient's own axis steadies it with the weight of this many mm of spine.
PATIENT_AXIS_WEIGHT_MM = 20.0


class PointOutsideError(OVCFRiskError):
    """A level point lies outside the CT."""


class PointOrderError(OVCFRiskError):
    """Level points do not follow each other from head to feet."""


class PointDistanceError(OVCFRiskError):
    """Level points lie too close together, or too far apart, to be in the vertebrae they name."""


def level_frames(
    ct: sitk.Image, points: Mapping[LumbarLevel, tuple[float, float, float]]
) -> dict[LumbarLevel, BodyFrame]:
    """A frame for every point: centre at the click, upwards along the spine, backwards to the patient's back.

    Parameters
    ----------
    ct : SimpleITK.Image
        Where the points must lie.
    points : mapping of LumbarLevel to (x, y, z)
        LPS mm, any of L1-L4 in any order.

    Returns
    -------
    dict of LumbarLevel to BodyFrame
        In the order L1 to L4.

    Raises
    ------
    PointOutsideError, PointOrderError, PointDistanceError
        Naming the points.
    OVCFRiskError
        If there is no point, or one has a coordinate that is not a number.
    """
    placed = check_points(ct, points)
    levels = list(placed)
    frames = {}
    for n, level in enumerate(levels):
        above, below = placed[levels[max(n - 1, 0)]], placed[levels[min(n + 1, len(levels) - 1)]]
        up = above - below + PATIENT_AXIS_WEIGHT_MM * SUPERIOR
        frames[level] = BodyFrame.along(placed[level], up)
    return frames


def check_points(ct: OnGrid, points: Mapping[LumbarLevel, tuple[float, float, float]]) -> dict[LumbarLevel, np.ndarray]:
    """The points as arrays from head to feet, if they lie in the CT, in their order, one in each vertebra.

    Raises
    ------
    OVCFRiskError
        As `level_frames`.
    """
    if not points:
        raise OVCFRiskError("expected a point in at least one of L1-L4, got none; place one point in each body")
    placed = {level: np.asarray(points[level], float) for level in LumbarLevel if level in points}
    for level, point in placed.items():
        if point.shape != (3,) or not np.isfinite(point).all():
            raise OVCFRiskError(f"{level.name}: expected three coordinates in mm, got {points[level]}")
        _require_inside(ct, level, point)
    for (upper, a), (lower, b) in itertools.combinations(placed.items(), 2):
        _require_apart(upper, a, lower, b)
    neighbours = list(itertools.pairwise(placed.items()))
    # all orders before any distance: swapped points also lie too far from their other neighbours
    for (upper, a), (lower, b) in neighbours:
        _require_order(upper, a, lower, b)
    for (upper, a), (lower, b) in neighbours:
        _require_near(upper, a, lower, b)
    return placed


def _require_inside(ct: OnGrid, level: LumbarLevel, point: np.ndarray) -> None:
    """Raise when a point lies outside the CT."""
    if not is_inside(ct, point[None])[0]:
        x, y, z = point * (-1, -1, 1)
        raise PointOutsideError(
            f"{level.name}: the point at ({x:.1f}, {y:.1f}, {z:.1f}) RAS mm lies outside the CT; place it in "
            "the middle of the vertebral body, or check that points and CT belong together and share their axes"
        )


def _require_apart(upper: LumbarLevel, a: np.ndarray, lower: LumbarLevel, b: np.ndarray) -> None:
    """Raise when two points cannot lie in two vertebrae."""
    distance = np.linalg.norm(a - b)
    if distance < CLOSEST_LEVELS_MM:
        raise PointDistanceError(
            f"{upper.name} and {lower.name}: the points are {distance:.1f} mm apart and lie in one vertebra, expected "
            f"at least {CLOSEST_LEVELS_MM:.0f} mm; place one point in each body"
        )


def _require_order(upper: LumbarLevel, a: np.ndarray, lower: LumbarLevel, b: np.ndarray) -> None:
    """Raise when consecutive points run from feet to head."""
    if a[2] <= b[2]:
        raise PointOrderError(
            f"{upper.name} and {lower.name}: expected {upper.name} nearer to the head, got it {b[2] - a[2]:.1f} mm "
            "nearer to the feet; the points were swapped, so name them anew from top to bottom"
        )


def _require_near(upper: LumbarLevel, a: np.ndarray, lower: LumbarLevel, b: np.ndarray) -> None:
    """Raise when a vertebra was skipped between consecutive points."""
    distance, steps = np.linalg.norm(a - b), lower - upper
    if distance > FARTHEST_LEVELS_MM * steps:
        raise PointDistanceError(
            f"{upper.name} and {lower.name}: the points are {distance:.0f} mm apart, expected at most "
            f"{FARTHEST_LEVELS_MM * steps:.0f} mm; a vertebra was skipped, or a point is misplaced"
        )
