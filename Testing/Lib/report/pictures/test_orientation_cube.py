"""The cube shows the sides that a viewer sees, with their letters."""

import numpy as np
import pytest

from OVCFRiskLib.report.pictures.drawn_marks import MARK_INK
from OVCFRiskLib.report.pictures.orientation_cube import SIDES, draw_cube
from OVCFRiskLib.report.pictures.view import View, view_of

MIDDLE, SIDE = (150.0, 150.0), 100.0


@pytest.fixture(scope="module")
def view():
    return view_of(np.full(3, -30.0), np.full(3, 30.0), (600, 800))


def drawn(view):
    pixels = np.full((300, 300, 3), 255, np.uint8)
    draw_cube(pixels, view, MIDDLE, SIDE)
    return pixels


def is_ink(pixels):
    return np.abs(pixels.astype(float) - 255 * np.array(MARK_INK)).max(axis=-1) < 40


def side_on(toward, right):
    """A view straight at a side."""
    axes = np.array((right, np.cross(toward, right), toward), float)
    return View(axes, np.zeros(3), (150.0, 150.0), 1.0, (300, 300))


def test_the_cube_has_the_outline_of_a_cube(view):
    shown = (drawn(view) < 250).any(axis=-1)
    expected = sum(max(view.axes[2] @ np.array(facing), 0) for _, facing, _ in SIDES) * SIDE**2
    assert shown.sum() == pytest.approx(expected, rel=0.02)


def test_sides_of_a_ras_scene_are_named():
    names = {facing: letter for letter, facing, _ in SIDES}
    assert names == {
        (1, 0, 0): "R", (-1, 0, 0): "L", (0, 1, 0): "A", (0, -1, 0): "P", (0, 0, 1): "S", (0, 0, -1): "I",
    }  # fmt: skip


def test_letters_stand_upright_and_are_not_mirrored():
    """From the front: the stem of an L at its left, its foot below; of a P the bow above."""
    left = is_ink(drawn(side_on((-1, 0, 0), (0, -1, 0))))
    rows, columns = np.nonzero(left)
    assert left[:, : columns.min() + 12].sum() > 2 * left[:, columns.max() - 11 :].sum()
    assert left[rows.max() - 11 :].sum() > 2 * left[: rows.min() + 12].sum()
    back = is_ink(drawn(side_on((0, -1, 0), (1, 0, 0))))
    rows, columns = np.nonzero(back)
    middle = (rows.min() + rows.max()) // 2
    assert back[:middle].sum() > 1.5 * back[middle:].sum()
    assert back[:, : columns.min() + 10].sum() > 1.5 * back[:, columns.max() - 9 :].sum()


def test_every_seen_side_has_its_letter(view):
    pixels = is_ink(drawn(view))
    for _, facing, _ in SIDES:
        right, up, toward = view.axes @ np.array(facing)
        x, y = MIDDLE[0] + right * SIDE / 2, MIDDLE[1] + up * SIDE / 2
        if toward > 0.3:
            around = pixels[300 - round(y) - 25 : 300 - round(y) + 25, round(x) - 20 : round(x) + 20]
            assert around.any()
    assert pixels[:, :].sum() > 300
