"""Long steps of the library in a thread, while the application keeps drawing and hears a click on Cancel."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from OVCFRiskLib.errors import CancelledError
from OVCFRiskLib.progress import Progress

# The window is drawn and Cancel is heard this often; shorter would take time from the step.
POLL_S = 0.03
Result = TypeVar("Result")


def inThread(work: Callable[[Progress | None], Result], progress: Progress | None) -> Result:
    """Run ``work(report)`` in a thread and ``progress`` in this one until it has ended.

    The work may use numpy, scipy and SimpleITK; never nodes, the application or Qt: those belong to this thread.

    Parameters
    ----------
    work : callable
        ``work(report)``; ``report(fraction, message) -> bool`` is False after a cancel.
    progress : callable or None
        Called all the time, also while the work reports nothing; None: no thread is needed.

    Raises
    ------
    CancelledError
        If ``progress`` returned False; only after the work has stopped.
    """
    if progress is None:
        return work(None)
    job = _Job(work)
    thread = threading.Thread(target=job.run, daemon=True)
    thread.start()
    while thread.is_alive():
        if progress(job.fraction, job.message) is False:
            job.isCancelled = True
        thread.join(POLL_S)
    if job.error is not None:
        raise job.error
    if job.isCancelled:
        raise CancelledError(job.message)
    return job.results[0]


class _Job:
    """What the two threads tell each other."""

    def __init__(self, work: Callable[[Progress | None], Result]) -> None:
        self.work, self.fraction, self.message, self.isCancelled = work, 0.0, "", False
        self.results: list = []
        self.error: BaseException | None = None

    def run(self) -> None:
        """The thread's whole life; an error is raised again in the thread that waits."""
        try:
            self.results.append(self.work(self.report))
        except BaseException as error:  # handed over, not swallowed
            self.error = error

    def report(self, fraction: float, message: str) -> bool:
        """The library's callback in the thread."""
        self.fraction, self.message = fraction, message
        return not self.isCancelled
