"""Metal near the bodies, whose streaks change HU and texture."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.geometry import add_margin, crop, union_box

# Enamel and dense cortex stay below 2000 to 2500 HU, titanium and steel saturate the scale (3071 HU in 12 bits).
METAL_HU = 2500.0
# A surgical clip has 10 mm3; single bright voxels are calcifications or noise.
METAL_MIN_MM3 = 10.0
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
    return [
        Finding(
            "metal",
            Severity.WARNING,
            f"Metal {where} ({volume / 1000:.2g} ml at {METAL_HU:.0f} HU or more): streaks change density and texture.",
            volume,
            METAL_MIN_MM3,
            "mm3",
            "Yu et al. 2025 excluded lumbar fixation",
        )
    ]
