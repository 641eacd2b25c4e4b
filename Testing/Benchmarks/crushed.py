"""Crushed bodies, both ways: `python Testing/Benchmarks/crushed.py [--cases N] [--slices 1,2,3] [--cache DIR]`.

Phantoms of which one body has lost 50 to 75 % of its height (crush, wedge, biconcave; L1 to L4; bone of 20 to 180 HU),
drawn with slices of 0.5 mm and thickened, with their label maps and with masks that are segmented from clicks. The
first table says how each crushed body is told: measured (`height_loss`), seen in the CT under a mask that is no body
(`crushed`), flat (`height`), stopped without a word of a fracture, or scored; and what is said of the healthy bodies
beside it. `guards.py` counts the other way: wrong masks in healthy spines that are called crushed. A case takes 30 s.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from height_cases import FINE, Known, phantom, thickened
from heights import segmented

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.evaluation.report_text import markdown_table
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.mask_codes import CRUSHED, FLAT, HEIGHT_LOSS
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.masks import check_masks

SHAPES = (
    *(("crush", 0.5), ("crush", 0.6), ("crush", 0.75), ("wedge", 0.6)),
    *(("crush", 0.55), ("wedge", 0.75), ("biconcave", 0.6), ("crush", 0.65)),
)
# Trabecular HU, and the cortex that goes with it, mm.
BONE = {20.0: 0.2, 35.0: 0.2, 50.0: 0.25, 80.0: 0.35, 120.0: 0.35, 180.0: 0.35}
SEED = 300
CASES = 24
# Ways a crushed body is told, the best first.
WAYS = ("measured", "seen", "flat", "stopped", "scored")


def main() -> None:
    """Print the table, and every case that does not lead as a fracture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=CASES, help="spines, each with one crushed body")
    parser.add_argument("--slices", default="1,2,3", help="thicknesses, mm, with commas")
    parser.add_argument("--cache", type=Path, help="folder of phantoms and masks")
    arguments = parser.parse_args()
    counts: Counter[tuple[str, str]] = Counter()
    for known in spines(arguments.cases, arguments.cache):
        (level,) = known.fractures
        for slice_mm in map(float, arguments.slices.split(",")):
            for _, ct, labels in thickened(known.spine, slice_mm, 1):
                for kind, mask in (("label maps", labels), ("own masks", segmented(ct, known, arguments.cache))):
                    _count(counts, f"{known.spine.name}, {slice_mm:g} mm", kind, ct, mask, level)
    beside = ("healthy bodies beside", "called fractures")
    rows = [(kind, *(str(counts[kind, what]) for what in (*WAYS, *beside))) for kind in ("label maps", "own masks")]
    print("\n" + markdown_table(("masks", *WAYS, *beside), rows))


def spines(many: int, cache: Path | None) -> Iterator[Known]:
    """Spines with one crushed body each."""
    for number in range(many):
        shape, loss = SHAPES[number % len(SHAPES)]
        level = list(LumbarLevel)[(number // 2 + number) % 4]
        hu = list(BONE)[(number * 5 + number // 6) % len(BONE)]
        settings = {"seed": SEED + number, "trabecular_hu": hu, "cortex_mm": BONE[hu]}
        name = f"{shape} of {loss:.0%}, {level.name}, {hu:.0f} HU"
        yield phantom(name, {**FINE, **settings, "fractures": {level: (shape, loss)}}, cache)


def _count(
    counts: Counter[tuple[str, str]], name: str, kind: str, ct: sitk.Image, mask: sitk.Image, crushed: LumbarLevel
) -> None:
    """Count how the levels of one CT are told."""
    found = check_masks(ct, cut_out_levels(mask, ct)).findings
    for level in np.unique(sitk.GetArrayViewFromImage(mask))[1:]:
        way = told(found[LumbarLevel(level)])
        if level == crushed:
            counts[kind, way] += 1
            if way in WAYS[3:]:
                print(f"{name}, {kind}: {way}, {'; '.join(f.code for f in found[LumbarLevel(level)])}", flush=True)
        else:
            counts[kind, "healthy bodies beside"] += 1
            counts[kind, "called fractures"] += way in WAYS[:3]


def told(findings: tuple[Finding, ...]) -> str:
    """How a body is told of."""
    stops = [finding for finding in findings if finding.severity is Severity.STOPS_SCORING]
    losses = [finding for finding in findings if finding.code == HEIGHT_LOSS.code and finding.values["grade"]]
    if losses:
        return "seen" if losses[0].variant == CRUSHED else "measured"
    if any(finding.variant == FLAT for finding in stops):
        return "flat"
    return "stopped" if stops else "scored"


if __name__ == "__main__":
    main()
