"""The simulated spine of the demo and of the panel's sample: from thin to dense bone, downwards."""

from __future__ import annotations

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.tissue import OLD_WOMAN

# Trabecular HU. No woman's levels differ like this: they show what the score does. In the simulated cohort one woman in
# five with a fracture has less than the first, and hardly one without; the second lies between the groups' means (73
# and 112); above the last two lie one in four and one in nine of the women without a fracture.
DEMONSTRATION_HU = {
    LumbarLevel.L1: 55.0,
    LumbarLevel.L2: 95.0,
    LumbarLevel.L3: 140.0,
    LumbarLevel.L4: 170.0,
}


def demonstration_settings() -> PhantomSettings:
    """Settings of the phantom that the demo scores; all but density and soft tissue are the defaults."""
    return PhantomSettings(trabecular_hu=DEMONSTRATION_HU, tissue=OLD_WOMAN)
