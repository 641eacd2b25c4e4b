"""Metal near the bodies, whose streaks change HU and texture."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.acquisition_codes import METAL, METAL_MIN_MM3
from OVCFRiskLib.geometry import add_margin, crop, union_box

# Enamel and dense cortex stay below 2000 to 2500 HU, titanium and steel saturate the scale (3071 HU in 12 bits).
METAL_HU = 2500.0
# Streaks of pedicle screws and hip prostheses fade over a few centimetres.
STREAK_MM = 40.0


def check_metal_nearby(ct: sitk.Image, bodies: Bodies | None = None) -> list[Finding]:
    """Find metal within 40 mm of the bodies' box, or anywhere without bodies."""
    box = add_margin(union_box([body.tight_box for body in bodies.values()]), STREAK_MM, ct) if bodies else None
    part = ct if box is None else crop(ct, box)
    voxels = np.count_nonzero(sitk.GetArrayViewFromImage(part) >= METAL_HU)
    volume = float(voxels * np.prod(ct.GetSpacing()))
    if volume < METAL_MIN_MM3:
        return []
    where = "in the CT" if box is None else "near the vertebral bodies"
    return [METAL.finding(value=volume, where=where, volume_ml=volume / 1000, metal_hu=METAL_HU)]
