"""labels.nii.gz: the assessed bodies on the CT's grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import written_beside
from OVCFRiskLib.geometry import mask_box, whole_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.path_text import itk_path
from OVCFRiskLib.report.data.sparse_nifti import fits_nifti, write_sparse_nifti
from OVCFRiskLib.volume_part import Part, as_part

# Formats that keep integer labels and a 3D geometry, by file name.
NIFTI_SUFFIXES = (".nii.gz", ".nii")
LABEL_SUFFIXES = (*NIFTI_SUFFIXES, ".nrrd", ".mha")


# Written into the header, so that a map with a single value still says what the value means.
LABELS_NOTE = "OVCFRisk: VerSe values, 20 = L1 to 23 = L4"


def require_label_format(path: str | Path) -> None:
    """Raise when the name of a label file says a format that cannot hold labels.

    Raises
    ------
    OVCFRiskError
        Naming the formats that can.
    """
    name = Path(path).name.lower()
    if not name.endswith(LABEL_SUFFIXES) or name in LABEL_SUFFIXES:
        raise OVCFRiskError(
            f"label file: expected a name ending in {', '.join(LABEL_SUFFIXES)}, got '{Path(path).name}'; "
            "choose one of these formats, e.g. labels.nii.gz"
        )


def write_labels(labels: sitk.Image | Part, path: str | Path) -> None:
    """Write the bodies 20 (L1) .. 23 (L4) as uint8, every other value as 0; same input same bytes.

    Parameters
    ----------
    labels : SimpleITK.Image or Part
        The file has the size of the whole; it is held in memory for formats other than NIfTI alone.
    path : path

    Raises
    ------
    OVCFRiskError
        If the format cannot hold labels or the file cannot be written.
    """
    require_label_format(path)
    part = as_part(labels)
    filled = mask_box(sitk.GetArrayViewFromImage(part.image)) or whole_box(part.image)
    part = part.narrowed(part.shifted(filled))
    bodies = sitk.Cast(sitk.Threshold(part.image, min(LumbarLevel), max(LumbarLevel), 0), sitk.sitkUInt8)
    part = Part(bodies, part.start, part.whole)
    name = Path(path).name.lower()
    is_nifti = name.endswith(NIFTI_SUFFIXES) and fits_nifti(part.whole)
    with written_beside(path) as temporary:
        if is_nifti:
            write_sparse_nifti(part, temporary, name.endswith(".gz"), LABELS_NOTE)
        else:
            _write_whole(part.filled(), temporary)


def _write_whole(bodies: sitk.Image, path: Path) -> None:
    """Write by ITK, and look whether it is there."""
    bodies = sitk.Image(bodies)
    bodies.SetMetaData("ITK_FileNotes", LABELS_NOTE)
    try:
        sitk.WriteImage(bodies, itk_path(path), useCompression=True)
        written = sitk.ReadImage(itk_path(path))
    except RuntimeError as error:
        raise OSError(str(error).strip().splitlines()[-1]) from error
    # writers may say nothing when the disk is full
    if not np.array_equal(sitk.GetArrayViewFromImage(written), sitk.GetArrayViewFromImage(bodies)):
        raise OSError("the file does not hold what was written; the disk may be full")
