"""Keep ITK's own warnings off the terminal while a file is tried."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import SimpleITK as sitk


@contextlib.contextmanager
def quiet_itk() -> Iterator[None]:
    """Switch ITK's warnings off inside the block: what matters is said in our own words, once."""
    before = sitk.ProcessObject.GetGlobalWarningDisplay()
    sitk.ProcessObject.SetGlobalWarningDisplay(False)
    try:
        yield
    finally:
        sitk.ProcessObject.SetGlobalWarningDisplay(before)


def itk_reason(error: Exception) -> str:
    """The last sentence of an ITK exception, without class names and addresses."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[-1] if lines else type(error).__name__
    for mark in ("): ", "sitk::ERROR: ", "Reason: "):
        reason = reason.rpartition(mark)[2]
    return reason.rstrip(".")
