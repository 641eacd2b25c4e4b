"""Label maps of plain spines in any public numbering: ellipsoids at the places of vertebrae."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk

# Distance (mm) of a vertebra's centre to that of the one above, of one adult's spine, rounded.
STEP_MM = {
    "C": 17.0,
    "T1": 18.0,
    "T2": 19.0,
    "T3": 20.0,
    "T4": 21.0,
    "T5": 22.0,
    "T6": 22.5,
    "T7": 23.0,
    "T8": 23.5,
    "T9": 24.5,
    "T10": 26.0,
    "T11": 28.0,
    "T12": 30.0,
    "T13": 32.0,
    "L1": 33.0,
    "L": 35.0,
    "S1": 33.0,
    "sacrum": 34.0,
}
SPACING_MM = 3.0


def numbered_spine(
    values: Mapping[str, int], others: Mapping[int, tuple[float, float, float, float]] | None = None, size: float = 1.0
) -> sitk.Image:
    """A label map of vertebrae.

    Parameters
    ----------
    values : mapping of str to int
        Name of each vertebra, from head to feet without a gap, to its label value.
    others : mapping of int to tuple of float, optional
        Label value of an organ to (x, y, z, radius), mm, LPS; z is counted from the middle of the spine.
    size : float
        1 for a spine of middle height.

    Returns
    -------
    SimpleITK.Image
        uint8, axial slices.
    """
    steps = [size * STEP_MM.get(name, STEP_MM.get(name[0], 0.0)) for name in values]
    depth = np.cumsum([0.0, *steps[1:]])
    height = depth[-1] + 80.0
    shape = (int(height / SPACING_MM), 80, 100)
    image = sitk.Image(shape[::-1], sitk.sitkUInt8)
    image.SetSpacing((SPACING_MM,) * 3)
    image.SetOrigin((-SPACING_MM * 50, -SPACING_MM * 40, -height / 2))
    k, j, i = np.indices(shape)
    x, y, z = (axis * SPACING_MM + origin for axis, origin in zip((i, j, k), image.GetOrigin(), strict=True))
    array = np.zeros(shape, np.uint8)
    for value, (cx, cy, cz, radius) in (others or {}).items():
        array[(x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2 <= radius**2] = value
    for (name, value), down, step in zip(values.items(), depth, steps, strict=True):
        half = 0.36 * step if name != "sacrum" else 16.0
        center = height / 2 - 40 - down
        bend = 10 * np.sin(down / 90)
        array[((x / 22) ** 2 + ((y - bend) / 18) ** 2 + ((z - center) / half) ** 2) <= 1] = value
    result = sitk.GetImageFromArray(array)
    result.CopyInformation(image)
    return result
