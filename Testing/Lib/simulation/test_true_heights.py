"""Heights of a phantom's body follow from its shape."""

import dataclasses

import pytest

from OVCFRiskLib.simulation.fracture import Fracture
from OVCFRiskLib.simulation.lesions import SchmorlNode
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.spine import Vertebra, stack_vertebrae
from OVCFRiskLib.simulation.true_heights import true_heights

L3 = stack_vertebrae(PhantomSettings())[Vertebra.L3]


def test_rims_are_as_high_as_the_body_and_the_middle_is_hollow():
    heights = true_heights(L3)
    assert heights.anterior_mm == pytest.approx(2 * L3.half_height + L3.wedge_mm / 2, abs=0.1)
    assert heights.middle_mm < heights.posterior_mm < heights.anterior_mm + 0.1


@pytest.mark.parametrize("loss", [0.1, 0.4])
def test_a_crush_takes_the_same_from_all_heights(loss):
    broken = true_heights(dataclasses.replace(L3, fracture=Fracture("crush", loss)))
    whole = true_heights(L3)
    for name in ("anterior_mm", "middle_mm", "posterior_mm"):
        lost = getattr(whole, name) - getattr(broken, name)
        assert lost == pytest.approx(loss * 2 * L3.half_height, abs=0.01)


def test_a_wedge_takes_all_from_the_front_and_little_from_the_back():
    whole, broken = true_heights(L3), true_heights(dataclasses.replace(L3, fracture=Fracture("wedge", 0.3)))
    assert whole.anterior_mm - broken.anterior_mm == pytest.approx(0.3 * 2 * L3.half_height)
    assert whole.posterior_mm - broken.posterior_mm < 0.2 * (whole.anterior_mm - broken.anterior_mm)


def test_a_node_is_no_loss_of_height():
    assert true_heights(dataclasses.replace(L3, lesions=(SchmorlNode(),))) == true_heights(L3)
