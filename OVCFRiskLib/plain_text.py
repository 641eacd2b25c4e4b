"""Text from headers, file names and labels as a terminal or a table may show it: no character that commands it."""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterator
from typing import Any, TextIO

# Controls of ASCII and Latin-1 (ESC begins the sequences that move the cursor, set the title, answer the keyboard),
# line and paragraph separators, the signs that turn the direction of writing, halves of surrogate pairs.
CONTROLS = "\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff"
CONTROL = re.compile(f"[{CONTROLS}]")
CONTROL_BUT_LINES = re.compile(f"(?![\n\t])[{CONTROLS}]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"
# Characters of a file's name, or of another program's words, within a message.
LONGEST_NAME = 200
# Back to the line's begin and clear it: what our own lines of progress start with.
REWRITE_LINE = "\r\033[K"


def printable(text: str, longest: int | None = None) -> str:
    """One line of text: control characters become the replacement character, white space one blank.

    Parameters
    ----------
    text : str
    longest : int, optional
        Longer text is cut and ends with three dots.

    Examples
    --------
    >>> printable("kernel B30f\\x1b[2J\\n")
    'kernel B30f\ufffd[2J'
    >>> printable("a long message", longest=9)
    'a long...'
    """
    plain = CONTROL.sub(REPLACEMENT, " ".join(text.split()))
    return plain if longest is None or len(plain) <= longest else f"{plain[: longest - 3]}..."


class PlainStream:
    """A text stream that passes on what is written without control characters, line ends and tabs excepted.

    Only a line of progress, which begins with `REWRITE_LINE`, may return to its begin.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write without control characters; the number of characters of the text."""
        start = REWRITE_LINE if text.startswith(REWRITE_LINE) else ""
        self._stream.write(start + CONTROL_BUT_LINES.sub(REPLACEMENT, text[len(start) :]))
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        """Write several lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextlib.contextmanager
def plain_terminal() -> Iterator[None]:
    """Standard output and error are `PlainStream` meanwhile; a letter that the terminal lacks is replaced as well."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal without the sign for a missing number must not end the work
            stream.reconfigure(errors="replace")
    with (
        contextlib.redirect_stdout(PlainStream(sys.stdout)),
        contextlib.redirect_stderr(PlainStream(sys.stderr)),
    ):
        yield
