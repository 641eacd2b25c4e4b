"""Axes of bodies and vertebrae from masks whose axes are known: cylinders, tilted, wedged, with an arch, cut."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.mask_frame import find_body_frame
from OVCFRiskLib.bodies.vertebra_frame import align_with_wall, cast_rays, middle_of_body, vertebra_frame
from OVCFRiskLib.geometry import index_to_lps

SPACING = (1.0, 1.0, 1.25)
SHAPE = (64, 90, 80)  # k, j, i
CENTER = np.array([40.0, 40.0, 40.0])  # LPS mm
WIDTH, DEPTH, HEIGHT = 44.0, 32.0, 27.0


@pytest.fixture
def grid():
    image = sitk.Image(*SHAPE[::-1], sitk.sitkUInt8)
    image.SetSpacing(SPACING)
    return image


def local(grid, frame):
    """Every voxel's place in a frame, (k, j, i, 3)."""
    index = np.stack(np.meshgrid(*(np.arange(n) for n in SHAPE), indexing="ij"), axis=-1)
    return frame.local(index_to_lps(grid, index.reshape(-1, 3))).reshape(*SHAPE, 3)


def body(grid, degrees=0.0, wedge=0.0):
    """An elliptic cylinder, tilted; ``wedge`` mm lower in front."""
    frame = BodyFrame.along(CENTER, np.array([0.0, 0.0, 1.0])).tilted(degrees)
    left, back, up = np.moveaxis(local(grid, frame), -1, 0)
    lowered = wedge / 2 * np.clip(0.5 - back / DEPTH, 0, 1)
    return (2 * left / WIDTH) ** 2 + (2 * back / DEPTH) ** 2 <= 1, np.abs(up) <= HEIGHT / 2 - lowered, frame


def mask_of(grid, **shape):
    across, along, frame = body(grid, **shape)
    return across & along, frame


@pytest.mark.parametrize("degrees", [-30.0, -10.0, 0.0, 15.0, 30.0])
def test_the_axes_of_a_tilted_body(grid, degrees):
    mask, frame = mask_of(grid, degrees=degrees)
    found = find_body_frame(mask, grid, index_to_lps(grid, np.argwhere(mask)))
    assert found.tilt_degrees == pytest.approx(degrees, abs=1.0)
    np.testing.assert_allclose(found.local(CENTER), 0, atol=0.3)
    assert abs(found.left @ frame.left) > 0.999


def test_a_wedge_has_the_mean_of_both_plates(grid):
    """Lowered symmetrically in front, the plates' bisector stays where it was."""
    mask, _ = mask_of(grid, wedge=8.0)
    found = find_body_frame(mask, grid, index_to_lps(grid, np.argwhere(mask)))
    assert found.tilt_degrees == pytest.approx(0.0, abs=1.0)


def test_a_round_outline_takes_the_patients_left_and_right(grid):
    frame = BodyFrame.along(CENTER, np.array([0.0, 0.0, 1.0]))
    left, back, up = np.moveaxis(local(grid, frame), -1, 0)
    mask = (np.hypot(left, back) <= 18) & (np.abs(up) <= 13)
    found = find_body_frame(mask, grid, index_to_lps(grid, np.argwhere(mask)))
    np.testing.assert_allclose(found.axes, np.eye(3), atol=0.02)


def with_arch(grid, degrees=0.0):
    """A body with two pedicles and a spinous process 30 mm long behind the canal."""
    mask, frame = mask_of(grid, degrees=degrees)
    left, back, up = np.moveaxis(local(grid, frame), -1, 0)
    wall = DEPTH / 2
    pedicles = (np.abs(left) > 10) & (np.abs(left) < 17) & (back > 0) & (back < wall + 12) & (np.abs(up - 4) < 6)
    process = (np.abs(left) < 4) & (back > wall + 12) & (back < wall + 30) & (np.abs(up) < 8)
    lamina = (np.abs(left) < 17) & (back > wall + 10) & (back < wall + 15) & (np.abs(up) < 7)
    return mask | pedicles | process | lamina, frame


@pytest.mark.parametrize("make", [mask_of, with_arch])
def test_the_middle_is_in_the_body_whatever_else_the_mask_holds(grid, make):
    mask, frame = make(grid)
    off = frame.local(middle_of_body(mask, grid))
    assert np.abs(off).max() < 4.0


def test_the_arch_says_where_the_back_is(grid):
    mask, _ = with_arch(grid)
    found = vertebra_frame(mask, grid, np.array([0.0, 0.0, 2.0]), is_cut=False)
    assert found.posterior[1] > 0.99
    np.testing.assert_allclose(found.superior, [0, 0, 1], atol=1e-12)
    cut = vertebra_frame(mask, grid, np.array([0.0, 0.0, 1.0]), is_cut=True)
    np.testing.assert_allclose(cut.posterior, [0, 1, 0], atol=1e-12)


def test_rays_leave_a_body_at_its_wall_and_none_where_they_start_outside(grid):
    mask, frame = mask_of(grid)
    side, up = np.array([-30.0, -15.0, 0.0, 15.0, 30.0]), np.array([-20.0, 0.0, 20.0])
    rays = cast_rays(mask.astype(np.float32), grid, frame, side, up, np.arange(-5.0, 30.0, 0.5))
    assert rays.exits.shape == (5, 3)
    assert rays.exits[2, 1] == pytest.approx(DEPTH / 2, abs=0.6)
    # on the ellipse: (2 * 15 / 44)^2 + (2 y / 32)^2 = 1
    assert rays.exits[1, 1] == pytest.approx(DEPTH / 2 * np.sqrt(1 - (30 / WIDTH) ** 2), abs=0.8)
    assert np.isnan(rays.exits[[0, 4]]).all()
    assert np.isnan(rays.exits[:, [0, 2]]).all()


def test_rays_meet_the_voxels_at_their_own_places(grid):
    """Each axis has its own start, step and end; the frame is turned and tilted against the grid."""
    frame = BodyFrame.along(CENTER + np.array([1.3, -2.1, 0.7]), np.array([0.1, 0.0, 1.0])).tilted(12.0).turned(0.2)
    sides = ((-7.3, 13.1), (-10.6, 3.7), (-4.2, 9.4))  # left, up, back
    left, back, up = np.moveaxis(local(grid, frame), -1, 0)
    mask = np.logical_and.reduce(
        [(low < x) & (x < high) for x, (low, high) in zip((left, up, back), sides, strict=True)]
    )
    axes = np.arange(-12.0, 20.1, 4.0), np.arange(-16.0, 10.1, 3.25), np.arange(0.0, 15.0, 0.7)
    rays = cast_rays(mask.astype(np.float32), grid, frame, *axes)

    def box(margin):
        within = [(x > low + margin) & (x < high - margin) for x, (low, high) in zip(axes, sides, strict=True)]
        return np.logical_and.reduce(np.meshgrid(*within, indexing="ij"))

    off = 0.8  # of a surface that voxels of 1 to 1.25 mm draw
    assert rays.inside[box(off)].all()
    assert not rays.inside[~box(-off)].any()
    assert box(off).sum() > 200


def test_rays_that_leave_the_image_first_say_nothing(grid):
    mask, _ = mask_of(grid)
    mask[:, 40:] = True  # as if the body went on to the border
    frame = BodyFrame.along(CENTER, np.array([0.0, 0.0, 1.0]))
    rays = cast_rays(
        mask.astype(np.float32), grid, frame, np.array([0.0, 1.0]), np.array([0.0, 1.0]), np.arange(0, 80.0)
    )
    assert np.isnan(rays.exits).all()


@pytest.mark.parametrize("degrees", [-20.0, 0.0, 15.0])
def test_a_frame_is_tilted_to_the_wall(grid, degrees):
    """The wall of a box is level in one tilt alone."""
    frame = BodyFrame.along(CENTER, np.array([0.0, 0.0, 1.0])).tilted(degrees)
    left, back, up = np.moveaxis(local(grid, frame), -1, 0)
    mask = (np.abs(left) < 20) & (np.abs(back) < 15) & (np.abs(up) < 13)
    start = BodyFrame.along(CENTER, np.array([0.0, 0.0, 1.0]))
    found = align_with_wall(mask.astype(np.float32), grid, start)
    assert found.tilt_degrees == pytest.approx(degrees, abs=3.0)
