"""Six points of boxes and wedges whose heights are known."""

import numpy as np
import pytest

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.height_profile import highest_walls, measure_six_points

L2 = LumbarLevel.L2


def measured(draw_bodies, heights, **how):
    return measure_six_points(cut_out_levels(draw_bodies({L2: heights}, **how))[L2])


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.8, 0.8, 1.25)])
@pytest.mark.parametrize("heights", [(27.0, 27.0, 27.0), (20.0, 23.5, 27.0), (27.0, 23.5, 20.0), (26.0, 19.0, 26.0)])
def test_heights_are_those_that_were_drawn(draw_bodies, heights, spacing):
    found = measured(draw_bodies, heights, spacing=spacing)
    np.testing.assert_allclose((found.anterior_mm, found.middle_mm, found.posterior_mm), heights, atol=1.3)
    assert found.depth_mm == pytest.approx(32.0, abs=1.5)


@pytest.mark.parametrize("left", [0.8, 0.6, 0.5])
def test_rims_of_a_deep_hollow_are_not_held_down(left):
    """A biconcave fracture of a real CT read 24 instead of 29 mm behind; a parabola shows it without voxels."""
    places = np.array([0.0, 0.13, 0.5])
    whole, beside, middle = 28.0 * (1 - (1 - left) * (1 - (2 * places - 1) ** 2))
    highest = highest_walls(np.array([beside]), middle, 1.25)[0]
    assert highest == pytest.approx(whole, abs=1.1) if left < 0.8 else highest > whole
    assert highest_walls(np.array([beside]), middle, 5.0)[0] == pytest.approx(1.12 * beside)


def test_a_turned_body_is_measured_in_its_own_axes(draw_bodies):
    upright = measured(draw_bodies, (22.0, 23.0, 27.0))
    turned = measured(draw_bodies, (22.0, 23.0, 27.0), euler_deg=(20.0, 8.0, 0.0))
    for name in ("anterior_mm", "middle_mm", "posterior_mm", "depth_mm"):
        assert getattr(turned, name) == pytest.approx(getattr(upright, name), abs=1.5)


def test_holes_do_not_count(draw_bodies, change):
    def edit(array):
        hits = np.round(np.argwhere(array == L2).mean(axis=0)).astype(int)
        array[tuple(slice(c - 3, c + 4) for c in hits)] = 0

    labels = draw_bodies({L2: (27.0, 25.0, 27.0)})
    whole, holed = (measure_six_points(cut_out_levels(image)[L2]) for image in (labels, change(labels, edit)))
    assert holed.middle_mm == pytest.approx(whole.middle_mm, abs=0.1)
    assert holed.posterior_mm == pytest.approx(whole.posterior_mm, abs=0.1)


def test_a_mask_too_small_for_a_profile_has_none(draw_bodies, change):
    def edit(array):
        hits = np.round(np.argwhere(array == L2).mean(axis=0)).astype(int)
        array[:] = 0
        array[tuple(slice(c - 2, c + 2) for c in hits)] = L2

    labels = change(draw_bodies({L2: (27.0, 25.0, 27.0)}), edit)
    assert measure_six_points(cut_out_levels(labels)[L2]) is None
