"""What slices make of an endplate: its profile from bone to disc, blurred by their thickness."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import erf

# Steps and reach of the tables, mm: steps far below every blur, reach beyond what a profile is read over.
TABLE_STEP_MM = 0.05
TABLE_REACH_MM = 24.0
# What remains of the blur where slices are thin: the scanner's and the plate's own unevenness, SD.
LEAST_BLUR_MM = 0.6
# Dense trabeculae under a plate: their attenuation falls to 1/e over so many mm (seen in CT).
TRABECULAE_UNDER_MM = 2.0
# The middle of the bony plate lies so far below its surface: half of 0.5 mm (Ritzel 1997, J Bone Miner Res 12:89).
PLATE_MIDDLE_MM = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class PlateBlur:
    """Tables of the blurred parts of a profile, by mm outwards of the plate's surface.

    Attributes
    ----------
    plate : numpy.ndarray
        A thin plate of 1 HU mm under the surface.
    outside : numpy.ndarray
        1 outside of the surface, 0 inside.
    subcortical : numpy.ndarray
        1 under the surface, falling inwards.
    slopes : tuple of numpy.ndarray
        Derivatives of the three, 1/mm.
    """

    plate: np.ndarray
    outside: np.ndarray
    subcortical: np.ndarray
    slopes: tuple[np.ndarray, np.ndarray, np.ndarray]

    @classmethod
    def of_slices(cls, thickness_mm: float) -> PlateBlur:
        """Blur by slices of this thickness along the plate's normal."""
        mm = _table_mm()
        half = thickness_mm / 2
        outside = (_ramp(mm + half) - _ramp(mm - half)) / thickness_mm
        kernel = (_step(mm + half) - _step(mm - half)) / thickness_mm
        under = np.where(mm < 0, np.exp(np.minimum(mm, 0) / TRABECULAE_UNDER_MM), 0.0)
        subcortical = np.convolve(under, kernel * TABLE_STEP_MM, mode="same")
        plate = np.interp(mm + PLATE_MIDDLE_MM, mm, kernel)
        first, second, third = (np.gradient(part, TABLE_STEP_MM) for part in (plate, outside, subcortical))
        return cls(plate, outside, subcortical, (first, second, third))

    def parts(self, outwards_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Plate, outside and subcortical part at places (n,) outwards of the surface."""
        return _read((self.plate, self.outside, self.subcortical), outwards_mm)

    def slopes_at(self, outwards_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Derivatives of `parts` there, 1/mm."""
        return _read(self.slopes, outwards_mm)


def _table_mm() -> np.ndarray:
    """Places of the tables' entries, mm."""
    return np.arange(-TABLE_REACH_MM, TABLE_REACH_MM + TABLE_STEP_MM / 2, TABLE_STEP_MM)


def _read(
    tables: tuple[np.ndarray, np.ndarray, np.ndarray], outwards_mm: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of tables between their entries, which are found once for all and not one by one as by `numpy.interp`."""
    entries = np.clip((outwards_mm + TABLE_REACH_MM) / TABLE_STEP_MM, 0.0, len(tables[0]) - 1.0)
    before = np.minimum(entries.astype(np.intp), len(tables[0]) - 2)
    beyond = entries - before
    low = [table.take(before) for table in tables]
    first, second, third = (
        here + (table[1:].take(before) - here) * beyond for here, table in zip(low, tables, strict=True)
    )
    return first, second, third


def _step(mm: np.ndarray) -> np.ndarray:
    """A step at 0 under the least blur."""
    return 0.5 * (1 + erf(mm / (np.sqrt(2) * LEAST_BLUR_MM)))


def _ramp(mm: np.ndarray) -> np.ndarray:
    """The integral of `_step`."""
    tail = LEAST_BLUR_MM / np.sqrt(2 * np.pi) * np.exp(-0.5 * (mm / LEAST_BLUR_MM) ** 2)
    return mm * _step(mm) + tail
