"""A small picture of a case's masks, for lists of many cases."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.report.pictures.png import png_bytes
from OVCFRiskLib.report.pictures.slices import PIXEL_MM, Outline, sagittal_slice

REDUCTION = 2  # pixels of the slice to one of the thumbnail
# Red, green, blue of 0 to 255: amber, chosen, as no grey of the CT looks like it.
OUTLINE_RGB = (255, 196, 0)


def mask_thumbnail(ct: sitk.Image, labels: sitk.Image) -> bytes | None:
    """Sagittal slice through the bodies with their outlines.

    Parameters
    ----------
    ct, labels : SimpleITK.Image
        CT in HU and bodies 20..23 on its grid.

    Returns
    -------
    bytes or None
        PNG with pixels of 1 mm; None when no level has a mask.
    """
    bodies = cut_out_levels(labels)
    if not bodies:
        return None
    picture = sagittal_slice(ct, bodies)
    height, width = (n // REDUCTION for n in picture.pixels.shape)
    parts = picture.pixels[: height * REDUCTION, : width * REDUCTION].reshape(height, REDUCTION, width, REDUCTION)
    grey = np.round(parts.mean(axis=(1, 3))).astype(np.uint8)
    pixels = np.repeat(grey[:, :, None], 3, axis=2)
    for lines in picture.outlines.values():
        for line in lines:
            _draw(pixels, line)
    return png_bytes(pixels)


def _draw(pixels: np.ndarray, line: Outline) -> None:
    """A closed line, its pixels set."""
    ends = np.roll(line, -1, axis=0)
    steps = int(np.ceil(np.abs(ends - line).max() / (PIXEL_MM * REDUCTION))) * 2 + 1
    fraction = np.linspace(0, 1, steps)[:, None, None]
    points = (line + fraction * (ends - line)).reshape(-1, 2) / (PIXEL_MM * REDUCTION)
    columns, rows = np.floor(points).astype(int).T
    inside = (rows >= 0) & (rows < pixels.shape[0]) & (columns >= 0) & (columns < pixels.shape[1])
    pixels[rows[inside], columns[inside]] = OUTLINE_RGB
