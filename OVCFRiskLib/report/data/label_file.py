"""labels.nii.gz: the assessed bodies on the CT's grid."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import written_beside
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.path_text import itk_path

# Formats that keep integer labels and a 3D geometry, by file name.
LABEL_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha")


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


def write_labels(labels: sitk.Image, path: str | Path) -> None:
    """Write the bodies 20 (L1) .. 23 (L4) as uint8, every other value as 0; same input same bytes.

    Raises
    ------
    OVCFRiskError
        If the format cannot hold labels or the file cannot be written.
    """
    require_label_format(path)
    bodies = sitk.Cast(sitk.Threshold(labels, min(LumbarLevel), max(LumbarLevel), 0), sitk.sitkUInt8)
    bodies.SetMetaData("ITK_FileNotes", LABELS_NOTE)
    with written_beside(path) as temporary:
        try:
            sitk.WriteImage(bodies, itk_path(temporary), useCompression=True)
            written = sitk.ReadImage(itk_path(temporary))
        except RuntimeError as error:
            raise OSError(str(error).strip().splitlines()[-1]) from error
        # the writer of NIfTI files says nothing when the disk is full
        if not np.array_equal(sitk.GetArrayViewFromImage(written), sitk.GetArrayViewFromImage(bodies)):
            raise OSError("the file does not hold what was written; the disk may be full")
