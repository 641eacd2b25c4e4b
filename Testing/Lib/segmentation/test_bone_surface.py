"""The surface of a body with bone behind its corners: cut at the posterior wall, as whole vertebrae are."""

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region
from OVCFRiskLib.segmentation.body_template import WALL_HALF_DEPTHS, BodyTemplate
from OVCFRiskLib.segmentation.bone_surface import find_surface

HALF = np.array([22.0, 17.0, 13.0])
WALL_MM = WALL_HALF_DEPTHS * HALF[1] + 1.0


def block(pedicles):
    """A body with a flat back, square behind; its pedicles are as wide as it is deep to the sides."""
    size = (121, 121, 81)
    back, side = np.mgrid[-48:48.1:0.8, -48:48.1:0.8]
    up = (np.arange(81) - 40)[:, None, None] * 1.0
    is_body = (np.hypot(side / HALF[0], np.minimum(back, 0) / HALF[1]) < 1) & (back < WALL_MM) & (np.abs(up) < HALF[2])
    is_arch = (np.abs(np.abs(side) - 16.0) < 5.0) & (back >= WALL_MM) & (back < WALL_MM + 18) & (np.abs(up - 3) < 8)
    hu = np.where(is_body | (is_arch & pedicles), 260.0, 45.0).astype(np.float32)
    assert hu.shape == size[::-1]
    image = sitk.SmoothingRecursiveGaussian(sitk.GetImageFromArray(hu), 0.7)
    image.SetSpacing((0.8, 0.8, 1.0))
    image.SetOrigin((-48.0, -48.0, -40.0))
    return image


def depth_at(pedicles, places):
    template = BodyTemplate(BodyFrame(np.zeros(3), np.eye(3)), HALF, 1.0)
    return find_surface(block(pedicles), template).depth(*np.array(places).T)


def test_a_pedicle_is_cut_where_the_wall_in_front_of_the_canal_goes_on():
    """Bone up to the wall belongs to the body, bone behind it does not."""
    depth = depth_at(True, [(16.0, WALL_MM - 2.0, 4.0), (-16.0, WALL_MM - 2.0, 4.0), (16.0, WALL_MM + 3.0, 4.0)])
    assert (depth[:2] > 0.3).all()
    assert depth[2] < -1.0


def test_the_same_corner_without_a_pedicle():
    with_one, without = (depth_at(pedicles, [(15.0, WALL_MM - 2.0, 4.0)]) for pedicles in (True, False))
    assert abs(float(with_one[0] - without[0])) < 1.0


def test_places_behind_the_wall_are_of_the_pedicles():
    template = BodyTemplate(BodyFrame(np.zeros(3), np.eye(3)), HALF, 1.0)
    surface = find_surface(block(True), template)
    side, back, up = np.array([[16.0, WALL_MM + 3.0, 4.0], [16.0, WALL_MM - 3.0, 4.0], [0.0, WALL_MM + 3.0, 4.0]]).T
    assert surface.is_pedicle(side, back, up).tolist() == [True, False, False]
    assert in_pedicle_region(np.arctan2(back / HALF[1], side / HALF[0]), up / HALF[2]).tolist() == [True, True, False]
