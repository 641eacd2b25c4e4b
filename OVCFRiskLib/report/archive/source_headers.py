"""Headers of the CT that exported objects refer to: whole, of one series, with values that a valid object may carry."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.reading.character_sets import DEFAULT, codecs_of, decoded

if TYPE_CHECKING:
    from pydicom import DataElement, Dataset

PURPOSE = "writing DICOM objects"  # what the error names when pydicom is missing
# Without them nothing can refer to a CT (types 1 and 1C of the image modules, PS3.3).
NEEDED_ATTRIBUTES = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID")
# Must be present in every object but may be empty (type 2 of the patient and study modules, PS3.3, C.7.1 and C.7.2).
MAY_BE_EMPTY = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "AccessionNumber",
    "StudyID",
    "StudyDate",
    "StudyTime",
    "ReferringPhysicianName",
)
DICOM_SEXES = ("", "F", "M", "O")
UTF8 = "ISO_IR 192"
PATIENT_ID_TAG = 0x00100020
# Kinds of values whose letters follow the character set (PS3.5, 6.1.2.3).
TEXT_KINDS = {"LO", "LT", "PN", "SH", "ST", "UC", "UT"}
# Longest values, in characters; of a person's name in each of its three component groups (PS3.5, table 6.2-1).
LONGEST = {"SH": 16, "CS": 16, "LO": 64, "PN": 64, "ST": 1024, "LT": 10240}


def read_source_headers(files: Sequence[Path]) -> list[Dataset]:
    """Read the headers of a series, without pixels, so that new objects may copy from them.

    Texts are decoded by the header's character set and will be written as UTF-8. Values that are too long for their
    kind, or not of it, are emptied or left out; a patient's ID is never changed.

    Parameters
    ----------
    files : sequence of Path
        All slices of the CT in any order, or one multi-frame file.

    Returns
    -------
    list of pydicom.Dataset
        In the order of the files.

    Raises
    ------
    MissingDependencyError
        Without pydicom.
    OVCFRiskError
        If a file cannot be read, header fields are missing, the patient's ID cannot be carried, or the files belong to
        several series.
    """
    datasets = [_read(Path(path)) for path in files]
    if not datasets:
        raise OVCFRiskError("expected the DICOM files of the CT, got none; give the folder of the series")
    for path, dataset in zip(files, datasets, strict=True):
        _require_header(Path(path), dataset)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _decode_texts(dataset)
            _require_short_id(Path(path), dataset)
            _shorten(dataset)
        _complete(dataset)
    _require_one_series(datasets)
    return datasets


def _read(path: Path) -> Dataset:
    """One header."""
    try:
        import pydicom
    except ImportError as error:
        raise MissingDependencyError("pydicom", PURPOSE) from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pydicom.dcmread(path, stop_before_pixels=True)
    except Exception as error:  # pydicom raises many kinds on damaged files
        raise OVCFRiskError(
            f"'{path}': expected a DICOM file of the CT, got one that cannot be read ({error}); DICOM objects can only "
            "be written for a CT read from DICOM"
        ) from error


def _require_header(path: Path, dataset: Dataset) -> None:
    """Raise unless a header says which image it is and where it lies."""
    missing = [keyword for keyword in NEEDED_ATTRIBUTES if not dataset.get(keyword)]
    if "NumberOfFrames" not in dataset:
        geometry = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")
        missing += [keyword for keyword in geometry if not dataset.get(keyword)]
    if missing:
        raise OVCFRiskError(
            f"'{path.name}': the header lacks {', '.join(missing)}, without which no DICOM object can refer to this "
            "CT; export the series again from the archive"
        )


def _decode_texts(dataset: Dataset) -> None:
    """Decode every text by the header's character set, and let whatever copies it write it as UTF-8.

    A text that is not in that set is left out.

    Raises
    ------
    OVCFRiskError
        If it is the patient's ID: changed, it could be another's.
    """
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    codecs = codecs_of(_character_set(dataset))
    for tag in list(dataset.keys()):
        item = dataset.get_item(tag)
        kind = item.VR or (dictionary_VR(tag) if dictionary_has_tag(tag) else "UN")
        if kind not in TEXT_KINDS or not isinstance(item.value, bytes):
            continue
        try:
            text = decoded(item.value.rstrip(b" \0"), codecs)
        except OVCFRiskError:
            if item.tag == PATIENT_ID_TAG:
                raise
            text = ""
        dataset.add_new(tag, kind, text)
    if codecs != (DEFAULT,):
        dataset.SpecificCharacterSet = UTF8


def _require_short_id(path: Path, dataset: Dataset) -> None:
    """Raise when the patient's ID is longer than a valid object may carry."""
    length = len(str(dataset.get("PatientID") or ""))
    if length > LONGEST["LO"]:
        raise OVCFRiskError(
            f"'{path.name}': expected a patient ID of at most {LONGEST['LO']} characters, got {length}; no valid DICOM "
            "object can carry it: correct it in the archive"
        )


def _character_set(dataset: Dataset) -> str:
    """The values of (0008,0005) as they stand in the file."""
    values = dataset.get("SpecificCharacterSet") or ""
    return values if isinstance(values, str) else "\\".join(str(value or "") for value in values)


def _shorten(dataset: Dataset) -> None:
    """Empty or remove texts that are longer than their kind may be: better nothing than an invalid object."""
    for element in list(dataset):
        if element.VR in LONGEST and any(_is_too_long(value, element) for value in _values(element)):
            if element.keyword in MAY_BE_EMPTY:
                element.value = ""
            else:
                del dataset[element.tag]


def _values(element: DataElement) -> list[str]:
    """The texts of an element."""
    values = element.value if element.VM > 1 else [element.value]
    return [str(value) for value in values if value is not None]


def _is_too_long(value: str, element: DataElement) -> bool:
    """Whether one text is longer than its kind may be."""
    parts = value.split("=") if element.VR == "PN" else [value]
    return any(len(part) > LONGEST[element.VR] for part in parts)


def _complete(dataset: Dataset) -> None:
    """Put empty values where patient and study are not told, or not in DICOM's way."""
    from pydicom.valuerep import DA, TM

    for keyword in MAY_BE_EMPTY:
        if keyword not in dataset or dataset.get(keyword) is None:
            setattr(dataset, keyword, "")
    if dataset.PatientSex not in DICOM_SEXES:
        dataset.PatientSex = ""
    for keyword, kind in (("PatientBirthDate", DA), ("StudyDate", DA), ("StudyTime", TM)):
        try:
            kind(dataset.get(keyword))
        except (ValueError, TypeError):
            setattr(dataset, keyword, "")


def _require_one_series(datasets: Sequence[Dataset]) -> None:
    """Raise when files of several series came together."""
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        values = {str(dataset.get(keyword)) for dataset in datasets}
        if len(values) > 1:
            raise OVCFRiskError(
                f"expected the files of one CT series, got {len(values)} different {keyword}; give the one that was "
                "scored"
            )
    if len(datasets) > 1 and any("NumberOfFrames" in dataset for dataset in datasets):
        raise OVCFRiskError("expected single slices or one multi-frame file, got several; give the one that was scored")
