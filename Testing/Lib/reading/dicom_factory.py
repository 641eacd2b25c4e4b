"""DICOM files for tests, written with pydicom: a CT series from an image, and the ways one can be wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage, ExplicitVRLittleEndian, generate_uid

PerSlice = Callable[[int, Dataset], None]


def write_series(
    folder: Path,
    ct: sitk.Image,
    *,
    slope: float = 1.0,
    intercept: float = -1024.0,
    name: Callable[[int], str] = "IM{:04d}.dcm".format,
    per_slice: PerSlice | None = None,
    transfer_syntax: str = ExplicitVRLittleEndian,
    **header: object,
) -> list[Path]:
    """Write a 3D image as a CT series, one file per slice.

    Parameters
    ----------
    folder : Path
        Made when it does not exist.
    ct : SimpleITK.Image
        HU; the slices are the image's own k planes, so a third axis along head-feet makes axial slices.
    slope, intercept : float
        Stored value = (HU - intercept) / slope, rounded.
    name : callable
        File name of slice k.
    per_slice : callable
        ``per_slice(k, dataset)`` may change a slice before it is written; ``dataset.clear()`` leaves it out.
    transfer_syntax : str
    **header
        DICOM keywords that replace the defaults in every slice; None deletes one.

    Returns
    -------
    list of Path
        In the order of k.
    """
    folder.mkdir(parents=True, exist_ok=True)
    common = _series_header() | header
    stored = np.rint((sitk.GetArrayFromImage(ct).astype(float) - intercept) / slope)
    paths = []
    for k, plane in enumerate(stored):
        dataset = _slice(ct, k, plane, slope, intercept)
        for keyword, value in common.items():
            if value is not None:
                setattr(dataset, keyword, value)
            elif keyword in dataset:
                delattr(dataset, keyword)
        if per_slice is not None:
            per_slice(k, dataset)
        if len(dataset):
            paths.append(write_object(folder / name(k), dataset, transfer_syntax))
    return paths


def write_multi_frame(
    path: Path,
    ct: sitk.Image,
    slope: float = 1.0,
    intercept: float = -1024.0,
    transfer_syntax: str = ExplicitVRLittleEndian,
    scale: Callable[[int], tuple[float, float]] | None = None,
) -> Path:
    """Write a 3D image as one enhanced CT, its frames from the last slice to the first.

    Parameters are those of `write_series`; ``scale(k)`` gives slice k a slope and intercept of its own.
    """
    scales = [(slope, intercept) if scale is None else scale(k) for k in range(ct.GetSize()[2])]
    planes = sitk.GetArrayFromImage(ct).astype(float)
    stored = [np.rint((plane - own[1]) / own[0]) for plane, own in zip(planes, scales, strict=True)]
    is_signed = bool(min(plane.min() for plane in stored) < 0)
    slices = [_slice(ct, k, plane, *scales[k]) for k, plane in enumerate(stored)][::-1]
    dataset = plain_object(EnhancedCTImageStorage, "CT", ImageType=["ORIGINAL", "PRIMARY", "VOLUME", "NONE"])
    for keyword in ("SamplesPerPixel", "PhotometricInterpretation", "Rows", "Columns"):
        setattr(dataset, keyword, slices[0][keyword].value)
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    dataset.PixelRepresentation = int(is_signed)
    dataset.NumberOfFrames = len(slices)
    dataset.PerFrameFunctionalGroupsSequence = [_functional_groups(each) for each in slices]
    voxels = np.stack(stored[::-1]).astype(np.int16 if is_signed else np.uint16)
    dataset.PixelData = voxels.tobytes()
    if transfer_syntax != ExplicitVRLittleEndian:
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        dataset.compress(transfer_syntax, generate_instance_uid=False)
    return write_object(path, dataset, transfer_syntax)


def _functional_groups(single: Dataset) -> Dataset:
    """What an enhanced CT says of a frame, from the header of a single slice."""
    groups = Dataset()
    for sequence, keywords in {
        "PlanePositionSequence": ("ImagePositionPatient",),
        "PlaneOrientationSequence": ("ImageOrientationPatient",),
        "PixelMeasuresSequence": ("PixelSpacing", "SliceThickness"),
        "PixelValueTransformationSequence": ("RescaleIntercept", "RescaleSlope", "RescaleType"),
    }.items():
        item = Dataset()
        for keyword in keywords:
            setattr(item, keyword, single[keyword].value)
        setattr(groups, sequence, [item])
    return groups


def write_object(path: Path, dataset: Dataset, transfer_syntax: str = ExplicitVRLittleEndian) -> Path:
    """Write any dataset with SOP class and instance as a DICOM file."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    path.parent.mkdir(parents=True, exist_ok=True)
    file = FileDataset(str(path), dataset, file_meta=meta, preamble=b"\0" * 128)
    file.save_as(path, enforce_file_format=True)
    return path


def plain_object(sop_class: str, modality: str, **header: object) -> Dataset:
    """A dataset without an image, such as a report."""
    dataset = Dataset()
    for keyword, value in (_series_header() | header).items():
        if value is not None:
            setattr(dataset, keyword, value)
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = sop_class, generate_uid(), modality
    return dataset


def _series_header() -> dict[str, object]:
    """What the slices of a series have in common."""
    return {
        "PatientName": "Phantom^Lumbar",
        "PatientID": "PHANTOM-1",
        "PatientBirthDate": "19600304",
        "PatientSex": "F",
        "PatientAge": "062Y",
        "PatientPosition": "HFS",
        "StudyInstanceUID": "1.2.826.0.1.3680043.8.498.1",  # one woman, one study, unless a test says otherwise
        "SeriesInstanceUID": generate_uid(),
        "FrameOfReferenceUID": generate_uid(),
        "PositionReferenceIndicator": "",
        "StudyDate": "20220615",
        "StudyTime": "101500",
        "StudyID": "1",
        "AccessionNumber": "",
        "ReferringPhysicianName": "",
        "SeriesNumber": 2,
        "AcquisitionNumber": 1,
        "Modality": "CT",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "Manufacturer": "Phantom Works",
        "ManufacturerModelName": "Lumbar One",
        "KVP": 120,
        "XRayTubeCurrent": 150,
        "Exposure": 90,
        "ConvolutionKernel": "B30f",
    }


def _slice(ct: sitk.Image, k: int, plane: np.ndarray, slope: float, intercept: float) -> Dataset:
    """One slice with its place, its pixels and its own instance."""
    direction = np.reshape(ct.GetDirection(), (3, 3))
    spacing = ct.GetSpacing()
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
    dataset.InstanceNumber = k + 1
    dataset.ImagePositionPatient = _decimals(ct.TransformIndexToPhysicalPoint((0, 0, k)))
    dataset.ImageOrientationPatient = _decimals((*direction[:, 0], *direction[:, 1]))
    dataset.PixelSpacing = _decimals((spacing[1], spacing[0]))
    dataset.SliceThickness = _decimals(spacing[2:])[0]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.Rows, dataset.Columns = plane.shape
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 16, 16, 15
    is_signed = bool(plane.min() < 0)
    dataset.PixelRepresentation = int(is_signed)
    dataset.RescaleIntercept, dataset.RescaleSlope, dataset.RescaleType = str(intercept), str(slope), "HU"
    dataset.PixelData = plane.astype(np.int16 if is_signed else np.uint16).tobytes()
    return dataset


def _decimals(values: Sequence[float]) -> list[str]:
    """Numbers as decimal strings of at most 16 characters."""
    return [f"{value:.8g}" for value in values]
