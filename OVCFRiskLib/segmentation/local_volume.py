"""The CT around one vertebra on an even grid in its own axes."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.geometry import array_view, extent, is_inside, run_filter


@dataclass(frozen=True, slots=True)
class LocalGrid:
    """An even grid in a vertebra's axes.

    Attributes
    ----------
    frame : BodyFrame
        Axes and middle.
    half : np.ndarray
        (3,) mm from the middle to the first voxel's centre: sideways, backwards, upwards.
    spacing : float
        mm.
    """

    frame: BodyFrame
    half: np.ndarray
    spacing: float

    @property
    def shape(self) -> tuple[int, int, int]:
        """Voxels upwards, backwards, sideways: the shape of its arrays."""
        up, back, left = (int(n) for n in np.rint(2 * self.half / self.spacing).astype(int)[::-1] + 1)
        return up, back, left

    def reference(self) -> sitk.Image:
        """An empty image on the grid."""
        image = sitk.Image([int(n) for n in self.shape[::-1]], sitk.sitkUInt8)
        image.SetSpacing([self.spacing] * 3)
        image.SetDirection(self.frame.axes.T.ravel().tolist())
        image.SetOrigin(self.frame.lps(-self.half[None])[0].tolist())
        return image

    def index(self, local: np.ndarray) -> np.ndarray:
        """(3, ...) continuous array indices of (..., 3) mm sideways, backwards, upwards."""
        return np.moveaxis((local + self.half) / self.spacing, -1, 0)[::-1]

    def coordinates(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """mm sideways, backwards, upwards of the voxels, to be broadcast over its arrays."""
        up, back, side = np.ogrid[tuple(slice(n) for n in self.shape)]
        first, second, third = self.half
        return side * self.spacing - first, back * self.spacing - second, up * self.spacing - third

    def sample(self, array: np.ndarray, local: np.ndarray) -> np.ndarray:
        """Values of an array on this grid at (..., 3) mm sideways, backwards, upwards, linear; (...)."""
        index = self.index(local)
        values = ndimage.map_coordinates(array, index.reshape(3, -1), order=1, mode="nearest")
        return values.reshape(local.shape[:-1])

    def sample_lines(self, array: np.ndarray, start: np.ndarray, step: np.ndarray, count: int) -> np.ndarray:
        """Values of an array on this grid along lines, linear; (..., count).

        Parameters
        ----------
        array : numpy.ndarray
        start, step : numpy.ndarray (..., 3)
            Where lines begin, and from place to place, mm sideways, backwards, upwards.
        count : int
            Places of a line.
        """
        first, along = self.index(start), np.moveaxis(step / self.spacing, -1, 0)[::-1]
        index = first[..., None] + along[..., None] * np.arange(count)
        values = ndimage.map_coordinates(array, index.reshape(3, -1), order=1, mode="nearest")
        return values.reshape(index.shape[1:])

    def steps(self, local: np.ndarray) -> np.ndarray:
        """(3, ...) steps of the grid from its first voxel's corner, sideways, backwards, upwards, of (3, ...) mm."""
        return (local + self.half[:, None]) / self.spacing + 0.5

    def nearest(self, start: np.ndarray, step: np.ndarray, mm: float, is_within: bool = False) -> np.ndarray:
        """Where the voxels nearest to points stand in an array on this grid that is laid out in one row.

        Parameters
        ----------
        start, step : numpy.ndarray (3, ...)
            As `steps` gives them: the points lie so many ``mm`` times a step from where they start. Beyond the grid
            its border is nearest.
        mm : float
        is_within : bool
            No point lies beyond the grid.
        """
        flat, places = np.zeros(start.shape[1:], np.int32), np.empty(start.shape[1:])
        voxel = np.empty_like(flat)
        for first, along, size in zip(start[::-1], step[::-1], self.shape, strict=True):
            np.multiply(along, mm, out=places)
            np.add(first, places, out=voxel, casting="unsafe")
            if not is_within and voxel.size and (voxel.min() < 0 or voxel.max() >= size):
                np.clip(voxel, 0, size - 1, out=voxel)
            flat *= size
            flat += voxel
        return flat


def resample_local(ct: sitk.Image, grid: LocalGrid) -> np.ndarray:
    """HU on the grid, float32 [up, back, side]; outside the CT the nearest voxel's."""
    resampler = sitk.ResampleImageFilter()
    resampler.SetReferenceImage(grid.reference())
    resampler.SetInterpolator(sitk.sitkLinear)
    resampler.SetOutputPixelType(sitk.sitkFloat32)
    resampler.SetUseNearestNeighborExtrapolator(True)
    return array_view(run_filter(resampler.Execute, ct)).copy()


def is_in_image(ct: sitk.Image, frame: BodyFrame, local: np.ndarray) -> np.ndarray:
    """Do (..., 3) mm sideways, backwards, upwards lie inside the CT?"""
    points = local.reshape(-1, 3)
    if _is_box_in_image(ct, frame, np.stack(extent(points), axis=1)):
        return np.ones(local.shape[:-1], bool)
    return is_inside(ct, frame.lps(points)).reshape(local.shape[:-1])


def is_grid_in_image(ct: sitk.Image, grid: LocalGrid) -> np.ndarray:
    """Do the voxels of a grid lie inside the CT? bool [up, back, side]."""
    axes = grid.coordinates()
    if _is_box_in_image(ct, grid.frame, np.array([axis.flat[[0, -1]] for axis in axes])):
        return np.ones(grid.shape, bool)
    return is_inside(ct, grid.frame.lps(np.stack(np.broadcast_arrays(*axes), axis=-1).reshape(-1, 3))).reshape(
        grid.shape
    )


def _is_box_in_image(ct: sitk.Image, frame: BodyFrame, ends: np.ndarray) -> bool:
    """Does a box, (3, 2) mm in a frame, lie inside the CT? Most do: its corners then speak for all places in it."""
    corners = np.array(list(itertools.product(*ends)))
    return bool(is_inside(ct, frame.lps(corners)).all())
