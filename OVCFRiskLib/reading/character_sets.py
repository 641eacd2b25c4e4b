"""Texts of DICOM headers in the character set that the header names (0008,0005).

Without it a Latin-1 "Müller" becomes unreadable marks, and two patients' IDs may look alike. Terms: PS3.3, C.12.1.1.2;
escape sequences: PS3.5, 6.1.2.5 and annexes H to K.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping

from OVCFRiskLib.errors import OVCFRiskError

# Elements whose texts follow the character set (value representations LO, SH, PN, LT, ST, UT, UC); all else is ASCII.
TEXT_KEYWORDS = {
    *("Manufacturer", "ManufacturerModelName", "SeriesDescription", "PatientName", "PatientID", "ConvolutionKernel"),
    *("ContrastBolusAgent", "ContrastBolusRoute"),
}
DEFAULT = "ascii"
# What a character set is called in Python, by the digits of its registration; 192 is UTF-8, GB18030 and GBK have names.
CODECS = {
    "6": "ascii",
    "13": "shift_jis",  # JIS X 0201, whose half-width katakana Shift JIS keeps at their places
    "58": "gb2312",
    "87": "iso2022_jp",
    "100": "latin_1",
    "101": "iso8859_2",
    "109": "iso8859_3",
    "110": "iso8859_4",
    "126": "iso8859_7",
    "127": "iso8859_6",
    "138": "iso8859_8",
    "144": "iso8859_5",
    "148": "iso8859_9",
    "149": "euc_kr",
    "159": "iso2022_jp_2",
    "166": "tis_620",
    "192": "utf_8",
    "203": "iso8859_15",
    "GB18030": "gb18030",
    "GBK": "gbk",
}
TERM = re.compile(r"(?:ISO[_ ](?:2022[_ ])?IR[_ ])?(\d+)|(GB18030|GBK)")
# What an escape sequence switches to; those of 87 and 159 are the Japanese codecs' own and stay in the text.
ESCAPES = {
    b"\x1b(B": DEFAULT,
    b"\x1b(J": "shift_jis",
    b"\x1b)I": "shift_jis",
    b"\x1b-A": "latin_1",
    b"\x1b-B": "iso8859_2",
    b"\x1b-C": "iso8859_3",
    b"\x1b-D": "iso8859_4",
    b"\x1b-F": "iso8859_7",
    b"\x1b-G": "iso8859_6",
    b"\x1b-H": "iso8859_8",
    b"\x1b-L": "iso8859_5",
    b"\x1b-M": "iso8859_9",
    b"\x1b-T": "tis_620",
    b"\x1b-b": "iso8859_15",
    b"\x1b$)A": "gb2312",
    b"\x1b$)C": "euc_kr",
    b"\x1b$B": "iso2022_jp",
    b"\x1b$(D": "iso2022_jp_2",
}
SEVEN_BIT = ("iso2022_jp", "iso2022_jp_2")
DELIMITED = re.compile(rb"([^\^=\\]*)([\^=\\]?)(.*)", re.DOTALL)
ESCAPE = re.compile(b"|".join(re.escape(sequence) for sequence in ESCAPES))


def in_character_set(tags: Mapping[str, str]) -> dict[str, str]:
    """Texts by keyword as they are meant, where GDCM gave their bytes; those that no set explains stay as they are."""
    found = dict(tags)
    try:
        codecs = codecs_of(tags.get("SpecificCharacterSet"))
    except OVCFRiskError:
        return found
    for keyword in TEXT_KEYWORDS & tags.keys():
        with contextlib.suppress(OVCFRiskError, UnicodeEncodeError):
            found[keyword] = decoded(tags[keyword].encode("utf-8", "surrogateescape"), codecs)
    return found


def is_readable(text: str) -> bool:
    """False for a text that kept bytes which its character set does not explain."""
    return not any("\ud800" <= letter <= "\udfff" for letter in text)


def codecs_of(specific_character_set: str | None) -> tuple[str, ...]:
    r"""Python's codecs of the values of (0008,0005), the first one first; ASCII where the element is empty or absent.

    Raises
    ------
    OVCFRiskError
        If a term is none of the standard.

    Examples
    --------
    >>> codecs_of("ISO_IR 100"), codecs_of("\\ISO 2022 IR 87"), codecs_of(None)
    (('latin_1',), ('ascii', 'iso2022_jp'), ('ascii',))
    """
    found = []
    for term in (specific_character_set or "").split("\\"):
        name = " ".join(term.split())
        match = TERM.fullmatch(name.upper())
        codec = DEFAULT if not name else CODECS.get((match[1] or match[2]) if match else "")
        if codec is None:
            raise OVCFRiskError(
                f"the character set '{name}' of the DICOM header is none of the standard; export the series again"
            )
        found.append(codec)
    return tuple(found)


def decoded(text: bytes, codecs: tuple[str, ...]) -> str:
    r"""A header's text as it is meant.

    Parameters
    ----------
    text : bytes
        As stored.
    codecs : tuple of str
        Of `codecs_of`; with more than one, escape sequences switch between them, and each component begins with the
        first.

    Raises
    ------
    OVCFRiskError
        If the bytes are none of the character set.

    Examples
    --------
    >>> decoded(b"M\xfcller", ("latin_1",))
    'Müller'
    >>> decoded(b"Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7", ("ascii", "euc_kr"))
    'Hong^Gildong=洪^吉洞'
    """
    try:
        if len(codecs) == 1:
            return text.decode(codecs[0])
        return "".join(part.decode(codec) for part, codec in _parts(text, _unescaped(text, codecs)))
    except UnicodeDecodeError as error:
        raise OVCFRiskError(
            f"a text of the DICOM header is not in the character set that it names ({error.encoding}); export the "
            "series again, or correct (0008,0005)"
        ) from error


def _unescaped(text: bytes, codecs: tuple[str, ...]) -> str:
    """The codec where no escape sequence has switched: the first one.

    Writers that name an 8-bit set after an empty value often leave its escape sequence out; bytes above 127 can then
    only be of that set.
    """
    others = [codec for codec in codecs[1:] if codec not in SEVEN_BIT]
    if codecs[0] == DEFAULT and len(others) == 1 and b"\x1b" not in text and not text.isascii():
        return others[0]
    return codecs[0]


def _parts(text: bytes, first: str) -> Iterator[tuple[bytes, str]]:
    """Pieces of a text with code extensions, each with its codec; a delimiter goes back to the first one."""
    codec, start = first, 0
    for match in (*ESCAPE.finditer(text), None):
        piece = text[start : match.start() if match else len(text)]
        if codec in SEVEN_BIT:  # here bytes that look like delimiters are halves of letters
            yield piece, codec
        else:
            same, delimiter, rest = DELIMITED.fullmatch(piece).groups()  # type: ignore[union-attr]
            yield same, codec
            yield delimiter + rest, first
        if match:
            codec = ESCAPES[match[0]]
            # the Japanese codecs read their sequences themselves
            start = match.start() if codec in SEVEN_BIT else match.end()
