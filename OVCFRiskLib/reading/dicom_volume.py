"""Voxels of a DICOM series in HU."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import array_view
from OVCFRiskLib.memory import require_memory, require_no_lack
from OVCFRiskLib.path_text import itk_path
from OVCFRiskLib.reading.dicom_header import SliceHeader, read_file_meta
from OVCFRiskLib.reading.dicom_series import FEWEST_SLICES, Series
from OVCFRiskLib.reading.dicom_slices import Stack, stack_slices
from OVCFRiskLib.reading.enhanced_ct import frame_headers, frame_pieces, read_frames
from OVCFRiskLib.reading.quiet import itk_reason, quiet_itk
from OVCFRiskLib.reading.single_volume import require_sound_grid
from OVCFRiskLib.volume_part import Grid

SLICES_AT_ONCE = 16  # of `stack_pieces`: 8 MB, chosen
LEAST_PIXEL_BYTES = 2  # of a CT image: its HU need more than 8 bits
FLOAT_PIXELS = (sitk.sitkFloat32, sitk.sitkFloat64)  # in slices of mixed types: integers would cut them


def stack_series(series: Series) -> Stack:
    """The slices of a series, or the frames of its multi-frame file, in order.

    Raises
    ------
    OVCFRiskError
        If files are damaged, slices are too few, or do not make one grid.
    """
    if series.damaged:
        path = series.damaged[0]
        syntax = read_file_meta(path).get(0x0010, "unknown")
        raise OVCFRiskError(
            f"'{path}' is a CT image that cannot be read (transfer syntax {syntax}): it is cut, damaged or compressed "
            "in a way that is not supported; copy or export it again, or take it out of the folder"
        )
    multi_frame = [header for header in series.headers if header.frames > 1]
    if len(multi_frame) > 1 or (multi_frame and len(series.headers) > 1):
        raise OVCFRiskError(
            f"series {series.uid} consists of {counted(len(series.headers), 'file')}, {len(multi_frame)} of them with "
            "many frames; expected one multi-frame file, give its own path"
        )
    if not series.is_volume:
        raise OVCFRiskError(
            f"series {series.uid} has {series.slices} slices, expected at least {FEWEST_SLICES}; give the whole series"
        )
    return stack_slices(frame_headers(multi_frame[0]) if multi_frame else series.headers)


def read_stack(stack: Stack) -> sitk.Image:
    """Voxels of a stack with each slice's own slope and intercept applied.

    Returns
    -------
    SimpleITK.Image
        3D, HU, on the stack's grid.

    Raises
    ------
    OVCFRiskError
        If a slice cannot be decoded, naming its file.
    """
    columns, rows = stack.headers[0].size[:2]
    grid = Grid((columns, rows, len(stack.headers)), stack.spacing, stack.origin, stack.direction)
    require_sound_grid(grid, "the series")
    is_multi_frame = stack.headers[0].frames > 1
    files = stack.headers[:1] if is_multi_frame else stack.headers
    require_memory(sum(math.prod(header.size) for header in files) * LEAST_PIXEL_BYTES, "the series")
    image = read_frames(stack.headers) if is_multi_frame else _read_files(stack.headers, _pixel_type(stack.headers))
    image.SetOrigin(stack.origin)
    image.SetSpacing(stack.spacing)
    image.SetDirection(stack.direction)
    return image


def stack_pieces(stack: Stack) -> Iterator[np.ndarray]:
    """Voxels of a stack, some slices [k, j, i] at a time, as `read_stack` gives them.

    Raises
    ------
    OVCFRiskError
        As `read_stack`.
    """
    headers = stack.headers
    if headers[0].frames > 1:
        return frame_pieces(headers, SLICES_AT_ONCE)
    ends = [*range(SLICES_AT_ONCE, len(headers) - 1, SLICES_AT_ONCE), len(headers)]  # the last piece has two or more
    pieces = zip([0, *ends[:-1]], ends, strict=True)
    kind = _pixel_type(headers)
    return (array_view(_read_files(headers[first:last], kind)) for first, last in pieces)


def _pixel_type(headers: Sequence[SliceHeader]) -> int | None:
    """The type that holds the values of all slices; None where it is that of each."""
    types = {header.pixel_id for header in headers}
    if len(types) == 1:
        return None
    # otherwise the first slice's type would cut the others' values
    return int(sitk.sitkFloat32 if types & set(FLOAT_PIXELS) else sitk.sitkInt32)


def _read_files(headers: Sequence[SliceHeader], pixel_type: int | None) -> sitk.Image:
    """One file per slice."""
    reader = sitk.ImageSeriesReader()
    reader.SetImageIO("GDCMImageIO")
    reader.SetFileNames([itk_path(header.path) for header in headers])
    if pixel_type is not None:
        reader.SetOutputPixelType(pixel_type)
    with quiet_itk():
        try:
            return reader.Execute()
        except (RuntimeError, MemoryError) as error:
            require_no_lack(error, "the series")
            raise OVCFRiskError(
                f"{_first_unreadable(headers)} cannot be decoded ({itk_reason(error)}); it is damaged or compressed "
                "in a way that is not supported, export the series uncompressed"
            ) from error


def _first_unreadable(headers: Sequence[SliceHeader]) -> str:
    """Name of the file that broke the series."""
    for header in headers:
        try:
            sitk.ReadImage(itk_path(header.path), imageIO="GDCMImageIO")
        except RuntimeError:
            return f"'{Path(header.path).name}'"
    return "the series"
