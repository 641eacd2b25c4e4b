"""Files that belong together: written whole into a folder, in place of the set that an earlier run left there.

A report beside the masks of another CT is worse than no report. So the files of a result are staged apart, and only
when all of them are there do they take the place of the earlier ones; a failure at any point leaves the earlier set
whole.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError, root_cause
from OVCFRiskLib.files import PARTIAL_SUFFIX, require_writable
from OVCFRiskLib.kept_files import require_not_kept

# Of a staging folder: hidden while a set is written, and known as ours when a killed run left it.
STAGE_PREFIX = ".ovcfrisk-"
# Permissions that a private file keeps: its owner's to read and to write.
OWNER_ONLY = 0o600
# A staging folder this old belongs to a run that was killed: writing a set takes seconds.
LEFTOVER_AGE_S = 3600.0
# The largest file that is looked into for the mark of its writer.
MARKED_FILE_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class FileSet:
    """Names that belong together.

    Attributes
    ----------
    names : tuple of str
        Every file the set may hold. The first is the last to leave and the first to come.
    marked : tuple of str
        Those of them that say who wrote them.
    mark : bytes
        What is found in a marked file of ours, whatever its case.
    """

    names: tuple[str, ...]
    marked: tuple[str, ...]
    mark: bytes

    def present(self, folder: Path) -> list[str]:
        """The names of the set that stand in a folder, links that lead nowhere included."""
        return [name for name in self.names if os.path.lexists(folder / name)]

    def require_ours(self, folder: Path) -> None:
        """Raise unless the files of the set in a folder, if any, are an earlier set of ours.

        Raises
        ------
        OVCFRiskError
            If a name of the set is a folder or a file that is read (`kept_files`), or no file of the set says that we
            wrote it.
        """
        present = self.present(folder)
        for name in present:
            require_not_kept(folder / name)
            if (folder / name).is_dir():
                raise OVCFRiskError(
                    f"'{folder / name}' cannot be written, because it is a folder; choose another output folder"
                )
        if present and not any(self._is_marked(folder / name) for name in self.marked):
            raise OVCFRiskError(
                f"output folder '{folder}' holds {', '.join(present)} that OVCFRisk did not write as a result; "
                "nothing was changed, choose another folder"
            )

    def _is_marked(self, path: Path) -> bool:
        """True for a file that carries the mark."""
        try:
            return (
                path.is_file()
                and path.stat().st_size <= MARKED_FILE_BYTES
                and self.mark.lower() in path.read_bytes().lower()
            )
        except OSError:
            return False  # what cannot be read is not known to be ours


def require_place(folder: str | Path, files: FileSet) -> None:
    """Find out before the work whether a set can be written into a folder; nothing is created.

    Raises
    ------
    OVCFRiskError
        If the folder cannot be written to or made, or holds files of these names that are not ours.
    """
    require_writable(folder)
    files.require_ours(Path(folder))


@contextlib.contextmanager
def written_together(
    folder: str | Path, files: FileSet, is_private: bool = False, is_addition: bool = False
) -> Iterator[Path]:
    """Yield an empty folder; when the block ends well, its files take the place of the earlier set.

    What the earlier set held and the new one does not is removed; files of other names stay untouched. When the block
    or the exchange fails, the earlier set stays as it was, and a folder that was made for it is removed again.

    Parameters
    ----------
    folder : path
        Created with its parents if it is not there.
    files : FileSet
    is_private : bool
        Only the owner may read the files, unless the umask is stricter still.
    is_addition : bool
        Keep the files of the set that are not written anew; for what belongs to the very result that stands there.

    Raises
    ------
    OVCFRiskError
        If the folder holds files of these names that are not ours, or something cannot be written.
    """
    folder = Path(folder)
    files.require_ours(folder)
    made = _missing_folders(folder)
    try:
        with _stage(folder, bool(made)) as stage:
            yield stage / "new"
            if is_private:
                for path in (stage / "new").iterdir():
                    path.chmod(path.stat().st_mode & OWNER_ONLY)
            if made:
                (stage / "new").rename(folder)
            else:
                _exchange(folder, stage, files, is_addition)
    except BaseException as error:
        _remove_empty(made)
        cause = root_cause(error)
        if isinstance(cause, OSError) and not isinstance(error, _EarlierSetLostError):
            why = cause.strerror or cause
            raise OVCFRiskError(f"'{folder}' cannot be written ({why}); nothing was changed") from error
        raise


@contextlib.contextmanager
def _stage(folder: Path, is_new: bool) -> Iterator[Path]:
    """A folder on the same disk, open to its owner only; in it an empty folder "new" of usual permissions."""
    place = folder.parent if is_new else folder
    place.mkdir(parents=True, exist_ok=True)
    _remove_leftovers(place)
    stage = Path(tempfile.mkdtemp(prefix=STAGE_PREFIX, suffix=PARTIAL_SUFFIX, dir=place))
    try:
        (stage / "new").mkdir()
        yield stage
    except _EarlierSetLostError:
        raise  # the only copy of the earlier set lies here
    except BaseException:
        shutil.rmtree(stage, ignore_errors=True)
        raise
    try:
        shutil.rmtree(stage)
    except OSError as error:
        raise OVCFRiskError(
            f"'{folder}' was written, but the earlier files in '{stage}' cannot be removed "
            f"({error.strerror or error}); remove them"
        ) from None


class _EarlierSetLostError(OVCFRiskError):
    """The exchange failed, and so did undoing it."""


def _exchange(folder: Path, stage: Path, files: FileSet, is_addition: bool) -> None:
    """Move the earlier set out, then the new one in; a failure moves everything back.

    All of the old set goes before anything new comes: whoever looks, or is left with the folder of a killed run, may
    see few files but never two patients'.
    """
    old, new = stage / "old", stage / "new"
    old.mkdir()
    written = sorted((path.name for path in new.iterdir()), key=lambda name: name != files.names[0])
    leaving = [name for name in reversed(files.names) if name in written or not is_addition]
    leaving += [name for name in written if name not in files.names]
    moves = [(folder / name, old / name) for name in leaving if os.path.lexists(folder / name)]
    moves += [(new / name, folder / name) for name in written]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            source.rename(target)
            done.append((source, target))
    except BaseException:
        _move_back(folder, stage, done)
        raise


def _move_back(folder: Path, stage: Path, done: Sequence[tuple[Path, Path]]) -> None:
    """Undo moves, the last first."""
    try:
        for source, target in reversed(done):
            target.rename(source)
    except OSError as error:
        raise _EarlierSetLostError(
            f"'{folder}' cannot be written ({error.strerror or error}), and the earlier files could not be moved back; "
            f"they are in '{stage / 'old'}'"
        ) from error


def _missing_folders(folder: Path) -> list[Path]:
    """The folder and those of its parents that are not there, the innermost first."""
    return [path for path in (folder, *folder.parents) if not os.path.lexists(path)]


def _remove_empty(folders: Sequence[Path]) -> None:
    """Remove folders that were made for nothing."""
    for folder in folders:
        with contextlib.suppress(OSError):  # somebody has put something into it meanwhile
            folder.rmdir()


def _remove_leftovers(folder: Path) -> None:
    """Remove what runs that were killed left: it may hold another patient's files."""
    for leftover in folder.glob(f"{STAGE_PREFIX}*{PARTIAL_SUFFIX}"):
        if not leftover.is_symlink() and leftover.is_dir() and time.time() - leftover.stat().st_mtime > LEFTOVER_AGE_S:
            shutil.rmtree(leftover)
