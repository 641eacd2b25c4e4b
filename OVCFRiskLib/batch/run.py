"""A batch from its manifest to its tables."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from OVCFRiskLib import __version__
from OVCFRiskLib.batch.case import REPORTS_FOLDER
from OVCFRiskLib.batch.case_log import case_log
from OVCFRiskLib.batch.case_record import CaseRecord, CaseStatus
from OVCFRiskLib.batch.case_settings import CaseSettings
from OVCFRiskLib.batch.cluster import run_dask
from OVCFRiskLib.batch.guard import running_file
from OVCFRiskLib.batch.local import Results, run_here, run_local
from OVCFRiskLib.batch.manifest_table import Case, Manifest
from OVCFRiskLib.batch.scheduler_address import read_address, require_scheduler
from OVCFRiskLib.batch.store import BatchStore, locked
from OVCFRiskLib.batch.tables import BATCH_FILES, RESERVED_COLUMNS, count_cases, write_tables
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import remove_file
from OVCFRiskLib.kept_files import KeptFile, kept_files, require_not_kept

if TYPE_CHECKING:
    from OVCFRiskLib.scoring import RScoreModel

# listener(record of the case just finished or None at the start, finished cases, all cases)
Listener = Callable[[CaseRecord | None, int, int], None]


@dataclass(frozen=True, slots=True)
class BatchOptions:
    """How a batch is run.

    Attributes
    ----------
    workers : int
        Processes on this machine; 0 works in this process, without isolation and timeout.
    dask_address : str or None
        Scheduler of a cluster, or its scheduler file, instead of workers on this machine.
    resume : bool
        Go on with the batch in the folder.
    retry_failed : bool
        With ``resume``: run failed cases once more.
    feature_set : str or None
        ``"frozen"`` or ``"all"``: write features.csv.
    with_reports : bool
        A folder per case with what `ovcfrisk score` writes.
    timeout_s : float or None
        Longest time of a case.
    model : str or None
        Id or file of the card; None is the demonstration model.
    observers : int
        2 also writes features_observer2.csv, see `second_observer`.
    numbering : str or None
        What label values mean in rows without a ``numbering`` of their own.
    complete : bool
        Propose points for the levels without one.
    log : str, Path or None
        File that gets the full messages of the cases run now, with the paths that the tables leave out.
    """

    workers: int = 1
    dask_address: str | None = None
    resume: bool = False
    retry_failed: bool = False
    feature_set: str | None = None
    with_reports: bool = False
    timeout_s: float | None = None
    model: str | None = None
    observers: int = 1
    complete: bool = False
    numbering: str | None = None
    log: str | Path | None = None

    def __post_init__(self) -> None:
        if self.observers not in (1, 2):
            raise OVCFRiskError(f"--observers: expected 1 or 2, got {self.observers}")
        if self.observers == 2 and self.feature_set is None:
            raise OVCFRiskError("--observers 2 writes a second table of features; give --features or --features all")
        if self.retry_failed and not self.resume:
            raise OVCFRiskError("--retry-failed runs the failed cases of an earlier batch once more; give --resume too")
        if self.workers < 0:
            raise OVCFRiskError(f"--workers: expected 0 or more, got {self.workers}")
        if self.timeout_s is not None and not 0 < self.timeout_s < 1e6:
            raise OVCFRiskError(f"--timeout: expected seconds above 0, got {self.timeout_s:g}")
        if self.timeout_s is not None and self.workers == 0 and not self.dask_address:
            raise OVCFRiskError("--timeout needs a worker process that can be stopped; give --workers 1 or more")


@dataclass(frozen=True, slots=True)
class BatchResult:
    """How a batch ended.

    Attributes
    ----------
    counts : dict
        Cases by status: scored, partly scored, not scored, failed.
    run : int
        Cases run now; the others were finished before.
    files : tuple of str
        What lies in the batch's folder now, tables first.
    """

    counts: dict[str, int]
    run: int
    files: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """True when every level of every case is scored."""
        return set(self.counts) == {CaseStatus.SCORED.value}


def run_batch(
    manifest: str | Path, out: str | Path, options: BatchOptions | None = None, listener: Listener | None = None
) -> BatchResult:
    """Score the cases of a manifest.

    Each finished case is kept at once as a record in ``out``; the tables are put together from the records at the
    end, in the order of the manifest, so that they do not depend on workers, breaks and resumptions.

    Parameters
    ----------
    manifest : path
        CSV with ``case_id, ct, points | labels[, series, patient_id, ...]``; paths relative to its folder.
    out : path
        Gets scores.csv, cases.csv, summary.html, on request features.csv and reports; batch.json and records serve
        ``resume``.
    options : BatchOptions, optional
    listener : callable, optional
        Called at the start and after every finished case.

    Returns
    -------
    BatchResult

    Raises
    ------
    OVCFRiskError
        If the manifest, the model, the folder or the workers cannot be used; what is finished is kept.
    """
    from OVCFRiskLib.scoring import load_model

    options = BatchOptions() if options is None else options
    if options.dask_address:
        options = dataclasses.replace(options, dask_address=read_address(options.dask_address))
        require_scheduler(str(options.dask_address))
    model = load_model(options.model)
    model.require_complete()
    cases = Manifest(manifest, RESERVED_COLUMNS)
    out = Path(out).resolve()
    with kept_files([KeptFile("manifest", Path(manifest))]), locked(out):
        for name in BATCH_FILES:
            require_not_kept(out / name)
        store = BatchStore(out)
        store.claim(_settings_document(options, model), options.resume)
        run = _run_cases(cases, store, options, _case_settings(cases, out, options, model), listener)
        names = _feature_names(options.feature_set, model)
        files = write_tables(cases, store, _model_cells(model), names, model.settings, options.observers > 1)
        if options.with_reports:
            files = (*files, f"{REPORTS_FOLDER}/")
        return BatchResult(count_cases(cases, store), run, files)


def _run_cases(
    manifest: Manifest, store: BatchStore, options: BatchOptions, settings: CaseSettings, listener: Listener | None
) -> int:
    """Run what is not finished; the number of cases run."""
    remaining = sum(not store.is_finished(case, options.retry_failed) for case in manifest)
    done = len(manifest) - remaining
    if listener:
        listener(None, done, len(manifest))
    if not remaining:
        return 0
    found = _results(_unfinished(manifest, store, options), settings, options, remaining)
    with case_log(options.log) as log, contextlib.closing(found) as results:
        for case, record, picture in results:
            store.save(case, record, picture)
            log(record)
            done += 1
            if listener:
                listener(record, done, len(manifest))
    return remaining


def _unfinished(manifest: Manifest, store: BatchStore, options: BatchOptions) -> Iterator[Case]:
    """Cases to run, their attempts of a run that was broken off forgotten."""
    for case in manifest:
        if not store.is_finished(case, options.retry_failed):
            remove_file(running_file(store.out, case))
            yield case


def _results(cases: Iterator[Case], settings: CaseSettings, options: BatchOptions, count: int) -> Results:
    """Results from where the options want them."""
    if options.dask_address:
        return run_dask(cases, settings, options.dask_address)
    if options.workers == 0:
        return run_here(cases, settings)
    return run_local(cases, settings, min(options.workers, count))


def _case_settings(manifest: Manifest, out: Path, options: BatchOptions, model: RScoreModel) -> CaseSettings:
    """What workers have to know."""
    card = options.model
    return CaseSettings(
        out=out,
        manifest_folder=manifest.folder,
        model=str(Path(card).resolve()) if card and Path(card).is_file() else card,
        model_sha256=model.sha256,
        software_version=__version__,
        feature_set=options.feature_set,
        with_reports=options.with_reports,
        timeout_s=options.timeout_s,
        observers=options.observers,
        complete=options.complete,
        numbering=options.numbering or "",
    )


def _settings_document(options: BatchOptions, model: RScoreModel) -> dict:
    """What must not change within a batch."""
    from OVCFRiskLib.assess import PERTURBATION_REPEATS, PERTURBATION_SEED

    document = _model_cells(model) | {
        "extraction": model.settings.to_dict(),
        "perturbation_repeats": PERTURBATION_REPEATS,
        "perturbation_seed": PERTURBATION_SEED,
        "feature_set": options.feature_set,
        "with_reports": options.with_reports,
        "observers": options.observers,
        "numbering": options.numbering,
        "complete": options.complete,
    }
    return json.loads(json.dumps(document))


def _model_cells(model: RScoreModel) -> dict[str, str]:
    """The model's and the software's columns."""
    return {
        "model_id": model.id,
        "model_sha256": model.sha256,
        "model_status": model.status,
        "software_version": __version__,
    }


def _feature_names(feature_set: str | None, model: RScoreModel) -> tuple[str, ...] | None:
    """Columns of features.csv."""
    from OVCFRiskLib.radiomics import ALL_FEATURES

    return {None: None, "frozen": tuple(model.feature_names), "all": tuple(ALL_FEATURES)}[feature_set]
