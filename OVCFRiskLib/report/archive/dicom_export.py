"""Write an assessment into the archive's language: a DICOM segmentation and a DICOM report beside each other."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import SimpleITK as sitk

from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.ct import series_files
from OVCFRiskLib.errors import MissingDependencyError, OVCFRiskError
from OVCFRiskLib.file_set import written_together
from OVCFRiskLib.report.archive.carried_attributes import carry_attributes
from OVCFRiskLib.report.archive.segmentation_object import make_segmentation, present_levels
from OVCFRiskLib.report.archive.source_headers import PURPOSE, read_source_headers
from OVCFRiskLib.report.archive.source_series import SourceSeries, read_source_series
from OVCFRiskLib.report.archive.structured_report import make_report
from OVCFRiskLib.report.result_files import DICOM_FILES, RESULT_SET, require_same_result

if TYPE_CHECKING:
    from pydicom import Dataset


def write_dicom(
    assessment: SpineAssessment,
    labels: sitk.Image,
    source: str | Path | Sequence[Path],
    series: str | None,
    folder: str | Path,
) -> list[Path]:
    """Write ``segmentation.dcm`` (DICOM SEG) and ``measurements.dcm`` (DICOM SR).

    Both belong to the study of the CT, refer to its images and carry its patient, as they must to be archived. They
    are new instances with new UIDs each time.

    Parameters
    ----------
    assessment : SpineAssessment
    labels : SimpleITK.Image
        The bodies 20..23 that were assessed, on the grid of the CT.
    source : str, Path or sequence of Path
        The DICOM folder or file that the CT was read from, or the files of its series in any order.
    series : str or None
        SeriesInstanceUID, as it was given to `read_ct`.
    folder : str or Path
        Where to write.

    Returns
    -------
    list of Path
        Segmentation, report.

    Raises
    ------
    MissingDependencyError
        Without highdicom or pydicom.
    OVCFRiskError
        If the CT does not come from DICOM, its header lacks what references need, the labels do not lie on its
        frames or are empty, the folder holds another result, or cannot be written to.
    """
    require_highdicom()
    require_same_result(assessment, folder)
    files = series_files(source, series) if isinstance(source, str | Path) else [Path(path) for path in source]
    segmentation, report = _make_objects(assessment, labels, read_source_series(files, labels))
    with written_together(folder, RESULT_SET, is_addition=True) as stage, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, dataset in zip(DICOM_FILES, (segmentation, report), strict=True):
            dataset.save_as(stage / name, enforce_file_format=True)
    return [Path(folder) / name for name in DICOM_FILES]


def require_highdicom() -> None:
    """Find out before the work whether DICOM objects can be made here.

    Raises
    ------
    MissingDependencyError
        Without highdicom or pydicom.
    """
    try:
        import highdicom  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError("highdicom", PURPOSE) from error


def require_exportable(source: str | Path, series: str | None) -> None:
    """Find out before the work whether DICOM objects can be made for a CT.

    Raises
    ------
    MissingDependencyError
        Without highdicom or pydicom.
    OVCFRiskError
        If the CT does not come from DICOM, or its headers lack what references need or hold what cannot be carried.
    """
    require_highdicom()
    read_source_headers(series_files(source, series))


def _make_objects(assessment: SpineAssessment, labels: sitk.Image, source: SourceSeries) -> tuple[Dataset, Dataset]:
    """Segmentation and report; what highdicom refuses becomes a sentence."""
    from highdicom import UID

    tracking = {level: UID() for level in present_levels(labels)}
    try:
        # names and codes of other makers are not ours to correct: pydicom's warnings about them say nothing new
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            segmentation = make_segmentation(assessment, labels, source, tracking)
            report = make_report(assessment, source, segmentation, tracking)
            for made in (segmentation, report):
                carry_attributes(source.datasets[0], made)
            return segmentation, report
    except OVCFRiskError:
        raise
    except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
        raise OVCFRiskError(
            f"no DICOM object can be made for this series ({error}); its headers may be damaged: export the series "
            "again from the archive"
        ) from error
