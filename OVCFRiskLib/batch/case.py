"""One case of a batch: read, segment or import, score; whatever happens becomes a record."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import re
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib import __version__
from OVCFRiskLib.batch.case_record import CaseRecord, status_of
from OVCFRiskLib.batch.case_settings import CaseSettings
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.batch.public_text import public_record
from OVCFRiskLib.errors import OVCFRiskError, is_out_of_memory, root_cause
from OVCFRiskLib.kept_files import KeptFile, kept_files
from OVCFRiskLib.path_text import path_of_text
from OVCFRiskLib.radiomics.feature_description import scan_facts
from OVCFRiskLib.tables.table_writer import Row

if TYPE_CHECKING:
    from OVCFRiskLib.assessment import SpineAssessment
    from OVCFRiskLib.mask_origin import MaskOrigin
    from OVCFRiskLib.scored_ct import BodySource, ScoredCT
    from OVCFRiskLib.scoring import RScoreModel

# In the batch's folder: a folder for each case's report.
REPORTS_FOLDER = "reports"
# Names that every file system keeps apart; all others get digits of their hash.
PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,79}")
RESERVED_NAME = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")  # of Windows


class OutputError(OVCFRiskError):
    """The output folder fails, not the case: the batch has to stop."""


def process_case(case: Case, settings: CaseSettings) -> tuple[CaseRecord, bytes | None]:
    """Score one case.

    Parameters
    ----------
    case : Case
    settings : CaseSettings

    Returns
    -------
    tuple of CaseRecord and (bytes or None)
        The record, which says why when the case failed, and a PNG of the masks.

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
        record, picture = CaseRecord.failed(case, str(error)), None
    except Exception as error:  # one bad case, whatever is bad about it, must not end the others
        record, picture = _unexpected(case, error), None
    record = public_record(record, case, settings.manifest_folder)
    return dataclasses.replace(record, seconds=round(time.perf_counter() - start, 3)), picture


def _unexpected(case: Case, error: Exception) -> CaseRecord:
    """Record of a case that ended in an error which is not ours; its words may hold anything."""
    if is_out_of_memory(error):
        return CaseRecord.failed(case, "not enough memory for this CT")
    words = f"unexpected {type(error).__name__}, a defect of the program; --log FILE keeps its traceback"
    return dataclasses.replace(CaseRecord.failed(case, words), details=("".join(traceback.format_exception(error)),))


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


def _score(case: Case, settings: CaseSettings, model: RScoreModel) -> tuple[CaseRecord, bytes | None]:
    """The way of `ovcfrisk score`, kept as a record."""
    from OVCFRiskLib.batch.case_inputs import body_source
    from OVCFRiskLib.report.data.score_csv import score_rows
    from OVCFRiskLib.report.pictures.thumbnail import mask_thumbnail
    from OVCFRiskLib.scored_ct import score_file

    source = body_source(
        case.points, case.labels, case.numbering or settings.numbering, settings.manifest_folder, settings.complete
    )
    if not case.ct:
        raise OVCFRiskError("expected the path of a CT, got an empty cell")
    scored = score_file(settings.manifest_folder / path_of_text(case.ct), case.series or None, source, model)
    assert scored.acquisition is not None, "a file has one"
    notes = [*scored.acquisition.notes, *scored.notes]
    if settings.with_reports:
        notes += _write_report(scored, report_folder(settings.out, case.case_id), _inputs(case, settings))
    rows = tuple(score_rows(scored.assessment))
    record = CaseRecord(
        case.case_id,
        case.fingerprint,
        status_of(rows),
        warnings=_warnings(scored.assessment),
        notes=tuple(notes),
        rows=rows,
        features=_features(scored, model, settings.feature_set),
        second_features=_second_features(case, scored, source, settings, model),
        scan=scan_facts(scored.ct.image, scored.acquisition, _origins(scored.assessment)),
    )
    return record, mask_thumbnail(scored.ct.image, scored.labels.widened(scored.ct.box).image)


def _origins(assessment: SpineAssessment) -> list[MaskOrigin | None]:
    """Origins of the masks whose features go into the tables."""
    return [row.mask_origin for row in assessment.levels if row.score is not None]


def _warnings(assessment: SpineAssessment) -> tuple[str, ...]:
    """Sentences of all warnings of the levels and of the CT, each once."""
    findings = (*(finding for row in assessment.levels for finding in row.warnings), *assessment.warnings)
    return tuple(dict.fromkeys(finding.message for finding in findings))


def _inputs(case: Case, settings: CaseSettings) -> list[KeptFile]:
    """Files of a case that are read, which no report replaces: labels may lie in the folder of an earlier one."""
    named = {"ct": case.ct, "labels": case.labels, "points": case.points, "labels2": case.labels2}
    return [KeptFile(name, settings.manifest_folder / path_of_text(text)) for name, text in named.items() if text]


def _write_report(scored: ScoredCT, folder: Path, inputs: list[KeptFile]) -> tuple[str, ...]:
    """The files of `ovcfrisk score`; a full disk is no fault of the case."""
    try:
        with kept_files(inputs):
            return scored.write(folder)
    except OVCFRiskError as error:
        if isinstance(root_cause(error), OSError):
            raise OutputError(str(error)) from error
        raise


def _features(scored: ScoredCT, model: RScoreModel, feature_set: str | None) -> tuple[Row, ...]:
    """Features of the scored levels."""
    if feature_set is None:
        return ()
    found = [(row.level, row.features or {}) for row in scored.assessment.levels if row.score]
    if feature_set == "all":
        from OVCFRiskLib.geometry import mask_of
        from OVCFRiskLib.radiomics import ALL_FEATURES, extract_features

        labels = scored.labels.widened(scored.ct.box).image
        found = [
            (level, extract_features(scored.ct, mask_of(labels, level), ALL_FEATURES, model.settings))
            for level, _ in found
        ]
    return tuple({"level": level.name, **features} for level, features in found)


def _second_features(
    case: Case, scored: ScoredCT, source: BodySource, settings: CaseSettings, model: RScoreModel
) -> tuple[Row, ...]:
    """Features under a second observer's masks, where they are asked for."""
    if settings.observers < 2 or settings.feature_set is None:
        return ()
    from OVCFRiskLib.batch.second_observer import second_observer_features
    from OVCFRiskLib.radiomics import ALL_FEATURES

    names = tuple(ALL_FEATURES) if settings.feature_set == "all" else tuple(model.feature_names)
    return second_observer_features(case, scored, source, settings, names, model)
