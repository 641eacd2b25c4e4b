"""Long steps of the library in a thread, while the application keeps drawing and hears a click on Cancel."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar, cast

from OVCFRiskLib.errors import CancelledError
from OVCFRiskLib.progress import Progress

# The window is drawn and Cancel is heard this often; shorter would take time from the step.
POLL_S = 0.03
_LOCAL = threading.local()  # the job whose thread this is
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
        job.serve()
        thread.join(POLL_S)
    if job.error is not None:
        raise job.error
    if job.isCancelled:
        raise CancelledError(job.message)
    return job.results[0]


def inApplication(function: Callable[[], Result]) -> Result:
    """Run a function in the application's thread, from work of `inThread`; elsewhere it runs where it is called.

    For what belongs to that thread, such as drawing: some platforms open windows nowhere else.
    """
    job: _Job | None = getattr(_LOCAL, "job", None)
    return function() if job is None else job.ask(function)


class _Job:
    """What the two threads tell each other."""

    def __init__(self, work: Callable[[Progress | None], Result]) -> None:
        self.work, self.fraction, self.message, self.isCancelled = work, 0.0, "", False
        self.results: list = []
        self.error: BaseException | None = None
        self.asked: queue.SimpleQueue[tuple[Callable[[], Any], queue.SimpleQueue]] = queue.SimpleQueue()

    def ask(self, function: Callable[[], Result]) -> Result:
        """Let the waiting thread run a function; an error it raises is raised here."""
        answer: queue.SimpleQueue = queue.SimpleQueue()
        self.asked.put((function, answer))
        result, error = answer.get()
        if error is not None:
            raise error
        return cast("Result", result)

    def serve(self) -> None:
        """Run what the work has asked for."""
        while not self.asked.empty():
            function, answer = self.asked.get()
            try:
                answer.put((function(), None))
            except BaseException as error:  # raised where it was asked
                answer.put((None, error))

    def run(self) -> None:
        """The thread's whole life; an error is raised again in the thread that waits."""
        _LOCAL.job = self
        try:
            self.results.append(self.work(self.report))
        except BaseException as error:  # handed over, not swallowed
            self.error = error

    def report(self, fraction: float, message: str) -> bool:
        """The library's callback in the thread."""
        self.fraction, self.message = fraction, message
        return not self.isCancelled
