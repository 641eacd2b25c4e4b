"""Write the letters of overlay.png anew: `python Testing/Pictures/letters.py`.

VTK's own sans serif letters as it writes them, in the sizes that the picture uses, so that drawing it needs neither a
font nor a library that writes (VTK's is not to be used by two threads, and Slicer's window writes with it, too).
"""

from __future__ import annotations

import base64
import json
import zlib

import numpy as np
import vtkmodules.vtkRenderingFreeType  # noqa: F401  registers what writes
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTextProperty, vtkTextRenderer

from OVCFRiskLib.report.pictures.lettering import BEARING, LETTERS_FILE

DOTS_PER_INCH = 72  # at which a font's size is its height in pixels
COMMON = "H0123456789gj()"  # as high as a line is
CHARACTERS = "".join(map(chr, range(ord(" "), ord("~") + 1)))
# Pixels and whether bold: names of levels, headings, text, key, notice.
STYLES = ((50, True), (31, True), (31, False), (25, False), (22, False))


def written(words: str, size: int, is_bold: bool) -> np.ndarray:
    """Opacity of a line of text, uint8, first row on top."""
    style = vtkTextProperty()
    style.SetFontFamilyToArial()
    style.SetFontSize(size)
    style.SetBold(is_bold)
    image, used = vtkImageData(), [0, 0]
    if not vtkTextRenderer.GetInstance().RenderString(style, words, image, used, DOTS_PER_INCH):
        raise SystemExit(f"VTK does not write {words!r}")
    width, height, _ = image.GetDimensions()
    rgba = vtk_to_numpy(image.GetPointData().GetScalars()).reshape(height, width, 4)
    return rgba[: used[1], : used[0], 3][::-1]


def foot(line: np.ndarray) -> int:
    """Last row of the H with which a line begins."""
    return int(np.flatnonzero(line[:, : line.shape[0] // 4].any(axis=1))[-1])


def letters(size: int, is_bold: bool) -> dict[str, object]:
    """Advances of the pen, and the characters' pixels beside each other, each with `BEARING` pixels on both sides."""

    def width(words: str) -> int:
        return written(words, size, is_bold).shape[1]

    stem, space = width("HH") - width("H"), width("H H") - width("HH")
    advances = [width(f"H{character}H") - width("HH") for character in CHARACTERS]
    begin = stem + 2 * space - BEARING
    line = written(COMMON, size, is_bold)
    strips = []
    for character, advance in zip(CHARACTERS, advances, strict=True):
        wide = written(f"H  {character}  H", size, is_bold)
        above, below = foot(line) - foot(wide), len(line) - foot(line) - len(wide) + foot(wide)
        fitting = np.pad(wide, ((max(above, 0), max(below, 0)), (0, 0)))
        first = max(-above, 0)
        strips.append(fitting[first : first + len(line), begin : begin + advance + 2 * BEARING])
    strip = np.concatenate(strips, axis=1)
    pixels = base64.b64encode(zlib.compress(strip.tobytes(), 9)).decode()
    return {"size": size, "is_bold": is_bold, "height": strip.shape[0], "advances": advances, "pixels": pixels}


def main() -> None:
    """Write the file."""
    document = {"first": CHARACTERS[0], "fonts": [letters(size, is_bold) for size, is_bold in STYLES]}
    LETTERS_FILE.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
