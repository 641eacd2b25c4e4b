"""Surfaces of known shape are seen where they are, as large as they are, and lit by the way they face."""

import numpy as np
import pytest

from OVCFRiskLib.report.pictures.lighting import brightness
from OVCFRiskLib.report.pictures.surface_field import SurfaceField
from OVCFRiskLib.report.pictures.traced_surface import STRIDE, trace_surface
from OVCFRiskLib.report.pictures.view import view_of

SIZE = (600, 800)
RADIUS_MM = 20.0
# of a grid that lies obliquely, 1.0 x 1.2 x 1.4 mm
TO_RAS = np.eye(4)
TO_RAS[:3, :3] = np.linalg.qr(np.array([[1.0, 0.3, 0.1], [-0.2, 1.0, 0.3], [0.1, -0.4, 1.0]]))[0] * (1.0, 1.2, 1.4)
TO_RAS[:3, 3] = -TO_RAS[:3, :3] @ (31.0, 27.0, 24.0)  # the middle of the samples is RAS 0


def field_of(distance):
    """A field whose samples are a function of RAS mm."""
    k, j, i = np.indices((49, 55, 63))
    ras = np.stack((i, j, k), axis=-1) @ TO_RAS[:3, :3].T + TO_RAS[:3, 3]
    return SurfaceField(distance(ras).astype(np.float32), TO_RAS)


def ball(center=(0.0, 0.0, 0.0), radius=RADIUS_MM):
    return lambda ras: radius - np.linalg.norm(ras - center, axis=-1)


@pytest.fixture(scope="module")
def view():
    return view_of(np.full(3, -30.0), np.full(3, 30.0), SIZE)


@pytest.fixture(scope="module")
def seen_ball(view):
    return trace_surface(field_of(ball()), view)


def test_a_ball_is_a_disc_of_its_size_at_its_place(seen_ball, view):
    radius = RADIUS_MM * view.pixels_per_mm
    assert seen_ball.cover.sum() == pytest.approx(np.pi * (radius + 0.5) ** 2, rel=0.01)  # with half of its smooth rim
    rows, columns = np.nonzero(seen_ball.cover > 0.5)
    middle = rows.mean() + seen_ball.box[0].start, columns.mean() + seen_ball.box[1].start
    assert middle == pytest.approx((view.middle[1], view.middle[0]), abs=0.5)


def test_depth_and_light_are_those_of_a_ball(seen_ball, view):
    rows, columns = (np.arange(part.start, part.stop) for part in seen_ball.box)
    right, up = (columns - view.middle[0]) / view.pixels_per_mm, (view.middle[1] - rows[:, None]) / view.pixels_per_mm
    squared = RADIUS_MM**2 - right**2 - up**2
    inner = squared > (0.25 * RADIUS_MM) ** 2  # beyond, the surface falls away from the viewer
    near = np.sqrt(np.maximum(squared, 0))
    assert (seen_ball.cover[inner] == 1).all()
    np.testing.assert_allclose(seen_ball.near[inner], near[inner], atol=0.25)
    normals = np.stack(np.broadcast_arrays(right, up, near)).reshape(3, -1) / RADIUS_MM
    light, shine = brightness(normals.astype(np.float32)).reshape(2, *near.shape)
    np.testing.assert_allclose(seen_ball.light[inner], light[inner], atol=0.03)
    np.testing.assert_allclose(seen_ball.shine[inner], shine[inner], atol=0.02)


def test_the_edge_is_smooth(seen_ball):
    """Around the disc lies a rim of pixels that are covered in part."""
    partly = (seen_ball.cover > 0) & (seen_ball.cover < 1)
    radius = np.sqrt((seen_ball.cover > 0.5).sum() / np.pi)
    assert 0.5 * 2 * np.pi * radius < partly.sum() < 2.5 * 2 * np.pi * radius


def test_of_two_balls_the_nearer_one_is_seen(view):
    """Both on one ray: the farther, larger one shows as a ring around the nearer."""
    toward = view.axes[2]
    near_ball, far_ball = ball(12 * toward, 6.0), ball(-8 * toward, 12.0)
    seen = trace_surface(field_of(lambda ras: np.maximum(near_ball(ras), far_ball(ras))), view)
    row, column = (round(view.middle[axis]) - seen.box[1 - axis].start for axis in (1, 0))
    assert seen.near[row, column] == pytest.approx(18.0, abs=0.3)
    ring = round(9 * view.pixels_per_mm)
    for down, across in ((ring, 0), (-ring, 0), (0, ring), (0, -ring)):
        assert seen.near[row + down, column + across] == pytest.approx(-8 + np.sqrt(144 - 81), abs=0.4)
    assert seen.cover.sum() == pytest.approx(np.pi * (12 * view.pixels_per_mm) ** 2, rel=0.02)


def test_a_hole_is_seen_through(view):
    """A ring that faces the viewer has a hole, which no ray fills."""
    toward = view.axes[2]

    def ring(ras):
        along = ras @ toward
        return 4 - np.hypot(np.sqrt(np.maximum((ras**2).sum(axis=-1) - along**2, 0)) - 15, along)

    seen = trace_surface(field_of(ring), view)
    row, column = (round(view.middle[axis]) - seen.box[1 - axis].start for axis in (1, 0))
    hole = round(9 * view.pixels_per_mm)
    assert not seen.cover[row - hole // 2 : row + hole // 2, column - hole // 2 : column + hole // 2].any()
    assert seen.cover.sum() == pytest.approx(np.pi * (19**2 - 11**2) * view.pixels_per_mm**2, rel=0.03)


def test_only_what_lies_in_the_picture_is_traced(view):
    close = view_of(np.full(3, -8.0), np.full(3, 8.0), SIZE)
    seen = trace_surface(field_of(ball()), close)
    assert (seen.box[0].start, seen.box[0].stop) == (0, SIZE[0])
    assert seen.cover.shape == tuple(part.stop - part.start for part in seen.box)
    moved = SurfaceField(field_of(ball()).values, np.array(TO_RAS))
    moved.to_ras[:3, 3] += 500 * view.axes[0]
    assert trace_surface(moved, view) is None


def test_a_field_without_a_surface_shows_nothing(view):
    assert trace_surface(field_of(lambda ras: np.full(ras.shape[:-1], -5.0)), view) is None


@pytest.mark.parametrize("offset", range(STRIDE))
def test_a_crumb_is_found_wherever_it_lies_between_the_rays(view, offset):
    center = view.axes[0] * offset / view.pixels_per_mm + view.axes[1] * offset / view.pixels_per_mm
    seen = trace_surface(field_of(ball(center, 1.2)), view)
    assert seen.cover.sum() == pytest.approx(np.pi * (1.2 * view.pixels_per_mm) ** 2, rel=0.4)
