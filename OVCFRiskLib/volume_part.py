"""A part of an image that knows its place in the whole, so that work costs what the spine costs, not the scan.

All that depends on the whole image is computed from its grid alone: a part's origin, where the extraction grid lies,
what is inside the field of view, the hash. So results do not depend on how much of the image is held.
"""

from __future__ import annotations

import ctypes
import hashlib
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, array_view, as_box, box_within, crop, image_like

# Zeros outside of a part of labels are hashed so many at a time, bytes: chosen, fits the cache.
HASH_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the voxels of an image lie, without the voxels; it answers as a `SimpleITK.Image` does.

    Attributes
    ----------
    size : tuple of int
        Voxels along i, j, k.
    spacing, origin : tuple of float
        mm, and LPS mm of the first voxel's centre.
    direction : tuple of float
        Nine cosines, row by row, as SimpleITK has them.
    """

    size: tuple[int, int, int]
    spacing: tuple[float, float, float]
    origin: tuple[float, float, float]
    direction: tuple[float, ...]

    @classmethod
    def of(cls, image: sitk.Image) -> Grid:
        """The grid of a 3D image."""
        return cls(image.GetSize(), image.GetSpacing(), image.GetOrigin(), image.GetDirection())

    @property
    def shape(self) -> tuple[int, int, int]:
        """Size in array order, [k, j, i]."""
        i, j, k = self.size
        return k, j, i

    def image(self, size: tuple[int, int, int] = (1, 1, 1)) -> sitk.Image:
        """An empty image of another size at the same place, which ITK computes with."""
        image = sitk.Image(size, sitk.sitkUInt8)
        image.SetSpacing(self.spacing)
        image.SetOrigin(self.origin)
        image.SetDirection(self.direction)
        return image

    def GetSize(self) -> tuple[int, int, int]:
        """Voxels along i, j, k."""
        return self.size

    def GetSpacing(self) -> tuple[float, float, float]:
        """mm along i, j, k."""
        return self.spacing

    def GetOrigin(self) -> tuple[float, float, float]:
        """LPS mm of the first voxel's centre."""
        return self.origin

    def GetDirection(self) -> tuple[float, ...]:
        """Nine cosines, row by row."""
        return self.direction

    def TransformContinuousIndexToPhysicalPoint(self, index: list[float]) -> tuple[float, ...]:
        """LPS mm of a continuous (i, j, k) index, by ITK's arithmetic."""
        point: tuple[float, ...] = self.image().TransformContinuousIndexToPhysicalPoint(index)
        return point

    def TransformIndexToPhysicalPoint(self, index: tuple[int, ...]) -> tuple[float, ...]:
        """LPS mm of an (i, j, k) index, by ITK's arithmetic."""
        point: tuple[float, ...] = self.image().TransformIndexToPhysicalPoint(index)
        return point


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A part of an image.

    Attributes
    ----------
    image : SimpleITK.Image
        Its voxels, in their place.
    start : tuple of int
        First voxel in the whole, [k, j, i].
    whole : Grid
    sha256 : str or None
        Of the whole image (`image_sha256`), where reading found it.
    """

    image: sitk.Image
    start: tuple[int, int, int]
    whole: Grid
    sha256: str | None = None

    @classmethod
    def of(cls, image: sitk.Image) -> Part:
        """A whole image."""
        return cls(image, (0, 0, 0), Grid.of(image))

    @property
    def box(self) -> Box:
        """Where the part lies in the whole, [k, j, i]."""
        return as_box(slice(first, first + n) for first, n in zip(self.start, self.image.GetSize()[::-1], strict=True))

    @property
    def is_whole(self) -> bool:
        """True where nothing is left out."""
        return self.image.GetSize() == self.whole.size

    def shifted(self, box: Box) -> Box:
        """A box of this part as a box of the whole."""
        return as_box(slice(axis.start + n, axis.stop + n) for axis, n in zip(box, self.start, strict=True))

    def narrowed(self, box: Box) -> Part:
        """What of this part lies in a [k, j, i] box of the whole; itself where nothing falls away."""
        kept = as_box(
            slice(max(wanted.start, held.start), min(wanted.stop, held.stop))
            for wanted, held in zip(box, self.box, strict=True)
        )
        if kept == self.box:
            return self
        image = crop(self.image, box_within(kept, self.box))
        return Part(_placed(image, kept, self.whole), _start(kept), self.whole, self.sha256)

    def filled(self) -> sitk.Image:
        """The whole image, 0 outside of this part."""
        return self.widened(as_box(slice(0, n) for n in self.whole.shape)).image

    def widened(self, box: Box) -> Part:
        """The part within a [k, j, i] box of the whole that holds this one, 0 outside of this one."""
        if box == self.box:
            return self
        wider = empty_part(box, self.whole, self.image.GetPixelID())
        writable_view(wider.image)[box_within(self.box, box)] = array_view(self.image)
        return wider

    def like(self, array: np.ndarray) -> Part:
        """Another image [k, j, i] in the same place."""
        return Part(image_like(array, self.image), self.start, self.whole)


def as_part(image: sitk.Image | Part) -> Part:
    """A part as it is, an image as the whole."""
    return image if isinstance(image, Part) else Part.of(image)


def part_of_array(array: np.ndarray, box: Box, whole: Grid) -> Part:
    """A part from the voxels [k, j, i] of a box of the whole."""
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(whole.spacing)
    image.SetDirection(whole.direction)
    return Part(_placed(image, box, whole), _start(box), whole)


def empty_part(box: Box, whole: Grid, pixel_id: int) -> Part:
    """A part of zeros."""
    k, j, i = (axis.stop - axis.start for axis in box)
    image = sitk.Image(i, j, k, pixel_id)
    image.SetSpacing(whole.spacing)
    image.SetDirection(whole.direction)
    return Part(_placed(image, box, whole), _start(box), whole)


def writable_view(image: sitk.Image) -> np.ndarray:
    """The voxels [k, j, i] of a new image that nobody else holds, to be filled; valid as long as the image is.

    SimpleITK gives read-only views, and filling an array and making an image of it holds all voxels twice.
    """
    view = array_view(image)
    memory = (ctypes.c_byte * view.nbytes).from_address(view.__array_interface__["data"][0])
    return np.ctypeslib.as_array(memory).view(view.dtype).reshape(view.shape)


class VoxelHash:
    """SHA-256 of an image's voxels and geometry, independent of its file, fed with its planes from the first k on."""

    def __init__(self, grid: Grid, pixel_id: int) -> None:
        geometry = (grid.size, grid.spacing, grid.origin, grid.direction, pixel_id)
        self._digest = hashlib.sha256(repr(geometry).encode())

    def add(self, array: np.ndarray) -> None:
        """The next voxels, [k, j, i]."""
        self._digest.update(np.ascontiguousarray(array).data)

    def add_zeros(self, count: int) -> None:
        """So many bytes of 0."""
        zeros = bytes(min(count, HASH_CHUNK_BYTES))
        while count > 0:
            self._digest.update(zeros if count >= len(zeros) else zeros[:count])
            count -= len(zeros)

    def hexdigest(self) -> str:
        """Of all that was added."""
        return self._digest.hexdigest()


def image_sha256(image: sitk.Image) -> str:
    """Hash of voxels and geometry."""
    voxels = VoxelHash(Grid.of(image), image.GetPixelIDValue())
    voxels.add(array_view(image))
    return voxels.hexdigest()


def whole_sha256(ct: Part) -> str:
    """Hash of the whole CT: as reading found it, or of the image that is the whole.

    Raises
    ------
    OVCFRiskError
        If a part does not know it.
    """
    if ct.sha256 is not None:
        return ct.sha256
    if not ct.is_whole:
        raise OVCFRiskError(
            "expected a part of a CT with the hash of the whole, got none; read it with OVCFRiskLib.ct.open_ct"
        )
    return image_sha256(ct.image)


def sparse_sha256(part: Part) -> str:
    """`image_sha256` of the whole image whose voxels outside of a part are 0; it is never held."""
    array = array_view(part.image)
    voxels = VoxelHash(part.whole, part.image.GetPixelIDValue())
    planes, rows, columns = part.whole.shape
    plane_bytes = rows * columns * array.itemsize
    box = part.box
    voxels.add_zeros(box[0].start * plane_bytes)
    plane = np.zeros((rows, columns), array.dtype)
    for inner in array:
        plane[box[1], box[2]] = inner
        voxels.add(plane)
    voxels.add_zeros((planes - box[0].stop) * plane_bytes)
    return voxels.hexdigest()


def _start(box: Box) -> tuple[int, int, int]:
    """First voxel of a box."""
    return box[0].start, box[1].start, box[2].start


def _placed(image: sitk.Image, box: Box, whole: Grid) -> sitk.Image:
    """The image with the origin that its box has in the whole, whatever it was cut from."""
    image.SetOrigin(whole.TransformIndexToPhysicalPoint(_start(box)[::-1]))
    return image
