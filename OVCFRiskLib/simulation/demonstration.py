"""The simulated spine of the demo and of the panel's sample: from thin to dense bone, downwards."""

from __future__ import annotations

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.phantom_settings import PhantomSettings
from OVCFRiskLib.simulation.tissue import OLD_WOMAN

# Trabecular HU. No woman's levels differ like this: they show what the score does. The first is thin (in the simulated
# cohort one woman in 30 with a fracture has less, and hardly one without), the second was set to where the cut-off of
# the demonstration card lies (another card needs another number), the last two are those of women without a fracture.
DEMONSTRATION_HU = {
    LumbarLevel.L1: 40.0,
    LumbarLevel.L2: 82.0,
    LumbarLevel.L3: 120.0,
    LumbarLevel.L4: 165.0,
}


def demonstration_settings() -> PhantomSettings:
    """Settings of the phantom that the demo scores; all but density and soft tissue are the defaults."""
    return PhantomSettings(trabecular_hu=DEMONSTRATION_HU, tissue=OLD_WOMAN)
