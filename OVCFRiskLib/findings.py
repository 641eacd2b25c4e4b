"""What a check says when something is not as it should be."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.Enum):
    """How a finding acts on the score."""

    NOTE = "note"
    WARNING = "warning"
    STOPS_SCORING = "stops scoring"


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that did not pass.

    Attributes
    ----------
    name : str
        Stable machine name in snake_case, e.g. ``"slice_thickness"``.
    severity : Severity
    message : str
        One sentence for the clinician.
    value, limit : float, str or None
        What was measured and what was expected, in ``unit``.
    unit : str
    source : str
        Where the limit comes from (paper, card, geometry).
    """

    name: str
    severity: Severity
    message: str
    value: float | str | None = None
    limit: float | str | None = None
    unit: str = ""
    source: str = ""
