"""Writing files so that a reader never meets half of one."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.kept_files import require_not_kept
from OVCFRiskLib.plain_text import LONGEST_NAME, printable

# Ends the names of folders that hold files which are being written.
PARTIAL_SUFFIX = ".partial"


def is_file(path: str | Path) -> bool:
    """Whether a path leads to a file; a path that the system does not take leads nowhere."""
    try:
        return Path(path).is_file()
    except (OSError, ValueError):  # too long, no permission, a NUL within
        return False


def is_folder(path: str | Path) -> bool:
    """Whether a path leads to a folder; a path that the system does not take leads nowhere."""
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        return False


def special_kind(path: str | Path) -> str | None:
    """What a path is where opening it may wait or go on for ever: a device, pipe or socket; None otherwise."""
    try:
        mode = Path(path).stat().st_mode
    except (OSError, ValueError):
        return None
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return None
    return "a device, pipe or socket; copy its content into a file"


def input_size(path: str | Path, kind: str) -> int:
    """Bytes of a file that is to be read, after a look at what it is: devices and pipes may never end.

    Parameters
    ----------
    path : path
    kind : str
        What it should hold, for the error: "model card".

    Raises
    ------
    OVCFRiskError
        If there is no such file, or it is a folder, a device, a pipe or a socket.
    """
    name = printable(str(path), LONGEST_NAME)
    try:
        status = Path(path).stat()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise OVCFRiskError(f"{kind} '{name}' cannot be read: {reason}; check the path") from error
    if not stat.S_ISREG(status.st_mode):
        raise OVCFRiskError(
            f"{kind} '{name}': expected a file, got {special_kind(path) or 'a folder; name the file in it'}"
        )
    return status.st_size


def require_writable(folder: str | Path) -> None:
    """Find out before the work whether a folder can be written to or made; nothing is created.

    Raises
    ------
    OVCFRiskError
        If it cannot.
    """
    folder = Path(folder)
    try:
        there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise _not_writable(folder, error) from error


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
        raise _not_writable(folder, error) from error
    return folder


def _not_writable(folder: Path, error: OSError) -> OVCFRiskError:
    reason = error.strerror or error
    return OVCFRiskError(f"output folder '{folder}' cannot be written to ({reason}); choose another folder")


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
        If the file cannot be written (no permission, disk full), or is one that is read (`kept_files`).
    """
    path = Path(path)
    require_not_kept(path)
    prepare_folder(path.parent)
    try:
        if path.is_dir() and not path.is_symlink():  # found out now, not when others of a set have taken their places
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
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


def write_files(contents: Mapping[Path, str | bytes]) -> list[Path]:
    """Write files that belong together: every one is whole beside its place before the first takes it.

    Parameters
    ----------
    contents : mapping of Path to str or bytes
        Texts are written as by `write_text`.

    Returns
    -------
    list of Path
        As given.

    Raises
    ------
    OVCFRiskError
        If one cannot be written; none of those that were there has changed then.
    """
    with contextlib.ExitStack() as waiting:
        for path, content in contents.items():
            data = content.encode("utf-8") if isinstance(content, str) else content
            waiting.enter_context(written_beside(path)).write_bytes(data)
    return list(contents)


def remove_file(path: str | Path) -> None:
    """Remove a file if it is there.

    Raises
    ------
    OVCFRiskError
        If it cannot be removed, or is one that is read (`kept_files`).
    """
    require_not_kept(path)
    try:
        Path(path).unlink(missing_ok=True)
    except OSError as error:
        raise OVCFRiskError(f"'{path}' cannot be removed ({error.strerror or error}); remove it") from error
