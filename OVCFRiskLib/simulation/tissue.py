"""Attenuation of the soft tissue around a phantom's spine, as in an adult and as in an old woman."""

from __future__ import annotations

from dataclasses import dataclass, fields

from OVCFRiskLib.simulation.setting_checks import checked_number

# From lung to contrast-filled bowel.
TISSUE_RANGE_HU = (-200.0, 200.0)


@dataclass(frozen=True, slots=True)
class SoftTissue:
    """HU without contrast; the defaults are the usual ones of abdominal CT at 120 kV.

    Attributes
    ----------
    fat, skin : float
    back_muscle, psoas : float
        Erector spinae with quadratus lumborum and the abdominal wall, and the psoas.
    disc : float
    canal : float
        The thecal sac: water with roots.
    organ, kidney : float
        Bowel and other organs, and kidneys.

    Raises
    ------
    OVCFRiskError
        If one of them is no soft tissue's.
    """

    fat: float = -100.0
    skin: float = 20.0
    back_muscle: float = 55.0
    psoas: float = 55.0
    disc: float = 85.0
    canal: float = 25.0
    organ: float = 40.0
    kidney: float = 34.0

    def __post_init__(self) -> None:
        for field in fields(self):
            checked_number(f"{field.name} of the soft tissue", getattr(self, field.name), TISSUE_RANGE_HU)


# Muscles of the back fill with fat: about 30 HU in women over 70, the psoas 45 (Anderson et al. 2013†, J Gerontol A
# Biol Sci Med Sci 68:317). Discs dry out and keep 60-110 HU; the sac is wider and nearer to water.
OLD_WOMAN = SoftTissue(back_muscle=30.0, psoas=45.0, disc=70.0, canal=15.0)
