"""Worker processes on this machine, each alone with one case: when it dies, only that case is concerned."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass

from OVCFRiskLib.batch.case import process_case
from OVCFRiskLib.batch.case_record import CaseRecord
from OVCFRiskLib.batch.case_settings import CaseSettings
from OVCFRiskLib.batch.guard import MAX_ATTEMPTS, ONE_THREAD, guarded_case, start_worker, worker_of
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.errors import OVCFRiskError

Result = tuple[Case, CaseRecord, bytes | None]
Results = Generator[Result, None, None]
# Between two looks at what still runs, s: chosen, short for a person who pressed Ctrl-C.
KILL_CHECK_S = 0.05


def run_here(cases: Iterable[Case], settings: CaseSettings) -> Results:
    """Cases one after the other in this process: no isolation, no timeout."""
    for case in cases:
        yield case, *process_case(case, settings)


def run_local(cases: Iterable[Case], settings: CaseSettings, workers: int) -> Results:
    """Cases in worker processes, results as they come; never more cases in hand than workers.

    Parameters
    ----------
    cases : iterable of Case
        Taken one by one.
    settings : CaseSettings
    workers : int
        At least 1.

    Yields
    ------
    tuple of (Case, CaseRecord, bytes or None)

    Raises
    ------
    OVCFRiskError
        If workers die before they start a case, or as `process_case`.
    """
    cases = iter(cases)
    running: dict[Future, _Slot] = {}
    slots = [_Slot(settings, case) for case in itertools.islice(cases, workers)]
    with _one_thread():
        try:
            for slot in slots:
                running[slot.start(slot.case)] = slot
            while running:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    slot = running.pop(future)
                    try:
                        record, picture = future.result()
                    except BrokenProcessPool as error:
                        running[slot.start_again(error)] = slot
                        continue
                    finished = slot.case
                    following = next(cases, None)
                    if following is not None:
                        running[slot.start(following)] = slot
                    yield finished, record, picture
        except BaseException:
            _kill(slots)
            raise
        finally:
            for slot in slots:
                slot.close()


@dataclass(slots=True)
class _Slot:
    """A pool of one process and the case in it."""

    settings: CaseSettings
    case: Case
    executor: Executor | None = None
    deaths: int = 0

    def start(self, case: Case) -> Future:
        """Begin a case."""
        self.case, self.deaths = case, 0
        return self._submit()

    def start_again(self, error: BrokenProcessPool) -> Future:
        """The same case in a new process; the guard there decides whether it is run."""
        self.deaths += 1
        if self.deaths > MAX_ATTEMPTS:
            raise OVCFRiskError(
                f"worker processes die before they start ({' '.join(str(error).split())[:200]}); "
                "try --workers 0, which works in one process"
            )
        self.close()
        return self._submit()

    def close(self) -> None:
        """End the process."""
        if self.executor is not None:
            self.executor.shutdown(wait=True)
            self.executor = None

    def _submit(self) -> Future:
        if self.executor is None:
            self.executor = _one_process()
        return self.executor.submit(guarded_case, self.case, self.settings)


def _one_process() -> Executor:
    """A pool of one: joblib's, which is robust, or where that is absent (3D Slicer) Python's own."""
    options = {"max_workers": 1, "initializer": start_worker, "initargs": (os.getpid(),)}
    try:
        from joblib.externals.loky import ProcessPoolExecutor
    except ImportError:
        from concurrent.futures import ProcessPoolExecutor

        options["mp_context"] = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(**options)


def _kill(slots: Sequence[_Slot]) -> None:
    """End what still runs (Ctrl-C, full disk); a process that has not begun its case is met when it does.

    Whatever is known of a case here: an interruption may have come while it was handed over to its process.
    """
    closing = [(slot, threading.Thread(target=slot.close, daemon=True)) for slot in slots]
    for _, thread in closing:
        thread.start()
    while any(thread.is_alive() for _, thread in closing):
        for slot, thread in closing:
            process = worker_of(slot.settings.out, slot.case)
            if process is not None and thread.is_alive():
                with contextlib.suppress(OSError):
                    os.kill(process, getattr(signal, "SIGKILL", signal.SIGTERM))
            thread.join(KILL_CHECK_S / len(closing))


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Environment of the workers; this process has loaded its libraries and keeps its threads."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
