"""Masks that this software drew, recognised again: a short sum of each stands in the note of an image's header.

A mask that was changed since, or drawn elsewhere, does not have its sum. The sum shows an edit, it is no signature.
It is of the voxels in the order of the file: a map whose axes were reordered or flipped since counts as edited, too.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Mapping

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import array_view, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.volume_part import Part

# The note says what the values of a label map mean, also where a map has a single value.
LABELS_NOTE = "OVCFRisk: VerSe values, 20 = L1 to 23 = L4"
# Where headers hold a note of the program that wrote them: NIfTI, and ITK in NRRD and MetaImage.
NOTE_KEY = "ITK_FileNotes"
NOTE_KEYS = ("descrip", NOTE_KEY)
# Hexadecimal digits of a sum: four of them and the words fit the 79 letters of NIfTI's description.
SUM_DIGITS = 7
NO_SUM = "-"
SUMS = re.compile(
    rf"{re.escape(LABELS_NOTE)}; ((?:[0-9a-f]{{{SUM_DIGITS}}}|-)(?: (?:[0-9a-f]{{{SUM_DIGITS}}}|-)){{3}})"
)


def labels_note(labels: Part, own: Collection[LumbarLevel] = ()) -> str:
    """The note for the header of a label map.

    Parameters
    ----------
    labels : Part
        Bodies as 20 (L1) .. 23 (L4).
    own : collection of LumbarLevel
        Levels whose mask this software drew and nobody has changed.
    """
    if not own:
        return LABELS_NOTE
    array = array_view(labels.image)
    drawn = {level: array == level for level in own}
    sums = [
        mask_sum(drawn[level], labels) if level in drawn and drawn[level].any() else NO_SUM for level in LumbarLevel
    ]
    return f"{LABELS_NOTE}; {' '.join(sums)}"


def note_of(image: sitk.Image) -> str:
    """What the program that made an image noted in its header; empty without a note."""
    return " ".join(image.GetMetaData(key) for key in NOTE_KEYS if image.HasMetaDataKey(key))


def mask_sum(inside: np.ndarray, part: Part) -> str:
    """A short sum of which voxels of the whole lie in a mask.

    Parameters
    ----------
    inside : numpy.ndarray
        Boolean, [k, j, i], of the part.
    part : Part
        With its place in the whole.
    """
    index = np.argwhere(inside) + np.array(part.start)
    flat = np.ravel_multi_index(tuple(index.T), part.whole.shape).astype("<i8")
    return f"{zlib.crc32(flat.tobytes()):08x}"[-SUM_DIGITS:]


def origins_by_note(note: str, masks: Mapping[LumbarLevel, Part]) -> dict[LumbarLevel, MaskOrigin]:
    """Where masks come from, by what their file says of itself; empty where it says nothing of it.

    Parameters
    ----------
    note : str
        Of the file's header.
    masks : mapping of LumbarLevel to Part
        Non-zero inside, on the grid of the file.
    """
    found = SUMS.search(note)
    if not found:
        return {}
    sums = dict(zip(LumbarLevel, found[1].split(), strict=True))
    return {level: _origin(sums[level], mask) for level, mask in masks.items()}


def origins_of_image(labels: sitk.Image) -> dict[LumbarLevel, MaskOrigin]:
    """Where the bodies 20 (L1) .. 23 (L4) of an image come from, by its own note; empty without one."""
    note, box = note_of(labels), mask_box(array_view(labels))
    if box is None or not SUMS.search(note):
        return {}
    part = Part.of(labels).narrowed(box)
    array = array_view(part.image)
    masks = {level: part.like((array == level).astype(np.uint8)) for level in LumbarLevel if (array == level).any()}
    return origins_by_note(note, masks)


def _origin(stated: str, mask: Part) -> MaskOrigin:
    """Own, own and changed since, or of others."""
    if stated == NO_SUM:
        return MaskOrigin.IMPORTED
    same = mask_sum(array_view(mask.image) != 0, mask) == stated
    return MaskOrigin.SOFTWARE if same else MaskOrigin.EDITED
