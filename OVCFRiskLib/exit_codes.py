"""What a command's exit code says; scripts and schedulers depend on these numbers."""

from __future__ import annotations

OK = 0  # success, by convention of every shell
SOME_NOT_SCORED = 1  # some vertebra or case not scored; the others are
BAD_INPUT = 2  # as argparse ends for bad usage
DEFECT = 3  # an error that the program does not know; its traceback was kept
INTERRUPTED = 130  # what shells report for Ctrl-C: 128 + SIGINT
NO_READER = 141  # and for a program whose reader went away: 128 + SIGPIPE


def of_completeness(is_complete: bool) -> int:
    """Exit code of a job that may score a part of what was asked.

    Examples
    --------
    >>> of_completeness(True), of_completeness(False)
    (0, 1)
    """
    return OK if is_complete else SOME_NOT_SCORED
