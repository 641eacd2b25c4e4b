"""All checks that can fire, by their codes: whatever `Check` the files of codes define."""

from __future__ import annotations

from collections.abc import Mapping

from OVCFRiskLib.findings import (
    acquisition_codes,
    bone_codes,
    level_codes,
    mask_codes,
    model_codes,
    proportion_codes,
    surface_codes,
)
from OVCFRiskLib.findings.finding import About, Check

# By code; collected from the files, not listed, so that no new check is forgotten.
CHECKS: Mapping[str, Check] = {
    value.code: value
    for module in (acquisition_codes, mask_codes, bone_codes, level_codes, proportion_codes, model_codes, surface_codes)
    for value in vars(module).values()
    if isinstance(value, Check)
}


def codes_about(about: About) -> frozenset[str]:
    """Codes of the checks that look at one thing.

    Examples
    --------
    >>> "leak" in codes_about(About.MASK), "kernel" in codes_about(About.MASK)
    (True, False)
    """
    return frozenset(code for code, check in CHECKS.items() if check.about is about)
