"""Where a reviewer looks first: parts of a drawn surface that are in doubt."""

from __future__ import annotations

from collections.abc import Sequence

from OVCFRiskLib.counts import listed
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.surface_codes import DOUBTFUL_SURFACE
from OVCFRiskLib.levels import LumbarLevel


def look_first(level: LumbarLevel, parts: Sequence[str]) -> tuple[Finding, ...]:
    """The finding on parts of a body's surface that are in doubt, the most doubtful first; none without parts.

    Examples
    --------
    >>> look_first(LumbarLevel.L2, ("upper endplate", "left wall"))[0].message[:55]
    'L2: look first at its upper endplate and left wall: the'
    """
    if not parts:
        return ()
    return (DOUBTFUL_SURFACE.finding(level, value=len(parts), parts=listed(parts)),)
