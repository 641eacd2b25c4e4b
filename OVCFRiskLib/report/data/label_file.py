"""labels.nii.gz: the assessed bodies on the CT's grid."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.own_masks import NOTE_KEY, labels_note
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import written_beside
from OVCFRiskLib.geometry import array_view, mask_box, run_filter, whole_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.path_text import itk_path
from OVCFRiskLib.report.data.sparse_nifti import fits_nifti, write_sparse_nifti
from OVCFRiskLib.volume_part import Part, as_part

# Formats that keep integer labels and a 3D geometry, by file name.
NIFTI_SUFFIXES = (".nii.gz", ".nii")
LABEL_SUFFIXES = (*NIFTI_SUFFIXES, ".nrrd", ".mha")


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


def write_labels(labels: sitk.Image | Part, path: str | Path, own: Collection[LumbarLevel] = ()) -> None:
    """Write the bodies 20 (L1) .. 23 (L4) as uint8, every other value as 0; same input same bytes.

    Parameters
    ----------
    labels : SimpleITK.Image or Part
        The file has the size of the whole; it is held in memory for formats other than NIfTI alone.
    path : path
    own : collection of LumbarLevel
        Levels whose mask this software drew and nobody has changed; the file says so of itself.

    Raises
    ------
    OVCFRiskError
        If the format cannot hold labels or the file cannot be written.
    """
    require_label_format(path)
    part = as_part(labels)
    filled = mask_box(array_view(part.image)) or whole_box(part.image)
    part = part.narrowed(part.shifted(filled))
    known = run_filter(sitk.Threshold, part.image, min(LumbarLevel), max(LumbarLevel), 0)
    bodies = run_filter(sitk.Cast, known, sitk.sitkUInt8)
    part = Part(bodies, part.start, part.whole)
    name, note = Path(path).name.lower(), labels_note(part, own)
    is_nifti = name.endswith(NIFTI_SUFFIXES) and fits_nifti(part.whole)
    with written_beside(path) as temporary:
        if is_nifti:
            write_sparse_nifti(part, temporary, name.endswith(".gz"), note)
        else:
            _write_whole(part, temporary, note)


def _write_whole(bodies: Part, path: Path, note: str) -> None:
    """Write by ITK, and look whether it is there."""
    image = bodies.filled()
    image.SetMetaData(NOTE_KEY, note)
    try:
        run_filter(sitk.WriteImage, image, itk_path(path), useCompression=True)
        written = sitk.ReadImage(itk_path(path))
    except RuntimeError as error:
        raise OSError(str(error).strip().splitlines()[-1]) from error
    # writers may say nothing when the disk is full
    if not np.array_equal(array_view(written), array_view(image)):
        raise OSError("the file does not hold what was written; the disk may be full")
