"""Crushed bodies, both ways: `python Testing/Benchmarks/crushed.py [--cases N] [--slices 1,2,3] [--cache DIR]`.

Phantoms of which one body has lost 50 to 75 % of its height (crush, wedge, biconcave; L1 to L4; bone of 20 to 180 HU),
drawn with slices of 0.5 mm and thickened, with their label maps and with masks that are segmented from clicks. The
first table says how each crushed body is reported: measured (`height_loss`), seen in the CT under a mask that is no
body (`crushed`), flat (`height`), stopped without a word of a fracture, warned of, or scored; and what is said of the
healthy bodies beside it. `guards.py` counts the other way: wrong masks in healthy spines that are called crushed. A
case takes 30 s.
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
MEASURED, SEEN, FLATTENED, STOPPED, NEAR, SCORED = WAYS = (
    "measured (`height_loss`)",
    "seen under a stopped mask",
    "flat",
    "stopped without a word",
    "warned of as 15 to 20 %",
    "scored",
)
BESIDE, WARNED = "healthy bodies beside", "warned of"


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
    columns = ("crushed bodies", *WAYS, BESIDE, WARNED)
    rows = [(kind, *(str(counts[kind, what]) for what in columns)) for kind in ("label maps", "own masks")]
    print("\n" + markdown_table(("masks", *columns), rows))


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
            counts[kind, "crushed bodies"] += 1
            if way in WAYS[3:]:
                print(f"{name}, {kind}: {way}, {'; '.join(f.code for f in found[LumbarLevel(level)])}", flush=True)
        else:
            counts[kind, BESIDE] += 1
            counts[kind, WARNED] += way in (MEASURED, SEEN, FLATTENED, NEAR)


def told(findings: tuple[Finding, ...]) -> str:
    """How a body is told of."""
    stops = [finding for finding in findings if finding.severity is Severity.STOPS_SCORING]
    losses = [finding for finding in findings if finding.code == HEIGHT_LOSS.code]
    if graded := [finding for finding in losses if finding.values["grade"]]:
        return SEEN if graded[0].variant == CRUSHED else MEASURED
    if any(finding.variant == FLAT for finding in stops):
        return FLATTENED
    if stops:
        return STOPPED
    return NEAR if any(finding.severity is Severity.WARNING for finding in losses) else SCORED


if __name__ == "__main__":
    main()
