"""A compressed vertebral body of a phantom."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.simulation.setting_checks import checked_number

# Below, no reader sees a fracture; above, the endplates meet.
LOSS_RANGE = (0.05, 0.8)


class FractureShape(enum.Enum):
    """Shapes of vertebral fractures (Genant et al. 1993, J Bone Miner Res 8:1137)."""

    WEDGE = "wedge"
    BICONCAVE = "biconcave"
    CRUSH = "crush"


@dataclass(frozen=True, slots=True)
class Fracture:
    """A compressed body.

    Attributes
    ----------
    shape : FractureShape
        Which height is lost: the anterior (wedge), the middle (biconcave) or all (crush). Its value will do.
    loss : float
        Fraction of that height, 0.05..0.8.

    Raises
    ------
    OVCFRiskError
        If the shape is none of these or the loss is out of range.
    """

    shape: FractureShape
    loss: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", _shape(self.shape))
        checked_number("loss of a fracture", self.loss, LOSS_RANGE)


def checked_fractures(value: Mapping[Any, Any]) -> dict[LumbarLevel, Fracture]:
    """Fractures by level, pairs made into `Fracture`."""
    return {
        LumbarLevel(level): given if isinstance(given, Fracture) else Fracture(*given) for level, given in value.items()
    }


def _shape(value: Any) -> FractureShape:
    """A fracture's shape by its name."""
    try:
        return FractureShape(value)
    except ValueError:
        names = ", ".join(shape.value for shape in FractureShape)
        raise OVCFRiskError(f"phantom: expected a fracture's shape of {names}, got {value!r}") from None
