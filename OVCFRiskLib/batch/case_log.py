"""The log that a user asks for: the full messages of cases, with the names of files that no table says."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from OVCFRiskLib.batch.case_record import CaseRecord
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import prepare_folder


@contextlib.contextmanager
def case_log(path: str | Path | None) -> Iterator[Callable[[CaseRecord], None]]:
    """What writes a finished case into the log: a JSON object a line; nothing without a path.

    The file is added to, so that a resumed batch keeps what was logged before, and only its owner can read it.

    Raises
    ------
    OVCFRiskError
        If it cannot be written.
    """
    if path is None:
        yield lambda record: None
        return
    prepare_folder(Path(path).parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError as error:
        raise OVCFRiskError(f"log '{path}' cannot be written ({error.strerror}); choose another file") from error
    with os.fdopen(descriptor, "a", encoding="utf-8", errors="replace") as file:

        def write(record: CaseRecord) -> None:
            line = {"case_id": record.case_id, "status": record.status.value, "details": record.details}
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            file.flush()

        yield write
