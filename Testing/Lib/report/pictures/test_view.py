"""From where the spine is seen: directions, sizes, and back into a field."""

import numpy as np
import pytest

from OVCFRiskLib.report.pictures.view import SPINE_FILL, VIEW_FROM, view_of

SIZE = (1000, 1200)


@pytest.fixture
def view():
    return view_of(np.array([-30.0, -20.0, -80.0]), np.array([30.0, 20.0, 80.0]), SIZE)


def test_axes_are_a_right_handed_frame_toward_the_viewer(view):
    np.testing.assert_allclose(view.axes @ view.axes.T, np.eye(3), atol=1e-12)
    np.testing.assert_allclose(np.cross(view.axes[0], view.axes[1]), view.axes[2], atol=1e-12)
    np.testing.assert_allclose(view.axes[2], VIEW_FROM / np.linalg.norm(VIEW_FROM))
    assert view.axes[1][2] > 0.9  # the head is up


def test_the_sides_of_the_patient_are_where_a_viewer_at_the_right_front_sees_them(view):
    columns, rows, near = view.seen(np.array([[0.0, 0.0, 0.0], [10.0, 0, 0], [0, 10.0, 0], [0, 0, 10.0]]))
    assert columns[1] < columns[0] < columns[2]  # the right side to the left, the front to the right
    assert rows[3] < rows[0]
    assert near[1] > near[0]
    assert near[2] > near[0]


def test_one_scale_in_all_directions(view):
    """Steps across the view have the same length in pixels, steps along it none."""
    for axis, length in zip(view.axes, (1.0, 1.0, 0.0), strict=True):
        columns, rows, _ = view.seen(np.stack((view.center, view.center + 10 * axis)))
        assert np.hypot(np.diff(columns), np.diff(rows))[0] == pytest.approx(10 * length * view.pixels_per_mm)


@pytest.mark.parametrize("extent", [(60, 40, 160), (60, 40, 20), (90, 90, 30), (0, 0, 0), (1, 1, 400)])
def test_everything_fits(extent):
    half = np.array(extent) / 2
    view = view_of(-half, half, SIZE)
    corners = np.array(np.meshgrid(*zip(-half, half, strict=True))).reshape(3, -1).T
    columns, rows, _ = view.seen(corners)
    assert np.isfinite(view.pixels_per_mm)
    assert rows.min() >= (1 - SPINE_FILL) * SIZE[0] / 4
    assert rows.max() <= SIZE[0]
    assert columns.min() >= 0
    assert columns.max() <= 0.62 * SIZE[1]  # where the labels begin


def test_pixels_lead_back_to_the_samples_of_a_field(view):
    to_ras = np.array([[0.0, -1.5, 0.2, 5.0], [1.2, 0.1, 0.0, -3.0], [0.0, 0.3, 2.0, 8.0], [0.0, 0.0, 0.0, 1.0]])
    index = np.random.default_rng(3).uniform(0, 40, (20, 3))  # i, j, k
    columns, rows, near = view.seen(index @ to_ras[:3, :3].T + to_ras[:3, 3])
    matrix, offset = view.to_field(to_ras)
    np.testing.assert_allclose(offset[:, None] + matrix @ np.stack((near, rows, columns)), index[:, ::-1].T, atol=1e-9)
