"""Writing files so that a reader never meets half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError


def prepare_folder(folder: str | Path) -> Path:
    """Create an output folder, or say why it cannot be written to.

    Raises
    ------
    OVCFRiskError
        If the folder cannot be created or is not writable.
    """
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OVCFRiskError(
            f"output folder '{folder}' cannot be written to ({error.strerror or error}); choose another folder"
        ) from error
    return folder


@contextlib.contextmanager
def written_beside(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path in the same folder, renamed to ``path`` when the block ends well.

    The temporary name keeps the suffixes of ``path``, because SimpleITK, VTK and matplotlib choose the
    format by them. If the block raises, the temporary file is removed and ``path`` is left as it was.

    Raises
    ------
    OVCFRiskError
        If the file cannot be written (no permission, disk full).
    """
    path = Path(path)
    prepare_folder(path.parent)
    temporary = path.with_name(f".{os.getpid()}.partial.{path.name}")
    try:
        yield temporary
        temporary.replace(path)
    except OSError as error:
        raise OVCFRiskError(f"'{path}' cannot be written ({error.strerror or error}); nothing was changed") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_text(path: str | Path, text: str) -> None:
    """Write a UTF-8 text file with Unix line ends, beside and renamed."""
    with written_beside(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a binary file, beside and renamed."""
    with written_beside(path) as temporary:
        temporary.write_bytes(content)


def remove_file(path: str | Path) -> None:
    """Remove a file if it is there.

    Raises
    ------
    OVCFRiskError
        If it cannot be removed.
    """
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        raise OVCFRiskError(f"'{path}' cannot be removed ({error.strerror or error}); remove it") from error
