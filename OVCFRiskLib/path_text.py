"""Paths whose names are not UTF-8, or that Python cannot write as text under a plain C locale.

An operating system's names are bytes. Python reads those it cannot decode as lone surrogates, which no file and no C++
library takes: SimpleITK ends the process on them.
"""

from __future__ import annotations

import atexit
import functools
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError


def text_of_path(path: str | Path) -> str | None:
    """A path as UTF-8 text, whatever the locale; None where its bytes are not UTF-8.

    Examples
    --------
    >>> text_of_path("data/Müller")
    'data/Müller'
    """
    try:
        return os.fsencode(path).decode("utf-8")
    except UnicodeDecodeError:
        return None
    except UnicodeEncodeError:  # text that the locale has no bytes for
        return str(path)


def path_of_text(text: str) -> Path:
    """The path that a UTF-8 text names, also where the locale is not UTF-8."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return Path(os.fsdecode(text.encode("utf-8")))
    return Path(text)


def itk_path(path: str | Path) -> str:
    """A name by which SimpleITK finds a file: its UTF-8 text, else one below a link to its folder.

    Raises
    ------
    OVCFRiskError
        If the name is not UTF-8 and the system makes no links.
    """
    text = text_of_path(path)
    if text is not None:
        return text
    path = Path.cwd() / path
    try:
        name = text_of_path(path.name)
        if name is not None:
            return str(_link(path.parent) / name)
        suffixes = "".join(suffix for suffix in path.suffixes[-2:] if text_of_path(suffix) is not None)
        return f"{_link(path, suffixes)}"
    except OSError as error:
        shown = os.fsencode(path).decode("utf-8", errors="replace")
        raise OVCFRiskError(
            f"'{shown}': the name is not UTF-8 and cannot be linked to ({error.strerror}); rename the folder or file"
        ) from error


def _link(target: Path, suffix: str = "") -> Path:
    """A link with a plain name to a file or folder."""
    link = _links() / (hashlib.sha256(os.fsencode(target)).hexdigest()[:16] + suffix)
    if not link.is_symlink():
        link.symlink_to(target)
    return link


@functools.cache
def _links() -> Path:
    """Folder of this process' links, removed when it ends."""
    folder = Path(tempfile.mkdtemp(prefix="ovcfrisk-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
