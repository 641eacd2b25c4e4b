"""Do the elements of a DICOM file announce more bytes than the file has, or lie within each other without end?

GDCM believes the length of an element and reserves memory for it before it reads: up to 4 GB for four damaged bytes. It
goes into sequences within sequences as deep as they are nested, until the process's stack is full. So the elements are
walked through first. Only what no sound or merely cut file has is refused here, all else is left to GDCM. Encoding:
PS3.5, chapter 7.
"""

from __future__ import annotations

import math
import mmap
import struct
from pathlib import Path

# Transfer syntaxes (DICOM PS3.5, 10 and A) that are not read as explicit little endian.
IMPLICIT_LITTLE = "1.2.840.10008.1.2"
EXPLICIT_BIG = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
PREAMBLE_BYTES = 132
# Groups and elements of file meta information and of items (PS3.10, 7.1; PS3.5, 7.5).
META_GROUP = 0x0002
ITEM_GROUP = 0xFFFE
ITEM = 0xE000
ITEM_END = 0xE00D
SEQUENCE_END = 0xE0DD
PIXEL_DATA = (0x7FE0, 0x0010)
# What pixels are counted by, each with what it is where it is missing: samples, frames, rows, columns, bits.
FRAMES = (0x0028, 0x0008)
SIZES: dict[tuple[int, int], int | None] = {
    (0x0028, 0x0002): 1,
    FRAMES: 1,
    (0x0028, 0x0010): None,
    (0x0028, 0x0011): None,
    (0x0028, 0x0100): None,
}
UNDEFINED = 0xFFFFFFFF
LONG_VRS = {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UR", b"UT", b"UN", b"SV", b"UV"}
# deeper than any object of the standard
DEEPEST = 16


class _ImpossibleError(Exception):
    """An element announces more than the file holds, or lies deeper than any of the standard."""


def lengths_fit(path: Path, transfer_syntax: str | None) -> bool:
    """Whether no element is longer than the whole file or nested too deeply, and the pixels are those of the header.

    Compressed pixels are left to the decoder.

    Parameters
    ----------
    path : Path
        A file that begins as DICOM does, with or without preamble.
    transfer_syntax : str or None
        From the file's meta information.
    """
    if transfer_syntax == DEFLATED or path.stat().st_size < 8:
        return True
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        start = PREAMBLE_BYTES if data[128:132] == b"DICM" else 0
        try:
            walk = _Walk(data, transfer_syntax)
            end = walk.elements(start, len(data), 0)
            return walk.pixels_fit(end)
        except _ImpossibleError:
            return False
        except struct.error:  # the file is cut in the middle of an element: GDCM says so
            return True
    return True


class _Walk:
    """The elements of one file."""

    def __init__(self, data: mmap.mmap, transfer_syntax: str | None) -> None:
        self.data = data
        self.order = ">" if transfer_syntax == EXPLICIT_BIG else "<"
        self.is_implicit = transfer_syntax == IMPLICIT_LITTLE
        self.found: dict[tuple[int, int], tuple[int, int]] = {}

    def elements(self, position: int, end: int, depth: int) -> int:
        """Go from element to element; the position after the last, or after the end of an item of undefined length."""
        while position + 8 <= end:
            tag, vr, length, position = self._element(position)
            if tag == (ITEM_GROUP, ITEM_END):
                return position
            if length != UNDEFINED and length > len(self.data):
                raise _ImpossibleError
            if depth == 0 and PIXEL_DATA in self.found and (0, 0) < tag < PIXEL_DATA:  # pixels taken for an element
                raise _ImpossibleError
            if depth == 0 and length != UNDEFINED and (tag in SIZES or tag == PIXEL_DATA):
                self.found[tag] = position, length
            if tag == PIXEL_DATA and length == UNDEFINED:  # compressed: pieces of an image, not elements
                return end
            # into a sequence of defined length that has no VR GDCM does not look
            if length == UNDEFINED or vr == b"SQ":
                if depth == DEEPEST:
                    raise _ImpossibleError
                position = self._items(position, end if length == UNDEFINED else position + length, depth + 1)
            else:
                position += length
        return position

    def pixels_fit(self, end: int) -> bool:
        """Whether uncompressed pixels are as many as rows, columns and frames say; zeros may fill up a block.

        GDCM takes old memory for those that are missing, and passes over what follows; less than an element behind the
        last one, which ends at ``end``, is pixels that were moved.
        """
        if PIXEL_DATA not in self.found:
            return True
        numbers = [self._number(tag, default) for tag, default in SIZES.items()]
        if None in numbers:
            return True  # GDCM says what is missing
        bits = math.prod(number for number in numbers if number is not None)
        start, length = self.found[PIXEL_DATA]
        wanted = (bits + 7) // 8
        return (
            wanted <= length
            and not any(self.data[end:])
            and start + wanted <= len(self.data)
            and not any(self.data[start + wanted : start + length])
        )

    def _number(self, tag: tuple[int, int], default: int | None) -> int | None:
        """A number of the header: two bytes, or text."""
        if tag not in self.found:
            return default
        start, length = self.found[tag]
        value = bytes(self.data[start : start + length])
        if tag == FRAMES:
            text = value.decode("ascii", errors="replace").strip(" \0")
            return int(text) or default if text.isdecimal() else default  # 0 is none, as `SliceHeader.frames` has it
        return int(struct.unpack(f"{self.order}H", value)[0]) if length == 2 else None

    def _items(self, position: int, end: int, depth: int) -> int:
        """The items of a sequence; the position after it."""
        end = min(end, len(self.data))
        while position + 8 <= end:
            group, element, length = struct.unpack_from(f"{self.order}HHI", self.data, position)
            position += 8
            if group != ITEM_GROUP or element != ITEM:
                return position if (group, element) == (ITEM_GROUP, SEQUENCE_END) else end
            if length == UNDEFINED:
                position = self.elements(position, end, depth)
                continue
            if length > len(self.data):
                raise _ImpossibleError
            self.elements(position, min(position + length, end), depth)
            position += length
        return position

    def _element(self, position: int) -> tuple[tuple[int, int], bytes, int, int]:
        """Tag, VR (empty when implicit), length, and where the value begins."""
        # the meta group is explicit and little endian in every file
        is_meta = struct.unpack_from("<H", self.data, position)[0] == META_GROUP
        order = "<" if is_meta else self.order
        tag = struct.unpack_from(f"{order}HH", self.data, position)
        vr = bytes(self.data[position + 4 : position + 6])
        is_explicit = (is_meta or not self.is_implicit) and vr.isalpha() and vr.isupper() and tag[0] != ITEM_GROUP
        if not is_explicit:
            return tag, b"", struct.unpack_from(f"{order}I", self.data, position + 4)[0], position + 8
        if vr in LONG_VRS:
            return tag, vr, struct.unpack_from(f"{order}I", self.data, position + 8)[0], position + 12
        return tag, vr, struct.unpack_from(f"{order}H", self.data, position + 6)[0], position + 8
