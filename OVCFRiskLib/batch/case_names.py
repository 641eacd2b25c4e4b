"""Whose a file is and what it holds, by its name: stems, kinds, and readable ids of cases."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from pathlib import Path

from OVCFRiskLib.path_text import text_of_path

# Level points of 3D Slicer, its segmentations, and images, which may be a CT or labels: only names tell them apart.
# In this order a longer suffix (.seg.nrrd) is found before the shorter one that it ends with (.nrrd).
MARKUPS_SUFFIXES = (".mrk.json", ".fcsv")
SEGMENTATION_SUFFIXES = (".seg.nrrd",)
IMAGE_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd")
SUFFIXES = (*MARKUPS_SUFFIXES, *SEGMENTATION_SUFFIXES, *IMAGE_SUFFIXES)
# Words of a name that say an image, or a folder of images, holds labels and not a CT.
LABEL_WORDS = {
    *("label", "labels", "labelstr", "labelsts", "seg", "dseg", "segmentation", "segmentations"),
    *("mask", "masks", "msk", "annotation", "annotations"),
}
# Words at the end of a name, or at its begin, that say what a file is; what is left says whose it is.
KIND_WORDS = LABEL_WORDS | {"ct", "dicom", "dcm", "image", "img", "volume", "points", "markups", "fiducials"}
SEPARATORS = re.compile(r"[-_. ]+")
# BIDS, also of VerSe: sub-ID, pairs key-value of which these say which segmentation it is, and last what the file is.
BIDS_START = "sub-"
BIDS_SEGMENTATION = re.compile(r"_seg-[a-z0-9]+(?=_|$)", re.IGNORECASE)
BIDS_SUBJECT = re.compile(r"sub-[A-Za-z0-9]+")
# nnU-Net numbers the channels of a case: x_0000.nii.gz, and its labels x.nii.gz.
NNUNET_CHANNEL = re.compile(r"_(\d{4})$")
FIRST_CHANNEL = "0000"
# Folders that every case of an archive lies in, so that they tell none apart.
COMMON_FOLDERS = {"rawdata", "imagestr", "imagests", "volumes", "raw_data"}
# PATIENT/STUDY/SERIES
DEPTH_OF_SERIES = 3


def is_points(path: Path) -> bool:
    """A file of level points."""
    return path.name.lower().endswith(MARKUPS_SUFFIXES)


def is_labels(path: Path) -> bool:
    """An image file whose name says that it holds labels."""
    name = path.name.lower()
    if name.endswith(SEGMENTATION_SUFFIXES):
        return True
    what = without_suffix(name)
    if what.startswith(BIDS_START):
        what = what.rpartition("_")[2]
    return name.endswith(IMAGE_SUFFIXES) and bool(LABEL_WORDS & set(words(what)))


def is_label_folder(name: str) -> bool:
    """A folder whose name says that it holds labels."""
    return bool(LABEL_WORDS & set(words(name)))


def is_second_channel(path: Path, folder: str) -> bool:
    """An image of nnU-Net that is not the first channel of its case, for which there is no CT."""
    channel = NNUNET_CHANNEL.search(without_suffix(path.name))
    return folder.lower().startswith("images") and channel is not None and channel[1] != FIRST_CHANNEL


def stem_of(path: Path) -> str:
    """Name without suffix and without the words that say its kind.

    Examples
    --------
    >>> [stem_of(Path(name)) for name in ("x1_labels.nii.gz", "ct_007.nii", "case_3_0000.nii.gz", "ct.mha")]
    ['x1', '007', 'case_3', '']
    """
    name = BIDS_SEGMENTATION.sub("", without_suffix(path.name))
    if name.endswith(f"_{FIRST_CHANNEL}"):
        name = name.removesuffix(f"_{FIRST_CHANNEL}")
    while (parts := SEPARATORS.split(name)) and parts[-1].lower() in KIND_WORDS | {""} and name:
        name = name[: len(name) - len(parts[-1])].rstrip("-_. ")
    while len(parts := SEPARATORS.split(name)) > 1 and parts[0].lower() in KIND_WORDS:
        name = name[len(parts[0]) :].lstrip("-_. ")
    return name


def without_suffix(name: str) -> str:
    """Name of an image or points file without its suffix."""
    suffix = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]


def words(name: str) -> list[str]:
    """The words of a name, small letters."""
    return SEPARATORS.split(name.lower())


def case_id_of(folders: Sequence[str], stem: str, archive: str, used: Collection[str]) -> str:
    """A readable id that no other case has.

    Parameters
    ----------
    folders : sequence of str
        From the archive down to the CT's.
    stem : str
        Of the CT, as `stem_of` gives it.
    archive : str
        Name of the archive's folder, for a CT that is alone in it.
    used : collection of str

    Examples
    --------
    >>> case_id_of(["v", "rawdata", "sub-verse506"], "sub-verse506", "x", ())
    'sub-verse506'
    >>> case_id_of(["P1", "P1_2020", "SE2"], "SE2", "x", ()), case_id_of(["a", "b"], "", "x", {"a_b"})
    ('P1_2020_SE2', 'a_b_2')
    """
    parts = [part for part in folders if part.lower() not in COMMON_FOLDERS]
    if stem:
        parts.append(stem)
    if stem.startswith(BIDS_START):  # unique by itself
        parts = [stem]
    kept = [part for n, part in enumerate(parts) if n + 1 == len(parts) or not parts[n + 1].startswith(part)]
    plain = "_".join(kept) or archive
    number, case_id = 2, plain
    while case_id in used:
        case_id, number = f"{plain}_{number}", number + 1
    return case_id


def patient_id_of(folders: Sequence[str], ct: Path, is_dicom: bool) -> str | None:
    """The patient, where names tell: BIDS's subject, or the first folder of PATIENT/STUDY/SERIES."""
    for name in (ct.name, *reversed(folders)):
        subject = BIDS_SUBJECT.match(name)
        if subject:
            return subject[0]
    if is_dicom and len(folders) + 1 >= DEPTH_OF_SERIES:
        return folders[-2] if len(folders) >= 2 else None
    return None


def is_text(path: Path) -> bool:
    """Whether a table can hold the path: its name is UTF-8."""
    return text_of_path(path) is not None
