"""Headers whose voxels lie in another file: that file must be one, not a device or a pipe.

MetaImage (``.mhd``) and NRRD (``.nhdr``) headers are text that names the file with the voxels, by any path.
ITK opens what they name and would wait at a pipe for ever.
"""

from __future__ import annotations

import re
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import special_kind
from OVCFRiskLib.plain_text import LONGEST_NAME, printable

# text headers are some hundred bytes; a list of one file a slice some ten thousand
LONGEST_DETACHED_HEADER_BYTES = 1 << 20
HEADER_SUFFIXES = (".mhd", ".nhdr")
# "ElementDataFile = ct.raw" of MetaImage, "data file: ct.raw.gz" of NRRD; LIST is followed by a file a line
DATA_FILE = re.compile(r"^\s*(?:ElementDataFile\s*=|data ?file:)\s*(.+?)\s*$", re.MULTILINE | re.IGNORECASE)


def require_plain_data(path: Path) -> None:
    """Look at what a header names as the file of its voxels.

    Raises
    ------
    OVCFRiskError
        If that is a device, a pipe or a socket.
    """
    if not path.name.lower().endswith(HEADER_SUFFIXES):
        return
    try:
        with path.open("rb") as file:
            text = file.read(LONGEST_DETACHED_HEADER_BYTES).decode("utf-8", errors="replace")
    except OSError:  # the reader says why
        return
    for found in DATA_FILE.finditer(text):
        names = [found.group(1)]
        if names[0].upper().startswith("LIST"):
            names = text[found.end() :].split("\n")
        for name in filter(None, (line.strip() for line in names)):
            if (kind := special_kind(path.parent / name)) is not None:
                shown = printable(name, LONGEST_NAME)
                raise OVCFRiskError(f"'{path}' names '{shown}' as the file of its voxels, which is {kind}")
