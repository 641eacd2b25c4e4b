"""Bridges stand between neighbours; discs are painted where bodies end."""

import numpy as np
import pytest

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.discs import bridge_rods
from OVCFRiskLib.simulation.lesions import Bridge, Side
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae


@pytest.mark.parametrize("side", Side)
def test_a_bridge_stands_on_its_side_in_front_of_the_middle(side):
    spine = stack_vertebrae(PhantomSettings(lesions={LumbarLevel.L2: (Bridge(side=side),)}))
    ((ends, bridge),) = bridge_rods(spine)
    assert bridge.side is side
    left, back, _ = spine[Vertebra.L2].frame.local(np.mean(ends, axis=0))
    assert back < -3
    assert np.sign(round(left / 10)) == {Side.LEFT: 1, Side.FRONT: 0, Side.RIGHT: -1}[side]


def test_no_lesion_no_bridge():
    assert bridge_rods(stack_vertebrae(PhantomSettings())) == []
