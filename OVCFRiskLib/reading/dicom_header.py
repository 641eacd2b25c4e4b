"""One DICOM object's header through GDCM, as SimpleITK gives it: text by tag, and the numbers in it.

Only what reading a CT needs is kept. Tags: https://dicom.nema.org/medical/dicom/current/output/html/part06.html
"""

from __future__ import annotations

import functools
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.path_text import itk_path
from OVCFRiskLib.reading.character_sets import in_character_set
from OVCFRiskLib.reading.dicom_lengths import lengths_fit
from OVCFRiskLib.reading.quiet import quiet_itk

# ITK's keys (group|element, hexadecimal) of what a slice's header is asked for, by DICOM keyword.
TAGS = {
    "SpecificCharacterSet": "0008|0005",
    "ImageType": "0008|0008",
    "SOPClassUID": "0008|0016",
    "SOPInstanceUID": "0008|0018",
    "StudyDate": "0008|0020",
    "AcquisitionDate": "0008|0022",
    "StudyTime": "0008|0030",
    "AcquisitionTime": "0008|0032",
    "Modality": "0008|0060",
    "Manufacturer": "0008|0070",
    "ManufacturerModelName": "0008|1090",
    "SeriesDescription": "0008|103e",
    "TimezoneOffsetFromUTC": "0008|0201",
    "PatientName": "0010|0010",
    "PatientID": "0010|0020",
    "PatientBirthDate": "0010|0030",
    "PatientSex": "0010|0040",
    "PatientAge": "0010|1010",
    "ContrastBolusAgent": "0018|0010",
    "SliceThickness": "0018|0050",
    "KVP": "0018|0060",
    "ContrastBolusRoute": "0018|1040",
    "XRayTubeCurrent": "0018|1151",
    "Exposure": "0018|1152",
    "ConvolutionKernel": "0018|1210",
    "PatientPosition": "0018|5100",
    "StudyInstanceUID": "0020|000d",
    "SeriesInstanceUID": "0020|000e",
    "SeriesNumber": "0020|0011",
    "AcquisitionNumber": "0020|0012",
    "ImagePositionPatient": "0020|0032",
    "ImageOrientationPatient": "0020|0037",
    "NumberOfFrames": "0028|0008",
    "PixelSpacing": "0028|0030",
    "PixelRepresentation": "0028|0103",
    "PixelPaddingValue": "0028|0120",
    "PixelPaddingRangeLimit": "0028|0121",
    "RescaleIntercept": "0028|1052",
    "PhotometricInterpretation": "0028|0004",
    "RescaleSlope": "0028|1053",
    "RescaleType": "0028|1054",
}
# SOP classes of CTs: one slice a file; many frames a file (Enhanced, Legacy Converted Enhanced).
CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT_CLASSES = ("1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")

# Where a file lacks DICOM's mark, only its name says that it was meant to be DICOM.
DICOM_SUFFIXES = (".dcm", ".dicom", ".ima")


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """The header of one slice: a file, or a frame of a multi-frame file.

    Attributes
    ----------
    path : Path
    tags : mapping of str to str
        DICOM keyword (of `TAGS`) to text in the header's character set; absent and empty ones are left out. Text that
        is not in that set keeps its bytes above 127 as Python's escaped surrogates.
    size : tuple of int
        Columns, rows, frames.
    pixel_id : int
        SimpleITK's pixel type once slope and intercept are applied.
    frame : int
        Index in a multi-frame file.
    """

    path: Path
    tags: Mapping[str, str]
    size: tuple[int, ...]
    pixel_id: int
    frame: int = 0

    def text(self, keyword: str) -> str | None:
        """A text, or None."""
        return self.tags.get(keyword)

    def numbers(self, keyword: str, count: int) -> tuple[float, ...] | None:
        """``count`` finite numbers, or None where there are fewer or other things."""
        try:
            values = tuple(float(part) for part in self.tags.get(keyword, "").split("\\"))
        except ValueError:
            return None
        return values if len(values) == count and all(map(math.isfinite, values)) else None

    def complete_numbers(self, keyword: str, count: int) -> tuple[float, ...]:
        """``count`` finite numbers that a check has found to be there.

        Raises
        ------
        OVCFRiskError
            If they are not.
        """
        values = self.numbers(keyword, count)
        if values is None:
            raise OVCFRiskError(f"'{self.path.name}' lacks {keyword}; export the original CT series")
        return values

    def number(self, keyword: str) -> float | None:
        """One finite number, or None."""
        values = self.numbers(keyword, 1)
        return values[0] if values else None

    @property
    def frames(self) -> int:
        """Number of frames in the file."""
        return int(self.number("NumberOfFrames") or 1)

    @property
    def is_ct(self) -> bool:
        """True for an image of modality CT, single or multi-frame."""
        sop_class = self.text("SOPClassUID")
        return self.text("Modality") == "CT" and sop_class in (CT_IMAGE_STORAGE, *ENHANCED_CT_CLASSES)

    @property
    def is_localiser(self) -> bool:
        """True when the image type says scout, topogram or localizer."""
        return "LOCALIZER" in self.tags.get("ImageType", "").upper().split("\\")

    @property
    def patient(self) -> str:
        """Tells patients apart: by their ID, or by name where there is none. Never shown."""
        return (self.text("PatientID") or self.text("PatientName") or "").casefold()

    @property
    def padding_hu(self) -> tuple[float, float] | None:
        """Lowest and highest padding value in HU; None where the header names none."""
        stored = (self.number("PixelPaddingValue"), self.number("PixelPaddingRangeLimit"))
        # the value may be written with the other sign convention than the pixels
        is_signed = self.number("PixelRepresentation") == 1
        turned = [v - 2**16 if is_signed and v >= 2**15 else v for v in stored if v is not None]
        slope, intercept = self.number("RescaleSlope"), self.number("RescaleIntercept")
        values = [v * (1.0 if slope is None else slope) + (intercept or 0.0) for v in turned]
        return (min(values), max(values)) if values else None


def looks_like_dicom(path: Path) -> bool:
    """True when a file begins as DICOM does, with or without preamble."""
    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError:
        return False
    # without preamble the first element belongs to group 0002 or 0008, in little endian
    return start[128:132] == b"DICM" or (start[:2] in (b"\x02\x00", b"\x08\x00") and start[3:4] == b"\x00")


def read_header(path: Path) -> SliceHeader | None:
    """Header of a DICOM image; None when GDCM finds no complete image in the file, or would not survive the search."""
    status = path.stat()
    return _read_header(path, status.st_mtime_ns, status.st_size)


@functools.lru_cache(maxsize=4096)
def _read_header(path: Path, _modified: int, _bytes: int) -> SliceHeader | None:
    """The header, remembered: a CT and its acquisition are read one after the other."""
    if not lengths_fit(path, read_file_meta(path).get(0x0010)):
        return None
    reader = sitk.ImageFileReader()
    reader.SetFileName(itk_path(path))
    reader.SetImageIO("GDCMImageIO")
    with quiet_itk():
        try:
            reader.ReadImageInformation()
        except (RuntimeError, MemoryError):
            return None
        tags = {}
        for keyword, tag in TAGS.items():
            if reader.HasMetaDataKey(tag) and (value := reader.GetMetaData(tag).strip(" \0\r\n\t")):
                tags[keyword] = value
        return SliceHeader(path, in_character_set(tags), tuple(reader.GetSize()), reader.GetPixelID())


def read_file_meta(path: Path) -> dict[int, str]:
    """Texts of group 0002 by element, which survive where the rest of a file is cut; empty without preamble.

    The group is always explicit VR, little endian (PS3.10, 7.1).
    """
    with path.open("rb") as file:
        data = file.read(4096)
    found: dict[int, str] = {}
    position = 132
    while data[128:132] == b"DICM" and data[position : position + 2] == b"\x02\x00" and position + 12 <= len(data):
        element = struct.unpack_from("<H", data, position + 2)[0]
        is_long = data[position + 4 : position + 6] in (b"OB", b"OW", b"UN", b"UT")
        start = position + (12 if is_long else 8)
        length = struct.unpack_from("<I" if is_long else "<H", data, position + (8 if is_long else 6))[0]
        position = start + length
        if position <= len(data):
            found[element] = data[start:position].decode("ascii", errors="replace").strip(" \0")
    return found


def is_damaged_ct(path: Path) -> bool:
    """True for a file without a readable image that could be a CT image: it says so, or ends before it could."""
    try:
        with path.open("rb") as file:
            is_marked = file.read(132)[128:] == b"DICM"
        if not is_marked:
            return path.suffix.lower() in DICOM_SUFFIXES
        return read_file_meta(path).get(0x0002) in (None, CT_IMAGE_STORAGE, *ENHANCED_CT_CLASSES)
    except OSError:  # no permission
        return True
