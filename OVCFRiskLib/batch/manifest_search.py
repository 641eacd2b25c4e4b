"""CTs in a folder tree, and the points or labels that lie beside them and are named like them."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from OVCFRiskLib.batch.manifest_table import CASE_ID, CT, LABELS, POINTS
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.dicom_header import looks_like_dicom
from OVCFRiskLib.tables.table_writer import write_table

POINT_SUFFIXES = (".mrk.json", ".fcsv")
SEGMENTATION_SUFFIXES = (".seg.nrrd",)
IMAGE_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".mha", ".mhd")
SUFFIXES = (*POINT_SUFFIXES, *SEGMENTATION_SUFFIXES, *IMAGE_SUFFIXES)
LABEL_WORDS = {"label", "labels", "seg", "dseg", "segmentation", "segmentations", "mask", "masks", "msk"}
# Words at the end of a name that say what a file is; what is left says whose it is.
KIND_WORDS = LABEL_WORDS | {"ct", "dicom", "dcm", "image", "img", "volume", "points", "markups", "fiducials"}
SEPARATORS = re.compile(r"[-_. ]+")
# BIDS, also of VerSe: sub-ID, pairs key-value of which these say which segmentation it is, and last what the file is.
BIDS_START = "sub-"
BIDS_SEGMENTATION = re.compile(r"_seg-[a-z0-9]+(?=_|$)", re.IGNORECASE)
# Archives that keep CTs and labels in trees of the same inner folders: the folder of CTs, those that stand for it.
_OF_IMAGES = ("labels", "masks", "segmentations")
PARALLEL_FOLDERS = {"rawdata": ("derivatives",), "images": _OF_IMAGES, "ct": _OF_IMAGES, "cts": _OF_IMAGES}


@dataclass(frozen=True, slots=True)
class FoundCases:
    """What a search found.

    Attributes
    ----------
    rows : tuple of dict
        ``case_id`` (text), ``ct``, ``points``, ``labels`` (Path or None), ordered by path.
    notes : tuple of str
        CTs that were left out, and why.
    """

    rows: tuple[dict[str, str | Path | None], ...]
    notes: tuple[str, ...]


def find_cases(folder: str | Path) -> FoundCases:
    """Look for cases in a folder tree; links to folders are not followed.

    A CT is an image file that is not named as a label map, or a folder with DICOM files. Points
    (``.mrk.json``, ``.fcsv``) or labels (image files or folders with ``labels``, ``seg``, ``mask`` ... in their name,
    for BIDS names in its last part) belong to it when they lie in the same folder (or in the DICOM folder) and are
    named like it up to such words, or when the CT is alone there; otherwise, named like it, when they lie in a parallel
    folder: ``derivatives`` of ``rawdata`` (VerSe), ``labels``, ``masks``, ``segmentations`` of ``images``. Labels come
    before points: somebody may have corrected them.

    Parameters
    ----------
    folder : path

    Returns
    -------
    FoundCases

    Raises
    ------
    OVCFRiskError
        If there is no such folder, or no case in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise OVCFRiskError(f"'{folder}' is no folder; expected one with CTs and their points or labels")
    rows: list[dict[str, str | Path | None]] = []
    notes: list[str] = []
    used: set[str] = set()
    for parent, cts, others in _folders(folder):
        named, parallel = _by_stem(others), _by_stem(_in_parallel(folder, parent))
        alone = others if len(cts) == 1 else []
        for ct in cts:
            stem = _stem(ct)
            beside = _inside(ct) or named.get(stem) or alone or parallel.get(stem, [])
            labels = [path for path in beside if not _is_points(path)]
            chosen = labels or [path for path in beside if _is_points(path)]
            name = ct.relative_to(folder).as_posix() if ct != folder else ct.name
            if len(chosen) != 1:
                what = "several candidates" if chosen else "no points or labels"
                names = ": " + ", ".join(path.name for path in chosen[:4]) if chosen else ""
                notes.append(f"'{name}' left out: {what} beside it{names}")
                continue
            case_id = _case_id(folder, parent, ct, used)
            used.add(case_id)
            rows.append(
                {
                    CASE_ID: case_id,
                    CT: ct,
                    POINTS: None if labels else chosen[0],
                    LABELS: chosen[0] if labels else None,
                }
            )
    if not rows:
        raise OVCFRiskError(
            f"'{folder}' holds no case: expected CTs (DICOM folders, NIfTI, NRRD, MetaImage) with points (.mrk.json) "
            f"or labels beside them; {notes[0] if notes else 'no CT was found'}"
        )
    return FoundCases(tuple(rows), tuple(notes))


def write_manifest(found: FoundCases, path: str | Path) -> None:
    """Write a manifest with paths relative to its folder.

    Raises
    ------
    OVCFRiskError
        If the file exists or cannot be written.
    """
    path = Path(path)
    if path.exists():
        raise OVCFRiskError(f"'{path}' exists; remove it, or choose another name with --out")
    start = path.resolve().parent
    rows = [
        {name: _relative(value, start) if isinstance(value, Path) else value for name, value in row.items()}
        for row in found.rows
    ]
    write_table(rows, (CASE_ID, CT, POINTS, LABELS), path)


def _relative(path: Path, start: Path) -> str:
    """Path from the manifest; whole where there is no way (another drive)."""
    try:
        return Path(os.path.relpath(path.resolve(), start)).as_posix()
    except ValueError:
        return path.resolve().as_posix()


def _folders(folder: Path) -> Iterator[tuple[Path, list[Path], list[Path]]]:
    """(folder, its CTs, its points and labels); a DICOM folder counts as a CT of its parent."""
    for name, subfolders, names in os.walk(folder):
        here = Path(name)
        subfolders.sort()
        files = [here / file for file in sorted(names) if not file.startswith(".")]
        others = [file for file in files if _is_points(file) or _is_labels(file)]
        others += [here / sub for sub in subfolders if LABEL_WORDS & set(_words(sub))]
        cts = [file for file in files if file.name.lower().endswith(IMAGE_SUFFIXES) and not _is_labels(file)]
        cts += [here / sub for sub in subfolders if _is_dicom_folder(here / sub)]
        if here == folder and _is_dicom_folder(here):
            cts.append(here)
        # masks inside a folder of labels are no CTs, and what lies in a DICOM folder is met from above
        subfolders[:] = [sub for sub in subfolders if here / sub not in others and here / sub not in cts]
        yield here, cts, others


def _inside(ct: Path) -> list[Path]:
    """Points and labels in a DICOM folder."""
    return [path for path in sorted(ct.iterdir()) if _is_points(path) or _is_labels(path)] if ct.is_dir() else []


def _in_parallel(folder: Path, parent: Path) -> list[Path]:
    """Points and labels in the folders parallel to one within the archive."""
    parts = parent.relative_to(folder).parts
    found = []
    for depth, part in enumerate(parts):
        for other in PARALLEL_FOLDERS.get(part.lower(), ()):
            there = folder.joinpath(*parts[:depth], other, *parts[depth + 1 :])
            files = sorted(there.iterdir()) if there.is_dir() else []
            # a folder of labels holds nothing else, whatever the files' names say
            known = SUFFIXES if other in LABEL_WORDS else POINT_SUFFIXES
            found += [path for path in files if path.name.lower().endswith(known) or _is_labels(path)]
    return found


def _by_stem(paths: list[Path]) -> dict[str, list[Path]]:
    """Files by whose they are: sought once a folder, for archives keep thousands in one."""
    found = defaultdict(list)
    for path in paths:
        found[_stem(path)].append(path)
    return found


def _case_id(folder: Path, parent: Path, ct: Path, used: set[str]) -> str:
    """Folders and name of the CT, without words that only say its kind."""
    parts = [*parent.relative_to(folder).parts, _stem(ct)]
    plain = "_".join(part for part in parts if part) or folder.resolve().name
    number, case_id = 2, plain
    while case_id in used:
        case_id, number = f"{plain}_{number}", number + 1
    return case_id


def _stem(path: Path) -> str:
    """Name without suffix and without the words that say its kind."""
    name = BIDS_SEGMENTATION.sub("", _without_suffix(path.name))
    while (parts := SEPARATORS.split(name)) and parts[-1].lower() in KIND_WORDS | {""} and name:
        name = name[: len(name) - len(parts[-1])].rstrip("-_. ")
    return name


def _without_suffix(name: str) -> str:
    suffix = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]


def _words(name: str) -> list[str]:
    return SEPARATORS.split(name.lower())


def _is_points(path: Path) -> bool:
    return path.name.lower().endswith(POINT_SUFFIXES)


def _is_labels(path: Path) -> bool:
    """An image file whose name says that it holds labels."""
    name = path.name.lower()
    if name.endswith(SEGMENTATION_SUFFIXES):
        return True
    what = _without_suffix(name)
    if what.startswith(BIDS_START):
        what = what.rpartition("_")[2]
    return name.endswith(IMAGE_SUFFIXES) and bool(LABEL_WORDS & set(_words(what)))


def _is_dicom_folder(folder: Path) -> bool:
    """Whether the first file without another known suffix is DICOM."""
    for file in sorted(folder.iterdir()):
        if file.is_file() and not file.name.startswith(".") and not file.name.lower().endswith(SUFFIXES):
            return looks_like_dicom(file)
    return False
