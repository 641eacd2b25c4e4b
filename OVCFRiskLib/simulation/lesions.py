"""Changes of bones and discs that lumbar CTs of old women show, each with its usual size and where that is known from.

Compression fractures have a file of their own. Lengths are mm on the vertebra's own axes, HU are those before the
scanner's blur.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.setting_checks import checked_number

# name of the number, in any lesion -> (lowest, highest)
LESION_LIMITS = {
    "depth_mm": (0.5, 15.0),
    "radius_mm": (1.0, 15.0),
    "length_mm": (1.0, 20.0),
    "thickness_mm": (0.3, 8.0),
    "gain_hu": (0.0, 1000.0),
    "hu": (-1000.0, 1500.0),
    "fraction": (0.1, 1.0),
    "left": (-1.0, 1.0),
    "back": (-1.0, 1.0),
    "up": (-1.0, 1.0),
}


class Plate(enum.Enum):
    """An endplate."""

    UPPER = "upper"
    LOWER = "lower"


class Side(enum.Enum):
    """Where a bridge stands, as seen by the patient."""

    LEFT = "left"
    FRONT = "front"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Lesion:
    """Base of all: its numbers lie within `LESION_LIMITS`, its names are those of its enums.

    Raises
    ------
    OVCFRiskError
        Naming the setting that is not as expected.
    """

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in LESION_LIMITS:
                checked_number(f"{field.name} of {type(self).__name__}", value, LESION_LIMITS[field.name])
            elif field.name in CHOICES:
                object.__setattr__(self, field.name, _choice(type(self).__name__, field.name, value))


# Settings of lesions that are one of a few words, not a number: name -> their enum.
CHOICES: dict[str, type[enum.Enum]] = {"plate": Plate, "side": Side}


@dataclass(frozen=True, slots=True)
class SchmorlNode(Lesion):
    """Disc that has sunk through an endplate, with a sclerotic rim.

    Usual size: Pfirrmann and Resnick 2001†, Radiology 219:368 (most below 10 mm wide and 5 mm deep, also giant ones).

    Attributes
    ----------
    plate : Plate
    depth_mm, radius_mm : float
        Beneath the endplate and along it.
    left, back : float
        Place on the endplate, in half widths and half depths from its middle.
    gain_hu : float
        Of the rim above trabecular bone.
    """

    plate: Plate | str = Plate.UPPER
    depth_mm: float = 5.0
    radius_mm: float = 6.0
    left: float = 0.0
    back: float = 0.1
    gain_hu: float = 150.0


@dataclass(frozen=True, slots=True)
class ScleroticEndplate(Lesion):
    """Dense bone beneath an endplate, fading into the body: Modic type 3.

    Modic et al. 1988†, Radiology 166:193; denser than bone without it in CT: Zhu et al. 2021,
    PMC8173826 (how much denser is assumed).

    Attributes
    ----------
    plate : Plate
    depth_mm : float
        To which it falls to 1/e.
    gain_hu : float
        At the endplate.
    """

    plate: Plate | str = Plate.UPPER
    depth_mm: float = 4.0
    gain_hu: float = 250.0


@dataclass(frozen=True, slots=True)
class BoneIsland(Lesion):
    """A ball of compact bone: enostosis, mean 1190 HU (Ulano et al. 2016†, AJR Am J Roentgenol 207:362).

    Attributes
    ----------
    radius_mm : float
    hu : float
    left, back, up : float
        Place, in half widths, depths and heights from the middle.
    """

    radius_mm: float = 4.0
    hu: float = 1100.0
    left: float = 0.3
    back: float = -0.2
    up: float = 0.2


@dataclass(frozen=True, slots=True)
class Haemangioma(Lesion):
    """Fat with thick upright trabeculae ("polka dots").

    Laredo et al. 1990†, Radiology 177:467 (fatty stroma); Murphey et al. 1995†, RadioGraphics 15:893 (appearance).

    Attributes
    ----------
    radius_mm : float
        Sideways and backwards; its height is that of the body at most.
    hu : float
        Of the stroma.
    left, back, up : float
        Place, in half widths, depths and heights from the middle.
    """

    radius_mm: float = 9.0
    hu: float = -40.0
    left: float = -0.3
    back: float = -0.1
    up: float = 0.0


@dataclass(frozen=True, slots=True)
class WideVein(Lesion):
    """A wide basivertebral vein; 4-5 mm across are usual, 10 mm are seen (Wang et al. 2012†, sagittal CT and MR).

    Attributes
    ----------
    radius_mm : float
        At the posterior wall.
    fraction : float
        How far it reaches, in half depths from the posterior wall.
    """

    radius_mm: float = 4.0
    fraction: float = 1.0


@dataclass(frozen=True, slots=True)
class Osteophytes(Lesion):
    """Lips of bone around the front and the sides of an endplate's rim (Nathan 1962†, J Bone Joint Surg Am 44:243).

    Attributes
    ----------
    plate : Plate
    length_mm : float
        Beyond the rim at the front; nothing grows at the back. Nathan's degrees 2 to 3.
    thickness_mm : float
        Half of it at the root.
    """

    plate: Plate | str = Plate.UPPER
    length_mm: float = 5.0
    thickness_mm: float = 3.0


@dataclass(frozen=True, slots=True)
class Bridge(Lesion):
    """Bone from a body to the next below, around the disc.

    Nathan's degree 4, or flowing ossification (Resnick and Niwayama 1976†, Radiology 119:559).

    Attributes
    ----------
    side : Side
    thickness_mm : float
        Half of it.
    hu : float
    """

    side: Side | str = Side.RIGHT
    thickness_mm: float = 3.0
    hu: float = 450.0


@dataclass(frozen=True, slots=True)
class VacuumDisc(Lesion):
    """Gas in the disc below a body (Resnick et al. 1981†, Radiology 139:341).

    Attributes
    ----------
    fraction : float
        Of the disc's thickness and half width.
    hu : float
    """

    fraction: float = 0.5
    hu: float = -800.0


@dataclass(frozen=True, slots=True)
class CalcifiedDisc(Lesion):
    """Calcium in the disc below a body, along its front ring (Chanchairujira et al. 2004†, Skeletal Radiol 33:21).

    Attributes
    ----------
    thickness_mm : float
        Half of it, from the front backwards.
    hu : float
    """

    thickness_mm: float = 3.0
    hu: float = 400.0


@dataclass(frozen=True, slots=True)
class NarrowDisc(Lesion):
    """A disc below a body that has lost height; 30-50 % are usual in old discs (Pfirrmann et al. 2006†, Spine 31:E8).

    Attributes
    ----------
    fraction : float
        Of the height that is left.
    """

    fraction: float = 0.5


def checked_lesions(value: Mapping[Any, Iterable[Any]]) -> dict[LumbarLevel, tuple[Lesion, ...]]:
    """Lesions by level, checked."""
    found = {}
    for level, lesions in value.items():
        given = (lesions,) if isinstance(lesions, Lesion) else tuple(lesions)
        for lesion in given:
            if not isinstance(lesion, Lesion):
                raise OVCFRiskError(f"phantom: expected lesions such as SchmorlNode(), got {lesion!r} at {level}")
        found[LumbarLevel(level)] = given
    return found


def _choice(lesion: str, name: str, value: Any) -> enum.Enum:
    """A member of the enum of a setting, by itself or by its value."""
    choices = CHOICES[name]
    try:
        return choices(value)
    except ValueError:
        names = ", ".join(str(choice.value) for choice in choices)
        raise OVCFRiskError(f"phantom: expected {name} of {lesion} as one of {names}, got {value!r}") from None
