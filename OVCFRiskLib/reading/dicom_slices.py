"""Slices in order, on one evenly spaced grid - or the sentence that says where it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.counts import counted
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.dicom_header import SliceHeader
from OVCFRiskLib.reading.dicom_series import is_axial
from OVCFRiskLib.reading.grid_axes import SMALL_DEVIATION, GridAxes

# Positions are written with few digits; a spacing further off than this fraction of the median is a gap.
SLICE_SPACING_TOLERANCE = 0.05
# No CT has slices closer than this; such a pair is two images of one place.
SAME_PLACE_MM = 0.02
# Largest drift of the slices' corners against the stacking direction, in pixels, over the whole stack.
DRIFT_TOLERANCE_PIXELS = 0.5
ORIENTATION_TOLERANCE = 1e-3
# Three digits leave axes that far from perpendicular without anybody having turned them.
ROUNDED_DEVIATION = 1e-4
# And a stack that leans by so much, as a fraction of its length: 0.06 degrees, a tenth of the least gantry tilt.
ROUNDED_LEAN = 1e-3
PIXEL_SPACING_TOLERANCE = 1e-3
# Higher values are brighter. PS3.3, C.8.2.1.1.2, allows MONOCHROME1 too, which no scale in HU goes with.
BRIGHT_IS_HIGH = "MONOCHROME2"


@dataclass(frozen=True, slots=True)
class Stack:
    """Slices from the lowest to the highest along their normal, and the grid they make.

    Attributes
    ----------
    headers : tuple of SliceHeader
        In order of k.
    origin, spacing : tuple of three floats
        LPS mm, and mm along i, j, k.
    direction : tuple of float
        Nine cosines, row by row, as SimpleITK has them.
    notes : tuple of str
    """

    headers: tuple[SliceHeader, ...]
    origin: tuple[float, float, float]
    spacing: tuple[float, float, float]
    direction: tuple[float, ...]
    notes: tuple[str, ...] = ()


def stack_slices(headers: Sequence[SliceHeader]) -> Stack:
    """Order slices and check that they fill one regular grid.

    Parameters
    ----------
    headers : sequence of SliceHeader
        All of one series, in any order.

    Returns
    -------
    Stack

    Raises
    ------
    OVCFRiskError
        If positions are missing, sizes or orientations differ, two slices share a place, a slice is missing,
        spacing is uneven, or the gantry was tilted.
    """
    headers, notes = _without_copies(headers)
    headers, more_notes = _of_one_orientation(headers)
    for header in headers:
        _require_values(header)
    _require_scales(headers)
    (*axes, normal), axes_note = _axes_of(headers[0])
    positions = np.array([header.complete_numbers("ImagePositionPatient", 3) for header in headers])
    along = positions @ normal
    order = np.argsort(along, kind="stable")
    headers, positions, along = [headers[n] for n in order], positions[order], along[order]
    if len(headers) < 2:
        raise OVCFRiskError(f"expected a stack of slices, got one ('{headers[0].path.name}'); give the whole series")
    _require_even(headers, along)
    rows_mm, columns_mm = headers[0].complete_numbers("PixelSpacing", 2)
    _require_straight(positions, normal, min(rows_mm, columns_mm))
    step = float((along[-1] - along[0]) / (len(along) - 1))
    return Stack(
        headers=tuple(headers),
        origin=(float(positions[0, 0]), float(positions[0, 1]), float(positions[0, 2])),
        spacing=(columns_mm, rows_mm, step),
        direction=tuple(float(x) for x in np.column_stack((*axes, normal)).ravel()),
        notes=(*notes, *more_notes, *axes_note),
    )


def _require_values(header: SliceHeader) -> None:
    """Raise where stored values are no HU by any scale: colours, or a scale that turns dark into bright."""
    kind = header.text("PhotometricInterpretation") or BRIGHT_IS_HIGH
    slope = header.number("RescaleSlope")
    if kind != BRIGHT_IS_HIGH or (slope is not None and slope <= 0):
        got = f"{kind} and a rescale slope of {'none' if slope is None else f'{slope:g}'}"
        raise OVCFRiskError(
            f"'{header.path.name}': expected gray values ({BRIGHT_IS_HIGH}) and a rescale slope above 0, got {got}; "
            "export the original CT series"
        )


def _require_scales(headers: Sequence[SliceHeader]) -> None:
    """Raise where some slices lack a scale that others have: their stored values would be taken for HU."""
    for keyword in ("RescaleSlope", "RescaleIntercept"):
        lacking = [header for header in headers if header.number(keyword) is None]
        if lacking and len(lacking) < len(headers):
            others = counted(len(headers) - len(lacking), "other slice")
            raise OVCFRiskError(
                f"'{lacking[0].path.name}' lacks {keyword}, which {others} of the series have; export the original CT "
                "series"
            )


def _axes_of(header: SliceHeader) -> tuple[np.ndarray, tuple[str, ...]]:
    """Rows, columns and normal of the slices as rows of (3, 3), and what had to be changed about them."""
    written = np.array(header.complete_numbers("ImageOrientationPatient", 6)).reshape(2, 3)
    axes = np.vstack((written, np.cross(*written)))
    grid = GridAxes.of_matrix(axes.T)
    if not grid.deviation <= SMALL_DEVIATION:
        raise OVCFRiskError(
            f"'{header.path.name}': expected rows and columns at a right angle, got ImageOrientationPatient "
            f"{_words(written.ravel().tolist())}, whose cosine is {grid.deviation!r}; export the original CT series"
        )
    if grid.deviation <= ROUNDED_DEVIATION:
        return axes, ()
    return grid.perpendicular().T, (grid.repair_note(),)


def _without_copies(headers: Sequence[SliceHeader]) -> tuple[list[SliceHeader], tuple[str, ...]]:
    """Each object once: the same SOPInstanceUID is a copy of a file."""
    unique: dict[object, SliceHeader] = {}
    for header in headers:
        unique.setdefault((header.text("SOPInstanceUID") or header.path, header.frame), header)
    copies = len(headers) - len(unique)
    return list(unique.values()), ((f"{counted(copies, 'copied slice')} left out",) if copies else ())


def _of_one_orientation(headers: Sequence[SliceHeader]) -> tuple[list[SliceHeader], tuple[str, ...]]:
    """Slices with a complete grid, without scouts across the stack; raise when grids differ."""
    for header in headers:
        lacking = [
            keyword
            for keyword, count in (("ImagePositionPatient", 3), ("ImageOrientationPatient", 6), ("PixelSpacing", 2))
            if header.numbers(keyword, count) is None
        ]
        if lacking:
            raise OVCFRiskError(
                f"'{header.path.name}' lacks {' and '.join(lacking)}: where it lies in the patient is not known; "
                "export the original CT series"
            )
    axial = [header for header in headers if is_axial(header)]
    kept = axial if axial else list(headers)
    first = kept[0]
    for header in kept:
        _require_like(first, header)
    across = len(headers) - len(kept)
    left_out = f"{counted(across, 'image')} of another orientation than the axial stack left out"
    return kept, ((left_out,) if across else ())


def _require_like(first: SliceHeader, other: SliceHeader) -> None:
    """Raise unless two slices have size, pixel spacing and orientation in common."""
    tolerances = {"PixelSpacing": PIXEL_SPACING_TOLERANCE, "ImageOrientationPatient": ORIENTATION_TOLERANCE}
    kinds: list[tuple[str, Sequence[float], Sequence[float], float]] = [("size", first.size[:2], other.size[:2], 0)]
    for what, keyword, count in (("pixel spacing", "PixelSpacing", 2), ("orientation", "ImageOrientationPatient", 6)):
        values = [header.complete_numbers(keyword, count) for header in (first, other)]
        kinds.append((what, values[0], values[1], tolerances[keyword]))
    for what, expected, got, tolerance in kinds:
        if not np.allclose(expected, got, rtol=0, atol=tolerance):
            raise OVCFRiskError(
                f"the series mixes slices of different {what}: '{first.path.name}' has {_words(expected)}, "
                f"'{other.path.name}' {_words(got)}; export one stack of parallel slices as its own series"
            )


def _require_even(headers: Sequence[SliceHeader], along: np.ndarray) -> None:
    """Raise at the first pair of slices that is not one spacing apart, naming the gap."""
    gaps = np.diff(along)
    distinct = gaps[gaps > SAME_PLACE_MM]
    typical = float(np.median(distinct)) if len(distinct) else 1.0
    for n, gap in enumerate(gaps):
        if abs(gap - typical) <= SLICE_SPACING_TOLERANCE * typical:
            continue
        pair = (
            f"'{headers[n].path.name}' at {along[n]:.2f} mm and '{headers[n + 1].path.name}' at {along[n + 1]:.2f} mm"
        )
        if gap <= SAME_PLACE_MM:
            raise OVCFRiskError(
                f"two slices lie at the same place: {pair}{_acquisitions(headers)}; "
                "export one phase or reconstruction as its own series"
            )
        missing = round(float(gap / typical)) - 1
        is_hole = missing > 0 and abs(gap - (missing + 1) * typical) <= SLICE_SPACING_TOLERANCE * typical * (
            missing + 1
        )
        what = counted(missing, "missing slice") if is_hole else "uneven spacing"
        raise OVCFRiskError(
            f"{what} between {pair}: expected slices {typical:.3g} mm apart, got {gap:.3g} mm; "
            "export the complete series again"
        )


def _require_straight(positions: np.ndarray, normal: np.ndarray, pixel_mm: float) -> None:
    """Raise when the stack leans: a tilted gantry makes a sheared grid, which no volume here can hold."""
    lean = positions[-1] - positions[0]
    sideways = lean - normal * (lean @ normal)
    if np.linalg.norm(sideways) > max(DRIFT_TOLERANCE_PIXELS * pixel_mm, ROUNDED_LEAN * abs(float(lean @ normal))):
        degrees = np.degrees(np.arctan2(np.linalg.norm(sideways), lean @ normal))
        raise OVCFRiskError(
            f"the gantry was tilted by {degrees:.1f} degrees: expected slices stacked along their normal; "
            "resample the CT to a straight grid first (3D Slicer does when it loads it) and give that file"
        )
    straight = positions[0] + np.outer(np.linspace(0, 1, len(positions)), lean)
    off = np.linalg.norm(positions - straight - np.outer((positions - straight) @ normal, normal), axis=1)
    if off.max() > DRIFT_TOLERANCE_PIXELS * pixel_mm:
        raise OVCFRiskError(
            f"slice {int(off.argmax()) + 1} of {len(positions)} is shifted sideways by {off.max():.2f} mm against the "
            "others; the series is made of several tables or fields, export them as separate series"
        )


def _acquisitions(headers: Sequence[SliceHeader]) -> str:
    """The acquisitions a series is made of, where there are several."""
    numbers = sorted({header.text("AcquisitionNumber") or "" for header in headers} - {""})
    return f" (the series holds acquisitions {', '.join(numbers)})" if len(numbers) > 1 else ""


def _words(values: Sequence[float]) -> str:
    return "(" + ", ".join(f"{value:g}" for value in values) + ")"
