"""What each command reads and writes, by its arguments: so that it is refused at once to write over what it reads.

Names that only the work gives (figures, a card named by what it holds, reports of a batch's cases) are looked at when
they are written, at the same door (`kept_files`).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from OVCFRiskLib.files import is_file
from OVCFRiskLib.kept_files import KeptFile

# Arguments that name a file or folder to write.
OUTPUT_ARGUMENTS = ("out", "log", "figures")
# Arguments that may be a folder with a CT in DICOM.
CT_FOLDERS = ("ct", "root", "folder")
# Names of files whose voxels lie in others.
DETACHED_SUFFIXES = (".nhdr", ".mhd", ".mha", ".nrrd")
PAIRS = {".hdr": ".img", ".img": ".hdr"}

Written = Callable[[argparse.Namespace], Iterable[Path]]


def read_by(arguments: argparse.Namespace) -> list[KeptFile]:
    """What a command reads, as far as its arguments name it: files, CTs in folders, voxels beside headers."""
    found: list[KeptFile] = []
    for name, values in vars(arguments).items():
        for value in values if isinstance(values, list) else [values]:
            if name in OUTPUT_ARGUMENTS or not isinstance(value, str):
                continue
            if is_file(value):
                found += (KeptFile(name, path) for path in (Path(value), *_beside(Path(value))))
            elif name in CT_FOLDERS and Path(value).is_dir():
                found.append(KeptFile(name, Path(value), _is_ct_slice))
    return found


def written_by(arguments: argparse.Namespace) -> Iterator[Path]:
    """The files that a command writes, as far as its arguments tell; a file it only may write is one of them."""
    yield from WRITTEN[arguments.command](arguments)
    yield from (Path(value) for value in (getattr(arguments, "log", None),) if value is not None)


def _beside(path: Path) -> list[Path]:
    """The files that hold the voxels of a header, or the header of voxels."""
    suffix = path.suffix.lower()
    if suffix in PAIRS:
        return [path.with_suffix(PAIRS[suffix])]
    if suffix not in DETACHED_SUFFIXES:
        return []
    from OVCFRiskLib.errors import OVCFRiskError
    from OVCFRiskLib.reading.detached_data import data_files
    from OVCFRiskLib.reading.text_header import read_text_header

    try:
        header = read_text_header(path)
        return [] if header is None else [*data_files(path, header)]
    except OVCFRiskError:  # who reads it says why
        return []


def _is_ct_slice(path: Path) -> bool:
    """Is it a CT image in DICOM? Objects that are written beside one are not."""
    from OVCFRiskLib.reading.dicom_header import is_damaged_ct, looks_like_dicom, read_header

    if not looks_like_dicom(path):
        return False
    header = read_header(path)
    return is_damaged_ct(path) if header is None else header.is_ct


def _result(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.report import RESULT_SET

    yield from (Path(arguments.out) / name for name in RESULT_SET.names)


def _demo(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.commands.demo import SAVED_FILES

    yield from _result(arguments)
    yield from (Path(arguments.out) / name for name in (SAVED_FILES if arguments.save_ct else ()))


def _features(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.tables.body_rows import DESCRIPTION_NAME

    yield Path(arguments.out)
    yield Path(arguments.out).with_name(DESCRIPTION_NAME)


def _robustness(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.commands.robustness import ROBUSTNESS_FILES

    yield from (Path(arguments.out) / name for name in ROBUSTNESS_FILES)


def _batch(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.batch.store import SETTINGS_FILE
    from OVCFRiskLib.batch.tables import BATCH_FILES

    yield from (Path(arguments.out) / name for name in (*BATCH_FILES, SETTINGS_FILE))


def _manifest(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.cohort.cohort_files import MANIFEST_NAME

    yield Path(arguments.out) if arguments.out else Path(arguments.folder) / MANIFEST_NAME


def _cohort(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.cohort.cohort_files import COHORT_FILES

    yield from (Path(arguments.out) / name for name in COHORT_FILES)


def _train(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.training.training_files import BESIDE_CARD

    yield Path(arguments.out)
    yield from (Path(arguments.out).with_name(name) for name in BESIDE_CARD)
    if arguments.figures:
        yield Path(arguments.figures)


def _evaluate(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.evaluation.evaluation_files import EVALUATION_FILES
    from OVCFRiskLib.evaluation.marker_files import MARKER_FILES

    names = MARKER_FILES if arguments.marker else EVALUATION_FILES
    yield from (Path(arguments.out) / name for name in names)


def _simulate(arguments: argparse.Namespace) -> Iterator[Path]:
    from OVCFRiskLib.simulation.cohort.simulated_cohort import COHORT_TABLES

    yield from (Path(arguments.out) / name for name in COHORT_TABLES)


def _out(arguments: argparse.Namespace) -> Iterator[Path]:
    yield from (Path(value) for value in (arguments.out,) if value)


# command -> what it writes
WRITTEN: dict[str, Written] = {
    "demo": _demo,
    "segment": _out,
    "features": _features,
    "score": _result,
    "robustness": _robustness,
    "batch": _batch,
    "manifest": _manifest,
    "cohort": _cohort,
    "train": _train,
    "evaluate": _evaluate,
    "simulate": _simulate,
    "models": _out,
}
