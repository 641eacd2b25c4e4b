"""scores.csv, cases.csv, features.csv and summary.html of a batch, put together from the records in manifest order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from OVCFRiskLib.assessment import Status
from OVCFRiskLib.batch.case import report_folder
from OVCFRiskLib.batch.case_record import CaseStatus
from OVCFRiskLib.batch.manifest_table import CASE_ID, Case, Manifest
from OVCFRiskLib.batch.store import SUMMARY_FILE, BatchStore
from OVCFRiskLib.batch.worklist import LOOK_COLUMNS, look_at
from OVCFRiskLib.files import write_text
from OVCFRiskLib.json_text import json_text
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.radiomics.feature_description import describe_table
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.report.data.score_csv import SCORE_COLUMNS, SCORE_DECIMALS
from OVCFRiskLib.tables.body_rows import DESCRIPTION_NAME
from OVCFRiskLib.tables.table_writer import MESSAGE_SEPARATOR, Row, Value, write_table

# Of cases.csv, behind the case's name and the columns carried over from the manifest.
CASE_COLUMNS = ("status", *LOOK_COLUMNS, "levels_scored", "seconds", "error", "warnings", "notes")
# Digits behind the point of cases.csv; scores.csv has all of them.
CASE_DECIMALS = {"highest_risk_index": 4, "fracture_height_loss": 4}
CASE_FAILED = "the case failed"
FEATURE_TABLE = "features.csv"
SECOND_OBSERVER_TABLE = "features_observer2.csv"
SCORE_TABLE = "scores.csv"
CASE_TABLE = "cases.csv"
# What stands in the folder of a batch beside its records and reports.
BATCH_FILES = (SCORE_TABLE, CASE_TABLE, FEATURE_TABLE, SECOND_OBSERVER_TABLE, DESCRIPTION_NAME, SUMMARY_FILE)
RESERVED_COLUMNS = frozenset((*SCORE_COLUMNS, *CASE_COLUMNS))


def write_tables(
    manifest: Manifest,
    store: BatchStore,
    model_cells: Mapping[str, str],
    feature_names: Sequence[str] | None,
    settings: ExtractionSettings,
    has_second_observer: bool = False,
) -> tuple[str, ...]:
    """Write the tables and the summary.

    Parameters
    ----------
    manifest : Manifest
        All of its cases are finished.
    store : BatchStore
    model_cells : mapping of str to str
        ``model_id``, ``model_sha256``, ``model_status``, ``software_version``, for cases that failed.
    feature_names : sequence of str or None
        Columns of features.csv; None writes none.
    settings : ExtractionSettings
        How they were extracted, for ``description.json`` beside the table.
    has_second_observer : bool
        Also write features_observer2.csv.

    Returns
    -------
    tuple of str
        Names of the files.

    Raises
    ------
    OVCFRiskError
        If a file cannot be written.
    """
    from OVCFRiskLib.batch.batch_summary import write_batch_summary

    who = (CASE_ID, *manifest.carried)
    scores = score_rows(manifest, store, model_cells)
    write_table(scores, (*who, *SCORE_COLUMNS), store.out / SCORE_TABLE, SCORE_DECIMALS)
    write_table(case_rows(manifest, store), (*who, *CASE_COLUMNS), store.out / CASE_TABLE, CASE_DECIMALS)
    names = [SCORE_TABLE, CASE_TABLE]
    if feature_names is not None:
        columns = (*who, "level", *feature_names)
        write_table(_feature_rows(manifest, store), columns, store.out / FEATURE_TABLE)
        names.append(FEATURE_TABLE)
        if has_second_observer:
            write_table(_feature_rows(manifest, store, True), columns, store.out / SECOND_OBSERVER_TABLE)
            names.append(SECOND_OBSERVER_TABLE)
        scans = (record.scan for case in manifest if (record := store.load(case)).features)
        write_text(store.out / DESCRIPTION_NAME, json_text(describe_table(scans, settings)))
        names.append(DESCRIPTION_NAME)
    # there the errors are listed by case; by level it is enough that the case failed
    scores = (
        {**row, "reason": CASE_FAILED} if str(row["reason"] or "").startswith(CASE_FAILED) else row
        for row in score_rows(manifest, store, model_cells)
    )
    summary = write_batch_summary(scores, case_rows(manifest, store), store.out, _Pictures(manifest, store))
    return (*names, summary.name)


def score_rows(manifest: Manifest, store: BatchStore, model_cells: Mapping[str, str]) -> Iterator[Row]:
    """Four rows per case; of a failed case four that say why."""
    nothing: dict[str, Value] = {
        **dict.fromkeys(SCORE_COLUMNS, None),
        **model_cells,
        "status": Status.NOT_SCORED.value,
    }
    for case in manifest:
        record = store.load(case)
        who = _who(manifest, case)
        failed = [nothing | {"level": level.name, "reason": f"{CASE_FAILED}: {record.error}"} for level in LumbarLevel]
        for row in record.rows or failed:
            yield {**who, **row}


def case_rows(manifest: Manifest, store: BatchStore) -> Iterator[Row]:
    """One row per case."""
    for case in manifest:
        record = store.load(case)
        report = report_folder(store.out, case.case_id)
        has_report = bool(record.rows) and report.is_dir()
        look = look_at(record.rows, record.status is CaseStatus.FAILED)
        yield {
            **_who(manifest, case),
            "status": record.status.value,
            **look.cells(report.relative_to(store.out).as_posix() if has_report else None),
            "levels_scored": sum(row["status"] == Status.SCORED.value for row in record.rows),
            "seconds": record.seconds,
            "error": record.error or None,
            "warnings": MESSAGE_SEPARATOR.join(record.warnings) or None,
            "notes": MESSAGE_SEPARATOR.join(record.notes) or None,
        }


def count_cases(manifest: Manifest, store: BatchStore) -> dict[str, int]:
    """Cases by status."""
    counts = Counter(store.load(case).status.value for case in manifest)
    return dict(sorted(counts.items(), key=lambda item: (item[0] == CaseStatus.FAILED.value, item[0])))


def _feature_rows(manifest: Manifest, store: BatchStore, is_second: bool = False) -> Iterator[Row]:
    """One row per scored level, of the first or of the second observer."""
    for case in manifest:
        record = store.load(case)
        for row in record.second_features if is_second else record.features:
            yield {**_who(manifest, case), **row}


def _who(manifest: Manifest, case: Case) -> dict[str, Value]:
    """The case and what the manifest says further."""
    return {CASE_ID: case.case_id, **dict(zip(manifest.carried, case.carried, strict=True))}


class _Pictures(Mapping[str, bytes]):
    """Pictures by case, read when one is asked for."""

    def __init__(self, manifest: Manifest, store: BatchStore) -> None:
        self._manifest, self._store = manifest, store

    def __getitem__(self, case_id: str) -> bytes:
        picture = self._store.picture(case_id)
        if picture is None:
            raise KeyError(case_id)
        return picture

    def __iter__(self) -> Iterator[str]:
        return (case.case_id for case in self._manifest)

    def __len__(self) -> int:
        return len(self._manifest)
