"""How well and how fast bodies are found: Dice, volume and seconds against known bodies.

    python Testing/Benchmarks/segmentation.py [--clicks 2] [--real ../shared/data]

Phantoms of several seeds, densities, curvatures and slice thicknesses, each with true clicks and with clicks 5 mm off
in random directions; then L3 of TPTBox's crop against the mask others drew, where the data are present. Aims: mean
Dice 0.96, worst 0.93, with clicks off 0.91, TPTBox 0.90.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.geometry import index_to_lps
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

CASES = {
    "1.25 mm": {},
    "1.25 mm, trabecular 40 HU, cortex 0.3 mm, aorta 280 HU": {
        "seed": 1,
        "trabecular_hu": 40.0,
        "cortex_mm": 0.3,
        "contrast_hu": 280.0,
    },
    "1.25 mm, Cobb 30 degrees, lordosis 65": {"seed": 3, "cobb_degrees": 30.0, "lordosis_degrees": 65.0},
    "0.4 x 0.4 x 0.8 mm, noise 35 HU": {
        "seed": 4,
        "spacing_mm": (0.4, 0.4, 0.8),
        "field_mm": (110.0, 110.0, 190.0),
        "noise_hu": 35.0,
    },
    "2 mm, trabecular 180 HU": {"seed": 6, "spacing_mm": (0.7, 0.7, 2.0), "trabecular_hu": 180.0},
    "3 mm, trabecular 70 HU, aorta 200 HU": {
        "seed": 5,
        "spacing_mm": (0.9, 0.9, 3.0),
        "trabecular_hu": 70.0,
        "contrast_hu": 200.0,
    },
    "5 mm": {"seed": 2, "spacing_mm": (0.7, 0.7, 5.0)},
    "5 mm, trabecular 90 HU": {"seed": 7, "spacing_mm": (0.5, 0.5, 5.0), "trabecular_hu": 90.0},
}
CLICK_ERROR_MM = 5.0


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clicks", type=int, default=2, help="sets of clicks 5 mm off per spine")
    parser.add_argument("--real", type=Path, default=Path("../shared/data"), help="folder of the real CTs")
    args = parser.parse_args()
    print(f"{'spine':58} {'clicks':8} {'Dice worst':>10} {'mean':>6} {'volume':>13} {'seconds':>7}")
    at_middle, off = [], []
    for name, settings in CASES.items():
        phantom = make_phantom(PhantomSettings(**settings))
        known = sitk.GetArrayFromImage(phantom.labels)
        at_middle += _row(name, phantom.ct, known, phantom.points, 0.0, 0)
        for seed in range(args.clicks):
            off += _row(name, phantom.ct, known, phantom.points, CLICK_ERROR_MM, seed + 1)
    print(f"\nall bodies, clicks in the middle: mean Dice {np.mean(at_middle):.3f}, worst {min(at_middle):.3f}")
    if off:
        print(f"all bodies, clicks 5 mm off:      mean Dice {np.mean(off):.3f}, worst {min(off):.3f}")
    _real_body(args.real / "tptbox-l3", args.clicks)


def _row(name: str, ct: sitk.Image, known: np.ndarray, points: dict, error_mm: float, seed: int) -> list[float]:
    """Segment, print a line, give each body's Dice."""
    off = np.random.default_rng(seed).normal(size=(len(points), 3))
    off *= error_mm / np.linalg.norm(off, axis=1, keepdims=True)
    clicks = {level: tuple(np.add(point, o)) for (level, point), o in zip(points.items(), off, strict=True)}
    start = time.perf_counter()
    found = sitk.GetArrayFromImage(segment_bodies(ct, clicks))
    seconds = time.perf_counter() - start
    sizes = [(np.count_nonzero(found == level), np.count_nonzero(known == level)) for level in points]
    both = [np.count_nonzero((found == level) & (known == level)) for level in points]
    dice = [2 * n / sum(size) for n, size in zip(both, sizes, strict=True)]
    volume = [a / b for a, b in sizes]
    clicked = f"{error_mm:.0f} mm off" if error_mm else "middle"
    print(
        f"{name:58} {clicked:8} {min(dice):10.3f} {np.mean(dice):6.3f} {min(volume):6.2f}-{max(volume):.2f} "
        f"{seconds:9.2f}",
        flush=True,
    )
    return dice


def _real_body(folder: Path, clicks: int) -> None:
    """L3 of a real CT against border and inside of the body as others drew them."""
    if not folder.is_dir():
        print("real CT: absent")
        return
    ct = read_ct(folder / "sub-ct_label-22_ct.nii.gz")
    vertebra, part = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"sub-ct_seg-{kind}_label-22_msk.nii.gz")))
        for kind in ("vert", "subreg")
    )
    known = np.where((vertebra == 22) & np.isin(part, (49, 50)), int(LumbarLevel.L3), 0)
    middle = index_to_lps(ct, np.argwhere(known)).mean(axis=0)
    for seed in range(clicks + 1):
        _row("TPTBox L3", ct, known, {LumbarLevel.L3: middle}, CLICK_ERROR_MM if seed else 0.0, seed)


if __name__ == "__main__":
    main()
