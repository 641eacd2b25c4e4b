"""A CT read once from its first slice to its last, of which only a part is kept; the others are checked and hashed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import CancelledError
from OVCFRiskLib.geometry import Box
from OVCFRiskLib.memory import require_memory
from OVCFRiskLib.reading.dicom_slices import Stack
from OVCFRiskLib.reading.dicom_volume import stack_pieces
from OVCFRiskLib.reading.hounsfield import HounsfieldCheck, fits_int16
from OVCFRiskLib.reading.nifti_header import voxel_chunks
from OVCFRiskLib.reading.nifti_volume import VOXEL_TYPES
from OVCFRiskLib.reading.text_header import TextHeader, read_text_header
from OVCFRiskLib.reading.text_volume import text_layout, text_planes
from OVCFRiskLib.reading.volume_file import (
    FoundNifti,
    VolumeHeader,
    as_single_volume,
    find_nifti,
    grid_repair_note,
    open_volume,
)
from OVCFRiskLib.threads import beside
from OVCFRiskLib.volume_part import Grid, Part, VoxelHash, empty_part, writable_view

# So many bytes of voxels are taken from a file at a time: chosen.
PIECE_BYTES = 1 << 23

Pieces = Callable[[], Iterator[np.ndarray]]


class OtherTypeError(Exception):
    """A CT whose HU are not int16, which is read whole: its type is only known at the end."""


@dataclass(frozen=True, slots=True)
class CTStream:
    """A CT before its voxels are read.

    Attributes
    ----------
    grid : Grid
    name : str
        For messages.
    pieces : callable
        Gives the voxels, some planes [k, j, i] at a time from the first k on, slope and intercept applied.
    padding_hu : tuple of tuple of float
        As `as_hounsfield` takes it.
    notes : tuple of str
        About the grid.
    """

    grid: Grid
    name: str
    pieces: Pieces
    padding_hu: tuple[tuple[float, float], ...] = ()
    notes: tuple[str, ...] = ()

    def read(self, box: Box, is_stopped: Callable[[], bool] = lambda: False) -> tuple[Part, tuple[str, ...]]:
        """The part in a [k, j, i] box, as `as_hounsfield` gives it for the whole, with the whole's hash and notes.

        Raises
        ------
        OtherTypeError
            If it is no int16.
        CancelledError
            Once ``is_stopped()``.
        OVCFRiskError
            As `as_hounsfield`, and where voxels are missing.
        """
        k, j, i = box
        shape = k.stop - k.start, j.stop - j.start, i.stop - i.start
        require_memory(math.prod(shape) * np.dtype(np.int16).itemsize, self.name)
        part = empty_part(box, self.grid, sitk.sitkInt16)
        kept = writable_view(part.image)
        check, voxels, at = HounsfieldCheck(self.padding_hu), VoxelHash(self.grid, sitk.sitkInt16), 0
        hashing: Future[None] | None = None
        for stored in self.pieces():
            if is_stopped():
                raise CancelledError(f"reading {self.name} was stopped")
            piece = check.add(stored)
            if piece.dtype != np.int16:
                if not fits_int16(piece):
                    raise OtherTypeError
                piece = piece.astype(np.int16)
            if hashing is not None:
                hashing.result()
            hashing = beside(voxels.add, piece)  # it takes about as long as checking and keeping the next piece
            first, last = max(k.start, at), min(k.stop, at + len(piece))
            if first < last:
                kept[first - k.start : last - k.start] = piece[first - at : last - at, j, i]
            at += len(piece)
        if hashing is not None:
            hashing.result()
        notes = (*self.notes, *check.notes(self.name))
        return Part(part.image, part.start, part.whole, voxels.hexdigest()), notes


def stream_of_file(path: Path) -> tuple[CTStream, VolumeHeader] | None:
    """A file piece by piece; None for what must be read whole (voxels in other files, or that have to be moved).

    Raises
    ------
    OVCFRiskError
        If its header is damaged or its grid no CT's.
    """
    nifti = find_nifti(path)
    if nifti is not None:
        shape = nifti.layout.shape[::-1]
        return _stream(path, nifti, shape, lambda: _nifti_pieces(path, nifti)) if _is_plain(nifti) else None
    text = read_text_header(path)
    layout = text_layout(text) if text is not None else None
    return _stream(path, text, layout.shape, lambda: text_planes(path, layout, PIECE_BYTES)) if layout else None


def _stream(
    path: Path, found: FoundNifti | TextHeader | None, shape: tuple[int, ...], pieces: Pieces
) -> tuple[CTStream, VolumeHeader] | None:
    """The stream of a file on the grid that ITK finds in its header; None if that is of another shape [k, j, i]."""
    reader, header = open_volume(path, found)
    size = tuple(reader.GetSize())
    if reader.GetNumberOfComponents() != 1 or len(size) != 3 or size != shape[::-1] or min(size) < 2:
        return None
    grid = Grid(size, reader.GetSpacing(), reader.GetOrigin(), reader.GetDirection())
    sound, notes = _sound(grid, f"'{path}'")
    return CTStream(sound, f"'{path}'", pieces, notes=notes), header


def stream_of_stack(stack: Stack, name: str, padding_hu: Iterable[tuple[float, float]]) -> CTStream | None:
    """A DICOM series file by file; None for one in a single file.

    Raises
    ------
    OVCFRiskError
        If its grid is no CT's.
    """
    if stack.headers[0].frames > 1:
        return None
    columns, rows = stack.headers[0].size[:2]
    grid = Grid((columns, rows, len(stack.headers)), stack.spacing, stack.origin, stack.direction)
    sound, _notes = _sound(grid, name)
    return CTStream(sound, name, lambda: stack_pieces(stack), tuple(padding_hu))


def _sound(grid: Grid, name: str) -> tuple[Grid, tuple[str, ...]]:
    """The grid as `as_single_volume` takes it, and what was changed about it."""
    probe = grid.image((2, 2, 2))
    sound = as_single_volume(probe, name)
    return Grid(grid.size, grid.spacing, grid.origin, sound.GetDirection()), grid_repair_note(probe)


def _is_plain(nifti: FoundNifti) -> bool:
    """Voxels of real numbers, three axes, one file, and a scale that keeps whole numbers whole."""
    layout = nifti.layout
    scale = (layout.slope, layout.intercept) if layout.slope else (1.0, 0.0)
    is_whole = all(math.isfinite(value) and float(value).is_integer() for value in scale)
    is_volume = len(layout.shape) == 3 and layout.type_code in VOXEL_TYPES
    return nifti.is_for_itk and is_volume and is_whole and not nifti.header.is_pair


def _nifti_pieces(path: Path, nifti: FoundNifti) -> Iterator[np.ndarray]:
    """Some planes at a time."""
    layout = nifti.layout
    dtype = np.dtype(layout.byte_order + VOXEL_TYPES[layout.type_code])
    columns, rows = layout.shape[:2]
    plane_bytes = columns * rows * dtype.itemsize
    is_scaled = layout.slope not in (0.0, 1.0) or (layout.slope and layout.intercept)
    for chunk in voxel_chunks(path, nifti.header, max(1, PIECE_BYTES // plane_bytes) * plane_bytes):
        planes = np.frombuffer(chunk[: len(chunk) // plane_bytes * plane_bytes], dtype).reshape(-1, rows, columns)
        planes = planes.astype(dtype.newbyteorder("="), copy=False)
        yield planes * layout.slope + layout.intercept if is_scaled else planes
