"""Masks of a body's shape all over a CT: `python Testing/Benchmarks/masks_anywhere.py CT --points FILE [--step MM]`.

A mask as wide, deep and high as a body is moved over the whole CT, wherever it holds some bone: hips, femoral heads,
sacrum, ribs, arches, calcified vessels, implants, arms, whatever the CT shows. Away from the spine, whose course the
points of L1-L4 tell, none may be scored. Prints those that are, and how many each check stops first. ``--limit`` ends
after so many seconds of processor time; places are taken in random order, so that the counts hold for the rest.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import read_points
from OVCFRiskLib.quality.masks import check_masks

# Width, depth and height of the mask, mm: those of an L3.
BODY_MM = (44.0, 33.0, 26.0)
# Which fraction of a mask has to be bone, and from where on, HU.
LEAST_BONE = 0.04
BONE_HU = 150.0
# So near to the course of the spine a mask may lie on a body, mm; that far above and below the points it is followed.
NEAR_SPINE_MM = 15.0
FOLLOWED_MM = 40.0


def main() -> None:
    """Print what is scored away from the spine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("ct", type=Path)
    parser.add_argument("--points", type=Path, required=True, help="points of L1-L4, as ovcfrisk takes them")
    parser.add_argument("--step", type=float, default=14.0, help="mm between the places")
    parser.add_argument("--limit", type=float, default=420.0, help="seconds of processor time")
    arguments = parser.parse_args()
    ct = read_ct(arguments.ct)
    spine = np.array(list(read_points(arguments.points).values()))
    kernel = body_kernel(ct.GetSpacing())
    first: Counter[str] = Counter()
    scored = {"away": 0, "near the spine": 0}
    for index in places(ct, kernel, arguments.step):
        if time.process_time() > arguments.limit:
            break
        code = first_stop(ct, kernel, index)
        if code:
            first[code] += 1
            continue
        at = np.array(ct.TransformIndexToPhysicalPoint(tuple(int(n) for n in index[::-1])))
        where = "away" if beside_spine(at, spine) > NEAR_SPINE_MM else "near the spine"
        scored[where] += 1
        print(f"scored {where}, at {at.round()} LPS mm", flush=True)
    print(f"{sum(first.values()) + sum(scored.values())} masks, scored {scored}")
    print(", ".join(f"{code} {number}" for code, number in first.most_common()))


def body_kernel(spacing: tuple[float, float, float]) -> np.ndarray:
    """A cylinder with the rounded outline of a body, [k, j, i]."""
    half = [size / 2 for size in BODY_MM]
    steps = [np.arange(-np.ceil(h / s), np.ceil(h / s) + 1) * s for h, s in zip(half, spacing, strict=True)]
    up, back, left = np.meshgrid(*reversed(steps), indexing="ij")
    return ((np.abs(left) / half[0]) ** 2.5 + (np.abs(back) / half[1]) ** 2.5 <= 1) & (np.abs(up) <= half[2])


def places(ct: sitk.Image, kernel: np.ndarray, step: float) -> np.ndarray:
    """Middles [k, j, i] of masks that hold some bone, in random order."""
    hu = sitk.GetArrayViewFromImage(ct)
    bone = ndimage.uniform_filter((hu > BONE_HU).astype(np.float32), kernel.shape)
    margin = np.array(kernel.shape) // 2 + 2
    apart = [max(1, round(step / s)) for s in ct.GetSpacing()[::-1]]
    grid = np.meshgrid(
        *[np.arange(m, n - m, a) for m, n, a in zip(margin, hu.shape, apart, strict=True)], indexing="ij"
    )
    found = np.stack(grid, axis=-1).reshape(-1, 3)
    return np.random.default_rng(0).permutation(found[bone[tuple(found.T)] > LEAST_BONE])


def first_stop(ct: sitk.Image, kernel: np.ndarray, index: np.ndarray) -> str:
    """Which check stops a mask there first; empty when none does."""
    labels = np.zeros(ct.GetSize()[::-1], np.uint8)
    start = index - np.array(kernel.shape) // 2
    labels[tuple(slice(n, n + size) for n, size in zip(start, kernel.shape, strict=True))][kernel] = LumbarLevel.L3
    findings = check_masks(ct, cut_out_levels(image_like(labels, ct), ct)).findings[LumbarLevel.L3]
    stops = (f"{f.code} {f.variant}".strip() for f in findings if f.severity is Severity.STOPS_SCORING)
    return next(stops, "")


def beside_spine(at: np.ndarray, spine: np.ndarray) -> float:
    """Distance from the course of the spine in the plane of its height, mm."""
    height = np.clip(at[2], spine[:, 2].min() - FOLLOWED_MM, spine[:, 2].max() + FOLLOWED_MM)
    degree = min(2, len(spine) - 1)
    return float(np.hypot(*(at[n] - np.polyval(np.polyfit(spine[:, 2], spine[:, n], degree), height) for n in (0, 1))))


if __name__ == "__main__":
    main()
