"""Enhanced multi-frame CT: a whole series in one file. Its frames are described in sequences, which only pydicom reads.

Functional groups: PS3.3, C.7.6.16 and C.8.15.3.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.reading.dicom_header import TAGS, SliceHeader

if TYPE_CHECKING:
    import pydicom

# keyword of an enhanced object -> the classic keyword with the same meaning
ENHANCED_KEYWORDS = {
    **{keyword: keyword for keyword in TAGS},
    "XRayTubeCurrentInmA": "XRayTubeCurrent",
    "ExposureInmAs": "Exposure",
    "FrameAcquisitionNumber": "AcquisitionNumber",
    "FrameType": "ImageType",
}


def frame_headers(header: SliceHeader) -> list[SliceHeader]:
    """One header per frame of a multi-frame CT.

    Parameters
    ----------
    header : SliceHeader
        Of the file.

    Returns
    -------
    list of SliceHeader
        Localiser frames are left out.

    Raises
    ------
    MissingDependencyError
        Without pydicom.
    OVCFRiskError
        If the file does not describe its frames.
    """
    dataset = _read_dataset(header.path, has_pixels=False)
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    if len(per_frame) != header.frames:
        raise OVCFRiskError(
            f"'{header.path.name}': expected a description of each of {header.frames} frames, got {len(per_frame)}; "
            "export the CT as single slices"
        )
    common = dict(header.tags)
    for group in shared:
        common |= _flat_tags(group)
    frames = [
        SliceHeader(header.path, common | _flat_tags(group), header.size, header.pixel_id, frame)
        for frame, group in enumerate(per_frame)
    ]
    return [frame for frame in frames if not frame.is_localiser]


def read_frames(headers: Sequence[SliceHeader]) -> sitk.Image:
    """Voxels of the frames in the order of their headers, each with its own slope and intercept.

    Raises
    ------
    OVCFRiskError
        If the frames cannot be decoded.
    """
    path = headers[0].path
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stored = _read_dataset(path).pixel_array
    except Exception as error:  # pydicom's decoders raise whatever their plug-ins raise
        raise _undecodable(path, error) from error
    return sitk.GetImageFromArray(np.stack([_rescaled(stored[header.frame], header) for header in headers]))


def frame_pieces(headers: Sequence[SliceHeader], at_once: int) -> Iterator[np.ndarray]:
    """Voxels of the frames, so many [k, j, i] at a time, as `read_frames` gives them; the file is never held whole.

    Raises
    ------
    OVCFRiskError
        As `read_frames`.
    """
    from pydicom.pixels import iter_pixels

    path = headers[0].path
    frames = iter_pixels(path, indices=[header.frame for header in headers])  # reads nothing yet
    for first in range(0, len(headers), at_once):
        piece = headers[first : first + at_once]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                stored = [next(frames) for _ in piece]
        except Exception as error:  # pydicom's decoders raise whatever their plug-ins raise
            raise _undecodable(path, error) from error
        yield np.stack([_rescaled(plane, header) for plane, header in zip(stored, piece, strict=True)])


def _rescaled(stored: np.ndarray, header: SliceHeader) -> np.ndarray:
    """HU of a frame."""
    slope, intercept = header.number("RescaleSlope"), header.number("RescaleIntercept")
    is_whole = float(slope or 1.0).is_integer() and float(intercept or 0.0).is_integer()
    dtype = np.int32 if is_whole else np.float32
    hu: np.ndarray = stored.astype(dtype) * dtype(1.0 if slope is None else slope) + dtype(intercept or 0)
    return hu


def _undecodable(path: Path, error: Exception) -> OVCFRiskError:
    """The error for frames that pydicom gave up on."""
    return OVCFRiskError(
        f"'{path.name}': the frames cannot be decoded ('{error}'); export the CT uncompressed or as single slices"
    )


def _read_dataset(path: Path, has_pixels: bool = True) -> pydicom.Dataset:
    """The file through pydicom."""
    try:
        import pydicom
    except ImportError as error:
        raise MissingDependencyError("pydicom", "reading an enhanced multi-frame CT") from error
    try:
        return pydicom.dcmread(path, force=True, stop_before_pixels=not has_pixels)
    except Exception as error:  # pydicom raises many kinds on damaged files
        raise OVCFRiskError(f"'{path.name}' cannot be read ('{error}'); copy or export it again") from error


def _flat_tags(group: pydicom.Dataset) -> dict[str, str]:
    """Texts of a functional group and of the items inside it, under classic keywords."""
    found: dict[str, str] = {}
    for element in group:
        if element.VR == "SQ":
            for item in element.value:
                found |= _flat_tags(item)
        elif element.keyword in ENHANCED_KEYWORDS and element.value not in (None, ""):
            value = element.value
            parts = value if isinstance(value, (list, tuple)) or hasattr(value, "append") else [value]
            found[ENHANCED_KEYWORDS[element.keyword]] = "\\".join(str(part) for part in parts)
    return found
