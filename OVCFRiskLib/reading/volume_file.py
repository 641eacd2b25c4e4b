"""One image from one file: NIfTI, NRRD or MetaImage, complete, with a sound grid."""

from __future__ import annotations

import copy
import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import is_file, special_kind
from OVCFRiskLib.geometry import run_filter
from OVCFRiskLib.memory import require_memory, require_no_lack
from OVCFRiskLib.path_text import itk_path
from OVCFRiskLib.reading.detached_data import require_plain_data
from OVCFRiskLib.reading.grid_axes import SMALL_DEVIATION, SOUND_DEVIATION, GridAxes
from OVCFRiskLib.reading.nifti_geometry import NiftiGrid, NiftiLayout, decide_grid, is_as_itk_reads, read_nifti_layout
from OVCFRiskLib.reading.nifti_header import NiftiHeader, read_nifti_header, require_complete
from OVCFRiskLib.reading.nifti_volume import default_grid, place_voxels, read_nifti_voxels
from OVCFRiskLib.reading.quiet import itk_reason, quiet_itk
from OVCFRiskLib.reading.text_header import TextHeader, read_text_header
from OVCFRiskLib.reading.text_volume import is_compressed_meta, require_inflated

# What is accepted, by ITK's name of the reader, and in words for the errors.
FORMAT_OF_READER = {"NiftiImageIO": "nifti", "NrrdImageIO": "nrrd", "MetaImageIO": "metaimage"}
READABLE = "NIfTI (.nii, .nii.gz), NRRD (.nrrd, .nhdr), MetaImage (.mha, .mhd) or a folder with a DICOM CT series"
# What other files of ITK's readers are, in words.
KINDS_OF_FILES = {
    "GDCMImageIO": "a DICOM file that is damaged or without its first bytes",
    **dict.fromkeys(("PNGImageIO", "JPEGImageIO", "BMPImageIO", "TIFFImageIO"), "a picture (PNG, JPEG, BMP or TIFF)"),
    "VTKImageIO": "a VTK file",
    "GiplImageIO": "a GIPL file",
    "MRCImageIO": "an MRC file",
    "HDF5ImageIO": "an HDF5 file",
    "MINCImageIO": "a MINC file",
}
# First bytes of archives that people give instead of what is in them.
ARCHIVES = {
    b"PK\x03\x04": "a ZIP archive",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!": "a RAR archive",
    b"\x1f\x8b": "a compressed file without an image in it",
}
LONGEST_SIGNATURE = max(map(len, ARCHIVES))
# 2048 x 2048 x 1024; a header that announces more is damaged
MOST_FILE_VOXELS = 2**32
VOXEL_BYTES = {
    **dict.fromkeys((sitk.sitkInt8, sitk.sitkUInt8), 1),
    **dict.fromkeys((sitk.sitkInt16, sitk.sitkUInt16), 2),
    **dict.fromkeys((sitk.sitkInt32, sitk.sitkUInt32, sitk.sitkFloat32), 4),
    **dict.fromkeys((sitk.sitkInt64, sitk.sitkUInt64, sitk.sitkFloat64), 8),
}
# No CT has smaller voxels or slices further apart: another unit, or a damaged header.
SMALLEST_SPACING_MM = 0.01
LARGEST_SPACING_MM = 20.0


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
    notes : tuple of str
        What was decided or changed about the grid, one sentence each.
    """

    source: str
    spacing_mm: tuple[float, ...]
    has_orientation: bool
    label_names: dict[int, str]
    notes: tuple[str, ...] = ()


def image_io_of(path: Path) -> str | None:
    """ITK's name of the reader for a file; None when no reader knows it."""
    with quiet_itk():
        try:
            return sitk.ImageFileReader.GetImageIOFromFileName(itk_path(path)) or None
        except RuntimeError:
            return None


def read_volume_header(path: Path) -> VolumeHeader:
    """Read the header of an image file.

    Raises
    ------
    OVCFRiskError
        If the format is another one, or the header is damaged.
    """
    nifti = find_nifti(path)
    return _nifti_volume_header(nifti) if nifti is not None and not nifti.is_for_itk else open_volume(path, nifti)[1]


def read_volume_file(path: Path, is_labels: bool = False) -> tuple[sitk.Image, VolumeHeader]:
    """Read an image file with all voxels accounted for.

    Parameters
    ----------
    path : Path
    is_labels : bool
        Where slices must be moved onto a straight grid (a tilted gantry in NIfTI): labels are not interpolated.

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
    nifti = find_nifti(path)
    if nifti is not None:
        require_complete(path, nifti.header)
        if not nifti.is_for_itk:
            _require_room(path, math.prod(nifti.layout.shape), nifti.header.voxel_bytes)
            image = read_nifti_voxels(path, nifti.layout, nifti.header)
            grid = nifti.grid or default_grid(nifti.layout)
            return place_voxels(image, grid, is_labels), _nifti_volume_header(nifti)
    text = read_text_header(path) if nifti is None else None
    reader, header = open_volume(path, nifti or text)
    if nifti is None and header.source == "nifti":  # ANALYZE, an older format
        require_complete(path, read_nifti_header(path))
    voxels = math.prod(reader.GetSize()) * reader.GetNumberOfComponents()
    size_bytes = voxels * VOXEL_BYTES.get(reader.GetPixelID(), 1)
    _require_room(path, voxels, size_bytes)
    if text is not None and is_compressed_meta(text):
        require_inflated(path, text, size_bytes)
    with quiet_itk():
        try:
            return reader.Execute(), header
        except (RuntimeError, MemoryError) as error:
            require_no_lack(error, f"'{path.name}'")
            raise _damaged(path, header.source, error) from error


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
    axes = _axes(image)
    spacing_is_sound = all(SMALLEST_SPACING_MM <= s <= LARGEST_SPACING_MM for s in image.GetSpacing())
    is_finite = all(map(math.isfinite, (*image.GetSpacing(), *image.GetOrigin(), *image.GetDirection())))
    if not is_finite or not spacing_is_sound or axes.deviation > SMALL_DEVIATION:
        spacing = " x ".join(f"{s:.4g}" for s in image.GetSpacing())
        raise OVCFRiskError(
            f"{name}: expected voxels of {SMALLEST_SPACING_MM} to {LARGEST_SPACING_MM:g} mm on perpendicular axes, "
            f"got {spacing} mm and axes whose largest cosine is {axes.deviation!r}; resample the CT to a straight "
            "grid, or export it again from DICOM"
        )
    if axes.deviation > SOUND_DEVIATION:
        image = run_filter(copy.deepcopy, image)
        image.SetDirection(axes.perpendicular().ravel().tolist())
    return image


def grid_repair_note(image: sitk.Image) -> tuple[str, ...]:
    """What `as_single_volume` changes about the axes of an image, as a note; empty for sound axes."""
    if image.GetDimension() != 3:
        return ()
    axes = _axes(image)
    return (axes.repair_note(),) if SOUND_DEVIATION < axes.deviation <= SMALL_DEVIATION else ()


def _axes(image: sitk.Image) -> GridAxes:
    """Axes of a 3D image as it has them."""
    return GridAxes(image.GetSpacing(), np.reshape(image.GetDirection(), (3, 3)))


@dataclass(frozen=True, slots=True)
class FoundNifti:
    """A NIfTI file before ITK meets it; ``is_for_itk`` when ITK reads it and puts it where the grid says."""

    header: NiftiHeader
    layout: NiftiLayout
    grid: NiftiGrid | None
    is_for_itk: bool


def find_nifti(path: Path) -> FoundNifti | None:
    """The file as NIfTI, whatever its name says; None for another format."""
    try:
        layout = read_nifti_layout(path) if path.is_file() else None
    except (OSError, EOFError, zlib.error):
        return None
    if layout is None:
        return None
    grid = decide_grid(layout, f"'{path.name}'")
    is_for_itk = is_as_itk_reads(layout, grid) and image_io_of(path) is not None
    return FoundNifti(read_nifti_header(path), layout, grid, is_for_itk)


def _nifti_volume_header(nifti: FoundNifti) -> VolumeHeader:
    """The header of a file that ITK does not read."""
    grid = nifti.grid or default_grid(nifti.layout)
    return VolumeHeader("nifti", grid.axes.spacing, nifti.header.has_orientation, nifti.header.label_names, grid.notes)


def _require_room(path: Path, voxels: int, size_bytes: int) -> None:
    """Raise when a header announces more voxels than any CT has, or than fit into the memory."""
    if voxels > MOST_FILE_VOXELS:
        raise OVCFRiskError(
            f"'{path}': expected at most {MOST_FILE_VOXELS} voxels, got {voxels}; the header is damaged"
        )
    require_memory(size_bytes, f"'{path.name}'")


def open_volume(path: Path, found: FoundNifti | TextHeader | None) -> tuple[sitk.ImageFileReader, VolumeHeader]:
    """A reader that has read the header, and what the header says; ``found`` is what is known of the file already."""
    kind = special_kind(path)
    if kind is not None:  # opening a pipe would wait for ever
        raise OVCFRiskError(f"'{path}': expected {READABLE}; got {kind}")
    text = found if isinstance(found, TextHeader) else read_text_header(path)
    if text is not None:
        require_plain_data(path, text)
    io = image_io_of(path)
    if io not in FORMAT_OF_READER:
        raise OVCFRiskError(f"'{path}': expected {READABLE}; got {_kind(path, io)}")
    source, is_oriented, names = FORMAT_OF_READER[io], True, {}
    if source == "nifti":
        header = read_nifti_header(path)
        is_oriented, names = header.has_orientation, header.label_names
    reader = sitk.ImageFileReader()
    reader.SetFileName(itk_path(path))
    reader.SetImageIO(io)
    with quiet_itk():
        try:
            reader.ReadImageInformation()
        except (RuntimeError, MemoryError) as error:
            raise _damaged(path, source, error) from error
    if source == "nrrd":
        is_oriented = reader.HasMetaDataKey("NRRD_space")
    notes = found.grid.notes if isinstance(found, FoundNifti) and found.grid is not None else ()
    return reader, VolumeHeader(source, tuple(reader.GetSpacing()), is_oriented, names, notes)


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
    with path.open("rb") as file:
        start = file.read(LONGEST_SIGNATURE)
    for signature, archive in ARCHIVES.items():
        if start.startswith(signature):
            return f"{archive}, unpack it first"
    return "a file of no known image format" if io is None else KINDS_OF_FILES.get(io, "a file of another format")
