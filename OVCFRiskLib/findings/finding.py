"""A finding is data: which check fired, where, how gravely, with which numbers; its sentence is made of these."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from OVCFRiskLib.levels import LumbarLevel

Value = float | int | str | None


class Severity(enum.Enum):
    """How a finding acts on the score."""

    NOTE = "note"
    WARNING = "warning"
    STOPS_SCORING = "stops scoring"


# What a check that always warns, one that always stops, and one with limits for both can fire with.
WARNS = (Severity.WARNING,)
STOPS = (Severity.STOPS_SCORING,)
WARNS_OR_STOPS = (Severity.WARNING, Severity.STOPS_SCORING)


class About(enum.Enum):
    """What a check looks at."""

    ACQUISITION = "acquisition"
    MASK = "mask"
    BODY = "body"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Check:
    """One check of the registry: everything about its findings that is not measured.

    Attributes
    ----------
    code : str
        Stable machine name in snake_case, e.g. ``"slice_thickness"``.
    about : About
    severities : tuple of Severity
        Those it can fire with; the first one unless the check says another.
    wordings : mapping of str to str
        Templates of one sentence each, by variant; the fields in braces are names of the finding's values.
    source : str
        Where the limit comes from (paper, card, geometry); may hold fields too.
    unit : str
        Of the values ``value`` and ``limit``.
    limit : float or str or None
        What was expected; None where the card or the measurement gives it.
    outside : tuple of str
        Variants that put a body outside the model: what the card states of its applicability does not hold.
    """

    code: str
    about: About
    severities: tuple[Severity, ...]
    wordings: Mapping[str, str]
    source: str = ""
    unit: str = ""
    limit: Value = None
    outside: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The code in words."""
        return self.code.replace("_", " ")

    def finding(
        self,
        level: LumbarLevel | None = None,
        severity: Severity | None = None,
        variant: str | None = None,
        **values: Value,
    ) -> Finding:
        """A finding of this check.

        Parameters
        ----------
        level : LumbarLevel, optional
            The vertebra it concerns; None: the CT as a whole.
        severity : Severity, optional
            The check's first one if None.
        variant : str, optional
            Which of the wordings; the first one if None.
        **values
            The numbers and words of the sentence; ``value`` is what was measured, ``limit`` the check's own if left
            out.

        Examples
        --------
        >>> check = Check("gas", About.MASK, (Severity.WARNING,), {"": "gas of {value:.0f} {unit}."}, unit="HU")
        >>> check.finding(LumbarLevel.L2, value=-420.0).message
        'L2: gas of -420 HU.'
        """
        chosen = self.severities[0] if severity is None else severity
        if chosen not in self.severities:
            raise ValueError(f"check '{self.code}': expected a severity of {self.severities}, got {chosen}")
        name = next(iter(self.wordings)) if variant is None else variant
        return Finding(self, level, chosen, {"limit": self.limit, **values}, name)


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that did not pass.

    Attributes
    ----------
    check : Check
        The registry's entry.
    level : LumbarLevel or None
        The vertebra it concerns; None: the CT as a whole.
    severity : Severity
    values : mapping of str to float, str or None
        What was measured and expected, by the names the check's wording uses.
    variant : str
        Which of the check's wordings.
    """

    check: Check
    level: LumbarLevel | None
    severity: Severity
    values: Mapping[str, Value] = field(default_factory=dict)
    variant: str = ""

    @property
    def code(self) -> str:
        """Stable machine name of the check."""
        return self.check.code

    @property
    def about(self) -> About:
        """What the check looks at."""
        return self.check.about

    @property
    def is_outside_model(self) -> bool:
        """True when the model does not apply to what was found."""
        return self.variant in self.check.outside

    @property
    def value(self) -> Value:
        """What was measured, in `unit`."""
        return self.values.get("value")

    @property
    def limit(self) -> Value:
        """What was expected, in `unit`."""
        return self.values.get("limit")

    @property
    def unit(self) -> str:
        """Unit of value and limit: the check's, or the finding's own where variants measure different things."""
        return str(self.values.get("unit", self.check.unit))

    @property
    def source(self) -> str:
        """Where the limit comes from."""
        return self.check.source.format(**self.values)

    @property
    def text(self) -> str:
        """One sentence for the clinician, without the level."""
        return self.check.wordings[self.variant].format(**{"unit": self.unit, **self.values})

    @property
    def message(self) -> str:
        """The sentence as it stands alone, with its level where it has one."""
        return f"{self.level.name}: {self.text}" if self.level is not None else _capitalised(self.text)


def above_note(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that qualify or stop a score: warnings and graver ones."""
    return tuple(finding for finding in findings if finding.severity is not Severity.NOTE)


def outside_model(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that put a body outside the model."""
    return tuple(finding for finding in findings if finding.is_outside_model)


def _capitalised(text: str) -> str:
    """A sentence that begins with a capital letter."""
    return text[:1].upper() + text[1:]
