"""The grid around a vertebra: which voxel is nearest to a point, and where the grid ends."""

import numpy as np
import pytest

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.segmentation.local_volume import LocalGrid


@pytest.mark.parametrize("spacing", [1.0, 0.8])
def test_the_nearest_voxel_is_the_one_whose_centre_is_nearest(spacing):
    grid = LocalGrid(BodyFrame(np.zeros(3), np.eye(3)), np.array([4.0, 3.2, 2.4]), spacing)
    points = np.random.default_rng(0).uniform(-1.5, 1.5, (3, 400)) * grid.half[:, None]  # a third beyond the grid
    centres = np.stack(np.broadcast_arrays(*grid.coordinates())).reshape(3, -1)
    on_grid = np.clip(points, -grid.half[:, None], grid.half[:, None])
    expected = np.square(centres[:, :, None] - on_grid[:, None]).sum(axis=0).argmin(axis=0)
    start = np.random.default_rng(1).uniform(-2.0, 2.0, points.shape)
    steps = (points - start) / spacing
    assert np.array_equal(grid.nearest(grid.steps(start), steps, 1.0), expected)
    assert np.array_equal(grid.nearest(grid.steps(start), steps / 2.5, 2.5), expected)
    inside = (np.abs(points) <= grid.half[:, None]).all(axis=0)
    found = grid.nearest(grid.steps(start[:, inside]), steps[:, inside], 1.0, is_within=True)
    assert np.array_equal(found, expected[inside])
