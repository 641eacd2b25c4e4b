"""Is an image one volume on a grid that a CT can have?"""

from __future__ import annotations

import copy

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import OnGrid, run_filter
from OVCFRiskLib.reading.grid_axes import SMALL_DEVIATION, SOUND_DEVIATION, GridAxes

# No CT has smaller voxels or slices further apart: another unit, or a damaged header.
SMALLEST_SPACING_MM = 0.01
LARGEST_SPACING_MM = 20.0
# No table, and no frame of reference, is larger.
LARGEST_PLACE_MM = 1e5


def as_single_volume(image: sitk.Image, name: str) -> sitk.Image:
    """The image as 3D scalar on perpendicular axes.

    A fourth axis of length one and a vector of one component are dropped; axes that are slightly off a right angle
    (`grid_repair_note` says so) are made perpendicular.

    Raises
    ------
    OVCFRiskError
        If it is 2D, a series of volumes, a colour or vector or complex image, or its grid is unsound.
    """
    size = image.GetSize()
    components = image.GetNumberOfComponentsPerPixel()
    if components > 1 or "complex" in image.GetPixelIDTypeAsString():
        raise OVCFRiskError(
            f"{name}: expected one value per voxel, got {components} ({image.GetPixelIDTypeAsString()}); "
            "export the CT itself, not a colour, vector or complex image"
        )
    if "vector" in image.GetPixelIDTypeAsString():
        image = run_filter(sitk.VectorIndexSelectionCast, image, 0)
    while image.GetDimension() > 3 and image.GetSize()[-1] == 1:
        image = run_filter(sitk.Extract, image, (*image.GetSize()[:-1], 0), (0,) * image.GetDimension())
    if image.GetDimension() != 3 or min(image.GetSize()) < 2:
        raise OVCFRiskError(
            f"{name}: expected one 3D volume, got {'x'.join(map(str, size))} voxels; "
            "export a whole series, one time point"
        )
    require_sound_grid(image, name)
    axes = _axes(image)
    if axes.deviation > SOUND_DEVIATION:
        image = run_filter(copy.deepcopy, image)
        image.SetDirection(axes.perpendicular().ravel().tolist())
    return image


def require_sound_grid(grid: OnGrid, name: str) -> None:
    """Raise unless a 3D grid could be a CT's: sizes of voxels, perpendicular axes, a place within a room.

    Raises
    ------
    OVCFRiskError
        Saying what it has.
    """
    axes = _axes(grid)
    spacing_is_sound = all(SMALLEST_SPACING_MM <= s <= LARGEST_SPACING_MM for s in grid.GetSpacing())
    if not (spacing_is_sound and axes.deviation <= SMALL_DEVIATION):  # not a number is neither
        spacing = " x ".join(f"{s:.4g}" for s in grid.GetSpacing())
        raise OVCFRiskError(
            f"{name}: expected voxels of {SMALLEST_SPACING_MM} to {LARGEST_SPACING_MM:g} mm on perpendicular axes, "
            f"got {spacing} mm and axes whose largest cosine is {axes.deviation!r}; resample the CT to a straight "
            "grid, or export it again from DICOM"
        )
    if not all(abs(place) <= LARGEST_PLACE_MM for place in grid.GetOrigin()):
        place = ", ".join(f"{x:.4g}" for x in grid.GetOrigin())
        raise OVCFRiskError(
            f"{name}: expected a first voxel within {LARGEST_PLACE_MM / 1000:g} m of the scanner's origin, got one at "
            f"({place}) mm; the header is damaged, export the CT again"
        )


def grid_repair_note(image: sitk.Image) -> tuple[str, ...]:
    """What `as_single_volume` changes about the axes of an image, as a note; empty for sound axes."""
    if image.GetDimension() != 3:
        return ()
    axes = _axes(image)
    return (axes.repair_note(),) if SOUND_DEVIATION < axes.deviation <= SMALL_DEVIATION else ()


def _axes(grid: OnGrid) -> GridAxes:
    """Axes of a 3D grid as it has them."""
    x, y, z = grid.GetSpacing()
    return GridAxes((x, y, z), np.reshape(grid.GetDirection(), (3, 3)))
