"""A fracture by name or by kind, and what is refused."""

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.fracture import Fracture, FractureShape, checked_fractures


@pytest.mark.parametrize("shape", list(FractureShape))
def test_a_shape_may_be_given_by_its_name(shape):
    assert Fracture(shape.value, 0.3) == Fracture(shape, 0.3)


def test_pairs_become_fractures():
    made = checked_fractures({20: ("wedge", 0.3), LumbarLevel.L3: Fracture(FractureShape.CRUSH, 0.5)})
    assert made == {LumbarLevel.L1: Fracture("wedge", 0.3), LumbarLevel.L3: Fracture("crush", 0.5)}


@pytest.mark.parametrize(
    ("shape", "loss", "message"), [("burst", 0.3, "wedge, biconcave, crush"), ("wedge", 0.0, "0.05")]
)
def test_what_is_no_compression_is_refused(shape, loss, message):
    with pytest.raises(OVCFRiskError, match=message):
        Fracture(shape, loss)
