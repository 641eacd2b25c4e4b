"""Both error rates of the gates: python Testing/Benchmarks/guards.py [--quick] [--json FILE]

Right masks of phantoms and, where they lie beside the project, of real CTs must be scored; the same masks displaced
or flipped, another patient's masks, and masks segmented from wrong points, must not. Such a mask counts when its Dice
with every true body is below 0.6; a misshapen one (a third or half of a body, two bodies, a cube, one that is turned by
60 degrees and more) counts whatever it covers. Prints the rates, every case that went wrong, and masks in these healthy
spines that are called a crushed body (the other rate: `crushed.py`). Docs/guards.md explains the rule.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from wrong_masks import displaced, misplaced_points, misshapen, of_another, turned

from OVCFRiskLib.bodies.cut_out import Bodies, cut_out_levels
from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.findings.mask_codes import CRUSHED
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import read_points
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
WRONG_DICE = 0.6
# Sides of the counts.
RIGHT, WRONG, MISSHAPEN = "right", "wrong", "misshapen"
REAL_CTS = ("real CT, 5 mm, contrast", "real CT, 1.5 mm")
PHANTOMS = {
    "osteopenic": {},
    "trabecular 20, cortex 0.2": {"trabecular_hu": 20.0, "cortex_mm": 0.2, "seed": 1},
    "trabecular 30, cortex 0.15": {"trabecular_hu": 30.0, "cortex_mm": 0.15, "seed": 15},
    "trabecular 60, noise 40": {"trabecular_hu": 60.0, "cortex_mm": 0.2, "noise_hu": 40.0, "seed": 3},
    "trabecular 20, 5 mm": {"trabecular_hu": 20.0, "cortex_mm": 0.2, "spacing_mm": (0.9, 0.9, 5.0), "seed": 4},
    "trabecular 80, 5 mm": {"trabecular_hu": 80.0, "cortex_mm": 0.2, "spacing_mm": (0.8, 0.8, 5.0), "seed": 5},
    "dense, contrast": {"trabecular_hu": 200.0, "contrast_hu": 300.0, "seed": 7},
    "contrast, 5 mm": {"trabecular_hu": 100.0, "contrast_hu": 200.0, "spacing_mm": (0.9, 0.9, 5.0), "seed": 8},
    "noise 80": {"noise_hu": 80.0, "seed": 9},
    "scoliosis 25": {"cobb_degrees": 25.0, "seed": 10, "field_mm": (200.0, 150.0, 200.0)},
    "lordosis 70": {"lordosis_degrees": 70.0, "seed": 13, "field_mm": (150.0, 170.0, 190.0)},
    "small woman": {"body_scale": 0.82, "trabecular_hu": 50.0, "cortex_mm": 0.25, "seed": 11},
    "wedge of 30 %": {"fractures": {LumbarLevel.L2: ("wedge", 0.3)}, "seed": 12},
    "sharp": {"blur_fwhm_mm": 0.5, "noise_hu": 60.0, "trabecular_hu": 60.0, "cortex_mm": 0.3, "seed": 14},
}


def main() -> None:
    """Print rates and failures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three phantoms and the real CTs")
    parser.add_argument("--only", metavar="WORD", help="cases with this word in their name")
    parser.add_argument("--json", metavar="FILE", help="write the counts")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    another = None
    for name, ct, truth, points in cases(arguments.quick, arguments.only or ""):
        for kind, labels in masks(ct, truth, points, another):
            for line in judged(ct, truth, labels, kind, counts):
                print(f"{name}: {kind}: {line}", flush=True)
        another = truth
    for kind in (RIGHT, WRONG, MISSHAPEN):
        passed, stopped = counts[f"{kind} scored"], counts[f"{kind} stopped"]
        crushed = counts[f"{kind} called crushed"]
        print(f"{kind} masks: {passed + stopped}, scored {passed}, stopped {stopped}, called a crushed body {crushed}")
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def cases(quick: bool, word: str = "") -> Iterator[tuple[str, sitk.Image, sitk.Image, dict]]:
    """Name, CT, true bodies and true points."""
    for number, (name, settings) in enumerate(PHANTOMS.items()):
        if word in name and (not quick or number in (0, 2, 4)):
            small = {"field_mm": (150.0, 140.0, 190.0), "spacing_mm": (0.9, 0.9, 1.25)}
            phantom = make_phantom(PhantomSettings(**{**small, **settings}))
            yield name, phantom.ct, phantom.labels, phantom.points
    if word in REAL_CTS[0] and (DATA / "crlm-ct-1006-dicom").is_dir():
        ct, points = read_ct(DATA / "crlm-ct-1006-dicom"), read_points(DATA / "crlm-ct-1006-points.mrk.json")
        yield REAL_CTS[0], ct, segment_bodies(ct, points), points
    if word in REAL_CTS[1] and (DATA / "tptbox-l3").is_dir():
        yield REAL_CTS[1], *tptbox()


def tptbox() -> tuple[sitk.Image, sitk.Image, dict]:
    """The crop around L3 and its body: border and corpus within the vertebra."""
    start = DATA / "tptbox-l3"
    ct = read_ct(start / "sub-ct_label-22_ct.nii.gz")
    vertebra, part = (sitk.ReadImage(str(start / f"sub-ct_seg-{n}_label-22_msk.nii.gz")) for n in ("vert", "subreg"))
    values, parts = sitk.GetArrayFromImage(vertebra), sitk.GetArrayFromImage(part)
    body = sitk.GetImageFromArray(((values == 22) & np.isin(parts, (49, 50))).astype(np.uint8) * int(LumbarLevel.L3))
    body.CopyInformation(vertebra)
    return ct, sitk.Resample(body, ct, sitk.Transform(), sitk.sitkNearestNeighbor, 0), {}


def masks(
    ct: sitk.Image, truth: sitk.Image, points: dict, another: sitk.Image | None
) -> Iterator[tuple[str, sitk.Image]]:
    """Labels to be judged, and what is wrong with them."""
    yield RIGHT, truth
    yield from displaced(truth)
    yield from misplaced_points(ct, points) if points else ()
    yield from of_another(truth, another) if another is not None else ()
    for name, labels in (*misshapen(truth), *turned(truth)):
        yield f"{MISSHAPEN}: {name}", labels


def judged(ct: sitk.Image, truth: sitk.Image, labels: sitk.Image, kind: str, counts: Counter[str]) -> Iterator[str]:
    """Count the levels, and tell those that went wrong."""
    bodies: Bodies = cut_out_levels(labels, ct)
    checks = check_masks(ct, bodies)
    true, given = sitk.GetArrayViewFromImage(truth), sitk.GetArrayViewFromImage(labels)
    for level in bodies:
        reason = checks.reason_against_mask(level)
        codes = {f.code for f in checks.findings[level]}
        overlap = best_dice(given == level, true)
        side = RIGHT if kind == RIGHT else MISSHAPEN if kind.startswith(MISSHAPEN) else WRONG
        if side != MISSHAPEN and (codes & {"field_of_view", "too_small"} or (side == WRONG and overlap >= WRONG_DICE)):
            continue
        counts[f"{side} {'stopped' if reason else 'scored'}"] += 1
        if any(finding.variant == CRUSHED for finding in checks.findings[level]):
            counts[f"{side} called crushed"] += 1
            yield f"{level.name}, Dice {overlap:.2f}: called a crushed body"
        if (side == RIGHT) == bool(reason):
            yield f"{level.name}, Dice {overlap:.2f}: {reason or 'scored'}"


def best_dice(mask: np.ndarray, true: np.ndarray) -> float:
    """Dice with the true body that fits best."""
    size = np.count_nonzero(mask)
    sizes = np.bincount(true.ravel(), minlength=max(LumbarLevel) + 1)
    shared = np.bincount(true[mask], minlength=len(sizes))
    return max(float(2 * shared[level] / max(size + sizes[level], 1)) for level in LumbarLevel)


if __name__ == "__main__":
    main()
