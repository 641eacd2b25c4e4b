"""Where a NIfTI file says that its voxels lie: sform against qform, tilted stacks, axes that are nearly perpendicular.

ITK takes the sform where its axes are perpendicular, and else the qform without a word, which knows no tilted gantry.
Fields: https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h and nifti2.h.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.grid_axes import SMALL_DEVIATION, SOUND_DEVIATION, GridAxes
from OVCFRiskLib.reading.nifti_header import open_nifti

# Both forms say the same when no corner of the image is further apart than this fraction of the smallest voxel edge.
SAME_FORM_VOXELS = 0.1
# Voxel sizes that differ by less are the same in single precision; by more, two different ones.
SAME_SIZE = 1e-4
LARGEST_SIZE_ERROR = 1e-2
# NIfTI points to right, anterior, superior; LPS is turned about the body's axis.
RAS_TO_LPS = np.diag([-1.0, -1.0, 1.0])
# Lengths of the two headers, which are their first number.
NIFTI_1_BYTES = 348
NIFTI_2_BYTES = 540
# The first of the four numbers of a rotation is what the others leave of a length of 1; what they may be beyond it is
# rounding.
LONGEST_ROTATION = 1.001
# All HU of a CT would be one below it; ITK takes what is close to 0 for none.
SMALLEST_SLOPE = 1e-6
DAMAGED_HEADER = "the header is damaged, export the image again"


@dataclass(frozen=True, slots=True)
class NiftiLayout:
    """Voxels and their place, as the header has them.

    Attributes
    ----------
    shape : tuple of int
        Along i, j, k, time, ...
    type_code : int
        ``datatype`` of nifti1.h.
    byte_order : str
        ``"<"`` or ``">"``.
    slope, intercept : float
        Value = slope * stored + intercept; slope 0 is none, as it stands or as NaN, which nibabel's headers begin with.
    sform, qform : ndarray (4, 4) or None
        RAS mm of voxel indices; None where their code is 0.
    spacing_mm : tuple of float
        Along i, j, k, for files without a form.
    pixdim : tuple of float
        The same as they stand there.
    rotation_length : float
        Of the three numbers of the quaternion that the header has.
    is_second_version : bool
        NIfTI-2.
    """

    shape: tuple[int, ...]
    type_code: int
    byte_order: str
    slope: float
    intercept: float
    sform: np.ndarray | None
    qform: np.ndarray | None
    spacing_mm: tuple[float, float, float]
    pixdim: tuple[float, float, float]
    rotation_length: float
    is_second_version: bool


@dataclass(frozen=True, slots=True)
class NiftiGrid:
    """Where the voxels lie, decided.

    Attributes
    ----------
    origin : ndarray (3,)
        LPS mm of the first voxel's centre.
    axes : GridAxes
        LPS.
    notes : tuple of str
        What was decided, and what has to be changed.
    """

    origin: np.ndarray
    axes: GridAxes
    notes: tuple[str, ...]


def read_nifti_layout(path: Path) -> NiftiLayout | None:
    """Layout of a NIfTI file; None for another file.

    Raises
    ------
    OSError, EOFError, zlib.error
        If it cannot be read.
    """
    with open_nifti(path) as file:
        data = file.read(NIFTI_2_BYTES)
    if len(data) < NIFTI_1_BYTES:
        return None
    for order in "<>":
        size = struct.unpack_from(f"{order}i", data)[0]
        if size == NIFTI_1_BYTES and data[344:345] == b"n":
            return _layout(data, order, ("8h", 40, "h", 70, "f", 76, 112, 252, 256, 280))
        if size == NIFTI_2_BYTES == len(data) and data[4:5] == b"n":
            return _layout(data, order, ("8q", 16, "h", 12, "d", 104, 176, 344, 352, 400))
    return None


def decide_grid(layout: NiftiLayout, name: str) -> NiftiGrid | None:
    """Where the voxels lie; None where the header does not say.

    The sform counts, as it does for most programs; where there is none, or an empty one, the qform.

    Raises
    ------
    OVCFRiskError
        If the form that counts is neither perpendicular nor that of a tilted gantry.
    """
    sform, qform = layout.sform, layout.qform
    _require_positive(layout, name)
    notes = []
    if sform is not None and qform is not None and not _is_filled(sform):
        notes.append("the sform of the header is empty; the qform counted")
        sform = None
    form = sform if sform is not None else qform
    if form is None:
        _require_sizes(layout, name)
        return None
    matrix, origin = RAS_TO_LPS @ form[:3, :3], RAS_TO_LPS @ form[:3, 3]
    axes = GridAxes.of_matrix(matrix)
    if not np.isfinite(axes.deviation) or (axes.deviation > SMALL_DEVIATION and not axes.is_sheared):
        raise OVCFRiskError(
            f"{name}: expected perpendicular axes, or slices tilted by a gantry, got axes whose largest cosine is "
            f"{axes.deviation!r} (rows of the form: {form[:3].tolist()}); resample the CT to a straight grid, or "
            "export it again from DICOM"
        )
    notes += _disagreements(layout, sform, axes)
    if axes.is_sheared:
        notes.append(
            f"the gantry was tilted by {axes.tilt_degrees:.1f} degrees: the slices were moved along themselves onto a "
            "straight grid, which interpolates HU"
        )
    elif axes.deviation > SOUND_DEVIATION:
        notes.append(axes.repair_note())
    return NiftiGrid(origin, axes, tuple(notes))


def _require_positive(layout: NiftiLayout, name: str) -> None:
    """Raise where sizes are negative, a rotation is none, or a scale would turn dark into bright."""
    if min(layout.pixdim) < 0:  # ITK turns the axis
        sizes = " x ".join(f"{size:.4g}" for size in layout.pixdim)
        raise OVCFRiskError(f"{name}: expected sizes of voxels above 0, got {sizes} mm; {DAMAGED_HEADER}")
    is_scale = SMALLEST_SLOPE <= layout.slope < math.inf and math.isfinite(layout.intercept)
    if layout.slope != 0 and not is_scale:
        raise OVCFRiskError(
            f"{name}: expected a slope above 0 (or 0 for none) and an intercept, got {layout.slope:g} and "
            f"{layout.intercept:g}; {DAMAGED_HEADER}"
        )
    if layout.qform is not None and layout.rotation_length > LONGEST_ROTATION:
        raise OVCFRiskError(
            f"{name}: expected a rotation whose quaternion has a length of 1, got {layout.rotation_length:.3g} without "
            f"its first number; {DAMAGED_HEADER}"
        )


def _require_sizes(layout: NiftiLayout, name: str) -> None:
    """Raise where the header says nothing else of the voxels' size either."""
    if not all(math.isfinite(size) and size > 0 for size in layout.spacing_mm):
        sizes = " x ".join(f"{size:.4g}" for size in layout.spacing_mm)
        raise OVCFRiskError(f"{name}: expected the size of the voxels, got {sizes} mm; {DAMAGED_HEADER}")


def is_as_itk_reads(layout: NiftiLayout, grid: NiftiGrid | None) -> bool:
    """Whether ITK, which takes voxel sizes from elsewhere in the header, puts the voxels where the grid says."""
    if layout.is_second_version or (layout.slope == 0 and layout.intercept):  # without a slope nothing is added
        return False
    if grid is None:
        return True
    if _are_apart(layout.sform, layout.qform, layout, grid.axes):
        return False  # which of the two ITK takes depends on their codes
    is_same_size = np.allclose(grid.axes.spacing, layout.spacing_mm, rtol=SAME_SIZE, atol=0)
    has_form = layout.sform is None or _is_filled(layout.sform)
    return bool(is_same_size and has_form and grid.axes.deviation <= SOUND_DEVIATION)


def _disagreements(layout: NiftiLayout, sform: np.ndarray | None, axes: GridAxes) -> list[str]:
    """Where the header says two things about the voxels' place or size."""
    if sform is None:
        return []
    notes = []
    sizes = np.array(layout.spacing_mm)
    if sizes.min() > 0 and not np.allclose(axes.spacing, sizes, rtol=LARGEST_SIZE_ERROR, atol=0):
        by_form, by_size = (" x ".join(f"{size:.4g}" for size in each) for each in (axes.spacing, sizes))
        notes.append(f"the header has two sizes of voxels, {by_form} mm (sform) and {by_size} mm; the sform counted")
    elif layout.qform is not None and _are_apart(sform, layout.qform, layout, axes):
        apart = _apart_mm(sform, layout.qform, layout.shape)
        notes.append(
            f"the two places in the header, sform and qform, are up to {apart:.3g} mm apart; the sform counted"
        )
    return notes


def _are_apart(sform: np.ndarray | None, qform: np.ndarray | None, layout: NiftiLayout, axes: GridAxes) -> bool:
    """Whether there are two forms that put the image to different places, or of which one is no place."""
    if sform is None or qform is None:
        return False
    return not _apart_mm(sform, qform, layout.shape) <= SAME_FORM_VOXELS * min(axes.spacing)


def _is_filled(form: np.ndarray) -> bool:
    """Whether a form has finite numbers and axes of some length."""
    return bool(np.isfinite(form).all() and np.linalg.norm(form[:3, :3], axis=0).min() > 0)


def _layout(data: bytes, order: str, fields: tuple[str, int, str, int, str, int, int, int, int, int]) -> NiftiLayout:
    """Fields by their formats and offsets."""
    dims, dims_at, code, code_at, real, pixdim_at, slope_at, forms_at, quaternion_at, rows_at = fields
    dim = struct.unpack_from(f"{order}{dims}", data, dims_at)
    pixdim = struct.unpack_from(f"{order}8{real}", data, pixdim_at)
    slope, intercept = struct.unpack_from(f"{order}2{real}", data, slope_at)
    kinds = struct.unpack_from(f"{order}2{'h' if real == 'f' else 'i'}", data, forms_at)
    quaternion = struct.unpack_from(f"{order}6{real}", data, quaternion_at)
    rows = np.array(struct.unpack_from(f"{order}12{real}", data, rows_at)).reshape(3, 4)
    qform_code, sform_code = kinds
    return NiftiLayout(
        shape=tuple(dim[1 : dim[0] + 1]),
        type_code=struct.unpack_from(f"{order}{code}", data, code_at)[0],
        byte_order=order,
        slope=0.0 if math.isnan(slope) else slope,
        intercept=intercept,
        sform=np.vstack((rows, (0, 0, 0, 1))) if sform_code > 0 else None,
        qform=_qform(quaternion, pixdim) if qform_code > 0 else None,
        spacing_mm=(abs(pixdim[1]), abs(pixdim[2]), abs(pixdim[3])),
        pixdim=(pixdim[1], pixdim[2], pixdim[3]),
        rotation_length=math.hypot(*quaternion[:3]),
        is_second_version=real == "d",
    )


def _qform(quaternion: tuple[float, ...], pixdim: tuple[float, ...]) -> np.ndarray:
    """Rotation, spacing and offset as a matrix; pixdim[0] is -1 where k points the other way."""
    b, c, d, *offset = quaternion
    length = max(1.0, math.hypot(b, c, d))  # single precision may be a little beyond 1
    b, c, d = b / length, c / length, d / length
    a = np.sqrt(max(0.0, 1.0 - b * b - c * c - d * d))
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - b * b - c * c],
        ]
    )
    form = np.eye(4)
    with np.errstate(invalid="ignore"):  # sizes that are no numbers make a form that is none
        form[:3, :3] = rotation * (pixdim[1], pixdim[2], pixdim[3] * (-1 if pixdim[0] < 0 else 1))
    form[:3, 3] = offset
    return form


def _apart_mm(sform: np.ndarray, qform: np.ndarray, shape: tuple[int, ...]) -> float:
    """Largest distance of the places that both give a corner of the image."""
    ends = [(0, n - 1) for n in (*shape, 1, 1, 1)[:3]]
    corners: np.ndarray = np.array(np.meshgrid(*ends, indexing="ij")).reshape(3, -1)
    corners = np.vstack((corners, np.ones(corners.shape[1])))
    with np.errstate(invalid="ignore"):  # a form that is none lies nowhere
        return float(np.linalg.norm(((sform - qform) @ corners)[:3], axis=0).max())
