"""The public numberings of vertebrae in label maps: which value is which vertebra, and what else a map may hold."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Names of the vertebrae by region, from head to feet, as every numbering below is spelled out in them.
CERVICAL = tuple(f"C{n}" for n in range(1, 8))
THORACIC = tuple(f"T{n}" for n in range(1, 13))
LUMBAR = tuple(f"L{n}" for n in range(1, 7))  # L6 included, which some people have
SACRUM = ("S1", "sacrum")  # its first part where a numbering has it apart, and the rest or the whole
# From head to feet; some people have no `VARIANTS`, and most numberings no S1 apart from the sacrum.
VERTEBRAE = (*CERVICAL, *THORACIC, "T13", *LUMBAR, *SACRUM)
VARIANTS = ("T13", "L6")
# nnU-Net's value for voxels that nobody labelled; no numbering uses it for a vertebra.
IGNORE_VALUE = 255


OPTION = "--numbering"  # with which a user of the command line says it, for messages


@dataclass(frozen=True, slots=True)
class Numbering:
    """One way to number vertebrae.

    Attributes
    ----------
    name : str
        The word of the option `OPTION`.
    title : str
        For messages.
    vertebrae : dict of int to str
        Label value to a name of `VERTEBRAE`.
    others : frozenset of int
        Values of organs, discs and other structures.
    """

    name: str
    title: str
    vertebrae: dict[int, str]
    others: frozenset[int]

    def value_of(self, vertebra: str) -> int:
        """Label value of a vertebra.

        Raises
        ------
        KeyError
            If the numbering has none.
        """
        return {name: value for value, name in self.vertebrae.items()}[vertebra]


def _down(first: int, names: tuple[str, ...]) -> dict[int, str]:
    """Consecutive values for names from head to feet."""
    return dict(enumerate(names, first))


def _up(first: int, names: tuple[str, ...]) -> dict[int, str]:
    """Consecutive values for names from feet to head."""
    return dict(enumerate(reversed(names), first))


# VerSe 2019 and 2020 (Sekuboyina 2021, doi 10.1016/j.media.2021.102166); this project's own, and CTSpine1K's.
# SPINEPS and TPTBox add sacral segments, discs (100 + vertebra) and endplates (200 + vertebra).
VERSE = Numbering(
    "verse",
    "VerSe, SPINEPS",
    {**_down(1, (*CERVICAL, *THORACIC)), **_down(20, LUMBAR), 26: "sacrum", 28: "T13"},
    frozenset((27, *range(29, 34), *range(101, 134), *range(201, 234))),
)
# https://github.com/wasserth/TotalSegmentator, class details of version 2, task "total" (117 classes).
TOTAL_SEGMENTATOR = Numbering(
    "totalsegmentator",
    "TotalSegmentator 2",
    {25: "sacrum", 26: "S1", **_up(27, (*CERVICAL, *THORACIC, *LUMBAR[:5]))},
    frozenset((*range(1, 25), *range(51, 118))),
)
# Version 1 (104 classes), with the discs and the cord that the first TotalSpineSeg added to it.
TOTAL_SEGMENTATOR_1 = Numbering(
    "totalsegmentator-v1",
    "TotalSegmentator 1",
    {**_up(18, (*CERVICAL, *THORACIC, *LUMBAR[:5])), 92: "sacrum"},
    frozenset((*range(1, 18), *range(42, 92), *range(93, 105), *range(200, 225))),
)
# https://github.com/Project-MONAI/VISTA, label dictionary of VISTA3D.
VISTA3D = Numbering(
    "vista3d",
    "VISTA3D",
    {**_up(33, (*CERVICAL, *THORACIC, *LUMBAR[:5])), 97: "sacrum", 127: "S1"},
    frozenset((*range(1, 33), *range(57, 97), *range(98, 127), *range(128, 133))),
)
# https://github.com/neuropoly/totalspineseg, list of classes: cord 1, canal 2, sacrum 50, discs from 63.
TOTAL_SPINE_SEG = Numbering(
    "totalspineseg",
    "TotalSpineSeg",
    {**_down(11, CERVICAL), **_down(21, THORACIC), **_down(41, LUMBAR), 50: "sacrum"},
    frozenset((1, 2, *range(60, 101))),
)
# CADS, model 552 (https://github.com/murong-xu/CADS): upwards from L5; SPIDER adds canal (100) and discs (201 ...).
FROM_BELOW = Numbering(
    "from-below",
    "CADS, SPIDER",
    _up(1, (*CERVICAL, *THORACIC, *LUMBAR[:5])),
    frozenset((100, *range(201, 225))),
)
# What files call themselves, and the numbering of whoever writes such files. TotalSegmentator is not among them: that
# name does not tell version 1 from 2.
NAMED_AFTER = (
    (re.compile(r"(?<![a-z])verse|spineps|seg-vert|ctspine1k|ovcf.?risk", re.IGNORECASE), VERSE),
    (re.compile(r"total.?spine.?seg", re.IGNORECASE), TOTAL_SPINE_SEG),
    (re.compile(r"vista.?3d", re.IGNORECASE), VISTA3D),
    (re.compile(r"\bcads\b|spider", re.IGNORECASE), FROM_BELOW),
)
_ALL = (VERSE, TOTAL_SEGMENTATOR, TOTAL_SEGMENTATOR_1, VISTA3D, TOTAL_SPINE_SEG, FROM_BELOW)
NUMBERINGS = {numbering.name: numbering for numbering in _ALL}


def numbering_named(text: str) -> Numbering | None:
    """The numbering that a file's name or note speaks of; None when it speaks of none, or of several.

    Examples
    --------
    >>> numbering_named("sub-verse004_seg-vert_msk.nii.gz").name
    'verse'
    >>> numbering_named("labels.nii.gz") is None
    True
    """
    named = [numbering for words, numbering in NAMED_AFTER if words.search(text)]
    return named[0] if len(named) == 1 else None
