"""The CT series below a folder."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.dicom_header import SliceHeader, is_damaged_ct, looks_like_dicom, read_header
from OVCFRiskLib.reading.image_kind import is_derived, special_kinds

# One or two images are a scout, a dose page or a single key image.
FEWEST_SLICES = 3
# A slice is axial when its normal is closer to the patient's axis than to any other direction in space.
AXIAL_COSINE = 0.7071
DEFINED_TERM = re.compile("[A-Z]{2,10}")


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
    def patient(self) -> str:
        """Tells patients apart; never shown."""
        return self.headers[0].patient

    @property
    def study(self) -> str:
        """StudyInstanceUID."""
        return self.headers[0].text("StudyInstanceUID") or ""

    @property
    def extent_mm(self) -> float:
        """Length along the body; infinite for multi-frame files, whose header is deeper."""
        places = self._places
        return max(places) - min(places) if places else np.inf

    @property
    def _places(self) -> set[float]:
        """Distinct places of slices along their normal, mm; empty where they are not known."""
        places = set()
        for header in self.headers:
            position, axes = header.numbers("ImagePositionPatient", 3), header.numbers("ImageOrientationPatient", 6)
            if header.frames > 1 or position is None or axes is None:
                return set()
            places.add(round(float(np.dot(np.cross(axes[:3], axes[3:]), position)), 2))
        return places

    @property
    def is_axial(self) -> bool:
        """True when most slices are axial; multi-frame files, whose header is deeper, count as such."""
        votes = [header.frames > 1 or is_axial(header) for header in self.headers]
        return sum(votes) * 2 > len(votes)

    @property
    def is_volume(self) -> bool:
        """True when there are enough slices for a volume, and not all at one place as while contrast is awaited."""
        return min(self.slices, len(self._places) or self.slices) >= FEWEST_SLICES

    def describe(self) -> str:
        """In words, without anything that identifies a patient."""
        header = self.headers[0]
        thickness = header.number("SliceThickness")
        words = [
            "axial" if self.is_axial else "not axial",
            counted(self.slices, "slice", *([f"of {thickness:g} mm"] if thickness else [])),
            *([f"kernel '{header.text('ConvolutionKernel')}'"] if header.text("ConvolutionKernel") else []),
            *(["derived"] if is_derived(header) else []),
            *special_kinds(header),
        ]
        return f"{self.uid} ({', '.join(words)})"


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
    same = _identity(header)
    return tuple(series for series in found if (series.uid, series.patient, series.study) == same) or found


def _identity(header: SliceHeader) -> tuple[str, str, str]:
    """Series, patient and study of an image."""
    return header.text("SeriesInstanceUID") or "", header.patient, header.text("StudyInstanceUID") or ""


def _modality(header: SliceHeader) -> str:
    """A defined term of DICOM, which is upper case; anything else is not repeated."""
    text = header.text("Modality") or ""
    return text if DEFINED_TERM.fullmatch(text) else "unknown"


def _files_below(folder: Path) -> Iterable[Path]:
    """Files at any depth, without hidden ones; links to folders are not followed."""
    for parent, _folders, names in os.walk(folder):
        paths = (Path(parent) / name for name in names if not name.startswith("."))
        yield from (path for path in paths if path.is_file())


def _series_of(files: Sequence[Path], where: str) -> tuple[Series, ...]:
    """Group the CT images among files by series."""
    # anonymisers give series of several patients one UID
    headers: dict[tuple[str, str, str], list[SliceHeader]] = defaultdict(list)
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
                others[("DICOM object", "without an image") if is_dicom else ("other file", "(not DICOM)")] += 1
        elif not header.is_ct:
            others["image", f"of modality {_modality(header)}"] += 1
        elif header.is_localiser:
            localisers[header.text("SeriesInstanceUID") or ""] += 1
        else:
            headers[_identity(header)].append(header)
    if not headers:
        _raise_nothing(where, len(files), damaged, localisers, others)
    series = []
    for (uid, _patient, _study), members in sorted(headers.items()):
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
