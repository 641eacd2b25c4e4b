"""Words in pixels, from letters that `Testing/Pictures/letters.py` has written: no font and no library is needed."""

from __future__ import annotations

import base64
import functools
import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

# Written by `Testing/Pictures/letters.py`.
LETTERS_FILE = Path(__file__).with_name("letters.json")
# Pixels beside the pen's way that belong to a letter: the hook of a j, the arm of an f.
BEARING = 3
UNKNOWN = "?"  # for a character that there is no letter for


@dataclass(frozen=True, slots=True, eq=False)
class Font:
    """The letters of one size.

    Attributes
    ----------
    letters : dict of str to numpy.ndarray of uint8
        How much of each pixel is covered; first row on top, `BEARING` columns on both sides.
    advances : dict of str to int
        Pixels from one letter to the next.
    height : int
        Of a line, pixels.
    """

    letters: dict[str, np.ndarray]
    advances: dict[str, int]
    height: int


def text_cover(words: str, size: int, *, is_bold: bool = False) -> np.ndarray:
    """How much of each pixel the letters of a line of text cover.

    Parameters
    ----------
    words : str
    size : int
        As it stands in `letters.json`.
    is_bold : bool

    Returns
    -------
    numpy.ndarray of float32, (height, width)
        0..1; first row on top, as high as a line is, with `BEARING` columns on both sides.

    Raises
    ------
    KeyError
        For a size that there are no letters of.
    """
    font = _fonts()[size, is_bold]
    known = [character if character in font.letters else UNKNOWN for character in words]
    cover = np.zeros((font.height, sum(font.advances[character] for character in known) + 2 * BEARING), np.float32)
    pen = 0
    for character in known:
        letter = font.letters[character]
        cover[:, pen : pen + letter.shape[1]] += letter
        pen += font.advances[character]
    return np.minimum(cover / 255, 1)


@functools.lru_cache(maxsize=1)
def _fonts() -> dict[tuple[int, bool], Font]:
    """All letters, by size and whether they are bold."""
    document = json.loads(LETTERS_FILE.read_text(encoding="utf-8"))
    fonts = {}
    for part in document["fonts"]:
        strip = np.frombuffer(zlib.decompress(base64.b64decode(part["pixels"])), np.uint8).reshape(part["height"], -1)
        widths = [advance + 2 * BEARING for advance in part["advances"]]
        letters = np.split(strip, np.cumsum(widths)[:-1], axis=1)
        characters = [chr(ord(document["first"]) + number) for number in range(len(widths))]
        advances = dict(zip(characters, part["advances"], strict=True))
        fonts[part["size"], part["is_bold"]] = Font(
            dict(zip(characters, letters, strict=True)), advances, part["height"]
        )
    return fonts
