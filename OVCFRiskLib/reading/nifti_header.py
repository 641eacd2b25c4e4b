"""The few facts of a NIfTI file that SimpleITK does not give: completeness, orientation codes, label names.

ITK reads a truncated NIfTI file without complaint and leaves memory's old content in the missing voxels, and it makes
voxels that are not a number 0 HU, so the bytes are counted and looked at here.
Layout: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h and nifti2.h.
"""

from __future__ import annotations

import gzip
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import input_size

Stream = IO[bytes] | gzip.GzipFile


class Readable(Protocol):
    """What gives its next bytes."""

    def read(self, size: int, /) -> bytes:
        """So many at most."""


# 1 MiB, chosen: keeps a large file out of memory; a multiple of a float's bytes, so that none is cut in two.
CHUNK_BYTES = 1 << 20
# codes of nifti1.h for floating point voxels
NIFTI_FLOAT_TYPES = {16: "f4", 64: "f8"}
LARGEST_EXTENSION_BYTES = 1 << 24
# What may stand between header and voxels: the extension, and a page to align them.
LARGEST_OFFSET = LARGEST_EXTENSION_BYTES + (1 << 16)
# Four bytes that say whether an extension follows stand between header and voxels.
EXTENDER_BYTES = 4
# Deflate packs at most 1032 bytes into one; a stream cannot hold more than that of its file.
LARGEST_EXPANSION = 1032
# What may follow the voxels; a stream that goes on and on would never be read to its end.
LARGEST_REST_BYTES = 1 << 24
LABEL_ENTRY = re.compile(r'<Label\s[^>]*?\bKey="(\d+)"[^>]*>\s*(?:<!\[CDATA\[(.*?)\]\]>|([^<]*))\s*</Label>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class NiftiHeader:
    """What is used of a NIfTI-1 or -2 header.

    Attributes
    ----------
    has_orientation : bool
        True when a qform or an sform is set; without one, left, right, head and feet are not known.
    voxel_bytes : int
        Bytes of voxels the header announces.
    voxel_offset : int
        Where they start; 0 for a pair of files.
    is_pair : bool
        True when the voxels lie in a separate ``.img`` file.
    float_type : str or None
        NumPy's name of the voxels' type, byte order included, where they are floating point.
    label_names : dict of int to str
        From an XML label table in a header extension, as TotalSegmentator and Connectome Workbench write it.
    """

    has_orientation: bool
    voxel_bytes: int
    voxel_offset: int
    is_pair: bool
    float_type: str | None
    label_names: dict[int, str]


def read_nifti_header(path: Path) -> NiftiHeader:
    """Read the header of ``.nii``, ``.nii.gz``, ``.hdr`` or ``.img``.

    Raises
    ------
    OVCFRiskError
        If it is no NIfTI header, or cut.
    """
    if path.name.endswith((".img", ".img.gz")):
        path = path.with_name(path.name.replace(".img", ".hdr"))
    try:
        with open_nifti(path) as file:
            return _parse(file)
    except (OSError, EOFError, zlib.error, struct.error) as error:
        raise OVCFRiskError(f"'{path}': expected a NIfTI header, got a file that cannot be read ({error})") from error


def require_complete(path: Path, header: NiftiHeader) -> None:
    """Count the bytes of voxels in the file, and look for voxels that are not a number.

    Raises
    ------
    OVCFRiskError
        If there are fewer bytes than the header announces, the compressed stream is damaged, or voxels are NaN or
        infinite.
    """
    not_numbers = 0
    for chunk in voxel_chunks(path, header, CHUNK_BYTES, is_needed=header.float_type is not None):
        if header.float_type is not None:
            whole = len(chunk) // np.dtype(header.float_type).itemsize
            not_numbers += whole - int(np.count_nonzero(np.isfinite(np.frombuffer(chunk, header.float_type, whole))))
    if not_numbers:
        raise OVCFRiskError(
            f"'{path}': expected a number in every voxel, got NaN or infinity in {not_numbers}; "
            "replace them by -1024 HU (air) or export the image again"
        )


def voxel_chunks(path: Path, header: NiftiHeader, chunk_bytes: int, is_needed: bool = True) -> Iterator[bytes]:
    """The stored voxels, so many bytes at a time, with a look at whether they are all there.

    Parameters
    ----------
    path : Path
    header : NiftiHeader
        Of the file.
    chunk_bytes : int
        The last chunk may be shorter.
    is_needed : bool
        Without it, the voxels of an uncompressed file are not read.

    Raises
    ------
    OVCFRiskError
        As `require_complete`, once the chunks end, but for voxels that are not a number.
    """
    if header.is_pair and path.name.endswith((".hdr", ".hdr.gz")):
        path = path.with_name(path.name.replace(".hdr", ".img"))
    start = 0 if header.is_pair else header.voxel_offset
    expected = start + header.voxel_bytes
    size = input_size(path, "image")
    if expected > size * LARGEST_EXPANSION:
        raise OVCFRiskError(
            f"'{path}' is cut: expected {expected} bytes, got {size * LARGEST_EXPANSION} at most; copy or export it "
            "again"
        )
    try:
        with open_nifti(path) as file:
            if is_needed or isinstance(file, gzip.GzipFile):
                got = len(file.read(start))
                while got < expected and (chunk := file.read(min(chunk_bytes, expected - got))):
                    got += len(chunk)
                    yield chunk
            else:
                got = min(size, expected)
                file.seek(expected)
            rest, is_empty = rest_of(file)
            got += rest
    except (OSError, EOFError, zlib.error) as error:
        raise OVCFRiskError(f"'{path}' is cut or damaged ({error}); copy or export it again") from error
    if got < expected:
        raise OVCFRiskError(f"'{path}' is cut: expected {expected} bytes, got {got}; copy or export it again")
    if got > expected + LARGEST_REST_BYTES:
        raise OVCFRiskError(
            f"'{path}': expected {expected} bytes, got more than {LARGEST_REST_BYTES} beyond them; the header is "
            "damaged, export the image again"
        )
    if not is_empty:
        raise OVCFRiskError(
            f"'{path}': expected {expected} bytes, got {got - expected} more behind them that are not 0; the sizes "
            "or the type of the voxels in the header do not fit them, export the image again"
        )


def rest_of(file: Readable) -> tuple[int, bool]:
    """Bytes behind the voxels, and whether they are 0; this ends a compressed stream and checks its sum.

    Zeros fill up a block; all else is voxels that the header does not know of. Not much further than
    `LARGEST_REST_BYTES` is looked.
    """
    rest, is_empty = 0, True
    while rest <= LARGEST_REST_BYTES and (chunk := file.read(CHUNK_BYTES)):
        rest += len(chunk)
        is_empty = is_empty and not any(chunk)
    return rest, is_empty


def open_nifti(path: Path) -> Stream:
    """Open plain or compressed, whatever the suffix says."""
    with path.open("rb") as file:
        is_compressed = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if is_compressed else path.open("rb")


def _parse(file: Stream) -> NiftiHeader:
    """Header fields by their offsets in nifti1.h and nifti2.h."""
    data = file.read(540)
    for order in "<>":
        size = struct.unpack_from(f"{order}i", data)[0]
        if size == 348:
            dims = struct.unpack_from(f"{order}8h", data, 40)
            code, bits = struct.unpack_from(f"{order}2h", data, 70)
            offset = struct.unpack_from(f"{order}f", data, 108)[0]
            codes = struct.unpack_from(f"{order}2h", data, 252)
            magic = data[344:348]
        elif size == 540:
            dims = struct.unpack_from(f"{order}8q", data, 16)
            code, bits = struct.unpack_from(f"{order}2h", data, 12)
            offset = struct.unpack_from(f"{order}q", data, 168)[0]
            codes = struct.unpack_from(f"{order}2i", data, 344)
            magic = data[4:8]
        else:
            continue
        if not 1 <= dims[0] <= 7 or min(dims[1 : dims[0] + 1]) < 1 or bits < 1:
            break
        if not 0 <= offset <= LARGEST_OFFSET:  # not a number is in no range either
            break
        if magic[:2] == b"n+" and not (offset >= size + EXTENDER_BYTES and float(offset).is_integer()):
            break
        voxels = 1
        for n in dims[1 : dims[0] + 1]:
            voxels *= n
        names = _label_names(file, data, size, int(offset), order)
        # without the magic it is ANALYZE 7.5, which has no orientation to speak of
        is_oriented = magic[:1] == b"n" and any(code > 0 for code in codes)
        floats = order + NIFTI_FLOAT_TYPES[code] if code in NIFTI_FLOAT_TYPES else None
        return NiftiHeader(is_oriented, (voxels * bits + 7) // 8, int(offset), magic[:2] != b"n+", floats, names)
    raise EOFError("no NIfTI header")


def _label_names(file: Stream, start: bytes, header_bytes: int, offset: int, order: str) -> dict[int, str]:
    """Label table in the extensions between header and voxels."""
    extension_bytes = offset - header_bytes
    if not 12 < extension_bytes <= LARGEST_EXTENSION_BYTES:
        return {}
    data = (start[header_bytes:] + file.read(max(0, offset - len(start))))[:extension_bytes]
    if data[:1] == b"\x00":  # no extension follows
        return {}
    names: dict[int, str] = {}
    position = 4
    while position + 8 <= len(data):
        size = struct.unpack_from(f"{order}i", data, position)[0]
        if size < 16:
            break
        text = data[position + 8 : position + size].decode("utf-8", errors="replace")
        names |= {int(key): (quoted or plain).strip() for key, quoted, plain in LABEL_ENTRY.findall(text)}
        position += size
    return names
