"""One callback for progress and cancel, mapped to a dialog, a bar or nothing."""

from __future__ import annotations

from collections.abc import Callable

from OVCFRiskLib.errors import CancelledError

# progress(fraction in [0, 1], message) -> False to cancel
Progress = Callable[[float, str], bool]
# Between two lines of progress, s, where a line cannot be written over (a log).
LINE_EVERY_S = 10.0


def report_progress(progress: Progress | None, fraction: float, message: str) -> None:
    """Call ``progress`` when there is one.

    Raises
    ------
    CancelledError
        If the callback returned False.
    """
    if progress is not None and progress(fraction, message) is False:
        raise CancelledError(message)


def part_of(progress: Progress | None, start: float, end: float) -> Progress | None:
    """A callback whose 0..1 is ``start``..``end`` of ``progress``, for a step inside a larger job."""
    if progress is None:
        return None
    return lambda fraction, message: progress(start + fraction * (end - start), message)
