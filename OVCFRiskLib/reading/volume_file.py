"""One image from one file: NIfTI, NRRD or MetaImage, complete, with a sound grid."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import is_file, special_kind
from OVCFRiskLib.memory import require_memory, require_no_lack
from OVCFRiskLib.reading.detached_data import require_plain_data
from OVCFRiskLib.reading.nifti_header import read_nifti_header, require_complete
from OVCFRiskLib.reading.quiet import itk_reason, quiet_itk

SOURCES = {"NiftiImageIO": "nifti", "NrrdImageIO": "nrrd", "MetaImageIO": "metaimage"}
READABLE = "NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd) or a folder with a DICOM CT series"
# 2048 x 2048 x 1024; a header that announces more is damaged
MOST_VOXELS = 2**32
VOXEL_BYTES = {
    **dict.fromkeys((sitk.sitkInt8, sitk.sitkUInt8), 1),
    **dict.fromkeys((sitk.sitkInt16, sitk.sitkUInt16), 2),
    **dict.fromkeys((sitk.sitkInt32, sitk.sitkUInt32, sitk.sitkFloat32), 4),
    **dict.fromkeys((sitk.sitkInt64, sitk.sitkUInt64, sitk.sitkFloat64), 8),
}
SMALLEST_SPACING_MM, LARGEST_SPACING_MM = 0.01, 20.0


@dataclass(frozen=True, slots=True)
class VolumeHeader:
    """What an image file says beside the voxels.

    Attributes
    ----------
    source : str
        ``"nifti"``, ``"nrrd"`` or ``"metaimage"``.
    spacing_mm : tuple of float
    has_orientation : bool
        False when the file does not tell left from right and head from feet.
    label_names : dict of int to str
        Names of label values in a NIfTI header extension.
    """

    source: str
    spacing_mm: tuple[float, ...]
    has_orientation: bool
    label_names: dict[int, str]


def image_io_of(path: Path) -> str | None:
    """ITK's name of the reader for a file; None when no reader knows it."""
    with quiet_itk():
        try:
            return sitk.ImageFileReader.GetImageIOFromFileName(str(path)) or None
        except RuntimeError:
            return None


def read_volume_header(path: Path) -> VolumeHeader:
    """Read the header of an image file.

    Raises
    ------
    OVCFRiskError
        If the format is another one, or the header is damaged.
    """
    return _open(path)[1]


def read_volume_file(path: Path) -> tuple[sitk.Image, VolumeHeader]:
    """Read an image file with all voxels accounted for.

    Returns
    -------
    image : SimpleITK.Image
        As stored: any pixel type, scalar or vector, 2D to 4D.
    header : VolumeHeader

    Raises
    ------
    OVCFRiskError
        If the format is another one, or the file is cut, damaged or too large.
    """
    reader, header = _open(path)
    if header.source == "nifti":
        require_complete(path, read_nifti_header(path))
    voxels = math.prod(reader.GetSize()) * reader.GetNumberOfComponents()
    if voxels > MOST_VOXELS:
        raise OVCFRiskError(f"'{path}': expected at most {MOST_VOXELS} voxels, got {voxels}; the header is damaged")
    require_memory(voxels * VOXEL_BYTES.get(reader.GetPixelID(), 1), f"'{path.name}'")
    with quiet_itk():
        try:
            return reader.Execute(), header
        except (RuntimeError, MemoryError) as error:
            require_no_lack(error, f"'{path.name}'")
            raise _damaged(path, header.source, error) from error


def as_single_volume(image: sitk.Image, name: str) -> sitk.Image:
    """The image as 3D scalar; a fourth axis of length one is dropped.

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
    while image.GetDimension() > 3 and image.GetSize()[-1] == 1:
        image = sitk.Extract(image, (*image.GetSize()[:-1], 0), (0,) * image.GetDimension())
    if image.GetDimension() != 3 or min(image.GetSize()) < 2:
        raise OVCFRiskError(
            f"{name}: expected one 3D volume, got {'x'.join(map(str, size))} voxels; "
            "export a whole series, one time point"
        )
    geometry = (*image.GetSpacing(), *image.GetOrigin(), *image.GetDirection())
    handedness = np.linalg.det(np.reshape(image.GetDirection(), (3, 3)))
    spacing_is_sound = all(SMALLEST_SPACING_MM <= s <= LARGEST_SPACING_MM for s in image.GetSpacing())
    if not all(map(math.isfinite, geometry)) or abs(abs(handedness) - 1) > 1e-3 or not spacing_is_sound:
        spacing = " x ".join(f"{s:.4g}" for s in image.GetSpacing())
        raise OVCFRiskError(
            f"{name}: expected voxels of {SMALLEST_SPACING_MM} to {LARGEST_SPACING_MM:g} mm on perpendicular axes, "
            f"got {spacing} mm and axes of determinant {handedness:.3g}; the header is damaged, export the CT again"
        )
    return image


def _open(path: Path) -> tuple[sitk.ImageFileReader, VolumeHeader]:
    """A reader that has read the header, and what the header says."""
    kind = special_kind(path)
    if kind is not None:  # opening a pipe would wait for ever
        raise OVCFRiskError(f"'{path}': expected {READABLE}; got {kind}")
    require_plain_data(path)
    io = image_io_of(path)
    if io not in SOURCES:
        raise OVCFRiskError(f"'{path}': expected {READABLE}; got {_kind(path, io)}")
    source, is_oriented, names = SOURCES[io], True, {}
    if source == "nifti":
        header = read_nifti_header(path)
        is_oriented, names = header.has_orientation, header.label_names
    reader = sitk.ImageFileReader()
    reader.SetFileName(str(path))
    reader.SetImageIO(io)
    with quiet_itk():
        try:
            reader.ReadImageInformation()
        except (RuntimeError, MemoryError) as error:
            raise _damaged(path, source, error) from error
    if source == "nrrd":
        is_oriented = reader.HasMetaDataKey("NRRD_space")
    return reader, VolumeHeader(source, tuple(reader.GetSpacing()), is_oriented, names)


def _damaged(path: Path, source: str, error: Exception) -> OVCFRiskError:
    """The error for a file ITK gave up on."""
    return OVCFRiskError(
        f"'{path}' cannot be read as {source} ({itk_reason(error)}); it is cut or damaged, copy or export it again"
    )


def _kind(path: Path, io: str | None) -> str:
    """What a file that is not readable seems to be."""
    if not is_file(path):
        return "no such file"
    if path.stat().st_size == 0:
        return "an empty file"
    return "a file of no known image format" if io is None else f"a file for {io.removesuffix('ImageIO')}"
