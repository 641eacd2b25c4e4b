"""Keep ITK's own warnings off the terminal while a file is tried."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import SimpleITK as sitk


class _Switch:
    """The one switch of the process, off while any thread is inside such a block, and then as it was before."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.blocks = 0
        self.before = False

    def off(self) -> None:
        """One more block begins."""
        with self.lock:
            if not self.blocks:
                self.before = sitk.ProcessObject.GetGlobalWarningDisplay()
                sitk.ProcessObject.SetGlobalWarningDisplay(False)
            self.blocks += 1

    def back(self) -> None:
        """A block has ended."""
        with self.lock:
            self.blocks -= 1
            if not self.blocks:
                sitk.ProcessObject.SetGlobalWarningDisplay(self.before)


# One for the process: files are read beside each other.
_SWITCH = _Switch()


@contextlib.contextmanager
def quiet_itk() -> Iterator[None]:
    """Switch ITK's warnings off inside the block: what matters is said in our own words, once."""
    _SWITCH.off()
    try:
        yield
    finally:
        _SWITCH.back()


def itk_reason(error: Exception) -> str:
    """The last sentence of an ITK exception, without class names and addresses."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1] if lines else type(error).__name__
    for mark in ("): ", "sitk::ERROR: ", "Reason: "):
        reason = reason.rpartition(mark)[2]
    return reason.rstrip(".")
