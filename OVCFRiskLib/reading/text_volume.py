"""Voxels of NRRD and MetaImage files, some planes at a time: behind the text header, or in files that it names."""

from __future__ import annotations

import gzip
import io
import math
import os
import re
import sys
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.nifti_header import rest_of
from OVCFRiskLib.reading.text_header import TextHeader, is_far_beyond, is_true

# Types of voxels by their first name in a header: https://teem.sourceforge.net/nrrd/format.html
NRRD_TYPES = {
    **dict.fromkeys(("signed char", "int8", "int8_t"), "i1"),
    **dict.fromkeys(("uchar", "unsigned char", "uint8", "uint8_t"), "u1"),
    **dict.fromkeys(("short", "short int", "signed short", "signed short int", "int16", "int16_t"), "i2"),
    **dict.fromkeys(("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"), "u2"),
    **dict.fromkeys(("int", "signed int", "int32", "int32_t"), "i4"),
    **dict.fromkeys(("uint", "unsigned int", "uint32", "uint32_t"), "u4"),
    "float": "f4",
    "double": "f8",
}
# https://itk.org/Wiki/ITK/MetaIO/Documentation
META_TYPES = {
    "MET_CHAR": "i1",
    "MET_UCHAR": "u1",
    "MET_SHORT": "i2",
    "MET_USHORT": "u2",
    "MET_INT": "i4",
    "MET_UINT": "u4",
    "MET_FLOAT": "f4",
    "MET_DOUBLE": "f8",
}
# Fields that change how voxels are laid out in a way that only ITK's readers know, and what says how much a file of
# voxels has before them.
NRRD_OTHER_LAYOUT = ("line skip", "lineskip")
NRRD_SKIPS = ("byte skip", "byteskip")
META_OTHER_LAYOUT = ("elementtointensityfunctionslope", "elementtointensityfunctionoffset")
META_SKIPS = ("headersize",)
# Instead of a number of bytes: the voxels are the last ones of their file.
AT_THE_END = -1
# How much a file of voxels has before them, as such a header says it.
SKIP = re.compile(r"\d{1,12}|-1")
# So much is unpacked at a time to count it, and read at a time to unpack it.
COUNTED_BYTES = 1 << 20
PACKED_BYTES = 1 << 17
# zlib's number for streams with a header of its own or of gzip.
ANY_HEADER = zlib.MAX_WBITS | 32


@dataclass(frozen=True, slots=True)
class TextLayout:
    """Where the voxels of a file lie.

    Attributes
    ----------
    start : int
        Their first byte in each of their files; `AT_THE_END`.
    dtype : numpy.dtype
        As they are stored.
    shape : tuple of 3 ints
        Planes, rows, columns.
    compression : str
        ``"gzip"``, ``"zlib"`` or empty.
    """

    start: int
    dtype: np.dtype
    shape: tuple[int, int, int]
    compression: str


def text_layout(header: TextHeader) -> TextLayout | None:
    """How the voxels behind a header are laid out; None for what only ITK's readers know."""
    skips = [header.fields[name] for name in (NRRD_SKIPS if header.is_nrrd else META_SKIPS) if name in header.fields]
    start = header.end
    if header.data_file:
        start = int(skips[0]) if skips and SKIP.fullmatch(skips[0]) else None if skips else 0
    if start is None or len(skips) > (1 if header.data_file else 0):
        return None
    layout = (_nrrd_layout if header.is_nrrd else _meta_layout)(start, header.fields)
    # what is left out of a compressed file, only the readers know
    return None if layout is not None and layout.compression and header.data_file and start else layout


def text_planes(path: Path, files: Sequence[Path], layout: TextLayout, piece_bytes: int) -> Iterator[np.ndarray]:
    """The voxels, some planes [k, j, i] at a time, in this machine's byte order.

    Parameters
    ----------
    path : Path
        Of the header, for messages.
    files : sequence of Path
        Of the voxels, of as many planes each, in their order.
    layout : TextLayout
    piece_bytes : int
        So many at most, but for a plane that has more.

    Raises
    ------
    OVCFRiskError
        If some are missing, or their compression is damaged.
    """
    planes = layout.shape[0] // len(files)
    for number, file in enumerate(files):
        try:
            yield from _planes_of(file, planes, layout, piece_bytes)
        except (OSError, EOFError, zlib.error) as error:
            where = f", file {number + 1} of {len(files)} of its voxels" if len(files) > 1 else ""
            raise _cut(path, EOFError(f"{error}{where}")) from error


def _planes_of(path: Path, planes: int, layout: TextLayout, piece_bytes: int) -> Iterator[np.ndarray]:
    """The planes of one file, as `text_planes` gives them."""
    _, rows, columns = layout.shape
    plane_bytes = rows * columns * layout.dtype.itemsize
    at_once = max(1, piece_bytes // plane_bytes)
    with path.open("rb") as file:
        if layout.start == AT_THE_END:
            file.seek(max(0, os.fstat(file.fileno()).st_size - planes * plane_bytes))
        else:
            file.seek(layout.start)
        voxels = _opened(file, layout.compression)
        for first in range(0, planes, at_once):
            count = min(at_once, planes - first)
            data = voxels.read(count * plane_bytes)
            if len(data) < count * plane_bytes:
                raise EOFError(f"{planes} planes expected, {first + len(data) // plane_bytes} found")
            array = np.frombuffer(data, layout.dtype).reshape(count, rows, columns)
            yield array.astype(layout.dtype.newbyteorder("="), copy=False)
        _require_end(voxels)


def require_nothing_behind(path: Path, files: Sequence[Path], header: TextHeader) -> None:
    """Raise where more voxels lie behind those that a header knows of, as far as they are not compressed.

    Raises
    ------
    OVCFRiskError
        If there are: sizes, type or skip do not fit.
    """
    layout = text_layout(header)
    if layout is None or layout.compression or layout.start == AT_THE_END:
        return
    size = math.prod(layout.shape) // len(files) * layout.dtype.itemsize
    for name in files:
        try:
            with name.open("rb") as file:
                file.seek(layout.start + size)
                _require_end(file)
        except (OSError, EOFError) as error:
            raise _cut(path, error) from error


def _require_end(voxels: BinaryIO) -> None:
    """Raise where anything but zeros follows; the sum of a compressed stream is checked at its end."""
    rest, is_empty = rest_of(voxels)
    if not is_empty:
        raise EOFError(f"{rest} bytes behind the voxels: sizes, type or skip in the header do not fit")


def is_compressed_meta(header: TextHeader) -> bool:
    """Whether a MetaImage has compressed voxels."""
    return not header.is_nrrd and _is_compressed(header.fields)


def require_inflated(path: Path, header: TextHeader, wanted: int) -> None:
    """Unpack the voxels of a compressed MetaImage once: where some are missing, ITK gives zeros or old memory for them.

    Parameters
    ----------
    path : Path
        Of the header.
    header : TextHeader
        `is_compressed_meta`.
    wanted : int
        Bytes of all voxels.

    Raises
    ------
    OVCFRiskError
        If there are fewer, or the compression is damaged.
    """
    source, start = (path.parent / header.data_file, 0) if header.data_file else (path, header.end or 0)
    most, found = packed_bytes(path, source, header), 0  # ITK's reader takes no more
    try:
        with source.open("rb") as file:
            file.seek(start)
            voxels = io.BufferedReader(_Inflated(file, most))
            while found < wanted and (piece := voxels.read(min(COUNTED_BYTES, wanted - found))):
                found += len(piece)
            _require_end(voxels)
    except (OSError, EOFError, zlib.error) as error:
        raise _cut(path, error) from error
    if found < wanted:
        raise _cut(path, EOFError(f"{wanted} bytes of voxels expected, {found} found"))


def packed_bytes(path: Path, source: Path, header: TextHeader) -> int:
    """How many bytes a file of compressed voxels has at most, as a MetaImage's header says.

    Raises
    ------
    OVCFRiskError
        If the file has far fewer.
    """
    said = None if header.is_nrrd else header.fields.get("compresseddatasize")
    if said is None:
        return sys.maxsize
    try:
        stored = source.stat().st_size
    except OSError as error:
        raise _cut(path, error) from error
    if is_far_beyond(said, stored):
        raise _cut(path, EOFError(f"{said} compressed bytes expected, {stored} found"))
    return int(float(said))


def _cut(path: Path, error: Exception) -> OVCFRiskError:
    return OVCFRiskError(f"'{path}' is cut or damaged ({error}); copy or export it again")


def _nrrd_layout(start: int, fields: Mapping[str, str]) -> TextLayout | None:
    kind, encoding = NRRD_TYPES.get(fields.get("type", "").lower()), fields.get("encoding", "").lower()
    compression = {"raw": "", "gzip": "gzip", "gz": "gzip"}.get(encoding)
    if kind is None or compression is None or any(name in fields for name in NRRD_OTHER_LAYOUT):
        return None
    is_big = fields.get("endian", "little").lower() == "big"
    return _layout(start, kind, is_big, fields.get("sizes", ""), compression)


def _meta_layout(start: int, fields: Mapping[str, str]) -> TextLayout | None:
    kind = META_TYPES.get(fields.get("elementtype", "").upper())
    is_binary = is_true(fields.get("binarydata", "True"))
    if kind is None or not is_binary or any(name in fields for name in META_OTHER_LAYOUT):
        return None
    is_big = is_true(fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb", "False")))
    compression = "zlib" if _is_compressed(fields) else ""
    return _layout(start, kind, is_big, fields.get("dimsize", ""), compression)


def _layout(start: int, kind: str, is_big: bool, sizes: str, compression: str) -> TextLayout | None:
    """The layout of three axes; of others None."""
    words = sizes.split()
    if len(words) != 3:
        return None
    columns, rows, planes = map(int, words)
    return TextLayout(start, np.dtype((">" if is_big else "<") + kind), (planes, rows, columns), compression)


def _is_compressed(fields: Mapping[str, str]) -> bool:
    return is_true(fields.get("compresseddata", "False"))


def _opened(file: BinaryIO, compression: str) -> BinaryIO:
    """The voxels' bytes, unpacked."""
    if compression == "gzip":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    return io.BufferedReader(_Inflated(file)) if compression else file


class _Inflated(io.RawIOBase):
    """A zlib stream of so many bytes at most as a file."""

    def __init__(self, file: BinaryIO, most: int = sys.maxsize) -> None:
        self._file, self._unpack, self._packed, self._left = file, zlib.decompressobj(ANY_HEADER), b"", most

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Unpack as much as fits."""
        data = b""
        while not data and not self._unpack.eof:
            if not self._packed:
                self._packed = self._file.read(min(PACKED_BYTES, self._left))
                self._left -= len(self._packed)
            if not self._packed:
                break
            data = self._unpack.decompress(self._packed, len(buffer))
            self._packed = self._unpack.unconsumed_tail
        buffer[: len(data)] = data
        return len(data)
