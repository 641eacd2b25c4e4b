"""The CT series below a folder, and the choice among them."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.dicom_header import SliceHeader, is_damaged_ct, looks_like_dicom, read_header

# One or two images are a scout, a dose page or a single key image.
FEWEST_SLICES = 3
# A slice is axial when its normal is closer to the patient's axis than to any other direction in space.
AXIAL_COSINE = 0.7071
LISTED_AT_MOST = 6


@dataclass(frozen=True, slots=True)
class Series:
    """The CT images of one SeriesInstanceUID.

    Attributes
    ----------
    uid : str
    headers : tuple of SliceHeader
        One per file, as found; localisers are not among them.
    localisers : int
        How many were left out.
    damaged : tuple of Path
        CT images in the folders of this series that cannot be read, so that nobody knows whether they belong to it.
    """

    uid: str
    headers: tuple[SliceHeader, ...]
    localisers: int = 0
    damaged: tuple[Path, ...] = ()

    @property
    def slices(self) -> int:
        """Number of distinct slices (frames of a multi-frame file count)."""
        frames = sum(header.frames for header in self.headers if header.frames > 1)
        return frames + len(
            {header.text("SOPInstanceUID") or header.path for header in self.headers if header.frames == 1}
        )

    @property
    def is_axial(self) -> bool:
        """True when most slices are axial; multi-frame files, whose header is deeper, count as such."""
        votes = [header.frames > 1 or is_axial(header) for header in self.headers]
        return sum(votes) * 2 > len(votes)

    @property
    def is_volume(self) -> bool:
        """True when there are enough slices for a volume."""
        return self.slices >= FEWEST_SLICES

    def describe(self) -> str:
        """In words, without anything that identifies a patient."""
        header = self.headers[0]
        thickness = header.number("SliceThickness")
        facts = [
            "axial" if self.is_axial else "not axial",
            f"{self.slices} slices" + (f" of {thickness:g} mm" if thickness else ""),
            *([f"kernel {header.text('ConvolutionKernel')}"] if header.text("ConvolutionKernel") else []),
        ]
        return f"{self.uid} ({', '.join(facts)})"


def counted(count: int, noun: str, *rest: str) -> str:
    """A number and its noun, e.g. ``"2 images of modality MR"`` from ``(2, "image", "of modality MR")``."""
    return " ".join((str(count), noun + "s" * (count != 1), *rest))


def is_axial(header: SliceHeader) -> bool:
    """True when the slice's normal points to head or feet."""
    axes = header.numbers("ImageOrientationPatient", 6)
    return axes is not None and abs(np.cross(axes[:3], axes[3:])[2]) > AXIAL_COSINE


def find_series(path: str | Path) -> tuple[Series, ...]:
    """All CT series at a path, read below folders to any depth.

    Other modalities, segmentations, reports, localisers and files that are not DICOM are left out.

    Parameters
    ----------
    path : str or Path
        A folder, or one DICOM file, which stands for its series in its folder.

    Returns
    -------
    tuple of Series
        Sorted by UID; at least one.

    Raises
    ------
    OVCFRiskError
        If there is no CT image, naming what was found instead.
    """
    path = Path(path)
    if path.is_dir():
        return _series_of(sorted(_files_below(path)), f"folder '{path}'")
    if not path.exists():
        raise OVCFRiskError(f"'{path}' does not exist; expected a CT file or a folder with a DICOM series")
    header = read_header(path)
    if header is None or not header.is_ct or header.frames > 1:
        return _series_of([path], f"'{path}'")
    beside = (other for other in path.parent.iterdir() if other.is_file() and not other.name.startswith("."))
    found = _series_of(sorted(beside), f"folder '{path.parent}'")
    return tuple(series for series in found if series.uid == header.text("SeriesInstanceUID")) or found


def choose_series(found: Sequence[Series], uid: str | None = None) -> tuple[Series, tuple[str, ...]]:
    """The series asked for, or the axial one with most slices (then the thinnest).

    Returns
    -------
    series : Series
    notes : tuple of str
        What was chosen among several, and what was left out.

    Raises
    ------
    OVCFRiskError
        If no series has the UID, or none is an axial volume.
    """
    listed = "; ".join(series.describe() for series in found[:LISTED_AT_MOST])
    if uid is not None:
        named = [series for series in found if series.uid == uid.strip()]
        if not named:
            raise OVCFRiskError(f"no CT series '{uid}' here; expected one of: {listed}")
        return named[0], _left_out(named[0])
    usable = [series for series in found if series.is_volume and series.is_axial]
    if not usable:
        raise OVCFRiskError(
            f"expected an axial CT series of at least {FEWEST_SLICES} slices, got: {listed}; "
            "export the axial series (localisers and reformations cannot be scored)"
        )
    chosen = min(usable, key=lambda s: (-s.slices, s.headers[0].number("SliceThickness") or np.inf, s.uid))
    others = [series for series in found if series is not chosen]
    notes = _left_out(chosen)
    if others:
        rest = "; ".join(series.describe() for series in others[:LISTED_AT_MOST])
        notes = (
            f"{len(found)} CT series found; read the axial one with most slices, {chosen.describe()}; "
            f"left out: {rest}; choose another by its UID",
            *notes,
        )
    return chosen, notes


def _left_out(series: Series) -> tuple[str, ...]:
    return (f"{counted(series.localisers, 'localiser image')} left out",) if series.localisers else ()


def _files_below(folder: Path) -> Iterable[Path]:
    """Files at any depth, without hidden ones; links to folders are not followed."""
    for parent, _folders, names in os.walk(folder):
        paths = (Path(parent) / name for name in names if not name.startswith("."))
        yield from (path for path in paths if path.is_file())


def _series_of(files: Sequence[Path], where: str) -> tuple[Series, ...]:
    """Group the CT images among files by series."""
    headers: dict[str, list[SliceHeader]] = defaultdict(list)
    localisers: Counter[str] = Counter()
    damaged: list[Path] = []
    others: Counter[tuple[str, str]] = Counter()
    for path in files:
        is_dicom = looks_like_dicom(path)
        header = read_header(path) if is_dicom else None
        if header is None:
            if is_damaged_ct(path):
                damaged.append(path)
            else:
                others[("DICOM object", "without an image") if is_dicom else ("file", "that is not DICOM")] += 1
        elif not header.is_ct:
            others["image", f"of modality {header.text('Modality') or 'unknown'}"] += 1
        elif header.is_localiser:
            localisers[header.text("SeriesInstanceUID") or ""] += 1
        else:
            headers[header.text("SeriesInstanceUID") or ""].append(header)
    if not headers:
        _raise_nothing(where, len(files), damaged, localisers, others)
    series = []
    for uid, members in sorted(headers.items()):
        folders = {header.path.parent for header in members}
        beside = tuple(path for path in damaged if path.parent in folders)
        series.append(Series(uid, tuple(members), localisers[uid], beside))
    return tuple(series)


def _raise_nothing(
    where: str, files: int, damaged: Sequence[Path], localisers: Counter[str], others: Counter[tuple[str, str]]
) -> None:
    """Say what was found where a CT was expected."""
    found = [counted(count, *words) for words, count in sorted(others.items())]
    if localisers:
        found.append(counted(localisers.total(), "CT localiser"))
    if damaged:
        found.append(f"{counted(len(damaged), 'damaged file')} such as '{damaged[0].name}'")
    got = ", ".join(found) if files else "an empty folder"
    raise OVCFRiskError(f"{where}: expected CT images (modality CT), got {got}; choose the folder of the axial CT")
