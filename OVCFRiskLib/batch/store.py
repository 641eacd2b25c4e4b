"""What a batch keeps on disk while it runs: its settings, one record per finished case, a picture of its masks."""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from OVCFRiskLib.batch.case import REPORTS_FOLDER
from OVCFRiskLib.batch.case_record import CaseRecord, CaseStatus
from OVCFRiskLib.batch.guard import running_file
from OVCFRiskLib.batch.manifest_table import Case, file_key
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder, remove_file, remove_partial_files, write_bytes, write_text
from OVCFRiskLib.json_text import parse_json

# Names in the output folder: what the batch was asked, its page, who is writing, and one record a case.
SETTINGS_FILE = "batch.json"
SUMMARY_FILE = "summary.html"
LOCK_FILE = ".lock"
RECORDS_FOLDER = "records"


class BatchStore:
    """The output folder of a batch; a case is finished when its record is there."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def claim(self, settings: dict[str, Any], resume: bool) -> None:
        """Begin a batch in the folder, or go on with the one that is there.

        Raises
        ------
        OVCFRiskError
            If the folder holds a batch and ``resume`` is not set, or a batch with other settings.
        """
        path = self.out / SETTINGS_FILE
        if not path.is_file():
            write_text(path, json.dumps(settings, indent=1) + "\n")
            return
        if not resume:
            raise OVCFRiskError(
                f"'{self.out}' holds a batch already; go on with it by --resume, or choose another folder"
            )
        held = _read_json(path) or {}
        for name, value in settings.items():
            if held.get(name) != value:
                raise OVCFRiskError(
                    f"'{self.out}' holds a batch of other settings ({name.replace('_', ' ')}: {held.get(name)!r}, now "
                    f"{value!r}); results of both would not belong together: choose another folder"
                )
        reports = self.out / REPORTS_FOLDER  # a report whose folder is not there yet is made beside it
        for folder in (self.out, *self.out.glob(f"{RECORDS_FOLDER}/*"), reports, *reports.glob("*")):
            remove_partial_files(folder)

    def is_finished(self, case: Case, retry_failed: bool = False) -> bool:
        """Whether a case has a record for the same CT, points and labels."""
        record = self._read(case.key)
        if record is None or record.fingerprint != case.fingerprint:
            return False
        return not (retry_failed and record.status is CaseStatus.FAILED)

    def save(self, case: Case, record: CaseRecord, picture: bytes | None) -> None:
        """Keep a finished case; the record last, for it says that all is there.

        Raises
        ------
        OVCFRiskError
            If it cannot be written.
        """
        path = self._record_file(case.key)
        if picture is None:
            remove_file(path.with_suffix(".png"))
        else:
            write_bytes(path.with_suffix(".png"), picture)
        write_text(path, json.dumps(record.to_dict(), ensure_ascii=False) + "\n")
        remove_file(running_file(self.out, case))

    def load(self, case: Case) -> CaseRecord:
        """Record of a finished case."""
        record = self._read(case.key)
        if record is None:
            raise OVCFRiskError(f"the record of case '{case.case_id}' is gone; run again with --resume")
        return record

    def picture(self, case_id: str) -> bytes | None:
        """PNG of a finished case's masks, if it has any."""
        path = self._record_file(file_key(case_id)).with_suffix(".png")
        return path.read_bytes() if path.is_file() else None

    def _read(self, key: str) -> CaseRecord | None:
        """A record; None where there is none, or one of another version that has to be made again."""
        held = _read_json(self._record_file(key))
        try:
            return None if held is None else CaseRecord.from_dict(held)
        except (KeyError, ValueError, TypeError, AttributeError):
            return None

    def _record_file(self, key: str) -> Path:
        # 256 folders: no folder with a million files
        return self.out / RECORDS_FOLDER / key[:2] / f"{key}.json"


@contextlib.contextmanager
def locked(out: Path) -> Iterator[None]:
    """Keep a second batch out of the folder; the system drops the lock when this process ends, however it does.

    Raises
    ------
    OVCFRiskError
        If another process works in the folder, or it cannot be written to.
    """
    prepare_folder(out)
    path = out / LOCK_FILE
    try:
        file = path.open("a")
    except OSError as error:
        raise OVCFRiskError(f"'{path}' cannot be written ({error.strerror}); choose another folder") from error
    with file:
        try:
            _lock(file)
        except (BlockingIOError, PermissionError) as error:
            raise OVCFRiskError(
                f"another batch is at work in '{out}'; wait for it, or choose another folder"
            ) from error
        except OSError:
            pass  # a network drive without locks
        yield


def _lock(file: Any) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        msvcrt = importlib.import_module("msvcrt")
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file; None where there is none, or something else."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise OVCFRiskError(
            f"'{path}' cannot be read ({error.strerror}); correct the folder's permissions, or check the disk"
        ) from error
    try:
        document = parse_json(content, f"'{path.name}'", "")
    except OVCFRiskError:
        return None
    return document if isinstance(document, dict) else None
