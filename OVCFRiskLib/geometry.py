"""Grids of SimpleITK images: boxes, crops and comparison. Arrays are [k, j, i], points LPS mm."""

from __future__ import annotations

import contextlib
import operator
import os
import threading
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Protocol, TypeVar

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError

# Two grids are one when corresponding corners are closer than this fraction of the smallest voxel edge;
# NIfTI stores the affine in single precision.
GRID_TOLERANCE_VOXELS = 0.02

# Name of the lock in an image's own attributes.
LOCK = "_ovcfrisk_lock"

Box = tuple[slice, slice, slice]
Result = TypeVar("Result")


class OnGrid(Protocol):
    """What has a grid: an image, or the grid alone (`volume_part.Grid`)."""

    def GetSize(self) -> tuple[int, ...]:
        """Voxels along i, j, k."""

    def GetSpacing(self) -> tuple[float, ...]:
        """mm along i, j, k."""

    def GetOrigin(self) -> tuple[float, ...]:
        """LPS mm of the first voxel's centre."""

    def GetDirection(self) -> tuple[float, ...]:
        """Nine cosines, row by row."""


class _Voxels:
    """An image's voxels as NumPy takes them: the array keeps the image, without which its memory would be freed."""

    def __init__(self, image: sitk.Image) -> None:
        self.image = image
        self.__array_interface__ = sitk.GetArrayViewFromImage(image).__array_interface__


def array_view(image: sitk.Image) -> np.ndarray:
    """The voxels [k, j, i] of an image, read-only; the image lives as long as they do.

    SimpleITK copies an image that a filter of another thread works on, gives it the copy, and frees the memory that
    earlier views look at once that filter has ended. So a view waits until no `run_filter` works on the image.
    """
    with _lock_of(image):
        return np.asarray(_Voxels(image))


def run_filter(run: Callable[..., Result], *arguments: Any, **named: Any) -> Result:
    """What SimpleITK makes of images: ``run(*arguments, **named)``, while nothing else works on or looks at them.

    An ITK image itself notes which part of it a filter asks for, which two filters at once could mix up, and see
    `array_view`. Each image has its own lock, so filters on images that no other thread has never wait. All filters of
    the library run here (`Testing/House/test_shared_images.py`), whoever else may have their images.

    Parameters
    ----------
    run : callable
        A function of SimpleITK, the ``Execute`` of a filter that no other thread has, or an operator.
    *arguments, **named
        Its own; images among those without a name.
    """
    images = {id(argument): argument for argument in arguments if isinstance(argument, sitk.Image)}
    with contextlib.ExitStack() as locks:
        for _number, image in sorted(images.items()):  # in one order, so that no two wait for each other
            locks.enter_context(_lock_of(image))
        return run(*arguments, **named)


def mask_of(labels: sitk.Image, value: int) -> sitk.Image:
    """1 where a label image has a value, else 0."""
    return run_filter(operator.eq, labels, int(value))


def _lock_of(image: sitk.Image) -> threading.RLock:
    """The lock of an image."""
    lock: threading.RLock = vars(image).setdefault(LOCK, threading.RLock())  # in one step, whatever other threads do
    return lock


def as_box(slices: Iterable[slice]) -> Box:
    """Three slices, in the order k, j, i, as a box."""
    k, j, i = slices
    return k, j, i


def mask_box(mask: np.ndarray, margin: int | tuple[int, int, int] = 0) -> Box | None:
    """Smallest [k, j, i] box around the non-zero voxels, grown by ``margin`` voxels and clipped; None if empty."""
    margins = (margin,) * 3 if isinstance(margin, int) else margin
    # the largest byte along an axis is found many times faster than any()
    filled = (mask if mask.dtype.itemsize == 1 else mask != 0).view(np.uint8)
    slices = np.flatnonzero(filled.max(axis=(1, 2), initial=0))
    if len(slices) == 0:
        return None
    plane = filled[slices[0] : slices[-1] + 1].max(axis=0)
    hits = (slices, np.flatnonzero(plane.any(axis=1)), np.flatnonzero(plane.any(axis=0)))
    n_k, n_j, n_i = mask.shape
    return grow_box(as_box(slice(int(hit[0]), int(hit[-1]) + 1) for hit in hits), margins, (n_k, n_j, n_i))


def whole_box(image: OnGrid) -> Box:
    """[k, j, i] box of a whole image."""
    return as_box(slice(0, n) for n in image.GetSize()[::-1])


def grow_box(box: Box, margins: tuple[int, int, int], shape: tuple[int, int, int]) -> Box:
    """The box with so many voxels more on both sides of each axis, clipped to an array's shape."""
    return as_box(
        slice(max(axis.start - m, 0), min(axis.stop + m, n)) for axis, m, n in zip(box, margins, shape, strict=True)
    )


def union_box(boxes: Sequence[Box]) -> Box:
    """Smallest box that holds all of at least one."""
    return as_box(
        slice(min(box[axis].start for box in boxes), max(box[axis].stop for box in boxes)) for axis in range(3)
    )


def box_within(box: Box, outer: Box) -> Box:
    """The box as seen in an array cut out with ``outer``."""
    return as_box(slice(b.start - o.start, b.stop - o.start) for b, o in zip(box, outer, strict=True))


def add_margin(box: Box, margin_mm: float, image: sitk.Image) -> Box:
    """The box with at least so many mm more on every side, within an image."""
    i, j, k = (int(np.ceil(margin_mm / s)) for s in image.GetSpacing())
    return grow_box(box, (k, j, i), image.GetSize()[::-1])


def crop(image: sitk.Image, box: Box) -> sitk.Image:
    """The part of an image inside a [k, j, i] box; origin follows."""
    bounds = [axis.indices(n)[:2] for axis, n in zip(box[::-1], image.GetSize(), strict=True)]
    size, start = [stop - start for start, stop in bounds], [start for start, _ in bounds]
    return run_filter(sitk.RegionOfInterest, image, size, start)


def image_like(array: np.ndarray, reference: OnGrid) -> sitk.Image:
    """Image of a [k, j, i] array on the grid of ``reference``."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(reference.GetSpacing())
    image.SetOrigin(reference.GetOrigin())
    image.SetDirection(reference.GetDirection())
    return image


def index_to_lps(image: OnGrid, kji: np.ndarray) -> np.ndarray:
    """LPS mm points (n, 3) of continuous [k, j, i] indices (n, 3)."""
    return np.asarray(kji, float)[:, ::-1] @ index_to_lps_matrix(image).T + np.array(image.GetOrigin())


def lps_to_index(image: OnGrid, points: np.ndarray) -> np.ndarray:
    """Continuous [k, j, i] indices (n, 3) of LPS mm points (n, 3)."""
    offset = np.asarray(points, float) - np.array(image.GetOrigin())
    # solving for all points at once takes eight times as long, to the same bits unless the CT is turned
    return (offset @ np.linalg.inv(index_to_lps_matrix(image)).T)[:, ::-1]


def extent(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest (3,) of points (..., 3), at least one, along each axis."""
    # axis by axis, for along an axis of three NumPy takes several times as long
    axes = points.reshape(-1, 3).T
    return np.array([axis.min() for axis in axes]), np.array([axis.max() for axis in axes])


def lengths(vectors: np.ndarray) -> np.ndarray:
    """Lengths (...) of vectors (..., 3): to the bit what `numpy.linalg.norm` gives, which takes three times as long."""
    first, second, third = (vectors[..., axis] for axis in range(3))
    return np.asarray(np.sqrt(first * first + second * second + third * third))


def is_within(index: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Do continuous indices (..., 3) lie in the voxels of an array of this shape? bool (...)."""
    inside = np.ones(index.shape[:-1], bool)
    for axis, size in enumerate(shape):  # all() along a short axis takes several times as long
        inside &= (index[..., axis] >= -0.5) & (index[..., axis] <= size - 0.5)
    return inside


def is_inside(image: OnGrid, points: np.ndarray) -> np.ndarray:
    """Do LPS mm points (n, 3) lie in the voxels of an image? bool (n,)."""
    return is_within(lps_to_index(image, points), image.GetSize()[::-1])


def voxel_along(image: sitk.Image, directions: np.ndarray, slice_mm: float = 0.0) -> np.ndarray:
    """Extent in mm of an image's voxel along LPS unit vectors (..., 3), its slices at least so thick; (...)."""
    x, y, z = image.GetSpacing()
    axes = np.array(image.GetDirection()).reshape(3, 3) * np.array([x, y, max(z, slice_mm)])
    return lengths(directions @ axes)


def index_to_lps_matrix(image: OnGrid) -> np.ndarray:
    """(3, 3) matrix that takes (i, j, k) to LPS mm, without the origin."""
    return np.array(image.GetDirection()).reshape(3, 3) * np.array(image.GetSpacing())


def same_grid(a: OnGrid, b: OnGrid) -> bool:
    """True when both images have the same size and their voxels lie at the same places."""
    if a.GetSize() != b.GetSize():
        return False
    ends = np.array(np.meshgrid(*[(0, n - 1) for n in a.GetSize()[::-1]], indexing="ij")).reshape(3, -1).T
    apart = np.abs(index_to_lps(a, ends) - index_to_lps(b, ends)).max()
    return bool(apart <= GRID_TOLERANCE_VOXELS * min(a.GetSpacing()))


def require_images(**images: object) -> None:
    """Raise when an argument is not a 3D image with one value per voxel.

    Raises
    ------
    OVCFRiskError
        Naming the argument, and how to read a file.
    """
    for name, image in images.items():
        if not isinstance(image, sitk.Image):
            got = f"the path '{image}'" if isinstance(image, (str, os.PathLike)) else type(image).__name__
            how = "OVCFRiskLib.ct.read_ct(path)" if name == "ct" else "OVCFRiskLib.segmentation.import_labels(path, ct)"
            raise OVCFRiskError(f"{name}: expected a SimpleITK image, got {got}; read files with {how}")
        require_scalar("CT" if name == "ct" else name, image)


def require_scalar(name: str, image: sitk.Image) -> None:
    """Raise unless an image is 3D with one value per voxel.

    Raises
    ------
    OVCFRiskError
        With the name and what it is.
    """
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise OVCFRiskError(
            f"{name}: expected a 3D image with one value per voxel, got {image.GetDimension()}D with "
            f"{image.GetNumberOfComponentsPerPixel()}; give the whole volume"
        )


def require_same_grid(ct: OnGrid, labels: OnGrid) -> None:
    """Raise when labels do not lie on the CT's grid.

    Raises
    ------
    OVCFRiskError
        Naming both grids.
    """
    if not same_grid(ct, labels):
        raise OVCFRiskError(
            f"labels are not on the CT's grid: expected {describe_grid(ct)}, got {describe_grid(labels)}; "
            "use OVCFRiskLib.segmentation.import_labels to bring them onto it"
        )


def describe_grid(image: OnGrid) -> str:
    """Size, spacing and origin in words, for messages."""
    size = "x".join(str(n) for n in image.GetSize())
    spacing = "x".join(f"{s:.4g}" for s in image.GetSpacing())
    origin = ", ".join(f"{o:.1f}" for o in image.GetOrigin())
    return f"{size} voxels of {spacing} mm at ({origin}) LPS mm"
