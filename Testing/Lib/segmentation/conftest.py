"""A straightened spine made of boxes, whose canal, walls, pedicles and endplates are known."""

from types import SimpleNamespace

import numpy as np
import pytest

from OVCFRiskLib.bodies.body_frame import SUPERIOR, BodyFrame
from OVCFRiskLib.segmentation.straightened import ALONG_CANAL, Extent, StraightSpine

SAC_HU, DISC_HU, BONE_HU, SHELL_HU, SOFT_HU = 20.0, 70.0, 130.0, 320.0, 30.0
PITCH_MM, BODY_MM, PEDICLE_MM = 36, 27, 15
WALL_MM = -8.0


def empty_tube(planes: int, extent: Extent = ALONG_CANAL, hu: float = SOFT_HU) -> StraightSpine:
    """A straight spine along z, of one HU, all of it seen."""
    rows = round((extent.forwards + extent.backwards) / extent.step) + 1
    columns = round(2 * extent.sideways / extent.step) + 1
    frames = tuple(BodyFrame.along(np.array([0.0, 0.0, n * extent.step]), SUPERIOR) for n in range(planes))
    shape = (planes, rows, columns)
    return StraightSpine(frames, extent, np.full(shape, hu, np.float32), np.ones(shape, bool), {})


def box(spine: StraightSpine, planes: slice, back: tuple[float, float], side: tuple[float, float], hu: float) -> None:
    """Fill a box: planes, and mm backwards and sideways, ends included."""
    rows = (spine.back >= back[0]) & (spine.back <= back[1])
    columns = (spine.side >= side[0]) & (spine.side <= side[1])
    spine.hu[planes][:, rows[:, None] & columns[None, :]] = hu


def boxed_spine(middles: tuple[int, ...], planes: int, bone_hu: float = BONE_HU) -> StraightSpine:
    """Discs and sac all along; about each middle a body in its shell, and two pedicles 5 mm above the middle."""
    spine = empty_tube(planes)
    box(spine, slice(None), (-48, WALL_MM), (-24, 24), DISC_HU)
    box(spine, slice(None), (WALL_MM + 0.5, 8), (-7, 7), SAC_HU)
    for middle in middles:
        low, high = middle - BODY_MM // 2, middle + BODY_MM // 2
        box(spine, slice(low, high + 1), (-42, WALL_MM), (-22, 22), SHELL_HU)
        box(spine, slice(low + 2, high - 1), (-40, WALL_MM - 2), (-20, 20), bone_hu)
        for sides in ((-18, -8), (8, 18)):
            low, high = middle + 5 - PEDICLE_MM // 2, middle + 5 + PEDICLE_MM // 2
            box(spine, slice(low, high + 1), (WALL_MM + 0.5, 4), sides, SHELL_HU)
    return spine


@pytest.fixture(scope="session")
def tubes() -> SimpleNamespace:
    """Functions that make straightened spines of boxes, and the boxes' measures."""
    return SimpleNamespace(empty=empty_tube, box=box, spine=boxed_spine, wall_mm=WALL_MM, body_mm=BODY_MM)
