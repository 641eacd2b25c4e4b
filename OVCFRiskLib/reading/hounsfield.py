"""Are these voxels Hounsfield units? And what lies outside the scanner's circle becomes air."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings.acquisition_codes import LEAST_CLIPPED
from OVCFRiskLib.geometry import array_view, image_like, run_filter

# Air, by definition of the scale.
AIR_HU = -1000.0
# Lowest value of a CT of 12 bits with the usual intercept; what padding is turned into.
PADDING_HU = -1024
# No tissue and no noise of a CT lies below; scanners pad with -2000, -2048, -3024, -32768.
PADDING_BELOW_HU = -1500
# Largest value of a CT stored in 12 bits; padding above it is only replaced when the header names it.
LARGEST_12_BIT_HU = 3071
# Every CT of a trunk, however narrow the crop, holds fat (about -100 HU) and cortical bone (above 200 HU).
FAT_AT_MOST_HU = -20.0
BONE_AT_LEAST_HU = 120.0
# So many voxels of a CT are never metal, implants and a tight crop included; voxels read by a wrong order of bytes,
# type or slope are.
MOST_METAL_SHARE = 0.1
# The highest value of a CT is one that bone reaches.
CLIPPED_BELOW_HU = 1500.0


def as_hounsfield(
    image: sitk.Image, name: str, padding_hu: Iterable[tuple[float, float]] = ()
) -> tuple[sitk.Image, tuple[str, ...]]:
    """Check that a volume holds HU, and replace padding by air.

    Padding is every value below `PADDING_BELOW_HU`, and the range a DICOM header names when it cannot be
    tissue (outside `PADDING_HU`..`LARGEST_12_BIT_HU`). Everything else stays as stored: whole numbers come back
    as int16 where they fit, whatever type held them; fractions as float32.

    Parameters
    ----------
    image : SimpleITK.Image
        3D scalar; not modified.
    name : str
        For messages.
    padding_hu : iterable of tuple of float
        Lowest and highest padding value, HU, as headers name them.

    Returns
    -------
    image : SimpleITK.Image
        int16, int32 or float32.
    notes : tuple of str
        What was replaced, and whether the values look cut by a window.

    Raises
    ------
    OVCFRiskError
        If voxels are NaN or infinite, all are the same, or the values are not HU.
    """
    stored = array_view(image)
    check = HounsfieldCheck(padding_hu)
    array = check.add(stored)
    notes = check.notes(name)
    dtype = smallest_type(array)
    if array is stored and array.dtype == dtype:
        return image, notes
    return image_like(array.astype(dtype, copy=False), image), notes


class HounsfieldCheck:
    """`as_hounsfield` of a volume that is read piece by piece.

    Parameters
    ----------
    padding_hu : iterable of tuple of float
        As `as_hounsfield` takes it.
    """

    def __init__(self, padding_hu: Iterable[tuple[float, float]] = ()) -> None:
        self._padding = set(padding_hu)
        self._voxels = self._broken = self._padded = self._highest = self._beyond = 0
        self._low, self._high = math.inf, -math.inf

    def add(self, array: np.ndarray) -> np.ndarray:
        """Take note of some voxels; those values with padding replaced, the array itself where there is none."""
        self._voxels += array.size
        if array.dtype.kind == "f" and (broken := int(array.size - np.isfinite(array).sum())):
            self._broken += broken
            return array
        padded = _padding(array, self._padding)
        count = 0 if padded is None else int(np.count_nonzero(padded))
        if padded is None or not count:
            self._note_range(array)
            return array
        self._padded += count
        self._note_range(array[~padded])
        # an unsigned type has no -1024
        signed = array.astype(np.int64) if array.dtype.kind == "u" else array
        return np.where(padded, signed.dtype.type(PADDING_HU), signed)

    def _note_range(self, values: np.ndarray) -> None:
        """Lowest and highest value, and how many voxels hold the highest."""
        if not values.size:
            return
        self._low = min(self._low, float(values.min()))
        high = float(values.max())
        if high > LARGEST_12_BIT_HU:
            self._beyond += int(np.count_nonzero(values > LARGEST_12_BIT_HU))
        if high > self._high:
            self._high, self._highest = high, 0
        if high == self._high < CLIPPED_BELOW_HU:
            self._highest += int(np.count_nonzero(values == high))

    def notes(self, name: str) -> tuple[str, ...]:
        """What was replaced, and whether the values look cut by a window, once all voxels were added.

        Raises
        ------
        OVCFRiskError
            If voxels are NaN or infinite, all are the same, or the values are not HU.
        """
        if self._broken:
            raise OVCFRiskError(
                f"{name}: expected a number in every voxel, got NaN or infinity in {self._broken} of {self._voxels}; "
                f"replace them by {PADDING_HU} HU (air) or export the CT again"
            )
        kept = self._voxels - self._padded
        low, high = (self._low, self._high) if kept else (0.0, 0.0)
        notes = [*_check_range(low, high, self._highest / kept if kept else 0.0, name)]
        if kept and self._beyond > MOST_METAL_SHARE * kept:
            raise OVCFRiskError(
                f"{name}: expected Hounsfield units, got {self._beyond / kept:.0%} of the voxels above "
                f"{LARGEST_12_BIT_HU} HU, which is denser than bone; the order of bytes, the type of the voxels or the "
                "rescale slope in the header seems wrong, export the CT again"
            )
        if self._padded:
            share = self._padded / self._voxels
            notes.append(
                f"{share:.1%} of the voxels were padding outside the scanned circle and became {PADDING_HU} HU"
            )
        return tuple(notes)


def _padding(array: np.ndarray, padding_hu: Iterable[tuple[float, float]]) -> np.ndarray | None:
    """Voxels that hold no measurement; None where it is plain that there are none."""
    ranges = [(low, high) for low, high in padding_hu if high < PADDING_HU or low > LARGEST_12_BIT_HU]
    if not ranges and not (array.size and array.min() < PADDING_BELOW_HU):
        return None
    padded = array < PADDING_BELOW_HU
    for low, high in ranges:
        padded |= (array >= low) & (array <= high)
    return padded


def whole_hu_as_integers(ct: sitk.Image) -> sitk.Image:
    """A CT in memory as it comes from a file: whole HU as integers, whatever type holds them; fractions stay.

    Interpolation keeps the type of the voxels, as pyradiomics does: the same CT as float would measure a little
    differently.
    """
    array = array_view(ct)
    kind = smallest_type(array) if array.dtype.kind == "f" and np.isfinite(array).all() else array.dtype
    if kind.kind == "f" or array.dtype.kind != "f":
        return ct
    return run_filter(sitk.Cast, ct, sitk.sitkInt16 if kind == np.int16 else sitk.sitkInt32)


def _check_range(low: float, high: float, share_of_highest: float, name: str) -> tuple[str, ...]:
    """Raise unless the values can be HU; a note when they end like a window."""
    if low == high:
        raise OVCFRiskError(f"{name}: every voxel is {low:g}; expected a CT, check what was exported")
    if low >= 0 and high > LARGEST_12_BIT_HU / 2:
        hint = "the rescale intercept (often -1024) seems not to have been applied, or it is an MR; export it in HU"
    elif low > FAT_AT_MOST_HU or high < BONE_AT_LEAST_HU:
        hint = "it may be an MR, a picture, a label map or a normalised image; export the CT in HU"
    else:
        if high < CLIPPED_BELOW_HU and share_of_highest > LEAST_CLIPPED:
            return (
                f"{share_of_highest:.1%} of the voxels hold the highest value, {high:g} HU: the image seems cut by a "
                "display window, which changes the features",
            )
        return ()
    raise OVCFRiskError(
        f"{name}: expected Hounsfield units (fat below {FAT_AT_MOST_HU:g}, bone above {BONE_AT_LEAST_HU:g}), "
        f"got values from {low:g} to {high:g}; {hint}"
    )


def _is_whole(array: np.ndarray) -> bool:
    """Are all of floating point values whole numbers? Plane by plane, as most that are not say so at once."""
    with np.errstate(invalid="ignore"):  # not a number is no whole one
        return all(np.array_equal(plane, np.rint(plane)) for plane in array)


def smallest_type(array: np.ndarray) -> np.dtype:
    """What `as_hounsfield` keeps voxels as: int16 for whole numbers that fit, int32 for larger ones, else float32."""
    if array.dtype.kind == "f" and not _is_whole(array):
        return np.dtype(np.float32)
    low, high = array.min(), array.max()
    if np.iinfo(np.int16).min <= low and high <= np.iinfo(np.int16).max:
        return np.dtype(np.int16)
    return np.dtype(np.int32 if high <= np.iinfo(np.int32).max else np.float32)
