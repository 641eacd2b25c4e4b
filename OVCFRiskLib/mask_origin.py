"""Where a mask comes from: what the interval of its score covers depends on that."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping

from OVCFRiskLib.levels import LumbarLevel


class MaskOrigin(enum.Enum):
    """How a level's mask was drawn; the values stand in files."""

    SOFTWARE = "software"
    EDITED = "edited"
    BY_HAND = "by hand"
    IMPORTED = "imported"
    UNKNOWN = "unknown"


# What follows "mask" or "masks" in a sentence.
ORIGIN_WORDS = {
    MaskOrigin.SOFTWARE: "drawn by this software",
    MaskOrigin.EDITED: "drawn by this software and edited by hand",
    MaskOrigin.BY_HAND: "drawn by hand",
    MaskOrigin.IMPORTED: "imported",
    MaskOrigin.UNKNOWN: "of unknown origin",
}
# What a card may state of the masks it was trained on.
STATED_ORIGINS = tuple(origin.value for origin in MaskOrigin if origin is not MaskOrigin.UNKNOWN)


def levels_by_origin(origins: Mapping[LumbarLevel, MaskOrigin]) -> dict[MaskOrigin, list[LumbarLevel]]:
    """Levels of each origin that occurs, in the order of `MaskOrigin`.

    Examples
    --------
    >>> levels_by_origin({LumbarLevel.L1: MaskOrigin.IMPORTED})
    {<MaskOrigin.IMPORTED: 'imported'>: [<LumbarLevel.L1: 20>]}
    """
    found = {origin: [level for level, its in sorted(origins.items()) if its is origin] for origin in MaskOrigin}
    return {origin: levels for origin, levels in found.items() if levels}


def origins_text(origins: Mapping[LumbarLevel, MaskOrigin]) -> str:
    """Which masks come from where, a clause each; without levels where all are alike.

    Examples
    --------
    >>> one, other = MaskOrigin.IMPORTED, MaskOrigin.BY_HAND
    >>> origins_text({LumbarLevel.L1: one, LumbarLevel.L2: one})
    'imported'
    >>> origins_text({LumbarLevel.L1: one, LumbarLevel.L2: one, LumbarLevel.L4: other})
    'L4 drawn by hand; L1, L2 imported'
    """
    found = levels_by_origin(origins)
    if len(found) == 1:
        return origins_in_words(found)
    return "; ".join(
        f"{', '.join(level.name for level in levels)} {ORIGIN_WORDS[origin]}" for origin, levels in found.items()
    )


def origins_in_words(origins: Iterable[MaskOrigin]) -> str:
    """Origins as alternatives.

    Examples
    --------
    >>> origins_in_words([MaskOrigin.SOFTWARE, MaskOrigin.IMPORTED])
    'drawn by this software or imported'
    """
    return " or ".join(ORIGIN_WORDS[origin] for origin in MaskOrigin if origin in set(origins))
