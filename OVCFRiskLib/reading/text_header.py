"""The text headers of NRRD and MetaImage files: taken apart here alone, and looked at before ITK reads them.

ITK ends the process on some: a dimension of many digits, or a field longer than the fixed buffer into which the reader
writes its complaint, is memory overwritten. So numbers of a header are checked to be numbers, as many as there are
axes. Formats: https://teem.sourceforge.net/nrrd/format.html and https://itk.org/Wiki/ITK/MetaIO/Documentation.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.plain_text import printable

# An NRRD is known by its first bytes; a MetaImage starts with any of its fields and is known by its name.
NRRD_MAGIC = b"NRRD"
META_SUFFIXES = (".mha", ".mhd")
# Where a header ends, which is where voxels in the same file begin.
END_OF_NRRD = re.compile(rb"\r?\n\r?\n")
END_OF_META = re.compile(rb"^\s*ElementDataFile\s*[=:][^\r\n]*\r?\n", re.MULTILINE | re.IGNORECASE)
# Slicer keeps its tables of segments in the header, some hundred bytes a segment.
LONGEST_HEADER_BYTES = 1 << 24
# Most headers have less than this; of longer ones as much is read again as is there already.
FIRST_PIECE_BYTES = 1 << 14
# Fields have numbers and keywords; 255 is what the smallest of the readers' buffers takes. Free text may be longer.
LONGEST_FIELD = 255
FREE_TEXT = ("content", "comment", "name")
MOST_AXES = 4
LONGEST_AXIS = 2**20
LONGEST_NUMBER = 32  # letters; a double needs 24
# Older headers round the number of compressed bytes to six digits; ITK reserves what is said before it reads.
ROUNDED_SIZE = 2.0
LARGEST_HEADER_NUMBER = 1e15  # beyond any place in mm
NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
# fields of an NRRD that have numbers
NRRD_NUMBERS = ("space origin", "space directions", "measurement frame", "spacings", "thicknesses")
# field of a MetaImage -> numbers it has: by axes, or fixed
META_NUMBERS = {
    **dict.fromkeys(("offset", "position", "origin", "centerofrotation", "elementspacing", "elementsize"), "axes"),
    **dict.fromkeys(("transformmatrix", "rotation", "orientation"), "matrix"),
    **dict.fromkeys(("elementnumberofchannels", "headersize", "compresseddatasize", "id", "parentid"), "one"),
}
META_FIELDS = {*META_NUMBERS, "ndims", "dimsize", "elementtype", "elementdatafile", "objecttype", "binarydata"}
# The fields of an NRRD that name files of voxels.
DATA_FILE_OF_NRRD = ("data file", "datafile")
LIST = "LIST"  # in place of a name: names follow
# How the unit of sizes may be written, or left open.
MILLIMETRES = ("", "?", "???", "mm", "millimeter", "millimeters", "millimetre", "millimetres", "none", "unknown")
# Fields of a MetaImage that say yes or no, and how.
YES_OR_NO = ("compresseddata", "binarydata", "binarydatabyteordermsb", "elementbyteordermsb")
ANSWERS = ("true", "false", "t", "f", "1", "0")
# Fields of a MetaImage that scale its values, as they are where they change nothing.
NO_SCALE = {
    "elementtointensityfunctionslope": r"|1(\.0*)?",
    "elementtointensityfunctionoffset": r"|-?0(\.0*)?",
}
SAME_FILE = "LOCAL"  # in place of a name: the voxels follow


@dataclass(frozen=True, slots=True)
class TextHeader:
    """A header whose numbers are sound.

    Attributes
    ----------
    is_nrrd : bool
        False for MetaImage.
    fields : mapping of str to str
        By their names in lower case, without an NRRD's comments and keys of one's own.
    end : int or None
        Bytes of the header, behind which voxels may follow; None where nothing does.
    data_file : str
        The file of the voxels as it is named, a pattern of names or the word for a list; empty for the same file.
    data_list : tuple of str
        The names of such a list.
    """

    is_nrrd: bool
    fields: Mapping[str, str]
    end: int | None
    data_file: str = ""
    data_list: tuple[str, ...] = ()

    @property
    def is_list(self) -> bool:
        """Whether the files of the voxels are listed."""
        return _is_list(self.data_file)


def read_text_header(path: Path) -> TextHeader | None:
    """Read the header of an NRRD or MetaImage file; None for other files, and where there is none.

    Raises
    ------
    OVCFRiskError
        If a field has other numbers than such a header can have.
    """
    try:
        if not path.is_file():  # opening a pipe would wait for ever
            return None
        with path.open("rb") as file:
            start = file.read(len(NRRD_MAGIC))
            if start == NRRD_MAGIC:
                return _nrrd(file, start)
            return _meta(file, start) if path.name.lower().endswith(META_SUFFIXES) else None
    except OSError:  # the reader says why
        return None
    except _UnsoundError as error:
        raise OVCFRiskError(
            f"'{path}' cannot be read: its header is damaged ({error}); copy or export it again"
        ) from error


class _UnsoundError(Exception):
    """A field that no such header has."""


def _read_to(end: re.Pattern[bytes], file: BinaryIO, content: bytes) -> tuple[bytes, int | None]:
    """What a file starts with, and where its header ends in it."""
    while (found := end.search(content)) is None and len(content) < LONGEST_HEADER_BYTES:
        piece = file.read(max(FIRST_PIECE_BYTES, len(content)))
        if not piece:
            break
        content += piece
    return content, found.end() if found else None


def _lines(content: bytes) -> list[str]:
    return re.split(r"\r\n|\n|\r", content.decode("latin-1"))


def _nrrd(file: BinaryIO, start: bytes) -> TextHeader:
    """Lines behind the magic: ``field: value``, ``key:=value``, comments."""
    content, end = _read_to(END_OF_NRRD, file, start)
    lines = _lines(content[:end])[1:]
    fields: dict[str, str] = {}
    data_file = ""
    names: tuple[str, ...] = ()
    for number, line in enumerate(lines):
        key = line.partition(": ")[0]
        if line.startswith("#") or ":=" in key or not line:
            continue
        field, _, value = line.partition(":")
        name = _field(field, value)
        fields[name] = value.strip()
        if name in DATA_FILE_OF_NRRD:
            data_file = fields[name]
            if _is_list(data_file):
                names = _names(lines[number + 1 :])
                break
    _check_nrrd(fields)
    return TextHeader(True, fields, end, data_file, names)


def _check_nrrd(fields: Mapping[str, str]) -> None:
    """Numbers as many as there are axes."""
    axes = _axes(fields.get("dimension", ""))
    _check_sizes(fields.get("sizes", ""), axes)
    for name in NRRD_NUMBERS:
        for number in re.split(r"[\s(),]+", fields.get(name, "")):
            if number and number.lower() not in ("none", "nan"):
                _check_number(name, number)
    for unit in re.findall(r'"([^"]*)"', fields.get("space units", "")):
        _check_unit(unit)
    for name in ("byte skip", "byteskip"):
        if name in fields and not re.fullmatch(r"-1|\d{1,15}", fields[name]):
            raise _UnsoundError(f"'{printable(fields[name], 40)}' bytes to skip")


def _meta(file: BinaryIO, start: bytes) -> TextHeader:
    """Lines ``Field = value`` as far as the one that names the voxels; a colon does for the sign."""
    content, end = _read_to(END_OF_META, file, start)
    fields: dict[str, str] = {}
    axes = 0
    for line in _lines(content[:end]):
        field, *values = re.split("[=:]", line, maxsplit=1)
        if not values:
            if line.strip():
                raise _UnsoundError(f"a line '{printable(line, 40)}'")
            continue
        # ITK keeps the tags of a DICOM series as fields of their own, whose text may be long
        name = _field(field, values[0] if field.strip().lower() in META_FIELDS else "")
        fields[name] = values[0].strip()
        if name == "ndims":
            axes = _axes(fields[name])
        elif name == "dimsize":
            _check_sizes(fields[name], axes)
        elif name in META_NUMBERS:
            _check_meta_numbers(name, fields[name].split(), axes)
    if not axes:
        raise _UnsoundError("no number of axes")
    if "dimsize" not in fields:
        raise _UnsoundError("no sizes")
    _check_meta(fields)
    is_compressed = is_true(fields.get("compresseddata", ""))
    said = fields.get("compresseddatasize")
    if is_compressed and said is not None and not (float(said) >= 1 and float(said).is_integer()):
        raise _UnsoundError(f"'{printable(said, 40)}' bytes of compressed voxels")
    value = fields.get("elementdatafile", SAME_FILE)
    if value.upper() == SAME_FILE:
        if is_compressed and said is None:
            raise _UnsoundError("no 'CompressedDataSize', without which ITK gives old memory as voxels")
        if is_compressed and is_far_beyond(str(said), os.fstat(file.fileno()).st_size):
            raise _UnsoundError(f"'{printable(str(said), 40)}' bytes of compressed voxels, more than the file has")
        return TextHeader(False, fields, end)
    rest = content[end:] + file.read(LONGEST_HEADER_BYTES) if _is_list(value) else b""
    return TextHeader(False, fields, end, value, _names(_lines(rest)[:-1]))  # ITK reads no line without its end


def _check_meta(fields: Mapping[str, str]) -> None:
    """What ITK passes over, or takes otherwise than it is meant."""
    sizes = fields.get("elementspacing", "1")
    if not all(float(size) > 0 for size in sizes.split()):
        raise _UnsoundError(f"voxels of {printable(sizes, 40)} mm")
    for name in YES_OR_NO:
        if name in fields and fields[name].lower() not in ANSWERS:  # ITK looks at the first letter
            raise _UnsoundError(f"'{printable(fields[name], 40)}' for yes or no ('{name}')")
    for name, plain in NO_SCALE.items():
        if not re.fullmatch(plain, fields.get(name, "")):
            raise _UnsoundError(f"a scale of the values ('{name}'), which readers pass over: export them in HU")
    _check_unit(fields.get("distanceunits", ""))
    skip = fields.get("headersize", "0")
    if fields.get("elementdatafile", SAME_FILE).upper() == SAME_FILE and float(skip) not in (0, -1):
        raise _UnsoundError(f"'{printable(skip, 40)}' bytes to skip in the header's own file")


def _check_unit(unit: str) -> None:
    """Sizes are read as millimetres, whatever their unit."""
    if unit.strip().lower() not in MILLIMETRES:
        raise _UnsoundError(f"sizes in '{printable(unit, 40)}': export them in mm")


def _check_meta_numbers(name: str, words: Sequence[str], axes: int) -> None:
    wanted = {"axes": axes, "matrix": axes * axes, "one": 1}[META_NUMBERS[name]]
    if len(words) != wanted:
        raise _UnsoundError(f"{len(words)} numbers of '{name}'")
    for word in words:
        _check_number(name, word)


def _names(lines: Sequence[str]) -> tuple[str, ...]:
    """The listed files, of which each has a line."""
    return tuple(name for line in lines if (name := line.strip()))


def is_far_beyond(said: str, stored: int) -> bool:
    """Whether a header says so many more compressed bytes than are stored that it is no rounding."""
    return float(said) > ROUNDED_SIZE * stored


def is_true(value: str) -> bool:
    """Whether a MetaImage says yes."""
    return value.lower() in ("true", "1", "t")


def _is_list(value: str) -> bool:
    return value.upper().startswith(LIST)


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


def _check_sizes(text: str, axes: int) -> None:
    words = text.split()
    if len(words) != axes or not all(map(_is_size, words)):
        raise _UnsoundError(f"sizes '{printable(text, 40)}'")


def _is_size(text: str) -> bool:
    return re.fullmatch(r"\d{1,7}", text) is not None and 0 < int(text) <= LONGEST_AXIS


def _check_number(name: str, text: str) -> None:
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text) or abs(float(text)) > LARGEST_HEADER_NUMBER:
        raise _UnsoundError(f"'{printable(text, 40)}' in '{name}'")
