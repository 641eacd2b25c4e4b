"""Axial slices as array axis 0: what the diameter within slices takes for granted."""

from __future__ import annotations

import math

import SimpleITK as sitk

# Voxel axes pointing to left, posterior, superior: array axis 0 is then the axial slices, from feet to head.
AXIAL_ORDER = "LPS"
# Slices tilted less than this stay as they are: the diameter grows by at most 1 / cos(10 deg) - 1 = 1.5 %, while
# interpolation would change the texture features by far more. Beyond it the CT is resampled to axial slices.
OBLIQUE_LIMIT_DEGREES = 10.0
# A flip moves the origin by (n - 1) voxels; rounding to a picometre makes a flip and its reverse the same origin.
ORIGIN_DECIMALS = 9


def to_axial_order(image: sitk.Image) -> sitk.Image:
    """Permute and flip the axes to left-posterior-superior order; no voxel value changes.

    Parameters
    ----------
    image : SimpleITK.Image
        3D, any direction.

    Returns
    -------
    SimpleITK.Image
        The same physical content; ``image`` itself where its axes are in that order already.
    """
    if sitk.DICOMOrientImageFilter.GetOrientationFromDirectionCosines(image.GetDirection()) == AXIAL_ORDER:
        return image
    oriented = sitk.DICOMOrient(image, AXIAL_ORDER)
    oriented.SetOrigin([round(x, ORIGIN_DECIMALS) for x in oriented.GetOrigin()])
    return oriented


def is_oblique(image: sitk.Image) -> bool:
    """True when the slices of an image in axial order are tilted by more than `OBLIQUE_LIMIT_DEGREES`."""
    return abs(image.GetDirection()[8]) < math.cos(math.radians(OBLIQUE_LIMIT_DEGREES))
