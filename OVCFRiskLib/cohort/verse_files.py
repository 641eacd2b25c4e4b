"""CTs and masks of a VerSe download: subject folders (BIDS), or the flat folders of the challenge.

``rawdata/sub-verse004/sub-verse004_ct.nii.gz`` with ``derivatives/sub-verse004/sub-verse004_seg-vert_msk.nii.gz``;
split series are named ``sub-verse401_split-verse253``, some files carry a direction (``_dir-ax``). The challenge's
files are
``verse004.nii.gz`` with ``verse004_seg.nii.gz``. The number behind the last ``verse`` names the series.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from OVCFRiskLib.cohort.cohort_series import CohortSeries
from OVCFRiskLib.errors import OVCFRiskError

# An image file: its stem, which the series is read from, and a suffix of the formats looked for.
IMAGE = re.compile(r"(?P<stem>.+?)\.(nii\.gz|nii|nrrd|mha)", re.IGNORECASE)
# Ends of a name without suffix that say a file is a vertebra mask; subregion masks (seg-subreg) are none.
MASK_ENDS = re.compile(r"_(seg-vert_msk|seg)$", re.IGNORECASE)
OTHER_MASK = re.compile(r"_(msk|seg-\w+|dseg)$", re.IGNORECASE)
CT_END = re.compile(r"_ct$", re.IGNORECASE)
SERIES_NUMBER = re.compile(r"verse0*(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """What a tree holds.

    Attributes
    ----------
    pairs : mapping of int to (Path, Path)
        Series number to CT and mask.
    without_mask : frozenset of int
        Series with a CT only.
    others : int
        CTs of other series than VerSe's (``sub-gl003``), which are not CC BY-SA.
    """

    pairs: dict[int, tuple[Path, Path]]
    without_mask: frozenset[int]
    others: int


def find_verse_files(root: str | Path) -> FoundFiles:
    """Look for CTs and vertebra masks in a tree; links to folders are not followed.

    Raises
    ------
    OVCFRiskError
        If there is no such folder, it holds no CT of VerSe, a mask has no CT, or two files claim one series.
    """
    root = Path(root)
    if not root.is_dir():
        raise OVCFRiskError(f"'{root}' is not a folder; expected the folder with VerSe's rawdata and derivatives")
    cts: dict[int, tuple[str, Path]] = {}
    masks: dict[int, tuple[str, Path]] = {}
    others = 0
    for path in _images(root):
        stem = IMAGE.fullmatch(path.name)["stem"]  # type: ignore[index]  # _images gives no other names
        is_mask = bool(MASK_ENDS.search(stem))
        if OTHER_MASK.search(stem) and not is_mask:
            continue
        name = CT_END.sub("", MASK_ENDS.sub("", stem))
        numbers = SERIES_NUMBER.findall(name)
        if not numbers:
            others += not is_mask
            continue
        _claim(masks if is_mask else cts, int(numbers[-1]), name, path)
    for number, (_, path) in masks.items():
        if number not in cts:
            raise OVCFRiskError(
                f"'{path}': the mask of series {number} has no CT in '{root}'; complete the download or remove the mask"
            )
    if not cts:
        raise OVCFRiskError(
            f"'{root}' holds no CT of VerSe; expected rawdata/sub-verse004/sub-verse004_ct.nii.gz or verse004.nii.gz"
        )
    pairs = {number: (ct, masks[number][1]) for number, (_, ct) in cts.items() if number in masks}
    return FoundFiles(pairs, frozenset(set(cts) - set(masks)), others)


def with_files(series: Iterable[CohortSeries], found: FoundFiles) -> tuple[CohortSeries, ...]:
    """The series with their CT and mask, where both are there."""
    joined = []
    for item in series:
        number = int(SERIES_NUMBER.findall(item.case_id)[-1])
        ct, labels = found.pairs.get(number, (None, None))
        joined.append(replace(item, ct=ct, labels=labels))
    return tuple(joined)


def _images(root: Path) -> Iterable[Path]:
    for folder, subfolders, names in os.walk(root):
        subfolders.sort()
        for name in sorted(names):
            if not name.startswith(".") and IMAGE.fullmatch(name):
                yield Path(folder) / name


def _claim(found: dict[int, tuple[str, Path]], number: int, name: str, path: Path) -> None:
    """One file per series and kind."""
    other = found.setdefault(number, (name, path))
    if other[1] != path:
        raise OVCFRiskError(
            f"'{path}' and '{other[1]}' both claim series {number}; give the folder of one layout or remove one of them"
        )
