"""NIfTI files of label maps that are 0 almost everywhere: written plane by plane, without the whole map in memory."""

from __future__ import annotations

import struct
import tempfile
import zlib
from pathlib import Path
from typing import IO

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import array_view, run_filter
from OVCFRiskLib.path_text import itk_path
from OVCFRiskLib.volume_part import Grid, Part

# Header of NIfTI-1 and the four bytes that say "no extension"; sizes are 16-bit numbers from this byte on.
NIFTI_START_BYTES = 352
DIMENSIONS_AT = 40
LARGEST_NIFTI_SIZE = 32767
# RFC 1952: magic, deflate, no flags, no time (same input, same bytes), no extra flags, unknown system.
GZIP_START = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
# Empty planes are written so many bytes at a time, compressed once: chosen, fits the cache.
ZERO_BLOCK_BYTES = 1 << 20
# zlib's default, a good trade for label maps. They are runs of one value: looking for these alone (Z_RLE) takes half
# the time, and a hundredth more of bytes.
COMPRESSION_LEVEL = 6
RAW_DEFLATE_BITS = -15
MEMORY_LEVEL = 8  # zlib's default
# CRC-32 of gzip (RFC 1952): its polynomial and the polynomial 1, with the highest power in the lowest bit; the state is
# kept with all bits turned over.
CRC_POLYNOMIAL = 0xEDB88320
CRC_ONE = 1 << 31
CRC_BITS = 0xFFFFFFFF


def fits_nifti(grid: Grid) -> bool:
    """True when NIfTI-1 can state the size."""
    return max(grid.size) <= LARGEST_NIFTI_SIZE


def write_sparse_nifti(labels: Part, path: str | Path, is_compressed: bool, note: str = "") -> None:
    """Write a uint8 label map that is 0 outside of a part.

    Parameters
    ----------
    labels : Part
        uint8.
    path : path
    is_compressed : bool
        As ``.nii.gz``, one gzip member.
    note : str
        For the header's description, 79 letters at most.

    Raises
    ------
    OSError
        If the file cannot be written, a full disk included.
    """
    values = array_view(labels.image)
    planes, rows, columns = labels.whole.shape
    box = labels.box
    with Path(path).open("wb") as file:
        out = _Gzip(file) if is_compressed else _Plain(file)
        out.write(_header(labels.whole, Path(path).parent, note))
        out.write_zeros(box[0].start * rows * columns)
        plane = np.zeros((rows, columns), np.uint8)
        for inner in values:
            plane[box[1], box[2]] = inner
            out.write(plane.tobytes())
        out.write_zeros((planes - box[0].stop) * rows * columns)
        out.finish()


def _header(grid: Grid, folder: Path, note: str) -> bytes:
    """What ITK writes before the voxels of an image on the grid."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        path = Path(name) / "header.nii"
        image = grid.image((2, 2, 2))
        if note:
            image.SetMetaData("ITK_FileNotes", note)
        try:
            run_filter(sitk.WriteImage, image, itk_path(path))
        except RuntimeError as error:
            raise OSError(str(error).strip().splitlines()[-1]) from error
        start = bytearray(path.read_bytes()[:NIFTI_START_BYTES])
    if len(start) < NIFTI_START_BYTES:  # ITK may say nothing
        raise OSError("the file does not hold what was written; the disk may be full")
    struct.pack_into("<4h", start, DIMENSIONS_AT, 3, *grid.size)
    return bytes(start)


class _Plain:
    """Bytes as they are."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes) -> None:
        """Some bytes."""
        self._file.write(data)

    def write_zeros(self, count: int) -> None:
        """So many bytes of 0."""
        block = bytes(min(count, ZERO_BLOCK_BYTES))
        while count > 0:
            self._file.write(block[:count])
            count -= len(block)

    def finish(self) -> None:
        """Nothing more comes."""


class _Gzip:
    """A gzip stream; zeros are compressed once and repeated: after a full flush no block needs what came before."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._deflate = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, RAW_DEFLATE_BITS, MEMORY_LEVEL, zlib.Z_RLE)
        self._crc, self._size = 0, 0
        self._file.write(GZIP_START)

    def write(self, data: bytes) -> None:
        """Some bytes."""
        self._count(data)
        self._file.write(self._deflate.compress(data))

    def write_zeros(self, count: int) -> None:
        """So many bytes of 0."""
        blocks, rest = divmod(count, ZERO_BLOCK_BYTES)
        if blocks:
            zeros = bytes(ZERO_BLOCK_BYTES)
            self._file.write(self._deflate.flush(zlib.Z_FULL_FLUSH))
            packed = self._deflate.compress(zeros) + self._deflate.flush(zlib.Z_FULL_FLUSH)
            for _ in range(blocks):
                self._file.write(packed)
            self._crc = crc_after_zeros(self._crc, blocks * ZERO_BLOCK_BYTES)
            self._size += blocks * ZERO_BLOCK_BYTES
        self.write(bytes(rest))

    def finish(self) -> None:
        """Nothing more comes."""
        self._file.write(self._deflate.flush())
        self._file.write(struct.pack("<2I", self._crc, self._size & 0xFFFFFFFF))

    def _count(self, data: bytes) -> None:
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)


def crc_after_zeros(crc: int, count: int) -> int:
    """`zlib.crc32` after so many bytes of 0 more, without going through them.

    A byte of 0 multiplies the state by x^8 modulo the CRC's polynomial, so that n of them multiply it by x^(8 n).

    References
    ----------
    Mark Adler, "Fast CRC combination", zlib 1.2.12 (crc32_combine).
    """
    factor, power = CRC_ONE, CRC_ONE >> 8
    while count:
        if count & 1:
            factor = _product(factor, power)
        power, count = _product(power, power), count >> 1
    return _product(factor, crc ^ CRC_BITS) ^ CRC_BITS


def _product(a: int, b: int) -> int:
    """Product of two polynomials modulo the CRC's; the highest bit is x^0."""
    product, bit = 0, CRC_ONE
    while bit:
        if a & bit:
            product ^= b
        b = b >> 1 ^ (CRC_POLYNOMIAL if b & 1 else 0)
        bit >>= 1
    return product
