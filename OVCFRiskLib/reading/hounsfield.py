"""Are these voxels Hounsfield units? And what lies outside the scanner's circle becomes air."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import image_like

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
# A share of voxels at the very highest value that noise does not explain, when that value is one bone reaches.
CLIPPED_SHARE = 1e-3
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
    array = sitk.GetArrayViewFromImage(image)
    if array.dtype.kind == "f":
        broken = int(array.size - np.isfinite(array).sum())
        if broken:
            raise OVCFRiskError(
                f"{name}: expected a number in every voxel, got NaN or infinity in {broken} of {array.size}; "
                f"replace them by {PADDING_HU} HU (air) or export the CT again"
            )
    padded = _padding(array, padding_hu)
    count = int(np.count_nonzero(padded))
    kept = array[~padded] if count else array
    notes = [*_check_range(kept, name)]
    if count:
        share = count / array.size
        notes.append(f"{share:.1%} of the voxels were padding outside the scanned circle and became {PADDING_HU} HU")
        # an unsigned type has no -1024
        signed = array.astype(np.int64) if array.dtype.kind == "u" else array
        array = np.where(padded, signed.dtype.type(PADDING_HU), signed)
    dtype = _smallest_type(array)
    if not count and array.dtype == dtype:
        return image, tuple(notes)
    return image_like(array.astype(dtype, copy=False), image), tuple(notes)


def _padding(array: np.ndarray, padding_hu: Iterable[tuple[float, float]]) -> np.ndarray:
    """Voxels that hold no measurement."""
    padded = array < PADDING_BELOW_HU
    for low, high in set(padding_hu):
        if high < PADDING_HU or low > LARGEST_12_BIT_HU:
            padded |= (array >= low) & (array <= high)
    return padded


def _check_range(values: np.ndarray, name: str) -> tuple[str, ...]:
    """Raise unless the values can be HU; a note when they end like a window."""
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if low == high:
        raise OVCFRiskError(f"{name}: every voxel is {low:g}; expected a CT, check what was exported")
    if low >= 0 and high > LARGEST_12_BIT_HU / 2:
        hint = "the rescale intercept (often -1024) seems not to have been applied, or it is an MR; export it in HU"
    elif low > FAT_AT_MOST_HU or high < BONE_AT_LEAST_HU:
        hint = "it may be an MR, a picture, a label map or a normalised image; export the CT in HU"
    else:
        share = np.count_nonzero(values == high) / values.size
        if high < CLIPPED_BELOW_HU and share > CLIPPED_SHARE:
            return (
                f"{share:.1%} of the voxels hold the highest value, {high:g} HU: the image seems cut by a display "
                "window, which changes the features",
            )
        return ()
    raise OVCFRiskError(
        f"{name}: expected Hounsfield units (fat below {FAT_AT_MOST_HU:g}, bone above {BONE_AT_LEAST_HU:g}), "
        f"got values from {low:g} to {high:g}; {hint}"
    )


def _smallest_type(array: np.ndarray) -> np.dtype:
    """int16 for whole numbers that fit, int32 for larger ones, else float32."""
    if array.dtype.kind == "f" and not all(np.array_equal(plane, np.rint(plane)) for plane in array):
        return np.dtype(np.float32)
    low, high = array.min(), array.max()
    if np.iinfo(np.int16).min <= low and high <= np.iinfo(np.int16).max:
        return np.dtype(np.int16)
    return np.dtype(np.int32 if high <= np.iinfo(np.int32).max else np.float32)
