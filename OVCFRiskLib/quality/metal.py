"""Metal near the bodies, whose streaks change HU and texture."""

from __future__ import annotations

from itertools import pairwise, product
from typing import Any

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.acquisition_codes import METAL, METAL_MIN_MM3
from OVCFRiskLib.geometry import add_margin, array_view, as_box, crop, index_to_lps, lps_to_index, union_box

# Enamel and dense cortex stay below 2000 to 2500 HU, titanium and steel saturate the scale (3071 HU in 12 bits).
METAL_HU = 2500.0
# Streaks of pedicle screws and hip prostheses fade over a few centimetres.
STREAK_MM = 40.0


# Cement in a neighbouring vertebra: sclerotic plates reach 1200 HU, bone cement with barium or zirconium more. Looked
# for where the inside of a neighbour lies, as far from the last body as bodies lie apart (36 mm where only one is
# known), mm to the left, backwards and upwards; contrast in ureters and bowel lies outside.
CEMENT_BESIDE_HU = 1300.0
CEMENT_BESIDE_MM3 = 500.0
NEIGHBOUR_MM = 36.0
NEIGHBOUR_REACH_MM = np.array([16.0, 11.0, 11.0])


def check_metal_nearby(ct: sitk.Image, bodies: Bodies | None = None) -> list[Finding]:
    """Find metal within 40 mm of the bodies' box, or anywhere without bodies."""
    box = add_margin(union_box([body.tight_box for body in bodies.values()]), STREAK_MM, ct) if bodies else None
    part = ct if box is None else crop(ct, box)
    voxels = np.count_nonzero(array_view(part) >= METAL_HU)
    volume = float(voxels * np.prod(ct.GetSpacing()))
    if volume < METAL_MIN_MM3:
        return _cement_beside(ct, bodies) if bodies else []
    where = "in the CT" if box is None else "near the vertebral bodies"
    return [METAL.finding(value=volume, where=where, volume_ml=volume / 1000, metal_hu=METAL_HU)]


def _cement_beside(ct: sitk.Image, bodies: Bodies) -> list[Finding]:
    """Cement in the vertebra above the highest or below the lowest body: fixation and fractures exclude a spine."""
    ordered = [bodies[level] for level in sorted(bodies)]
    steps = [float(np.linalg.norm(b.center_lps - a.center_lps)) for a, b in pairwise(ordered)]
    apart = float(np.median(steps)) if steps else NEIGHBOUR_MM
    findings = []
    for body, sign, where in ((ordered[0], 1, "above"), (ordered[-1], -1, "below")):
        middle = body.center_lps + sign * apart * body.frame.superior
        dense = _dense_mm3(ct, BodyFrame(middle, body.frame.axes))
        if dense >= CEMENT_BESIDE_MM3:
            values: dict[str, Any] = {"value": dense, "volume_ml": dense / 1000, "metal_hu": CEMENT_BESIDE_HU}
            findings.append(METAL.finding(variant="cement", where=f"{where} {body.level.name}", **values))
    return findings


def _dense_mm3(ct: sitk.Image, frame: BodyFrame) -> float:
    """Volume as dense as cement in the box about the middle of a vertebra."""
    corners = np.array(list(product(*[(-reach, reach) for reach in NEIGHBOUR_REACH_MM])))
    index = lps_to_index(ct, frame.lps(corners))
    low, high = np.floor(index.min(axis=0)).astype(int), np.ceil(index.max(axis=0)).astype(int) + 1
    low, high = np.clip(low, 0, ct.GetSize()[::-1]), np.clip(high, 0, ct.GetSize()[::-1])
    if (high <= low).any():
        return 0.0
    box = as_box(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    dense = np.argwhere(array_view(ct)[box] >= CEMENT_BESIDE_HU) + low
    local = frame.local(index_to_lps(ct, dense))
    count = np.count_nonzero((np.abs(local) <= NEIGHBOUR_REACH_MM).all(axis=1))
    return float(count * np.prod(ct.GetSpacing()))
