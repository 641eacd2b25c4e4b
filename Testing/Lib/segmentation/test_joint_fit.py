"""Templates of all levels fitted together, on a phantom of a woman much larger than the mean."""

import pytest

from OVCFRiskLib.segmentation.body_template import WALL_HALF_DEPTHS
from OVCFRiskLib.segmentation.joint_fit import fit_together
from OVCFRiskLib.segmentation.placement import place_levels
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
from OVCFRiskLib.simulation.spine import MIDLINE_DEPTH, Vertebra

# Muscle as bright as the bone lies on the walls: each body alone lost up to 5 mm of its depth.
LARGE = PhantomSettings(
    seed=122,
    trabecular_hu=45.0,
    cortex_mm=0.3,
    body_scale=1.2,
    lordosis_degrees=50.0,
    field_mm=(130.0, 140.0, 210.0),
    shift_mm=(0.0, 15.0, 0.0),
    spacing_mm=(1.0, 1.0, 1.25),
)


def test_a_large_woman_s_bodies_keep_their_depth():
    phantom = make_phantom(LARGE)
    fitted = fit_together(phantom.ct, place_levels(phantom.ct, dict(phantom.points)))
    for level, template in fitted.items():
        body = phantom.spine[Vertebra(level)]
        depth = MIDLINE_DEPTH * body.half_depth
        assert (1 + WALL_HALF_DEPTHS) * template.half[1] == pytest.approx(depth, abs=3.5), level.name
        # the template stands where the drop is largest, outside of the surface
        assert 0 < template.half[0] - body.half_width < 3.0, level.name
