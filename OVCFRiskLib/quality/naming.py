"""Are the levels named as ribs and sacrum count them? Four or six lumbar bodies, or a click in the wrong one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.level_codes import NAMING
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.landmarks import S1, T12, Landmarks, find_landmarks

# Bodies between the lowest ribs and the sacrum in most people.
LUMBAR_BODIES = 5
# Bodies above L1, as a sentence numbers them.
ORDINALS = {1: "second", 2: "third"}


@dataclass(frozen=True, slots=True)
class NamingDoubt:
    """Names that ribs or sacrum speak against.

    Attributes
    ----------
    shift : int
        How many vertebrae further towards the head the bodies may be than their names say: 1 if L1 may be T12.
    variant : str
        Of the check `NAMING`.
    severity : Severity
    values : mapping of str to int or str
        What was seen.
    """

    shift: int
    variant: str
    severity: Severity
    values: Mapping[str, int | str]

    def finding(self, change: str) -> Finding:
        """The finding, with what a renaming changes of the scores, in one sentence."""
        return NAMING.finding(None, self.severity, self.variant, value=self.shift, change=change, **self.values)


def doubt_of_names(ct: sitk.Image, bodies: Bodies) -> NamingDoubt | None:
    """Compare the names of bodies with the ribs and the sacrum that the CT shows.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    bodies : Bodies
        Those whose masks are sound: the others tell no place.

    Returns
    -------
    NamingDoubt or None
        None when the names agree with what is seen, or nothing is seen.
    """
    if not bodies:
        return None
    return judge_names(find_landmarks(ct, {level: body.center_lps for level, body in bodies.items()}))


def judge_names(seen: Landmarks) -> NamingDoubt | None:
    """What landmarks, numbered as the names count, say of the names."""
    by_ribs = None if seen.lowest_rib is None else seen.lowest_rib - T12
    by_sacrum = None if seen.first_sacral is None else seen.first_sacral - S1
    if not by_ribs and not by_sacrum:
        return None
    values = _evidence(seen)
    if by_ribs is not None and by_sacrum is not None:
        if by_ribs == by_sacrum:
            return NamingDoubt(by_ribs, "ribs and sacrum", Severity.WARNING, values)
        counts: dict[str, int | str] = {
            "count": LUMBAR_BODIES + by_sacrum - by_ribs,
            "expected": LUMBAR_BODIES,
            "from_ribs": renamed(by_ribs),
            "from_sacrum": renamed(by_sacrum),
        }
        severity = Severity.WARNING if by_ribs > 0 else Severity.NOTE
        return NamingDoubt(by_ribs or by_sacrum, "count", severity, {**values, **counts})
    if by_ribs is None:
        assert by_sacrum is not None
        return NamingDoubt(by_sacrum, "sacrum", Severity.WARNING, values)
    if by_ribs < 0:
        return NamingDoubt(by_ribs, "no ribs", Severity.NOTE, values)
    severity = Severity.WARNING if seen.rib_sides > 1 else Severity.NOTE
    return NamingDoubt(by_ribs, "ribs", severity, values)


def renamed(shift: int) -> str:
    """What the bodies named L1-L4 are when they lie so many vertebrae further towards the head.

    Examples
    --------
    >>> renamed(1), renamed(-1), renamed(0)
    ('T12-L3', 'L2-L5', 'L1-L4')
    """
    return f"{vertebra_name(LumbarLevel.L1 - shift)}-{vertebra_name(LumbarLevel.L4 - shift)}"


def vertebra_name(number: int) -> str:
    """Name of a vertebra by its number, counted on without end at the sacrum.

    Examples
    --------
    >>> vertebra_name(19), vertebra_name(20), vertebra_name(25)
    ('T12', 'L1', 'L6')
    """
    return f"T{12 - T12 + number}" if number <= T12 else f"L{number - T12}"


def _evidence(seen: Landmarks) -> dict[str, int | str]:
    """What was seen, in words."""
    values: dict[str, int | str] = {}
    if seen.lowest_rib is not None:
        values["renamed"] = renamed(seen.lowest_rib - T12)
        if seen.lowest_rib < T12:
            values["ribs"] = f"no ribs leave the body above L1, the lowest leave the {ORDINALS[T12 - seen.lowest_rib]}"
        else:
            sides = "both sides" if seen.rib_sides > 1 else "one side"
            values["ribs"] = f"ribs leave the body counted as {vertebra_name(seen.lowest_rib)} on {sides}"
    if seen.first_sacral is not None:
        values["renamed"] = renamed(seen.first_sacral - S1)
        between = seen.first_sacral - LumbarLevel.L4 - 1
        bodies = {0: "no body lies", 1: "one body lies"}.get(between, f"{between} bodies lie")
        values["sacrum"] = f"{bodies} between the one named L4 and the sacrum"
    return values
