"""A folder with one mask file per vertebra, as TotalSegmentator and other tools write it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.volume_file import read_volume_file
from OVCFRiskLib.segmentation.label_values import scalar_labels, whole_numbers
from OVCFRiskLib.segmentation.named_masks import NamedMask, listed

# The longest first, so that ".nii" leaves no ".nii.gz" half cut.
MASK_SUFFIXES = (".nii.gz", ".seg.nrrd", ".nii", ".nrrd", ".nhdr", ".mha", ".mhd")


def masks_of_folder(folder: Path) -> list[NamedMask]:
    """The image files of a folder, each a mask with the file's name; hidden files are left out.

    Raises
    ------
    OVCFRiskError
        If there is none.
    """
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and not file.name.startswith(".")]
    found = [NamedMask(stem, partial(_load, file)) for file in files if (stem := stem_of_mask(file.name)) is not None]
    if not found:
        raise no_level(folder, [file.name for file in files])
    return found


def stem_of_mask(name: str) -> str | None:
    """Name of a mask file without its suffix; None for other files.

    Examples
    --------
    >>> stem_of_mask("case.7.vertebrae_L1.NII.GZ"), stem_of_mask("notes.txt")
    ('case.7.vertebrae_L1', None)
    """
    suffix = next((suffix for suffix in MASK_SUFFIXES if name.lower().endswith(suffix)), None)
    return None if suffix is None else name[: len(name) - len(suffix)]


def no_level(folder: Path, names: Sequence[str]) -> OVCFRiskError:
    """The error for a folder where no file is named like a level."""
    got = listed(names) if names else "no image"
    return OVCFRiskError(
        f"expected masks named by level such as vertebrae_L1.nii.gz; rename those of folder '{folder}'; got {got}"
    )


def _load(file: Path) -> sitk.Image:
    """The mask in a file."""
    image = scalar_labels(read_volume_file(file, is_labels=True)[0], f"'{file.name}'")
    whole_numbers(image, f"'{file.name}'")
    return image
