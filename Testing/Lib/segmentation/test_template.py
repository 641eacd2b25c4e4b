"""Template, edges, surface and growth on bodies drawn from the template itself, and half out of view."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.geometry import index_to_lps
from OVCFRiskLib.segmentation.body_template import BodyTemplate, outline_radius, plate_height, template_surface, waist
from OVCFRiskLib.segmentation.bone_surface import BodySurface, find_surface
from OVCFRiskLib.segmentation.grow_cut import grow_from_seeds
from OVCFRiskLib.segmentation.local_volume import LocalGrid, is_grid_in_image, is_in_image, resample_local
from OVCFRiskLib.segmentation.marrow import UNKNOWN_LEVELS, OwnLevels
from OVCFRiskLib.segmentation.template_fit import click_prior, fit_template
from OVCFRiskLib.segmentation.wall_fit import Wall

HALF = np.array([23.0, 16.0, 13.0])
SPACING_MM = 1.0


def flat_surface(frame: BodyFrame) -> BodySurface:
    """The template itself as a surface."""
    template = BodyTemplate(frame, HALF, 1.0)
    posterior = Wall(np.array([HALF[1], 0.0, 0.0, 0.0, 0.0]), (0.0, 0.0), (0.0, 0.0))
    return BodySurface(template, np.zeros((29, 72)), np.zeros((27, 39)), np.zeros((27, 39)), posterior)


def draw_body(frame: BodyFrame, size=(80, 80, 70), bone_hu=180.0, cortex_hu=400.0) -> tuple[sitk.Image, np.ndarray]:
    """CT of one body with a cortex of 1.5 mm in soft tissue of 40 HU, and its depth field."""
    image = sitk.GetImageFromArray(np.zeros(size[::-1], np.float32))
    image.SetOrigin([-(n - 1) / 2 for n in size])
    points = index_to_lps(image, np.argwhere(np.ones(size[::-1], bool)))
    depth = flat_surface(frame).depth(*frame.local(points).T).reshape(size[::-1])
    hu = np.where(depth > 1.5, bone_hu, np.where(depth > 0, cortex_hu, 40.0)).astype(np.float32)
    hu += np.random.default_rng(0).normal(0, 10, hu.shape).astype(np.float32)
    ct = sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(hu), 0.6)
    ct.CopyInformation(image)
    return ct, depth


UPRIGHT = BodyFrame.along(np.zeros(3), np.array([0.0, 0.0, 1.0]))
TILTED = BodyFrame.along(np.array([1.0, -2.0, 1.5]), np.array([0.12, -0.25, 1.0]))


@pytest.mark.parametrize("frame", [UPRIGHT, TILTED], ids=["upright", "tilted"])
@pytest.mark.parametrize("off", [(0, 0, 0), (4, -3, 0), (0, 3, 4)], ids=str)
def test_the_template_finds_its_own_body(frame, off):
    ct, _ = draw_body(frame)
    start = BodyFrame.along(frame.center + np.array(off, float), np.array([0.0, 0.0, 1.0]))
    found = fit_template(ct, click_prior(start))
    np.testing.assert_allclose(found.frame.center, frame.center, atol=1.0)
    np.testing.assert_allclose(found.half, HALF, atol=1.3)
    assert found.frame.superior @ frame.superior > np.cos(np.radians(5.0))  # the prior holds a tilt back a little
    assert found.fit > 0.8


def test_the_surface_of_the_template_is_the_bodys():
    ct, depth = draw_body(TILTED)
    template = BodyTemplate(TILTED, HALF + np.array([1.5, -1.0, 1.0]), 1.0)
    surface = find_surface(ct, template)
    points = index_to_lps(ct, np.argwhere(np.abs(depth) < 6))
    found = surface.depth(*TILTED.local(points).T)
    error = found - depth[np.abs(depth) < 6]
    near = np.abs(depth[np.abs(depth) < 6]) < 1
    assert abs(np.median(error[near])) < 0.7  # the strongest edge of a shell lies a little outside
    assert np.percentile(np.abs(error[near] - np.median(error[near])), 90) < 1.0


def test_a_body_half_out_of_view_is_found_where_it_is_seen():
    ct, _ = draw_body(UPRIGHT)
    seen = ct[:, :, 30:]  # the lower endplate is cut off
    start = BodyFrame.along(np.array([0.0, 0.0, 3.0]), np.array([0.0, 0.0, 1.0]))
    found = fit_template(seen, click_prior(start))
    top = found.frame.center[2] + found.half[2]
    assert top == pytest.approx(HALF[2], abs=1.5)
    assert found.half[0] == pytest.approx(HALF[0], abs=1.5)


def test_the_outline_is_blunt_behind_and_closed():
    angle = np.linspace(0.01, 2 * np.pi + 0.01, 73)
    radius = outline_radius(angle)
    assert radius[0] == pytest.approx(radius[-1])
    np.testing.assert_allclose(radius, outline_radius(np.pi - angle), atol=1e-12)  # left as right
    assert radius[9] > radius[63], "the corners behind are blunter"
    assert waist(np.array([-1.0, 0.0, 1.0])) == pytest.approx([1.0, 0.9, 1.0])
    assert plate_height(np.array([0.0, 1.0])) == pytest.approx([0.88, 1.0])


def test_walls_and_plates_weigh_alike_and_pedicles_nothing():
    surface = template_surface()
    is_plate = np.abs(surface.normals[:, 2]) == 1
    assert surface.weights[is_plate].sum() == pytest.approx(0.5)
    assert surface.weights.sum() == pytest.approx(1.0)
    side, back, up = surface.points[~is_plate].T
    assert not ((back > 0.5) & (np.abs(side) > 0.6) & (up > 0)).any()


def test_depth_is_the_distance_inside_a_wall_and_a_plate():
    depth = flat_surface(UPRIGHT).depth(*(np.array([v]) for v in (HALF[0] * 0.9 - 3.0, 0.0, 0.0)))
    assert depth[0] == pytest.approx(3.0, abs=0.3)
    above = flat_surface(UPRIGHT).depth(*(np.array([v]) for v in (0.0, 0.0, HALF[2] + 2.0)))
    assert above[0] < -2.0


def test_seeds_meet_at_the_edge_and_not_half_way():
    hu = np.full((21, 21, 31), 60.0, np.float32)
    hu[..., :18] = 250.0
    seeds = np.zeros(hu.shape, np.uint8)
    seeds[..., 2], seeds[..., 28] = 1, 2
    grown = grow_from_seeds(hu, seeds, np.zeros(hu.shape, bool), 1.0)
    assert (grown[10, 10] == np.where(np.arange(31) < 18, 1, 2)).all()


def test_nothing_grows_where_it_is_excluded():
    seeds = np.zeros((9, 9, 9), np.uint8)
    seeds[4, 4, 4] = 1
    excluded = np.zeros(seeds.shape, bool)
    excluded[:, :, 6:] = True
    grown = grow_from_seeds(np.zeros(seeds.shape, np.float32), seeds, excluded, 1.0)
    assert (grown[..., :6] == 1).all()
    assert (grown[..., 6:] == 0).all()


def test_a_local_grid_samples_the_image_where_it_is():
    image = sitk.GetImageFromArray(np.indices((30, 40, 50)).astype(np.float32)[2] * 2.0)  # value: x in mm
    image.SetSpacing((2.0, 1.0, 1.5))
    frame = BodyFrame.along(np.array([50.0, 20.0, 20.0]), np.array([0.1, 0.2, 1.0]))
    grid = LocalGrid(frame, np.array([8.0, 6.0, 5.0]), 1.0)
    local = np.stack(np.broadcast_arrays(*grid.coordinates()), axis=-1)
    np.testing.assert_allclose(resample_local(image, grid), frame.lps(local)[..., 0], atol=1e-3)
    values = grid.sample(resample_local(image, grid), np.array([[1.5, -2.5, 0.25]]))
    assert values[0] == pytest.approx(frame.lps(np.array([1.5, -2.5, 0.25]))[0], abs=1e-3)
    assert is_in_image(image, frame, local).all()
    assert not is_in_image(image, frame, local + 100.0).any()


@pytest.mark.parametrize("half_mm", [8.0, 30.0])
def test_voxels_of_a_grid_lie_in_the_image_as_their_places_do(half_mm):
    image = sitk.Image([40, 40, 40], sitk.sitkInt16)
    frame = BodyFrame.along(np.array([19.0, 18.0, 20.0]), np.array([0.1, -0.3, 1.0]), np.array([0.0, 1.0, 0.0]))
    grid = LocalGrid(frame, np.array([half_mm, half_mm - 2.0, half_mm + 1.0]), 2.0)
    places = np.stack(np.broadcast_arrays(*grid.coordinates()), axis=-1)
    inside = is_grid_in_image(image, grid)
    np.testing.assert_array_equal(inside, is_in_image(image, frame, places))
    assert inside.all() == (half_mm < 10)


def thin_body(disc_hu: float) -> sitk.Image:
    """A body of 30 HU whose plates do not stand out from the discs above and below it, marrow again beyond these."""
    ct, depth = draw_body(UPRIGHT, bone_hu=30.0, cortex_hu=120.0)
    up, back, left = np.meshgrid(*(np.arange(n) - (n - 1) / 2 for n in depth.shape), indexing="ij")
    flat = np.hypot(left / HALF[0], back / HALF[1]) < 0.98
    hu = sitk.GetArrayFromImage(ct)
    noise = np.random.default_rng(1).normal(0, 8, hu.shape)
    above = np.abs(up) > HALF[2] - 2.0
    hu = np.where(flat & above, disc_hu + noise, hu)
    hu = np.where(flat & (np.abs(up) > HALF[2] + 7.0), 30.0 + noise, hu)
    out = sitk.GetImageFromArray(hu.astype(np.float32))
    out.CopyInformation(ct)
    return out


def test_a_plate_as_bright_as_the_disc_lies_where_the_marrow_ends():
    ct, own = thin_body(disc_hu=95.0), OwnLevels(30.0, 95.0)
    template = BodyTemplate(UPRIGHT, HALF, 1.0)
    depths = [find_surface(ct, template, levels).depth(*np.zeros((3, 1)))[0] for levels in (own, UNKNOWN_LEVELS)]
    middle = HALF[2] * plate_height(np.zeros(1))[0]
    # the strongest edge lies outside of a thin plate; a disc is 7 mm away
    assert middle - 1.0 < depths[0] < middle + 3.0
    assert abs(depths[0] - middle - 1.0) <= abs(depths[1] - middle - 1.0)
