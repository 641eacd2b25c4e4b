"""Shapes painted into a volume: known volumes, known distances, boxes that hold them."""

import numpy as np
import pytest

from OVCFRiskLib.simulation.canvas import Canvas, capsule_distance, covered, ellipsoid_distance


def canvas(step=0.5, edge=20.0):
    axis = np.arange(-edge, edge + step / 2, step, dtype=np.float32)
    return Canvas(np.zeros((axis.size,) * 3, np.float32), (axis, axis, axis), (step,) * 3)


def painted_ml(volume, hu=1.0):
    return float(volume.hu.sum()) / hu * np.prod(volume.steps_mm) / 1000


@pytest.mark.parametrize("radii", [(10.0, 10.0, 10.0), (6.0, 9.0, 12.0)])
def test_an_ellipsoid_has_its_volume(radii):
    volume = canvas()
    box = volume.box([-15] * 3, [15] * 3)
    volume.paint(box, ellipsoid_distance(volume.points(box), (0, 0, 0), radii), 100.0)
    assert painted_ml(volume, 100.0) == pytest.approx(4 / 3 * np.pi * np.prod(radii) / 1000, rel=0.01)


def test_a_rod_is_a_cylinder_with_round_ends():
    volume = canvas()
    box = volume.box([-19] * 3, [19] * 3)
    volume.paint(box, capsule_distance(volume.points(box), (0, 0, -8), (0, 0, 8), (4.0, 4.0)), 1.0)
    assert painted_ml(volume) == pytest.approx((np.pi * 16 * 16 + 4 / 3 * np.pi * 64) / 1000, rel=0.01)


def test_the_distance_to_a_rod_is_exact():
    points = [np.array([value], np.float32) for value in (3.0, 4.0, 2.0)]
    assert capsule_distance(points, (0, 0, -8), (0, 0, 8), (1.0, 1.0)) == pytest.approx(4.0)
    # beyond its end it is the distance to the end
    points[2] = np.array([20.0], np.float32)
    assert capsule_distance(points, (0, 0, -8), (0, 0, 8), (1.0, 1.0)) == pytest.approx(12.0)


def test_the_middle_of_an_ellipsoid_is_its_smallest_radius_deep():
    middle = [np.zeros(1, np.float32)] * 3
    assert ellipsoid_distance(middle, (0, 0, 0), (5.0, 3.0, 4.0)) == pytest.approx(-3.0)


def test_a_thin_shell_keeps_its_amount_below_the_voxel_size():
    """A shell of 0.2 mm at 900 HU holds 180 HU mm, whatever the voxels and wherever it falls between them."""
    for step in (0.5, 1.0, 2.0):
        for offset in (0.0, 0.13, 0.4):
            volume = canvas(step)
            box = volume.box([-20] * 3, [20] * 3)
            _, _, z = volume.points(box)
            inwards = np.broadcast_to(z - np.float32(offset), volume.hu[box].shape)
            volume.paint_shell(box, inwards, 0.2, 900.0, 0.0)
            assert volume.hu[:, 5, 5].sum() * step == pytest.approx(180.0, rel=1e-3)


def test_the_edge_s_voxels_get_the_fraction_inside():
    assert covered(np.array([-5.0, -0.25, 0.0, 0.25, 5.0]), 1.0).tolist() == [1.0, 0.75, 0.5, 0.25, 0.0]


def test_a_box_beside_the_volume_is_none():
    volume = canvas()
    assert volume.box((30, 0, 0), (40, 5, 5)) is None
    assert volume.box((-100, -100, -100), (100, 100, 100)) == tuple(slice(0, n) for n in volume.hu.shape)
