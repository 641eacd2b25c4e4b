"""A CT read once from its first slice to its last, of which only a part is kept; the others are checked and hashed."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.geometry import Box
from OVCFRiskLib.memory import require_memory
from OVCFRiskLib.reading.detached_data import data_files
from OVCFRiskLib.reading.dicom_slices import Stack
from OVCFRiskLib.reading.dicom_volume import stack_pieces
from OVCFRiskLib.reading.hounsfield import HounsfieldCheck, smallest_type
from OVCFRiskLib.reading.nifti_header import voxel_chunks
from OVCFRiskLib.reading.nifti_volume import VOXEL_TYPES, default_grid, scaled
from OVCFRiskLib.reading.single_volume import as_single_volume, grid_repair_note, require_sound_grid
from OVCFRiskLib.reading.text_header import TextHeader, read_text_header
from OVCFRiskLib.reading.text_volume import packed_bytes, text_layout, text_planes
from OVCFRiskLib.reading.volume_file import (
    FoundNifti,
    VolumeHeader,
    find_nifti,
    nifti_volume_header,
    open_volume,
)
from OVCFRiskLib.threads import beside
from OVCFRiskLib.volume_part import Grid, Part, VoxelHash, empty_part, writable_view

# So many bytes of voxels are taken from a file at a time: chosen.
PIECE_BYTES = 1 << 23

Pieces = Callable[[], Iterator[np.ndarray]]


# What HU are kept as, by NumPy's type: the first that holds all of a CT's.
PIXEL_TYPES = {
    np.dtype(np.int16): sitk.sitkInt16,
    np.dtype(np.int32): sitk.sitkInt32,
    np.dtype(np.float32): sitk.sitkFloat32,
}


class _WiderTypeError(Exception):
    """Some voxels do not fit the type of those before: the CT is read anew, as one of a wider type."""

    def __init__(self, dtype: np.dtype) -> None:
        super().__init__(str(dtype))
        self.dtype = dtype


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
        CancelledError
            Once ``is_stopped()``.
        OVCFRiskError
            As `as_hounsfield`, and where voxels are missing.
        """
        dtype = np.dtype(np.int16)
        while True:
            try:
                return self._read_as(dtype, box, is_stopped)
            except _WiderTypeError as wider:
                dtype = wider.dtype

    def _read_as(self, dtype: np.dtype, box: Box, is_stopped: Callable[[], bool]) -> tuple[Part, tuple[str, ...]]:
        """As `read`, of a CT whose HU are known to need such a type at least; raise once they need a wider one."""
        k, j, i = box
        shape = k.stop - k.start, j.stop - j.start, i.stop - i.start
        require_memory(math.prod(shape) * dtype.itemsize, self.name)
        part = empty_part(box, self.grid, PIXEL_TYPES[dtype])
        kept = writable_view(part.image)
        check, voxels, at = HounsfieldCheck(self.padding_hu), VoxelHash(self.grid, PIXEL_TYPES[dtype]), 0
        hashing: Future[None] | None = None
        for stored in self.pieces():
            if is_stopped():
                raise CancelledError(f"reading {self.name} was stopped")
            if stored.shape[1:] != self.grid.shape[1:]:  # several values per voxel are a further axis
                raise OVCFRiskError(
                    f"{self.name}: expected slices of one value per pixel and {self.grid.shape[1:]} rows and columns, "
                    f"got {stored.shape[1:]}; export the CT itself, not a colour image"
                )
            piece = check.add(stored)
            if piece.dtype != dtype:
                needed = smallest_type(piece)
                if [*PIXEL_TYPES].index(needed) > [*PIXEL_TYPES].index(dtype):
                    raise _WiderTypeError(needed)
                piece = piece.astype(dtype)
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
    """A file piece by piece; None for what must be read whole (voxels that have to be moved, or only ITK finds).

    Raises
    ------
    OVCFRiskError
        If its header is damaged or its grid no CT's.
    """
    nifti = find_nifti(path)
    if nifti is not None:
        return _stream_of_nifti(path, nifti) if _is_plain(nifti) else None
    text = read_text_header(path)
    if text is None:
        return None
    files = data_files(path, text)
    layout = text_layout(text)
    if layout is None or layout.shape[0] % len(files):
        return None
    packed_bytes(path, files[0], text)
    return _stream(path, text, layout.shape, lambda: text_planes(path, files, layout, PIECE_BYTES))


def _stream_of_nifti(path: Path, nifti: FoundNifti) -> tuple[CTStream, VolumeHeader] | None:
    """The stream of a NIfTI file, on the grid that ITK finds, or on our own where that is another."""
    columns, rows, planes = nifti.layout.shape[:3]

    def pieces() -> Iterator[np.ndarray]:
        return _nifti_pieces(path, nifti)

    if nifti.is_for_itk:
        return _stream(path, nifti, (planes, rows, columns), pieces)
    own = nifti.grid or default_grid(nifti.layout)
    x, y, z = own.origin.tolist()
    direction = tuple(own.axes.perpendicular().ravel().tolist())
    sound, notes = _sound(Grid((columns, rows, planes), own.axes.spacing, (x, y, z), direction), f"'{path}'")
    return CTStream(sound, f"'{path}'", pieces, notes=notes), nifti_volume_header(nifti)


def _stream(
    path: Path, found: FoundNifti | TextHeader | None, shape: tuple[int, ...], pieces: Pieces
) -> tuple[CTStream, VolumeHeader] | None:
    """The stream of a file on the grid that ITK finds in its header; None if that is of another shape [k, j, i]."""
    reader, header = open_volume(path, found)
    (columns, rows, planes, *more), axes = reader.GetSize(), reader.GetDimension()
    if (
        reader.GetNumberOfComponents() != 1
        or (planes, rows, columns) != shape
        or min(shape) < 2
        or max(more, default=1) > 1
    ):
        return None
    direction = np.reshape(reader.GetDirection(), (axes, axes))[:3, :3]  # of several axes of one voxel, as ITK takes it
    (dx, dy, dz), (x, y, z) = reader.GetSpacing()[:3], reader.GetOrigin()[:3]
    grid = Grid((columns, rows, planes), (dx, dy, dz), (x, y, z), tuple(direction.ravel().tolist()))
    sound, notes = _sound(grid, f"'{path}'")
    return CTStream(sound, f"'{path}'", pieces, notes=notes), header


def stream_of_stack(stack: Stack, name: str, padding_hu: Iterable[tuple[float, float]]) -> CTStream:
    """A DICOM series file by file, one in a single file frame by frame.

    Raises
    ------
    OVCFRiskError
        If its grid is no CT's.
    """
    columns, rows = stack.headers[0].size[:2]
    grid = Grid((columns, rows, len(stack.headers)), stack.spacing, stack.origin, stack.direction)
    sound, _notes = _sound(grid, name)
    return CTStream(sound, name, lambda: stack_pieces(stack), tuple(padding_hu))


def _sound(grid: Grid, name: str) -> tuple[Grid, tuple[str, ...]]:
    """The grid as `as_single_volume` takes it, and what was changed about it."""
    require_sound_grid(grid, name)
    probe = grid.image((2, 2, 2))
    sound = as_single_volume(probe, name)
    return Grid(grid.size, grid.spacing, grid.origin, sound.GetDirection()), grid_repair_note(probe)


def _is_plain(nifti: FoundNifti) -> bool:
    """Voxels of real numbers, one time point, one file, and slices that need not be moved."""
    layout = nifti.layout
    is_volume = len(layout.shape) >= 3 and math.prod(layout.shape[3:]) == 1 and min(layout.shape[:3]) > 1
    is_moved = nifti.grid is not None and nifti.grid.axes.is_sheared
    return is_volume and layout.type_code in VOXEL_TYPES and not is_moved and not nifti.header.is_pair


def _nifti_pieces(path: Path, nifti: FoundNifti) -> Iterator[np.ndarray]:
    """Some planes at a time."""
    layout = nifti.layout
    dtype = np.dtype(layout.byte_order + VOXEL_TYPES[layout.type_code])
    columns, rows = layout.shape[:2]
    plane_bytes = columns * rows * dtype.itemsize
    for chunk in voxel_chunks(path, nifti.header, max(1, PIECE_BYTES // plane_bytes) * plane_bytes):
        planes = np.frombuffer(chunk[: len(chunk) // plane_bytes * plane_bytes], dtype).reshape(-1, rows, columns)
        yield scaled(planes.astype(dtype.newbyteorder("="), copy=False), layout)
