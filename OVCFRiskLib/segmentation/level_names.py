"""Which level a segment's name, code or value stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping

from OVCFRiskLib.levels import SNOMED_CODES, LumbarLevel

# "vertebrae_L1", "L1", "L1 vertebra", "Vertebra_L1_body", "VB L1"; not "L10", "CL1" or "L1-L2 disc"
LEVEL_IN_NAME = re.compile(r"(?<![A-Za-z0-9])L([1-4])(?![A-Za-z0-9])", re.IGNORECASE)
# Names of structures between or behind the bodies that carry a level's name too.
NOT_A_VERTEBRA = re.compile(r"disc|disk|canal|root|nerve|spinous|lamina|pedicle|rib|process|arch|facet", re.IGNORECASE)
# TotalSegmentator 2, task "total": vertebrae L4 to L1 (sacrum is 25, S1 26, L5 27, T12 32).
TOTAL_SEGMENTATOR = {31: LumbarLevel.L1, 30: LumbarLevel.L2, 29: LumbarLevel.L3, 28: LumbarLevel.L4}
# VerSe ends with 28, a thirteenth thoracic vertebra.
VERSE_HIGHEST = 28


def level_of_name(name: str, tags: str = "") -> LumbarLevel | None:
    """Level of a segment.

    Parameters
    ----------
    name : str
        The segment's name, as typed by a person or written by a tool.
    tags : str
        The segment's terminology entry, where SNOMED CT codes are looked for; a code counts more than the name.

    Returns
    -------
    LumbarLevel or None
        None for what is no vertebra L1-L4.
    """
    for level, code in SNOMED_CODES.items():
        if f"^{code}^" in tags:
            return level
    found = {int(number) for number in LEVEL_IN_NAME.findall(name.replace("_", " "))}
    if len(found) != 1 or NOT_A_VERTEBRA.search(name):
        return None
    return LumbarLevel[f"L{found.pop()}"]


def levels_of_values(values: set[int], names: Mapping[int, str] | None = None) -> dict[int, LumbarLevel]:
    """Level of each label value that stands for one.

    Parameters
    ----------
    values : set of int
        Label values in the image, without 0.
    names : mapping of int to str, optional
        Names of values, where the file has them; then only names count.

    Returns
    -------
    dict of int to LumbarLevel
        Without names: VerSe's values, or TotalSegmentator's where values beyond VerSe's show that it is one of its.
    """
    if names:
        known = {value: level_of_name(names.get(value, "")) for value in values}
        return {value: level for value, level in known.items() if level is not None}
    if max(values, default=0) > VERSE_HIGHEST:
        return {value: TOTAL_SEGMENTATOR[value] for value in values if value in TOTAL_SEGMENTATOR}
    return {value: LumbarLevel(value) for value in values if value in set(LumbarLevel)}
