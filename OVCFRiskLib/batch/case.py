"""One case of a batch: read, segment or import, score; whatever happens becomes a record."""

from __future__ import annotations

import functools
import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from OVCFRiskLib import __version__
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.errors import OVCFRiskError

if TYPE_CHECKING:
    import SimpleITK as sitk

    from OVCFRiskLib.acquisition import Acquisition
    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.scoring import RScoreModel

SCORED, PARTLY_SCORED, NOT_SCORED, FAILED = "scored", "partly scored", "not scored", "failed"
REPORTS_FOLDER = "reports"
# Names that every file system keeps apart; all others get digits of their hash.
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
RESERVED_NAME = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")  # of Windows

Record = dict[str, Any]


class OutputError(OVCFRiskError):
    """The output folder fails, not the case: the batch has to stop."""


@dataclass(frozen=True, slots=True)
class CaseSettings:
    """What a worker has to know beside the case.

    Attributes
    ----------
    out : Path
        Output folder, absolute.
    manifest_folder : Path
        What the manifest's paths are relative to, absolute.
    model : str or None
        Id, or absolute path of the card.
    model_sha256, software_version : str
        What the batch was started with; a worker with others refuses.
    feature_set : str or None
        ``"frozen"`` or ``"all"``; None measures no more than the score needs.
    with_reports : bool
    timeout_s : float or None
    """

    out: Path
    manifest_folder: Path
    model: str | None
    model_sha256: str
    software_version: str
    feature_set: str | None = None
    with_reports: bool = False
    timeout_s: float | None = None


def process_case(case: Case, settings: CaseSettings) -> tuple[Record, bytes | None]:
    """Score one case.

    Parameters
    ----------
    case : Case
    settings : CaseSettings

    Returns
    -------
    tuple of dict and (bytes or None)
        The record (`failed_record` when the case could not be scored) and a PNG of the masks.

    Raises
    ------
    OutputError
        If the output folder fails, or this worker has another version or model than the batch.
    """
    start = time.perf_counter()
    model = _model(settings)
    try:
        record, picture = _score(case, settings, model)
    except OutputError:
        raise
    except OVCFRiskError as error:
        record, picture = failed_record(case, str(error)), None
    except MemoryError:
        record, picture = failed_record(case, "not enough memory for this CT"), None
    except Exception as error:  # one bad case, whatever is bad about it, must not end the others
        record, picture = failed_record(case, f"unexpected {type(error).__name__}: {error}"), None
    record["seconds"] = round(time.perf_counter() - start, 3)
    return record, picture


def failed_record(case: Case, error: str, seconds: float | None = None) -> Record:
    """Record of a case without a result."""
    return {
        "case_id": case.case_id,
        "fingerprint": case.fingerprint,
        "status": FAILED,
        "seconds": seconds,
        "error": " ".join(error.split()),
        "warnings": [],
        "notes": [],
        "rows": [],
        "features": [],
    }


def report_folder(out: Path, case_id: str) -> Path:
    """Folder of a case's report; always directly below ``out/reports``, whatever the id."""
    if PLAIN_NAME.fullmatch(case_id) and not RESERVED_NAME.fullmatch(case_id):
        return out / REPORTS_FOLDER / case_id
    readable = re.sub(r"[^A-Za-z0-9]+", "-", case_id).strip("-")[:60]
    return out / REPORTS_FOLDER / f"{readable}-{hashlib.sha256(case_id.encode()).hexdigest()[:12]}".lstrip("-")


@functools.lru_cache(maxsize=2)
def _model(settings: CaseSettings) -> RScoreModel:
    """The batch's model, once per worker."""
    from OVCFRiskLib.scoring import load_model

    try:
        model = load_model(settings.model)
    except OVCFRiskError as error:
        raise OutputError(f"a worker cannot load the model: {error}") from error
    if (model.sha256, __version__) != (settings.model_sha256, settings.software_version):
        raise OutputError(
            f"a worker runs OVCFRisk {__version__} with model {model.sha256[:12]}, the batch was started with "
            f"{settings.software_version} and {settings.model_sha256[:12]}; install the same on every node"
        )
    return model


def _score(case: Case, settings: CaseSettings, model: RScoreModel) -> tuple[Record, bytes | None]:
    """The way of `ovcfrisk score`, kept as a record."""
    from OVCFRiskLib.assess import assess
    from OVCFRiskLib.ct import read_ct_and_acquisition
    from OVCFRiskLib.report.data.score_csv import score_rows
    from OVCFRiskLib.report.pictures.thumbnail import mask_thumbnail

    if bool(case.points) == bool(case.labels):
        raise OVCFRiskError(
            f"expected points or labels, got {'both' if case.points else 'neither'}; fill one of the two columns"
        )
    if not case.ct:
        raise OVCFRiskError("expected the path of a CT, got an empty cell")
    ct, acquisition = read_ct_and_acquisition(settings.manifest_folder / case.ct, case.series or None)
    labels = _labels(case, settings.manifest_folder, ct)
    assessment = assess(ct, labels, model, acquisition=acquisition)
    notes = [*acquisition.notes]
    if settings.with_reports:
        notes += _write_report(assessment, ct, labels, acquisition, report_folder(settings.out, case.case_id))
    rows = score_rows(assessment)
    record = failed_record(case, "") | {
        "status": _status(rows),
        "warnings": list(dict.fromkeys(w for row in rows if row["warnings"] for w in row["warnings"].split(" | "))),
        "notes": notes,
        "rows": rows,
        "features": _features(assessment, ct, labels, model, settings.feature_set),
    }
    return record, mask_thumbnail(ct, labels)


def _labels(case: Case, folder: Path, ct: sitk.Image) -> sitk.Image:
    """Bodies from points or from a label map."""
    from OVCFRiskLib.points import read_points
    from OVCFRiskLib.segmentation import import_labels, segment_bodies

    if case.labels:
        return import_labels(folder / case.labels, ct)
    is_text = "=" in case.points and not case.points.endswith((".json", ".fcsv"))
    return segment_bodies(ct, read_points(case.points if is_text else folder / case.points))


def _write_report(
    assessment: SpineAssessment, ct: sitk.Image, labels: sitk.Image, acquisition: Acquisition, folder: Path
) -> tuple[str, ...]:
    """The files of `ovcfrisk score`; a full disk is no fault of the case."""
    from OVCFRiskLib.report import write_all

    try:
        return write_all(assessment, ct, labels, folder, acquisition)
    except OVCFRiskError as error:
        if isinstance(error.__cause__, OSError):
            raise OutputError(str(error)) from error
        raise


def _status(rows: list[dict]) -> str:
    """How far the case came."""
    scored = sum(row["status"] == SCORED for row in rows)
    return SCORED if scored == len(rows) else PARTLY_SCORED if scored else NOT_SCORED


def _features(
    assessment: SpineAssessment, ct: sitk.Image, labels: sitk.Image, model: RScoreModel, feature_set: str | None
) -> list[dict]:
    """Features of the scored levels."""
    if feature_set is None:
        return []
    rows = [{"level": row.level.name, **row.features} for row in assessment.levels if row.score]
    if feature_set == "frozen":
        return rows
    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskLib.radiomics import ALL_FEATURES, extract_features

    for row in rows:
        row |= extract_features(ct, labels == LumbarLevel[row["level"]], ALL_FEATURES, model.settings)
    return rows
