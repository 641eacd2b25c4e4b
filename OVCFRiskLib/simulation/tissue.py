"""Attenuation of the soft tissue around a phantom's spine, as in an adult and as in an old woman."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

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
# From the adult's tissue at the menopause to the old woman's (the women of Anderson et al. 2013† were over 70); in
# between in proportion (assumed).
ADULT_UNTIL_YEARS = 50.0
OLD_FROM_YEARS = 75.0


def tissue_of_age(years: float) -> SoftTissue:
    """Soft tissue of a woman after menopause.

    Examples
    --------
    >>> [tissue_of_age(years).psoas for years in (45, 62.5, 90)]
    [55.0, 50.0, 45.0]
    """
    fraction = min(max((years - ADULT_UNTIL_YEARS) / (OLD_FROM_YEARS - ADULT_UNTIL_YEARS), 0.0), 1.0)
    old = asdict(OLD_WOMAN)
    return SoftTissue(**{name: adult + fraction * (old[name] - adult) for name, adult in asdict(SoftTissue()).items()})
