"""Voxels of NRRD and MetaImage files, some planes at a time: where they lie behind a text header in the same file."""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.text_header import LONGEST_HEADER_BYTES, META_SUFFIXES, NRRD_MAGIC

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
# Fields that change how voxels are laid out in a way that only ITK's readers know.
NRRD_OTHER_LAYOUT = ("data file", "datafile", "byte skip", "byteskip", "line skip", "lineskip")
META_OTHER_LAYOUT = ("headersize", "elementtointensityfunctionslope", "elementtointensityfunctionoffset")
ENDS_OF_NRRD = re.compile(rb"\r?\n\r?\n")
END_OF_META = re.compile(rb"^\s*ElementDataFile\s*=[^\r\n]*\r?\n", re.MULTILINE | re.IGNORECASE)
# zlib's number for streams with a header of its own or of gzip.
ANY_HEADER = zlib.MAX_WBITS | 32


@dataclass(frozen=True, slots=True)
class TextLayout:
    """Where the voxels of a file lie.

    Attributes
    ----------
    start : int
        Their first byte.
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


def text_layout(path: Path) -> TextLayout | None:
    """How a file's voxels are laid out; None for another format, and for what only ITK's readers know.

    The header is one that `require_sound_header` has passed.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LONGEST_HEADER_BYTES)
    except OSError:  # the reader says why
        return None
    if content.startswith(NRRD_MAGIC):
        return _nrrd_layout(content)
    return _meta_layout(content) if path.name.lower().endswith(META_SUFFIXES) else None


def text_planes(path: Path, layout: TextLayout, piece_bytes: int) -> Iterator[np.ndarray]:
    """The voxels, some planes [k, j, i] at a time, in this machine's byte order.

    Raises
    ------
    OVCFRiskError
        If some are missing, or their compression is damaged.
    """
    planes, rows, columns = layout.shape
    plane_bytes = rows * columns * layout.dtype.itemsize
    at_once = max(1, piece_bytes // plane_bytes)
    try:
        with path.open("rb") as file:
            file.seek(layout.start)
            voxels = _opened(file, layout.compression)
            for first in range(0, planes, at_once):
                count = min(at_once, planes - first)
                data = voxels.read(count * plane_bytes)
                if len(data) < count * plane_bytes:
                    raise EOFError(f"{planes} planes expected, {first + len(data) // plane_bytes} found")
                array = np.frombuffer(data, layout.dtype).reshape(count, rows, columns)
                yield array.astype(layout.dtype.newbyteorder("="), copy=False)
    except (OSError, EOFError, zlib.error) as error:
        raise OVCFRiskError(f"'{path}' is cut or damaged ({error}); copy or export it again") from error


def _nrrd_layout(content: bytes) -> TextLayout | None:
    end = ENDS_OF_NRRD.search(content)
    if end is None:
        return None
    lines = content[: end.start()].decode("latin-1").splitlines()[1:]
    pairs = (line.split(":", 1) for line in lines if ":" in line and ":=" not in line and not line.startswith("#"))
    fields = {name.strip().lower(): value.strip() for name, value in pairs}
    kind, encoding = NRRD_TYPES.get(fields.get("type", "").lower()), fields.get("encoding", "").lower()
    compression = {"raw": "", "gzip": "gzip", "gz": "gzip"}.get(encoding)
    if kind is None or compression is None or any(name in fields for name in NRRD_OTHER_LAYOUT):
        return None
    return _layout(
        end.end(), kind, fields.get("endian", "little").lower() == "big", fields.get("sizes", ""), compression
    )


def _meta_layout(content: bytes) -> TextLayout | None:
    end = END_OF_META.search(content)
    if end is None:
        return None
    pairs = (line.split("=", 1) for line in content[: end.end()].decode("latin-1").splitlines() if "=" in line)
    fields = {name.strip().lower(): value.strip() for name, value in pairs}
    kind = META_TYPES.get(fields.get("elementtype", "").upper())
    is_local = fields["elementdatafile"].upper() == "LOCAL" and _is_true(fields.get("binarydata", "True"))
    if kind is None or not is_local or any(name in fields for name in META_OTHER_LAYOUT):
        return None
    is_big = _is_true(fields.get("binarydatabyteordermsb", fields.get("elementbyteordermsb", "False")))
    compression = "zlib" if _is_true(fields.get("compresseddata", "False")) else ""
    return _layout(end.end(), kind, is_big, fields.get("dimsize", ""), compression)


def _layout(start: int, kind: str, is_big: bool, sizes: str, compression: str) -> TextLayout | None:
    """The layout of three axes; of others None."""
    words = sizes.split()
    if len(words) != 3 or not all(word.isdecimal() for word in words):
        return None
    columns, rows, planes = map(int, words)
    return TextLayout(start, np.dtype((">" if is_big else "<") + kind), (planes, rows, columns), compression)


def _is_true(text: str) -> bool:
    return text.lower() in ("true", "1", "t")


def _opened(file: BinaryIO, compression: str) -> BinaryIO:
    """The voxels' bytes, unpacked."""
    if compression == "gzip":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]
    return io.BufferedReader(_Inflated(file)) if compression else file


class _Inflated(io.RawIOBase):
    """A zlib stream as a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file, self._unpack, self._packed = file, zlib.decompressobj(ANY_HEADER), b""

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Unpack as much as fits."""
        data = b""
        while not data and not self._unpack.eof:
            self._packed = self._packed or self._file.read(io.DEFAULT_BUFFER_SIZE * 16)
            if not self._packed:
                break
            data = self._unpack.decompress(self._packed, len(buffer))
            self._packed = self._unpack.unconsumed_tail
        buffer[: len(data)] = data
        return len(data)
