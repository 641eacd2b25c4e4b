"""Masks from DICOM: segmentation objects (SEG), and contours (RTSTRUCT) through `dicom_contours`.

Segmentation IOD: PS3.3, A.51 and C.8.20; the frames' places are in functional groups, C.7.6.16.
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.segmentation.dicom_contours import masks_of_contours
from OVCFRiskLib.segmentation.named_masks import NamedMask

if TYPE_CHECKING:
    import pydicom

# Frames closer than this lie in one slice; no CT has thinner slices.
SAME_SLICE_MM = 0.01
# A slice may be off the even spacing by this fraction of it: positions are written with few digits.
LABEL_SPACING_TOLERANCE = 0.1
# Where a fractional segment is as likely inside as outside.
HALF = 0.5


def masks_of_dicom(path: Path, series_uid: str | None = None) -> list[NamedMask]:
    """The segments or contours in a DICOM file.

    Parameters
    ----------
    path : Path
        A SEG or RTSTRUCT.
    series_uid : str, optional
        SeriesInstanceUID of the CT; an object that refers to another series is refused.

    Raises
    ------
    MissingDependencyError
        Without pydicom.
    OVCFRiskError
        If it is another object, damaged, or was made on another series.
    """
    try:
        import pydicom
    except ImportError as error:
        raise MissingDependencyError("pydicom", "reading labels from DICOM") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            dataset = pydicom.dcmread(path)
    except Exception as error:  # pydicom raises many kinds on damaged files
        raise OVCFRiskError(f"'{path.name}' cannot be read ({error}); copy or export it again") from error
    modality = str(dataset.get("Modality", "unknown"))
    if modality not in ("SEG", "RTSTRUCT"):
        raise OVCFRiskError(
            f"'{path.name}': expected labels as DICOM SEG or RTSTRUCT, got an object of modality {modality}; give the "
            "segmentation"
        )
    _require_series(dataset, path, series_uid)
    try:
        return _segments(dataset, path) if modality == "SEG" else masks_of_contours(dataset, path)
    except OVCFRiskError:
        raise
    except Exception as error:  # a missing attribute, a decoder's own error
        raise OVCFRiskError(
            f"'{path.name}': its {modality} cannot be understood ({type(error).__name__}: {error}); export it again"
        ) from error


def _require_series(dataset: pydicom.Dataset, path: Path, series_uid: str | None) -> None:
    """Raise when the object says that it was made on other series than the CT."""
    referred = set(_referred_series(dataset))
    if series_uid and referred and series_uid not in referred:
        raise OVCFRiskError(
            f"'{path.name}' was made on series {', '.join(sorted(referred))}, the CT is series {series_uid}; give the "
            "CT it was made on (--series), or its own labels"
        )


def _referred_series(dataset: pydicom.Dataset) -> Iterator[str]:
    """Series that a SEG or an RTSTRUCT names."""
    for item in dataset.get("ReferencedSeriesSequence") or []:
        yield str(item.SeriesInstanceUID)
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or []:
        for study in frame.get("RTReferencedStudySequence") or []:
            for item in study.get("RTReferencedSeriesSequence") or []:
                yield str(item.SeriesInstanceUID)


def _segments(dataset: pydicom.Dataset, path: Path) -> list[NamedMask]:
    """The segments of a SEG."""
    frames = np.atleast_3d(dataset.pixel_array) if dataset.get("NumberOfFrames", 1) != 1 else dataset.pixel_array[None]
    groups = list(dataset.PerFrameFunctionalGroupsSequence)
    kind = str(dataset.get("SegmentationType", "BINARY"))
    by_segment: dict[int, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        if kind != "LABELMAP":
            by_segment[int(group.SegmentIdentificationSequence[0].ReferencedSegmentNumber)].append(number)
    threshold = HALF * float(dataset.get("MaximumFractionalValue", 255)) if kind == "FRACTIONAL" else HALF
    found = []
    for segment in dataset.SegmentSequence:
        number = int(segment.SegmentNumber)
        chosen = list(range(len(groups))) if kind == "LABELMAP" else by_segment[number]
        inside = frames[chosen] == number if kind == "LABELMAP" else frames[chosen] > threshold
        load = partial(_volume, dataset, [groups[n] for n in chosen], inside, path)
        found.append(NamedMask(str(segment.get("SegmentLabel", "")), load, _codes(segment)))
    return found


def _codes(segment: pydicom.Dataset) -> str:
    """SNOMED CT codes of a segment between carets, as a terminology entry of Slicer has them."""
    items: list[pydicom.Dataset] = []
    for keyword in ("AnatomicRegionSequence", "SegmentedPropertyTypeCodeSequence"):
        items += segment.get(keyword) or []
    return "".join(f"^{item.get('CodeValue', '')}^" for item in items)


def _volume(dataset: pydicom.Dataset, groups: Sequence[pydicom.Dataset], inside: np.ndarray, path: Path) -> sitk.Image:
    """Frames of one segment on a grid of their own; slices without a frame are empty."""
    if not groups:
        return sitk.Image(2, 2, 2, sitk.sitkUInt8)
    shared = dataset.SharedFunctionalGroupsSequence[0]
    measures = _item(groups[0], shared, "PixelMeasuresSequence")
    axes = np.array(_item(groups[0], shared, "PlaneOrientationSequence").ImageOrientationPatient, float).reshape(2, 3)
    normal = np.cross(*axes)
    positions = np.array([_item(g, shared, "PlanePositionSequence").ImagePositionPatient for g in groups], float)
    along = positions @ normal
    step = _spacing(along, float(measures.get("SpacingBetweenSlices") or measures.get("SliceThickness") or 1.0))
    numbers = (along - along.min()) / step
    if np.abs(numbers - np.rint(numbers)).max() > LABEL_SPACING_TOLERANCE:
        raise OVCFRiskError(
            f"'{path.name}': expected frames that are evenly spaced, got gaps that are no multiple of {step:.3g} mm; "
            "export the segmentation on the CT's slices"
        )
    slices = np.rint(numbers).astype(int)
    array = np.zeros((int(slices.max()) + 1, *inside.shape[1:]), np.uint8)
    for k, frame in zip(slices, inside, strict=True):
        array[k] |= frame
    image = sitk.GetImageFromArray(array)
    rows_mm, columns_mm = (float(value) for value in measures.PixelSpacing)
    image.SetSpacing((columns_mm, rows_mm, step))
    image.SetOrigin([float(x) for x in positions[along.argmin()]])
    image.SetDirection([float(x) for x in np.column_stack((*axes, normal)).ravel()])
    return image


def _item(group: pydicom.Dataset, shared: pydicom.Dataset, keyword: str) -> pydicom.Dataset:
    """An item of the frame's own functional group, else of the shared ones."""
    return (group.get(keyword) or shared[keyword].value)[0]


def _spacing(along: np.ndarray, written_mm: float) -> float:
    """Distance of slices: the smallest that occurs; as written where there is one slice only."""
    gaps = np.diff(np.unique(np.round(along, 4)))
    gaps = gaps[gaps > SAME_SLICE_MM]
    return float(gaps.min()) if len(gaps) else written_mm
