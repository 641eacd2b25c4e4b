"""Long CTs: a phantom with more of the same above and below, as of a whole trunk."""

import numpy as np
import SimpleITK as sitk


def lengthened(ct: sitk.Image, slices: int, shift: int = 0) -> sitk.Image:
    """The CT in the middle of so many slices (or ``shift`` slices above it), which mirror it again and again.

    Its voxels keep their place; values differ a little from copy to copy, as in a body.
    """
    array = sitk.GetArrayFromImage(ct)
    more = slices - len(array)
    below = more // 2 - shift
    index = np.abs((np.arange(slices) - below) % (2 * len(array) - 2))
    index = np.where(index < len(array), index, 2 * len(array) - 2 - index)
    longer = array[index]
    longer[:below] += np.int16(3)
    longer[below + len(array) :] -= np.int16(3)
    image = sitk.GetImageFromArray(longer)
    image.SetSpacing(ct.GetSpacing())
    image.SetDirection(ct.GetDirection())
    image.SetOrigin(ct.TransformIndexToPhysicalPoint((0, 0, -below)))
    return image
