"""Masks that carry names - segments, files of a folder, DICOM segments - and which of them are the bodies L1-L4."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.level_names import Doubt, level_of_name, vertebra_of_name
from OVCFRiskLib.levels import LumbarLevel

MOST_NAMES_LISTED = 8  # names in a message


@dataclass(frozen=True, slots=True)
class NamedMask:
    """A mask with the name that somebody gave it.

    Attributes
    ----------
    name : str
    load : callable
        Gives the mask, SimpleITK.Image 3D, non-zero inside; called only for what is used.
    tags : str
        Terminology entry, with SNOMED CT codes between carets; empty without one.
    """

    name: str
    load: Callable[[], sitk.Image]
    tags: str = ""


def choose_levels(masks: Iterable[NamedMask], where: str) -> tuple[dict[LumbarLevel, NamedMask], tuple[str, ...]]:
    """The masks that are named L1-L4.

    Parameters
    ----------
    masks : iterable of NamedMask
    where : str
        For messages.

    Returns
    -------
    dict of LumbarLevel to NamedMask
        Empty where no name is a level.
    notes : tuple of str
        Other vertebrae that were left out.

    Raises
    ------
    OVCFRiskError
        If two masks are named like one level, or a name does not tell which level it is.
    """
    chosen: dict[LumbarLevel, NamedMask] = {}
    others: list[str] = []
    for mask in masks:
        level = level_of_name(mask.name, mask.tags)
        vertebra = vertebra_of_name(mask.name)
        if level is None and vertebra in (Doubt.SEVERAL_LEVELS, Doubt.UNSURE):
            raise OVCFRiskError(
                f"a mask {vertebra.value}; rename it to its one level, or remove it: '{mask.name}' in {where}"
            )
        if level is None:
            if isinstance(vertebra, str):
                others.append(mask.name)
        elif level in chosen:
            raise OVCFRiskError(
                f"labels hold two masks named {level.name}; expected one per level: rename or merge "
                f"'{chosen[level].name}' and '{mask.name}' in {where}"
            )
        else:
            chosen[level] = mask
    notes = (f"left out, because the method applies to L1-L4 only: {listed(others)} in {where}",) if others else ()
    return chosen, notes


def listed(names: Iterable[str]) -> str:
    """Names for a message."""
    names = list(names)
    more = len(names) - MOST_NAMES_LISTED
    return ", ".join(f"'{name}'" for name in names[:MOST_NAMES_LISTED]) + (f" and {more} more" if more > 0 else "")
