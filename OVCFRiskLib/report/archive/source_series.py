"""The CT series that exported objects refer to: its headers, and where each of its slices lies in the labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import describe_grid, lps_to_index
from OVCFRiskLib.report.archive.source_headers import read_source_headers

if TYPE_CHECKING:
    from pydicom import Dataset

# Positions in headers have few digits, and the stack's spacing is a mean over its slices.
PLACE_TOLERANCE_VOXELS = 0.1
LIBRARY_KEYWORDS = (
    "Modality",
    "SOPClassUID",
    "SOPInstanceUID",
    "FrameOfReferenceUID",
    "Rows",
    "Columns",
    "PixelSpacing",
    "SliceThickness",
    "ImageOrientationPatient",
    "ImagePositionPatient",
)


@dataclass(frozen=True, slots=True, eq=False)
class SourceSeries:
    """A CT series and how its frames lie in a label image.

    Attributes
    ----------
    datasets : tuple of pydicom.Dataset
        Without pixels: one per slice in ascending k, or a single multi-frame one.
    slice_of_frame : tuple of int or None
        Slice k of the labels for each source frame; None for a frame outside them (a localiser).
    slice_mm : float
        Distance of the slices.
    """

    datasets: tuple[Dataset, ...]
    slice_of_frame: tuple[int | None, ...]
    slice_mm: float

    def library_entries(self) -> list[Dataset]:
        """What a report's image library tells of each image, for a multi-frame file that of its first frame."""
        return [self._library_entry(dataset) for dataset in self.datasets]

    def _library_entry(self, dataset: Dataset) -> Dataset:
        """Identity and geometry of one image, at the top of a dataset."""
        from pydicom import Dataset

        entry = Dataset()
        parts = _geometry(dataset, 0) if "NumberOfFrames" in dataset else (dataset,)
        for part in (dataset, *parts):
            for keyword in LIBRARY_KEYWORDS:
                if part.get(keyword) is not None:
                    setattr(entry, keyword, part.get(keyword))
        # scanners may leave it out (type 2)
        entry.SliceThickness = entry.get("SliceThickness") or self.slice_mm
        return entry


def read_source_series(files: Sequence[Path], labels: sitk.Image) -> SourceSeries:
    """Read the headers of a series and find the labels' slices in it.

    Parameters
    ----------
    files : sequence of Path
        All slices of the CT in any order, or one multi-frame file.
    labels : SimpleITK.Image
        On the grid of the CT that the files make.

    Returns
    -------
    SourceSeries

    Raises
    ------
    MissingDependencyError
        Without pydicom.
    OVCFRiskError
        As `read_source_headers`, and if the labels do not lie on the series' frames.
    """
    datasets = read_source_headers(files)
    for dataset in datasets:
        if "NumberOfFrames" not in dataset and not dataset.get("SliceThickness"):
            dataset.SliceThickness = labels.GetSpacing()[2]
    places = [place for dataset in datasets for place in _places(dataset, labels)]
    _require_all_slices(places, labels)
    slice_mm = labels.GetSpacing()[2]
    if "NumberOfFrames" in datasets[0]:
        return SourceSeries((datasets[0],), tuple(places), slice_mm)
    by_slice = {k: dataset for k, dataset in zip(places, datasets, strict=True) if k is not None}
    return SourceSeries(tuple(by_slice[k] for k in sorted(by_slice)), tuple(sorted(by_slice)), slice_mm)


def _places(dataset: Dataset, labels: sitk.Image) -> list[int | None]:
    """Slice k of each frame of a file; None where the frame is not on the labels' grid."""
    if "NumberOfFrames" not in dataset:
        return [_slice_index((dataset, dataset, dataset), labels, (dataset.Rows, dataset.Columns))]
    size = (dataset.Rows, dataset.Columns)
    return [_slice_index(_geometry(dataset, n), labels, size) for n in range(int(dataset.NumberOfFrames))]


def _geometry(dataset: Dataset, frame: int) -> tuple[Dataset, Dataset, Dataset]:
    """The functional groups that say where one frame of a multi-frame file lies: position, orientation, measures."""
    parts = []
    for keyword in ("PlanePositionSequence", "PlaneOrientationSequence", "PixelMeasuresSequence"):
        try:
            own = dataset.PerFrameFunctionalGroupsSequence[frame].get(keyword)
            parts.append((own or dataset.SharedFunctionalGroupsSequence[0].get(keyword))[0])
        except (AttributeError, IndexError, TypeError) as error:
            raise OVCFRiskError(
                f"the multi-frame CT lacks {keyword} for frame {frame + 1}; export it again, or as single slices"
            ) from error
    position, orientation, measures = parts
    return position, orientation, measures


def _slice_index(
    geometry: tuple[Dataset, Dataset, Dataset], labels: sitk.Image, rows_columns: tuple[int, int]
) -> int | None:
    """Slice k on which a frame lies, if its four corners are those of the slice."""
    position, orientation, measures = geometry
    axes = np.array(orientation.ImageOrientationPatient, float).reshape(2, 3)
    rows_mm, columns_mm = (float(x) for x in measures.PixelSpacing)
    last = np.array([rows_columns[1] - 1, rows_columns[0] - 1])
    origin = np.array(position.ImagePositionPatient, float)
    corner = origin + last[0] * columns_mm * axes[0] + last[1] * rows_mm * axes[1]
    index = lps_to_index(labels, np.stack([origin, corner]))
    k = round(float(index[0, 0]))
    expected = np.array([[k, 0, 0], [k, labels.GetSize()[1] - 1, labels.GetSize()[0] - 1]])
    is_here = np.abs(index - expected).max() <= PLACE_TOLERANCE_VOXELS and 0 <= k < labels.GetSize()[2]
    return k if is_here else None


def _require_all_slices(places: Sequence[int | None], labels: sitk.Image) -> None:
    """Raise unless every slice of the labels has exactly one frame."""
    found = sorted(k for k in places if k is not None)
    slices = labels.GetSize()[2]
    if found == list(range(slices)):
        return
    raise OVCFRiskError(
        f"the masks are not on the CT's frames: {len(set(found))} of the {slices} slices of the labels "
        f"({describe_grid(labels)}) are found among {len(places)} frames of the series; give the series that was "
        "scored, and masks on its own grid"
    )
