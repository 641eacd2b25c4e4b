"""Label images as whole numbers on three axes."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import array_view, run_filter

# A label to be ignored may be -1 and other programs mark with small negative numbers; HU of fat and air lie below.
LOWEST_LABEL = -50


def scalar_labels(image: sitk.Image, name: str) -> sitk.Image:
    """The image as a 3D label map; one component stored as a vector, or a fourth axis of length one, is no harm.

    Raises
    ------
    OVCFRiskError
        If it has other dimensions or several values per voxel.
    """
    if image.GetNumberOfComponentsPerPixel() == 1 and "vector" in image.GetPixelIDTypeAsString():
        image = run_filter(sitk.VectorIndexSelectionCast, image, 0)
    while image.GetDimension() > 3 and image.GetSize()[-1] == 1:
        image = run_filter(sitk.Extract, image, (*image.GetSize()[:-1], 0), (0,) * image.GetDimension())
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise OVCFRiskError(
            f"{name}: expected a 3D label map, got {image.GetDimension()}D with "
            f"{image.GetNumberOfComponentsPerPixel()} values per voxel; export one label map"
        )
    return image


def whole_numbers(image: sitk.Image, name: str) -> np.ndarray:
    """Voxels as integers, [k, j, i]; a view of the image, which must stay, where they are integers already.

    Raises
    ------
    OVCFRiskError
        If they are fractions, as probabilities are, HU, or not numbers.
    """
    array: np.ndarray = array_view(image)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all() or (array != np.rint(array)).any():
            raise OVCFRiskError(f"{name}: expected whole numbers as labels, got fractions or NaN; give a label map")
        array = array.astype(np.int64)
    if array.dtype.kind == "i" and array.size and array.min() < LOWEST_LABEL:
        raise OVCFRiskError(
            f"{name}: expected a label map, got values from {array.min()} to {array.max()}, as a CT has; give the masks"
        )
    return array
