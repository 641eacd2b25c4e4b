"""Files that are read and must not be lost: whoever writes asks here, so that no command replaces its own input.

A name counts as the file that it leads to, by whatever spelling, symbolic or hard link.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.plain_text import LONGEST_NAME, printable


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file, or what is read of a folder.

    Attributes
    ----------
    name : str
        What it is to the user: "ct", "the manifest".
    path : Path
    is_read : callable, optional
        Of a folder: whether a file that lies in it at any depth is read.
    """

    name: str
    path: Path
    is_read: Callable[[Path], bool] | None = None

    def holds(self, path: Path) -> bool:
        """Is a file that is there this one, or one that is read of this folder?"""
        if self.is_read is None:
            return _identity(self.path) == _identity(path)
        try:
            is_within = path.resolve().is_relative_to(self.path.resolve())
        except (OSError, RuntimeError):  # links that lead to each other
            return False
        return is_within and self.is_read(path)


# What is kept now; of the whole process, as every writer asks.
_KEPT: list[KeptFile] = []


@contextlib.contextmanager
def kept_files(files: Iterable[KeptFile]) -> Iterator[None]:
    """Let nothing be written over these files meanwhile, by `files.written_beside` and `file_set.written_together`."""
    held = [*files]
    _KEPT.extend(held)
    try:
        yield
    finally:
        for file in held:
            _KEPT.remove(file)


def require_not_kept(path: str | Path) -> None:
    """Raise when a name of a file to write leads to one that is kept.

    Raises
    ------
    OVCFRiskError
        With both names.
    """
    path = Path(path)
    if not _KEPT or _identity(path) is None:
        return
    for file in [*_KEPT]:  # another thread's may come and go meanwhile
        if file.holds(path):
            shown, read = (printable(str(name), LONGEST_NAME) for name in (path, file.path))
            raise OVCFRiskError(
                f"expected a file of its own to write, got '{shown}', which is read ({file.name} '{read}') and "
                "would be lost; give another name or folder"
            )


def _identity(path: Path) -> tuple[int, int | str] | None:
    """Device and number of the file that a path leads to; None where there is none, or the system does not take it.

    Some drives number no file (all have 0): there its resolved name stands for the number, and hard links are not seen.
    """
    try:
        status = path.stat()
    except (OSError, ValueError):
        return None
    return status.st_dev, status.st_ino or os.path.normcase(os.path.realpath(path))
