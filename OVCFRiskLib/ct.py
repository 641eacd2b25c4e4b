"""A CT from a file or folder: voxels in HU on the scanner's own grid, and how it was acquired."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import special_kind
from OVCFRiskLib.geometry import Box
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.plain_text import LONGEST_NAME, printable
from OVCFRiskLib.reading.ct_stream import CTStream, stream_of_file, stream_of_stack
from OVCFRiskLib.reading.dicom_acquisition import acquisition_of
from OVCFRiskLib.reading.dicom_header import looks_like_dicom
from OVCFRiskLib.reading.dicom_identity import identity_of
from OVCFRiskLib.reading.dicom_series import find_series
from OVCFRiskLib.reading.dicom_slices import Stack
from OVCFRiskLib.reading.dicom_volume import read_stack, stack_series
from OVCFRiskLib.reading.hounsfield import as_hounsfield
from OVCFRiskLib.reading.series_choice import choose_series
from OVCFRiskLib.reading.single_volume import as_single_volume, grid_repair_note
from OVCFRiskLib.reading.volume_file import (
    VolumeHeader,
    read_volume_file,
    read_volume_header,
)
from OVCFRiskLib.threads import beside
from OVCFRiskLib.volume_part import Grid, Part, image_sha256

# Note on a file without orientation: it is read all the same, but the user should look at the directions.
NO_ORIENTATION = (
    "the file does not say where left, right, head and feet are; the axes of the file are taken as they come"
)


def read_ct(path: str | Path, series: str | None = None) -> sitk.Image:
    """Read a CT.

    Examples
    --------
    ::

        ct = read_ct("ct.nii.gz")
        ct = read_ct("dicom-folder", series="1.2.840...")

    Parameters
    ----------
    path : str or Path
        A NIfTI, NRRD or MetaImage file, a folder with DICOM files (searched to any depth), or one file of
        a DICOM series.
    series : str, optional
        SeriesInstanceUID; without it, the axial series with most slices (`read_acquisition` notes the choice).

    Returns
    -------
    SimpleITK.Image
        3D, HU as stored: int16 for whole numbers, float32 for fractions. Origin, spacing and direction are the
        file's, LPS mm; axes are not reordered. Padding outside the scanned circle is -1024 HU.

    Raises
    ------
    OVCFRiskError
        If there is no CT, or it is cut, damaged, uneven, tilted, not in HU, or holds NaN.
    """
    return read_ct_and_acquisition(path, series)[0]


def read_acquisition(path: str | Path, series: str | None = None) -> Acquisition:
    """How the CT was acquired, from headers alone.

    What only the voxels tell (padding replaced, values cut by a window) is noted by `read_ct_and_acquisition`.

    Raises
    ------
    OVCFRiskError
        As `read_ct`, as far as headers tell.
    """
    if _is_dicom(path):
        stack, notes = _stack(path, series)
        return acquisition_of(stack, notes)
    _refuse_series(path, series)
    return _file_acquisition(read_volume_header(Path(path)))


def read_ct_and_acquisition(path: str | Path, series: str | None = None) -> tuple[sitk.Image, Acquisition]:
    """CT and acquisition in one go, the notes about voxels included.

    Returns
    -------
    ct : SimpleITK.Image
        As `read_ct`.
    acquisition : Acquisition

    Raises
    ------
    OVCFRiskError
        As `read_ct`.
    """
    if _is_dicom(path):
        stack, notes = _stack(path, series)
        return _read_whole(stack, acquisition_of(stack, notes))
    _refuse_series(path, series)
    image, header = read_volume_file(Path(path))
    acquisition = _file_acquisition(header)
    ct, notes = as_hounsfield(as_single_volume(image, f"'{path}'"), f"'{path}'")
    return ct, _noted(acquisition, (*grid_repair_note(image), *notes))


@dataclass(frozen=True, slots=True)
class OpenCT:
    """A CT whose header was read.

    Attributes
    ----------
    grid : Grid
        Of the whole CT.
    acquisition : Acquisition
        Without the notes that only the voxels tell.
    read : callable
        ``read(box) -> (Part, Acquisition)`` reads the voxels once and keeps those in a [k, j, i] box: they and the
        hash are those of what `read_ct` gives, and all notes are there.
    stop : callable
        Ends reading that another thread does, which then raises CancelledError; a context does so at its end.
    """

    grid: Grid
    acquisition: Acquisition
    read: Callable[[Box], tuple[Part, Acquisition]]
    stop: Callable[[], None] = lambda: None

    def __enter__(self) -> OpenCT:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    def ahead(self, box: Box) -> OpenCT:
        """The same CT, of which a box is being read from now on, beside other work; it is given away once."""
        found = [beside(self.read, box)]

        def read(wanted: Box) -> tuple[Part, Acquisition]:
            return found.pop().result() if found and wanted == box else self.read(wanted)

        return dataclasses.replace(self, read=read)


def open_ct(path: str | Path, series: str | None = None) -> OpenCT:
    """Open a CT, to read the part around the spine.

    Voxels are read some slices at a time and never held whole, but for those that have to be moved (a tilted gantry in
    NIfTI), a NIfTI in two files and layouts that only ITK knows.

    Raises
    ------
    OVCFRiskError
        As `read_ct`; what concerns voxels, when they are read.
    """
    if _is_dicom(path):
        stack, notes = _stack(path, series)
        acquisition = acquisition_of(stack, notes)
        return _streamed(stream_of_stack(stack, _series_name(acquisition), _padding_of(stack)), acquisition)
    _refuse_series(path, series)
    found = stream_of_file(Path(path))
    if found is None:
        return _held(lambda: read_ct_and_acquisition(path))
    return _streamed(found[0], _file_acquisition(found[1]))


def _held(read_whole: Callable[[], tuple[sitk.Image, Acquisition]]) -> OpenCT:
    """A CT that is read whole and then cut."""
    held = [read_whole()]

    def read(box: Box) -> tuple[Part, Acquisition]:
        whole, acquisition = held.pop() if held else read_whole()  # the whole is held no longer than needed
        return dataclasses.replace(Part.of(whole), sha256=image_sha256(whole)).narrowed(box), acquisition

    return OpenCT(Grid.of(held[0][0]), held[0][1], read)


def _streamed(stream: CTStream, acquisition: Acquisition) -> OpenCT:
    """A CT that is read some slices at a time."""
    stopped = threading.Event()

    def read(box: Box) -> tuple[Part, Acquisition]:
        part, notes = stream.read(box, stopped.is_set)
        return part, _noted(acquisition, notes)

    return OpenCT(stream.grid, acquisition, read, stopped.set)


def _read_whole(stack: Stack, acquisition: Acquisition) -> tuple[sitk.Image, Acquisition]:
    """All voxels of a series."""
    name = _series_name(acquisition)
    ct, notes = as_hounsfield(as_single_volume(read_stack(stack), name), name, _padding_of(stack))
    return ct, _noted(acquisition, notes)


def _series_name(acquisition: Acquisition) -> str:
    """A series in messages."""
    return f"series {acquisition.series_uid}"


def _padding_of(stack: Stack) -> list[tuple[float, float]]:
    """What the headers of the slices name as padding."""
    return [header.padding_hu for header in stack.headers if header.padding_hu]


def _noted(acquisition: Acquisition, notes: tuple[str, ...]) -> Acquisition:
    """The acquisition with further notes."""
    return dataclasses.replace(acquisition, notes=(*acquisition.notes, *notes))


def series_files(path: str | Path, series: str | None = None) -> tuple[Path, ...]:
    """Files of the DICOM series that `read_ct` reads, in the order of the CT's slices (ascending k).

    Returns
    -------
    tuple of Path
        One per slice; a single one for a multi-frame file.

    Raises
    ------
    OVCFRiskError
        As `read_ct`, and if the path is not DICOM.
    """
    if not _is_dicom(path):
        raise OVCFRiskError(f"'{path}': expected a DICOM series, got another file; only DICOM has source images")
    stack, _notes = _stack(path, series)
    return tuple(dict.fromkeys(header.path for header in stack.headers))


def read_identity(path: str | Path, series: str | None = None) -> Identity:
    """Patient and study of a CT, empty where the file is no DICOM. Only for who asked to have it written.

    Raises
    ------
    OVCFRiskError
        As `read_ct`, as far as headers tell, and if the patient's ID is not readable.
    """
    if not _is_dicom(path):
        return Identity()
    stack, _notes = _stack(path, series)
    return identity_of(stack.headers[len(stack.headers) // 2])


def _is_dicom(path: str | Path) -> bool:
    """True for a folder and for a DICOM file."""
    if not isinstance(path, (str, Path)):
        raise OVCFRiskError(
            f"expected the path of a CT file or of a folder with a DICOM series, got {type(path).__name__}"
        )
    path = Path(path)
    expected = "expected a CT file or a folder with a DICOM series"
    try:
        is_folder = path.is_dir()
        if not is_folder and not path.exists():
            raise OVCFRiskError(f"'{path}' does not exist; {expected}")
    except (OSError, ValueError) as error:
        if isinstance(error, OVCFRiskError):
            raise
        raise OVCFRiskError(f"'{printable(str(path), LONGEST_NAME)}' is no path; {expected}") from error
    if (kind := special_kind(path)) is not None:
        raise OVCFRiskError(f"'{path}' is {kind}; {expected}")
    return is_folder or looks_like_dicom(path)


def _stack(path: str | Path, series: str | None) -> tuple[Stack, tuple[str, ...]]:
    """The slices asked for, and what was chosen."""
    chosen, notes = choose_series(find_series(path), series)
    return stack_series(chosen), notes


def _refuse_series(path: str | Path, series: str | None) -> None:
    if series is not None:
        raise OVCFRiskError(f"a series UID goes with a DICOM folder, and '{path}' is a single image; leave it out")


def _file_acquisition(header: VolumeHeader) -> Acquisition:
    """The little an image file says."""
    notes = (*header.notes, *(() if header.has_orientation else (NO_ORIENTATION,)))
    x, y, z, *_ = (*header.spacing_mm, 1.0)
    return Acquisition(source=header.source, spacing_mm=(x, y, z), notes=notes)
