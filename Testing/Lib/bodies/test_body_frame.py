"""The one vocabulary of a body's own axes, on turns with a known answer."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region
from OVCFRiskLib.geometry import is_inside, voxel_along

CENTER = np.array([3.0, -40.0, 250.0])


@pytest.mark.parametrize("up", [(0, 0, 1), (0.3, 0.2, 1.0), (-0.4, 0.5, 0.8)])
def test_axes_are_right_handed_and_the_back_stays_near_the_patients(up):
    frame = BodyFrame.along(CENTER, np.array(up, float))
    np.testing.assert_allclose(frame.axes @ frame.axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.cross(frame.left, frame.posterior), frame.superior, atol=1e-12)
    assert frame.posterior[1] > 0.8
    assert frame.superior @ up > 0


def test_local_and_lps_undo_each_other_in_any_shape():
    frame = BodyFrame.along(CENTER, np.array([0.2, -0.3, 0.9]))
    points = np.random.default_rng(0).normal(0, 30, (4, 5, 3))
    np.testing.assert_allclose(frame.lps(frame.local(points)), points, atol=1e-12)
    np.testing.assert_allclose(frame.local(CENTER), 0, atol=1e-12)


@pytest.mark.parametrize("degrees", [-30.0, -3.0, 0.0, 12.0])
def test_tilt_is_read_back(degrees):
    upright = BodyFrame.along(CENTER, np.array([0.0, 0.0, 1.0]))
    assert upright.tilted(degrees).tilt_degrees == pytest.approx(degrees)
    assert (upright.tilted(degrees).superior[1] > 0) == (degrees > 0), "positive leans backwards"


def test_a_turned_frame_meets_a_sloping_wall_level():
    slope = 0.2  # mm backwards per mm to the left
    frame = BodyFrame.along(np.zeros(3), np.array([0.0, 0.0, 1.0]))
    wall = np.array([[x, 15 + slope * x, 0.0] for x in (-10.0, 0.0, 10.0)])
    depth = frame.turned(slope).local(wall)[:, 1]
    np.testing.assert_allclose(depth, depth[0], atol=1e-9)


def test_pedicles_leave_behind_and_above():
    degrees = np.radians([-90, 0, 10, 30, 60, 80, 90, 100, 135, 170])
    assert in_pedicle_region(degrees, np.array(0.0)).tolist() == [0, 0, 0, 1, 1, 0, 0, 0, 1, 0]
    assert not in_pedicle_region(degrees, np.array(-0.8)).any()


def test_inside_ends_half_a_voxel_beyond_the_outer_centres():
    image = sitk.Image((10, 20, 30), sitk.sitkUInt8)
    image.SetSpacing((2.0, 1.0, 0.5))
    image.SetOrigin((5.0, 0.0, -7.0))
    x = np.array([[3.99, 0, 0], [4.01, 0, 0], [5 + 18.99, 0, 0], [5 + 19.01, 0, 0]])
    assert is_inside(image, x).tolist() == [False, True, True, False]


def test_a_voxel_is_as_long_as_its_edges():
    image = sitk.Image((4, 4, 4), sitk.sitkUInt8)
    image.SetSpacing((0.5, 1.0, 3.0))
    image.SetDirection((0, 0, 1, 0, 1, 0, 1, 0, 0))  # the slices follow each other from right to left
    np.testing.assert_allclose(voxel_along(image, np.eye(3)), (3.0, 1.0, 0.5))
    assert voxel_along(image, np.array([0.6, 0.8, 0.0])) == pytest.approx(np.hypot(1.8, 0.8))


def test_axes_are_those_of_numpys_cross_product_to_the_bit():
    for up, back in np.random.default_rng(4).normal(size=(50, 2, 3)):
        frame = BodyFrame.along(CENTER, up, back)
        assert np.array_equal(frame.left, np.cross(frame.posterior, frame.superior))
        assert np.linalg.norm(frame.superior) == pytest.approx(1.0, abs=1e-15)
