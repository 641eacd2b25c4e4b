"""The lumbar levels the method applies to, and their codes."""

from __future__ import annotations

import enum


class LumbarLevel(enum.IntEnum):
    """A lumbar level; the value is its label in a label image (VerSe convention)."""

    L1 = 20
    L2 = 21
    L3 = 22
    L4 = 23

    @property
    def snomed_code(self) -> str:
        """SNOMED CT concept of the vertebra."""
        return SNOMED_CODES[self]

    @property
    def snomed_meaning(self) -> str:
        """SNOMED CT name of the vertebra, e.g. ``"L1 vertebra"``."""
        return f"{self.name} vertebra"


# SNOMED CT, International Edition: structure of the first to fourth lumbar vertebra.
SNOMED_CODES = {
    LumbarLevel.L1: "66794005",
    LumbarLevel.L2: "14293000",
    LumbarLevel.L3: "36470004",
    LumbarLevel.L4: "11994002",
}
