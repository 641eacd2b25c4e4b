"""Attenuation of the trabecular bone, as context beside the score."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.assessment import TrabecularDensity
from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.bodies.mask_voxels import is_near
from OVCFRiskLib.levels import LumbarLevel

# Cortex and endplate with their blur: a cortical shell of 0.5 mm spreads over 2 to 3 mm in a clinical CT, and the
# surface of a mask is uncertain by a millimetre.
CORTEX_MM = 4.0
# Half of the mid-height slab, as a part of the body's height: the middle half, away from the endplates.
SLAB_PART = 0.25
# The basivertebral vein enters in the posterior third at the midline.
VEIN_DEPTH_PART = 1 / 3
VEIN_HALF_WIDTH_MM = 6.0
# Less bone than this is no region: a clinical region of interest of 2 cm2 in one slice of 1 mm holds 0.2 ml.
MIN_VOLUME_ML = 0.3
MIN_REGION_VOXELS = 50

# Pickhardt PJ et al. (2013) Ann Intern Med 158:588, L1 trabecular attenuation at 120 kVp against DXA osteoporosis.
SPECIFIC_HU = 110.0
BALANCED_HU = 135.0
SENSITIVE_HU = 160.0
SOURCE = "Pickhardt 2013, Ann Intern Med 158:588"


def measure_trabecular(body: LevelCutOut) -> TrabecularDensity | None:
    """Measure the attenuation of the trabecular region of one body.

    The region is the middle half of the height, at least 4 mm from the mask's surface, without the midline of the
    posterior third, where the basivertebral vein enters.

    Parameters
    ----------
    body : LevelCutOut
        Cut out of labels and CT.

    Returns
    -------
    TrabecularDensity or None
        None when the region is too small.
    """
    region = trabecular_region(body)
    voxels = np.count_nonzero(region)
    volume = float(voxels * np.prod(body.spacing_kji) / 1000)
    if voxels < MIN_REGION_VOXELS or volume < MIN_VOLUME_ML:
        return None
    hu = body.hu[region].astype(float)
    mean = float(hu.mean())
    return TrabecularDensity(mean, float(hu.std(ddof=1)), volume)


def trabecular_region(body: LevelCutOut) -> np.ndarray:
    """Voxels of the trabecular region within the body's crop, bool [k, j, i]."""
    # the crop ends where the volume ends: bone may go on there, so only true surfaces are eroded from
    reach_mm = CORTEX_MM + min(body.spacing_kji) / 2
    index = np.argwhere(body.mask & ~is_near(~body.filled, body.spacing_kji, reach_mm, is_below=True))
    region = np.zeros(body.mask.shape, bool)
    if len(index) == 0:
        return region
    frame = body.frame
    whole = body.local_points
    points = frame.local(body.lps(index))
    height = np.ptp(whole[:, 2])
    depth_part = (points[:, 1] - whole[:, 1].min()) / np.ptp(whole[:, 1])
    vein = (depth_part > 1 - VEIN_DEPTH_PART) & (np.abs(points[:, 0]) < VEIN_HALF_WIDTH_MM)
    kept = index[(np.abs(points[:, 2]) <= SLAB_PART * height) & ~vein]
    region[tuple(kept.T)] = True
    return region


def describe_density(mean_hu: float, level: LumbarLevel) -> str:
    """Say between which of the literature's thresholds a trabecular mean lies, with the caveats."""
    if mean_hu <= SPECIFIC_HU:
        place = f"at or below {SPECIFIC_HU:.0f} HU, the specific threshold for osteoporosis by DXA"
    elif mean_hu <= BALANCED_HU:
        place = f"between {SPECIFIC_HU:.0f} HU (specific) and {BALANCED_HU:.0f} HU (balanced) for osteoporosis by DXA"
    elif mean_hu <= SENSITIVE_HU:
        place = f"between {BALANCED_HU:.0f} HU (balanced) and {SENSITIVE_HU:.0f} HU (sensitive) for osteoporosis by DXA"
    else:
        place = f"above {SENSITIVE_HU:.0f} HU, the sensitive threshold for osteoporosis by DXA"
    other = "" if level is LumbarLevel.L1 else f" and were made for L1, not {level.name}"
    return (
        f"Trabecular mean of {mean_hu:.0f} HU, {place} ({SOURCE}). The thresholds hold at 120 kVp{other}; "
        "contrast medium raises the value. Context only: not part of the score."
    )
