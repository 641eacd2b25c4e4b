"""A case in a worker that may die of it: the attempt is noted on disk first, the next attempt reads the note."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import re
import signal
import threading
import time
from pathlib import Path

from OVCFRiskLib.batch.case import OutputError, process_case
from OVCFRiskLib.batch.case_record import CaseRecord
from OVCFRiskLib.batch.case_settings import CaseSettings
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder
from OVCFRiskLib.memory import keep_freed_memory

# In the batch's folder: notes of the attempts at each case, from which a death of its process is told.
RUNNING_FOLDER = "running"
# A worker can also die for what its neighbour did (memory), so a case gets a second attempt; a timeout does not.
MAX_ATTEMPTS = 2
ATTEMPT = re.compile(r"^attempt by process (\d+) at (\d+\.\d+)$", re.MULTILINE)  # process, s since 1970
FATAL_ERROR = re.compile(r"^Fatal Python error: (.+)$", re.MULTILINE)  # faulthandler's words
TIMEOUT_MARK = "Timeout ("
# Read when the numeric libraries are loaded: several workers with several threads each would only wait for each other.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
        "VTK_SMP_MAX_THREADS",
    ),
    "1",
)
PARENT_CHECK_S = 1.0


def guarded_case(case: Case, settings: CaseSettings) -> tuple[CaseRecord, bytes | None]:
    """`process_case` in a worker process, one at a time.

    The attempt is noted in ``out/running``; a case that killed its worker `MAX_ATTEMPTS` times, or once passed the
    timeout, is not run again but reported. The timeout is kept by a thread in C, which also ends native code.

    Raises
    ------
    OutputError
        If the note cannot be written, or as `process_case`.
    """
    import SimpleITK as sitk

    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    keep_freed_memory()
    note = running_file(settings.out, case)
    verdict = _verdict(note, settings.timeout_s)
    if verdict:
        return CaseRecord.failed(case, verdict, _seconds(note)), None
    try:
        prepare_folder(note.parent)
        with note.open("a", encoding="utf-8", buffering=1) as file:
            file.write(f"attempt by process {os.getpid()} at {time.time():.3f}\n")
            faulthandler.enable(file)
            if settings.timeout_s:
                faulthandler.dump_traceback_later(settings.timeout_s, exit=True, file=file)
            try:
                return process_case(case, settings)
            finally:
                faulthandler.cancel_dump_traceback_later()
                faulthandler.disable()
    except OSError as error:
        raise OutputError(f"'{note.parent}' cannot be written to ({error.strerror or error})") from error
    except OVCFRiskError as error:
        raise OutputError(str(error)) from error


def running_file(out: Path, case: Case) -> Path:
    """Note of the attempts at a case."""
    return out / RUNNING_FOLDER / f"{case.key}.txt"


def worker_of(out: Path, case: Case) -> int | None:
    """Process id of the last attempt at a case."""
    found = ATTEMPT.findall(_text(running_file(out, case)))
    return int(found[-1][0]) if found else None


def start_worker(parent: int) -> None:
    """Prepare a local worker: it leaves Ctrl-C to its parent and does not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, args=(parent,), daemon=True).start()
    # loaded before the first case, whose time they would otherwise count to
    import OVCFRiskLib.assess
    import OVCFRiskLib.ct
    import OVCFRiskLib.segmentation  # noqa: F401


def _follow_parent(parent: int) -> None:
    """End this process when its parent was killed."""
    while os.getppid() == parent:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)


def _verdict(note: Path, timeout_s: float | None) -> str:
    """Why a case is not tried again; empty when it may be."""
    text = _text(note)
    if TIMEOUT_MARK in text:
        limit = f" of {timeout_s:g} s" if timeout_s else ""
        return f"stopped: it passed the timeout{limit}; look at the CT, or give more time with --timeout"
    attempts = len(ATTEMPT.findall(text))
    if attempts < MAX_ATTEMPTS:
        return ""
    fatal = FATAL_ERROR.search(text)
    how = fatal[1] if fatal else "killed from outside, as systems do when memory ends"
    return f"its worker died {attempts} times ({how}); score it alone on a machine with more memory"


def _seconds(note: Path) -> float | None:
    """Time from the first note to the last, which ended the attempts."""
    begin = ATTEMPT.search(_text(note))
    if begin is None:
        return None
    with contextlib.suppress(OSError):
        return round(max(0.0, note.stat().st_mtime - float(begin[2])), 3)
    return None


def _text(note: Path) -> str:
    try:
        return note.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""
