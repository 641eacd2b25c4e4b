"""CTs in a folder tree, and the points or labels that lie beside them and are named like them."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from OVCFRiskLib.batch.case_names import (
    IMAGE_SUFFIXES,
    LABEL_WORDS,
    MARKUPS_SUFFIXES,
    SUFFIXES,
    case_id_of,
    is_label_folder,
    is_labels,
    is_points,
    is_second_channel,
    is_text,
    patient_id_of,
    stem_of,
)
from OVCFRiskLib.batch.manifest_table import CASE_ID, CT, LABELS, PATIENT_ID, POINTS
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.path_text import text_of_path
from OVCFRiskLib.reading.dicom_header import looks_like_dicom
from OVCFRiskLib.tables.table_writer import write_table

# Archives that keep CTs and labels in trees of the same inner folders: the folder of CTs, those that stand for it.
_OF_IMAGES = ("labels", "label", "masks", "mask", "segmentations", "segmentation", "seg", "annotations")
PARALLEL_FOLDERS = {
    "rawdata": ("derivatives",),
    **dict.fromkeys(("images", "image", "ct", "cts", "volumes", "data"), _OF_IMAGES),
    "imagestr": ("labelsTr",),
    "imagests": ("labelsTs",),
}


@dataclass(frozen=True, slots=True)
class FoundCases:
    """What a search found.

    Attributes
    ----------
    rows : tuple of dict
        ``case_id`` (text), ``ct``, ``points``, ``labels`` (Path or None), ``patient_id`` (text or None), in the order
        of their paths.
    notes : tuple of str
        CTs that were left out, and why.
    """

    rows: tuple[dict[str, str | Path | None], ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Folder:
    """A folder of the tree: its CTs, and the points and labels in it."""

    path: Path
    cts: list[Path]
    others: list[Path]


def find_cases(folder: str | Path) -> FoundCases:
    """Look for cases in a folder tree; links to folders are not followed.

    A CT is an image file that is not named as a label map, or a folder with DICOM files. Points
    (``.mrk.json``, ``.fcsv``) or labels (image files or folders with ``labels``, ``seg``, ``mask`` ... in their name,
    for BIDS names in its last part) belong to it when they lie in the same folder (or in the DICOM folder) and are
    named like it up to such words, or when the CT is alone there; otherwise, named like it, when they lie in a parallel
    folder: ``derivatives`` of ``rawdata`` (VerSe), ``labels``, ``masks``, ``segmentations`` of ``images``, ``labelsTr``
    of ``imagesTr`` (nnU-Net, Medical Segmentation Decathlon); otherwise when they lie in a folder above which holds no
    other CT (points above PATIENT/STUDY/SERIES). Labels come before points: somebody may have corrected them.

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
    folders = {each.path: each for each in _folders(folder)}
    below = _count_below(folder, folders)
    rows: list[dict[str, str | Path | None]] = []
    notes: list[str] = []
    used: set[str] = set()
    for each in folders.values():
        named, parallel = _by_stem(each.others), _by_stem(_in_parallel(folder, each.path))
        for ct in each.cts:
            stem = stem_of(ct)
            alone = each.others if len(each.cts) == 1 else []
            beside = _inside(ct) or named.get(stem) or alone or parallel.get(stem) or _above(ct, folders, below)
            chosen = [path for path in beside if not is_points(path)] or beside
            why = _why_not(ct, each.path, chosen)
            if why:
                name = ct.relative_to(folder).as_posix() if ct != folder else ct.name
                notes.append(f"'{name}' left out: {why}")
                continue
            rows.append(_row(folder, each.path, ct, chosen[0], used))
            used.add(str(rows[-1][CASE_ID]))
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
    patients = (PATIENT_ID,) if any(row[PATIENT_ID] for row in rows) else ()
    write_table(rows, (CASE_ID, CT, POINTS, LABELS, *patients), path)


def _row(folder: Path, parent: Path, ct: Path, chosen: Path, used: set[str]) -> dict[str, str | Path | None]:
    """A case."""
    parts = [text_of_path(part) or part for part in parent.relative_to(folder).parts] if ct != folder else []
    case_id = case_id_of(parts, text_of_path(stem_of(ct)) or "", text_of_path(folder.resolve().name) or "", used)
    return {
        CASE_ID: case_id,
        CT: ct,
        POINTS: chosen if is_points(chosen) else None,
        LABELS: None if is_points(chosen) else chosen,
        PATIENT_ID: patient_id_of(parts, ct, ct.is_dir()),
    }


def _why_not(ct: Path, parent: Path, chosen: Sequence[Path]) -> str:
    """Why a CT is no case; empty when it is one."""
    if is_second_channel(ct, parent.name):
        return "a further channel of nnU-Net, not the CT"
    if len(chosen) != 1:
        names = ": " + ", ".join(path.name for path in chosen[:4]) if chosen else ""
        return f"{'several candidates' if chosen else 'no points or labels'} beside it{names}"
    if not is_text(ct) or not is_text(chosen[0]):
        return "its name is not UTF-8, so that no table can hold it; rename the folder or file"
    return ""


def _relative(path: Path, start: Path) -> str:
    """Path from the manifest; whole where there is no way (another drive)."""
    try:
        relative = Path(os.path.relpath(path.resolve(), start))
    except ValueError:
        relative = path.resolve()
    return text_of_path(relative.as_posix()) or relative.as_posix()


def _folders(folder: Path) -> Iterator[_Folder]:
    """The folders of the tree; a DICOM folder counts as a CT of its parent."""
    for name, subfolders, names in os.walk(folder):
        here = Path(name)
        subfolders.sort()
        files = [here / file for file in sorted(names) if not file.startswith(".")]
        others = [file for file in files if is_points(file) or is_labels(file)]
        others += [here / sub for sub in subfolders if is_label_folder(sub)]
        cts = [file for file in files if file.name.lower().endswith(IMAGE_SUFFIXES) and not is_labels(file)]
        cts += [here / sub for sub in subfolders if _is_dicom_folder(here / sub)]
        if here == folder and _is_dicom_folder(here):
            cts.append(here)
        # masks inside a folder of labels are no CTs, and what lies in a DICOM folder is met from above
        subfolders[:] = [sub for sub in subfolders if here / sub not in others and here / sub not in cts]
        yield _Folder(here, cts, others)


def _count_below(folder: Path, folders: Mapping[Path, _Folder]) -> dict[Path, int]:
    """How many CTs lie in and below each folder."""
    counts: dict[Path, int] = defaultdict(int)
    for each in folders.values():
        for above in (each.path, *each.path.parents):
            counts[above] += len(each.cts)
            if above == folder:
                break
    return counts


def _above(ct: Path, folders: Mapping[Path, _Folder], below: Mapping[Path, int]) -> list[Path]:
    """Points and labels in the nearest folder above that has some, when it holds no other CT."""
    for above in ct.parents:
        if above not in folders or below[above] != 1:
            return []
        if folders[above].others:
            return folders[above].others
    return []


def _inside(ct: Path) -> list[Path]:
    """Points and labels in a DICOM folder."""
    return [path for path in sorted(ct.iterdir()) if is_points(path) or is_labels(path)] if ct.is_dir() else []


def _in_parallel(folder: Path, parent: Path) -> list[Path]:
    """Points and labels in the folders parallel to one within the archive."""
    parts = parent.relative_to(folder).parts
    found = []
    for depth, part in enumerate(parts):
        for other in PARALLEL_FOLDERS.get(part.lower(), ()):
            there = folder.joinpath(*parts[:depth], other, *parts[depth + 1 :])
            files = sorted(there.iterdir()) if there.is_dir() else []
            # a folder of labels holds nothing else, whatever the files' names say
            known = SUFFIXES if other.lower() in LABEL_WORDS else MARKUPS_SUFFIXES
            found += [path for path in files if path.name.lower().endswith(known) or is_labels(path)]
    return found


def _by_stem(paths: list[Path]) -> dict[str, list[Path]]:
    """Files by whose they are: sought once a folder, for archives keep thousands in one."""
    found = defaultdict(list)
    for path in paths:
        found[stem_of(path)].append(path)
    return found


def _is_dicom_folder(folder: Path) -> bool:
    """Whether the first file without another known suffix is DICOM."""
    for file in sorted(folder.iterdir()):
        if file.is_file() and not file.name.startswith(".") and not file.name.lower().endswith(SUFFIXES):
            return looks_like_dicom(file)
    return False
