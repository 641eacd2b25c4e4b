"""The demo's spine shows every category, because its bone was made so."""

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.demonstration import DEMONSTRATION_HU, demonstration_settings


def test_bone_becomes_denser_from_level_to_level():
    hu = [DEMONSTRATION_HU[level] for level in LumbarLevel]
    assert hu == sorted(hu)
    assert demonstration_settings().trabecular_of(LumbarLevel.L3) == DEMONSTRATION_HU[LumbarLevel.L3]
