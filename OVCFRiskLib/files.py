"""Writing files so that a reader never meets half of one."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError

# Ends the names of folders that hold files which are being written.
PARTIAL_SUFFIX = ".partial"


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
    """Yield a temporary path on the same disk, moved to ``path`` when the block ends well.

    The file has the name of ``path``, because SimpleITK, VTK and matplotlib choose the format by its suffixes, in a new
    folder beside it that has an unpredictable name and is open to its owner only: nobody can have put a link there for
    the writer to follow. If the block raises, the folder is removed and ``path`` is left as it was. If ``path`` is a
    link, the link is replaced, not the file it points to.

    Raises
    ------
    OVCFRiskError
        If the file cannot be written (no permission, disk full).
    """
    path = Path(path)
    prepare_folder(path.parent)
    try:
        folder = Path(tempfile.mkdtemp(prefix=".", suffix=PARTIAL_SUFFIX, dir=path.parent))
        try:
            yield folder / path.name
            (folder / path.name).replace(path)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        raise OVCFRiskError(f"'{path}' cannot be written ({error.strerror or error}); nothing was changed") from error


def remove_partial_files(folder: str | Path) -> None:
    """Remove what writers that were killed left in a folder; only when nobody writes there."""
    for partial in Path(folder).glob(f".*{PARTIAL_SUFFIX}"):
        if not partial.is_symlink():
            shutil.rmtree(partial, ignore_errors=True)


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
