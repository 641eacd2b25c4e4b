"""The text headers of NRRD and MetaImage files, looked at before ITK reads them: it ends the process on some.

A dimension of many digits, or a field longer than the fixed buffer into which the reader writes its complaint, is
memory overwritten. So numbers of a header are checked to be numbers, as many as there are axes. Formats:
https://teem.sourceforge.net/nrrd/format.html and https://itk.org/Wiki/ITK/MetaIO/Documentation.
"""

from __future__ import annotations

import re
from pathlib import Path

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.plain_text import printable

# An NRRD is known by its first bytes; a MetaImage starts with any of its fields and is known by its name.
NRRD_MAGIC = b"NRRD"
META_SUFFIXES = (".mha", ".mhd")
# Slicer keeps its tables of segments in the header, some hundred bytes a segment.
LONGEST_HEADER_BYTES = 1 << 24
# Fields have numbers and keywords; 255 is what the smallest of the readers' buffers takes. Free text may be longer.
LONGEST_FIELD = 255
FREE_TEXT = ("content", "comment", "name")
MOST_AXES = 4
LONGEST_AXIS = 2**20
LONGEST_NUMBER = 32  # letters; a double needs 24
LARGEST_HEADER_NUMBER = 1e15  # beyond any place in mm
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
# field of a MetaImage -> numbers it has: by axes, or fixed
META_NUMBERS = {
    **dict.fromkeys(("offset", "position", "origin", "centerofrotation", "elementspacing", "elementsize"), "axes"),
    **dict.fromkeys(("transformmatrix", "rotation", "orientation"), "matrix"),
    **dict.fromkeys(("elementnumberofchannels", "headersize", "compresseddatasize", "id", "parentid"), "one"),
}
META_FIELDS = {*META_NUMBERS, "ndims", "dimsize", "elementtype", "elementdatafile", "objecttype", "binarydata"}


def require_sound_header(path: Path) -> None:
    """Look at the text header of an NRRD or MetaImage file; other files have none.

    Raises
    ------
    OVCFRiskError
        If a field has other numbers than such a header can have.
    """
    try:
        with path.open("rb") as file:
            start = file.read(len(NRRD_MAGIC))
            if start == NRRD_MAGIC:
                _check_nrrd(_lines(file.read(LONGEST_HEADER_BYTES), b"\n\n", b"\r\n\r\n"))
            elif path.name.lower().endswith(META_SUFFIXES):
                _check_meta(_lines(start + file.read(LONGEST_HEADER_BYTES)))
    except OSError:  # the reader says why
        return
    except _UnsoundError as error:
        raise OVCFRiskError(
            f"'{path}' cannot be read: its header is damaged ({error}); copy or export it again"
        ) from error


class _UnsoundError(Exception):
    """A field that no such header has."""


def _lines(content: bytes, *ends: bytes) -> list[str]:
    """Lines of the header; voxels may follow it."""
    places = [place for end in ends if (place := content.find(end)) >= 0]
    return re.split(r"\r\n|\n|\r", content[: min(places, default=len(content))].decode("latin-1"))


def _check_nrrd(lines: list[str]) -> None:
    """Lines behind the magic: ``field: value``, ``key:=value``, comments."""
    fields: dict[str, str] = {}
    for line in lines[1:]:
        if line.startswith("#") or ":=" in line or not line:
            continue
        name, _, value = line.partition(":")
        name = _field(name, value)
        fields[name] = value.strip()
        if name == "data file" and value.strip().upper().startswith("LIST"):
            break  # names of files follow
    axes = _axes(fields.get("dimension", ""))
    sizes = fields.get("sizes", "").split()
    if len(sizes) != axes or not all(map(_is_size, sizes)):
        raise _UnsoundError(f"sizes '{printable(fields.get('sizes', ''), 40)}'")
    for name in ("space origin", "space directions", "measurement frame", "spacings", "thicknesses"):
        for number in re.split(r"[\s(),]+", fields.get(name, "")):
            if number and number.lower() not in ("none", "nan"):
                _check_number(name, number)


def _check_meta(lines: list[str]) -> None:
    """Lines ``Field = value`` as far as the one that names the voxels."""
    axes = 0
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals:
            if line.strip():
                raise _UnsoundError(f"a line '{printable(line, 40)}'")
            continue
        # ITK keeps the tags of a DICOM series as fields of their own, whose text may be long
        name = _field(name, value if name.strip().lower() in META_FIELDS else "")
        words = value.split()
        if name == "ndims":
            axes = _axes(value.strip())
        elif name == "dimsize":
            if len(words) != axes or not all(map(_is_size, words)):
                raise _UnsoundError(f"sizes '{printable(value, 40)}'")
        elif name in META_NUMBERS:
            wanted = {"axes": axes, "matrix": axes * axes, "one": 1}[META_NUMBERS[name]]
            if len(words) != wanted:
                raise _UnsoundError(f"{len(words)} numbers of '{name}'")
            for word in words:
                _check_number(name, word)
        elif name == "elementdatafile":
            break
    if not axes:
        raise _UnsoundError("no number of axes")


def _field(name: str, value: str) -> str:
    """A field's name in lower case, its length and letters looked at."""
    name = name.strip().lower()
    if len(name) > LONGEST_FIELD or (len(value) > LONGEST_FIELD and name not in FREE_TEXT):
        raise _UnsoundError(f"{len(value)} letters of '{printable(name, 40)}'")
    if not name.isprintable():
        raise _UnsoundError(f"a field '{printable(name, 40)}'")
    return name


def _axes(text: str) -> int:
    if not re.fullmatch("[1-9]", text) or int(text) > MOST_AXES:
        raise _UnsoundError(f"'{printable(text, 40)}' axes")
    return int(text)


def _is_size(text: str) -> bool:
    return re.fullmatch(r"\d{1,7}", text) is not None and 0 < int(text) <= LONGEST_AXIS


def _check_number(name: str, text: str) -> None:
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text) or abs(float(text)) > LARGEST_HEADER_NUMBER:
        raise _UnsoundError(f"'{printable(text, 40)}' in '{name}'")
