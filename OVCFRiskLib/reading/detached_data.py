"""Headers whose voxels lie in other files: these must be files, not devices or pipes, and as many as there are planes.

MetaImage and NRRD headers are text that may name the files with the voxels, by any path. ITK opens what they name and
would wait at a pipe for ever. With too few files it gives what stood in the memory before as voxels (MetaImage); by a
name that is too long, or a pattern without its step, it ends the process.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import special_kind
from OVCFRiskLib.plain_text import LONGEST_NAME, printable
from OVCFRiskLib.reading.text_header import LIST, LONGEST_AXIS, LONGEST_FIELD, TextHeader
from OVCFRiskLib.reading.text_volume import is_compressed_meta

# Many files by one name: "ct%03d.raw 1 100 1", the place of the number and its width, then the first, last and step;
# an NRRD may say behind it of how many axes each file is.
PATTERN = re.compile(
    r"(?P<before>[^%]*)%(?P<width>0?\d?)[di](?P<behind>[^%\s]*)"
    r"\s+(?P<first>-?\d{1,7})\s+(?P<last>-?\d{1,7})\s+(?P<step>-?\d{1,7})(?P<axes>\s+\d)?"
)


def require_plain_data(path: Path, header: TextHeader) -> None:
    """Look at what a header names as the files of its voxels, as `data_files` does."""
    data_files(path, header)


def data_files(path: Path, header: TextHeader) -> tuple[Path, ...]:
    """The files of the voxels, in the order of the planes; the header's own where it names none.

    Raises
    ------
    OVCFRiskError
        If one is a device, a pipe or a socket, or they are not named as a writer names them, one for each plane.
    """
    if not header.data_file:
        return (path,)
    names = _names(header)
    if names is None or any(len(name) > LONGEST_FIELD for name in names):
        raise OVCFRiskError(
            f"'{path}': expected the name of one file of voxels, or of one for each plane, listed or as a pattern "
            f"('ct%03d.raw 1 100 1'); got '{printable(header.data_file, LONGEST_NAME)}' with "
            f"{len(header.data_list)} names; export the CT into one file"
        )
    for name in names:
        if (kind := special_kind(path.parent / name)) is not None:
            shown = printable(name, LONGEST_NAME)
            raise OVCFRiskError(f"'{path}' names '{shown}' as the file of its voxels, which is {kind}")
    return tuple(path.parent / name for name in names)


def _names(header: TextHeader) -> Sequence[str] | None:
    """The files' names; None where no writer names them so, or there are not as many as planes."""
    if header.is_list:
        return header.data_list if _is_complete(header, len(header.data_list)) else None
    if "%" not in header.data_file:
        return (header.data_file,)
    found = PATTERN.fullmatch(header.data_file)
    if found is None:
        return None
    first, last, step = (int(found[name]) for name in ("first", "last", "step"))
    count = (last - first) // step + 1 if step else 0
    is_known = header.is_nrrd or (step > 0 and not found["axes"])  # an NRRD may count down and name its axes
    if not is_known or not 0 < count <= LONGEST_AXIS or not _is_complete(header, count):
        return None
    numbers = (first + step * number for number in range(count))
    return [f"{found['before']}{number:{found['width']}d}{found['behind']}" for number in numbers]


def _is_complete(header: TextHeader, files: int) -> bool:
    """Whether there is a file for each plane, stored as it is; of an NRRD ITK's reader finds that out."""
    if header.is_nrrd:
        return True
    sizes = [int(size) for size in header.fields["dimsize"].split()]
    is_of_planes = not header.is_list or header.data_file.upper() in (LIST, f"{LIST} {len(sizes) - 1}")
    return is_of_planes and files == math.prod(sizes[2:]) and not is_compressed_meta(header)
