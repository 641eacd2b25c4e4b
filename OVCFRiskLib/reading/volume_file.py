"""One image from one file: NIfTI, NRRD or MetaImage, complete, with a sound grid."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import is_file, special_kind
from OVCFRiskLib.memory import require_memory, require_no_lack
from OVCFRiskLib.path_text import itk_path
from OVCFRiskLib.reading.detached_data import data_files, require_plain_data
from OVCFRiskLib.reading.nifti_geometry import NiftiGrid, NiftiLayout, decide_grid, is_as_itk_reads, read_nifti_layout
from OVCFRiskLib.reading.nifti_header import NiftiHeader, read_nifti_header, require_complete
from OVCFRiskLib.reading.nifti_volume import default_grid, place_voxels, read_nifti_voxels
from OVCFRiskLib.reading.quiet import itk_reason, quiet_itk
from OVCFRiskLib.reading.text_header import TextHeader, read_text_header
from OVCFRiskLib.reading.text_volume import is_compressed_meta, require_inflated, require_nothing_behind

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
SPACE_AXES = 3
VOXEL_BYTES = {
    **dict.fromkeys((sitk.sitkInt8, sitk.sitkUInt8), 1),
    **dict.fromkeys((sitk.sitkInt16, sitk.sitkUInt16), 2),
    **dict.fromkeys((sitk.sitkInt32, sitk.sitkUInt32, sitk.sitkFloat32), 4),
    **dict.fromkeys((sitk.sitkInt64, sitk.sitkUInt64, sitk.sitkFloat64), 8),
}


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
    return nifti_volume_header(nifti) if nifti is not None and not nifti.is_for_itk else open_volume(path, nifti)[1]


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
            return place_voxels(image, grid, is_labels), nifti_volume_header(nifti)
    text = read_text_header(path) if nifti is None else None
    reader, header = open_volume(path, nifti or text)
    if nifti is None and header.source == "nifti":  # ANALYZE, an older format
        require_complete(path, read_nifti_header(path))
    voxels = math.prod(reader.GetSize()) * reader.GetNumberOfComponents()
    size_bytes = voxels * VOXEL_BYTES.get(reader.GetPixelID(), 1)
    _require_room(path, voxels, size_bytes)
    if text is not None and is_compressed_meta(text):
        require_inflated(path, text, size_bytes)
    elif text is not None:
        require_nothing_behind(path, data_files(path, text), text)
    with quiet_itk():
        try:
            return reader.Execute(), header
        except (RuntimeError, MemoryError) as error:
            require_no_lack(error, f"'{path.name}'")
            raise _damaged(path, header.source, error) from error


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


def nifti_volume_header(nifti: FoundNifti) -> VolumeHeader:
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
        _require_voxel_sizes(path, text)
    io = image_io_of(path)
    if io is None and text is not None and not text.is_nrrd:  # ITK takes no name in capital letters for one
        io = "MetaImageIO"
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


def _require_voxel_sizes(path: Path, header: TextHeader) -> None:
    """Raise where a header does not say how large its voxels are: ITK takes 1 mm."""
    fields = header.fields
    if header.is_nrrd:
        vectors = fields.get("space directions", "").count("(")
        known = [size for size in fields.get("spacings", "").split() if size.lower() != "nan"]
        is_known = max(vectors, len(known)) >= min(int(fields["dimension"]), SPACE_AXES)
    else:
        is_known = "elementspacing" in fields or "elementsize" in fields
    if not is_known:
        raise OVCFRiskError(f"'{path}': expected the size of the voxels along each axis, got none; export it again")


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
