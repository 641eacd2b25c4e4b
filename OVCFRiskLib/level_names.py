"""Which vertebra the name or the code of a segment, a mask file or a point stands for."""

from __future__ import annotations

import enum
import re

from OVCFRiskLib.levels import SNOMED_CODES, LumbarLevel

# How people and programs begin a level's name: English, German (Halswirbelkörper ...), and D for dorsal.
REGION_WORDS = {
    "C": ("C", "HWK", "CERVICAL"),
    "T": ("T", "TH", "D", "BWK", "THORACIC", "DORSAL"),
    "L": ("L", "LV", "LWK", "LUMBAR"),
    "S": ("S", "SWK", "SACRAL"),
}
REGION_OF_WORD = {word: region for region, words in REGION_WORDS.items() for word in words}
# T13 and L6 are variants that occur; the sacrum has up to six segments
MOST_OF_REGION = {"C": 7, "T": 13, "L": 6, "S": 6}
# "vertebrae_L1", "L1", "L 1", "l1", "LWK1", "L1_body", "Lumbar vertebra 1"; not "L10", "CL1" or "Label 1"
LEVEL_IN_NAME = re.compile(
    rf"(?<![A-Za-z0-9])({'|'.join(sorted(REGION_OF_WORD, key=len, reverse=True))})"
    # a hyphen only after a whole word: "L-1" may be a number
    r"[\s.]*(?:(?<=[A-Za-z]{3})-\s*)?(?:vertebrae?|body)?[\s.]*0?(\d{1,2})(?![A-Za-z0-9])",
    re.IGNORECASE,
)
# Two levels written as one word: "L1L2", "L1/2", "L1-2".
RUN_TOGETHER = re.compile(r"(?<![A-Za-z0-9])[CTLS]\d{1,2}\s*(?:[/+&-]\s*[CTLS]?\d|[CTLS]\d)", re.IGNORECASE)
# Names of structures between or behind the bodies that carry a level's name too.
NOT_A_VERTEBRA = re.compile(
    r"disc|disk|ivd|canal|root|nerve|foramen|spinous|lamina|pedicle|process|facet|endplate|ligament|muscle|screw|implant|"
    r"cement|lesion|tumou?r|metasta|ha?emangioma|\b(?:arch|ribs?|cord|cage|fragments?|left|right)\b",
    re.IGNORECASE,
)


class Doubt(enum.Enum):
    """Why a name tells no vertebra."""

    NO_LEVEL = "names no level"
    SEVERAL_LEVELS = "names several levels"
    ANOTHER_STRUCTURE = "names another structure"
    UNSURE = "is marked as unsure"


def vertebra_of_name(name: str) -> str | Doubt:
    """The vertebra a name stands for.

    Parameters
    ----------
    name : str
        As typed by a person or written by a program.

    Returns
    -------
    str or Doubt
        ``"C1"`` to ``"S6"``, or why it is none.

    Examples
    --------
    >>> vertebra_of_name("vertebrae_L1 (1)"), vertebra_of_name("LWK 3"), vertebra_of_name("Th12")
    ('L1', 'L3', 'T12')
    >>> vertebra_of_name("L1-L2 disc"), vertebra_of_name("F-1")
    (<Doubt.ANOTHER_STRUCTURE: 'names another structure'>, <Doubt.NO_LEVEL: 'names no level'>)
    """
    text = name.replace("_", " ")
    if NOT_A_VERTEBRA.search(text):
        return Doubt.ANOTHER_STRUCTURE
    found = {(REGION_OF_WORD[word.upper()], int(number)) for word, number in LEVEL_IN_NAME.findall(text)}
    found = {(region, number) for region, number in found if 1 <= number <= MOST_OF_REGION[region]}
    if len(found) > 1 or RUN_TOGETHER.search(text):
        return Doubt.SEVERAL_LEVELS
    if not found:
        return Doubt.NO_LEVEL
    if "?" in name:
        return Doubt.UNSURE
    region, number = found.pop()
    return f"{region}{number}"


def level_of_name(name: str, tags: str = "") -> LumbarLevel | None:
    """Level of a segment.

    Parameters
    ----------
    name : str
        The segment's name.
    tags : str
        The segment's terminology entry, where SNOMED CT codes are looked for; a code counts more than the name.

    Returns
    -------
    LumbarLevel or None
        None for what is not one of the vertebrae L1-L4.

    Examples
    --------
    >>> level_of_name("vertebrae_L1"), level_of_name("L5")
    (<LumbarLevel.L1: 20>, None)
    """
    for level, code in SNOMED_CODES.items():
        if f"^{code}^" in tags:
            return level
    return LumbarLevel.__members__.get(str(vertebra_of_name(name)))
