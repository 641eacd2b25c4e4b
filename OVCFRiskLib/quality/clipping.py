"""Are the HU cut by a display window? Then the brightest or darkest of them all have one value."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.acquisition_codes import CLIPPED, LEAST_CLIPPED
from OVCFRiskLib.geometry import array_view
from OVCFRiskLib.reading.hounsfield import AIR_HU, CLIPPED_BELOW_HU

# Air with its noise: a floor below it cuts no tissue.
FLOOR_ABOVE_HU = AIR_HU + 50.0
# So many voxels along each axis are looked at: a million are plenty for a median.
SAMPLES_PER_AXIS = 100


def sample_hu(ct: sitk.Image, per_axis: int = SAMPLES_PER_AXIS) -> np.ndarray:
    """Every so many voxels of a CT."""
    array = array_view(ct)
    step = tuple(slice(None, None, max(1, size // per_axis)) for size in array.shape)
    return np.asarray(array[step], dtype=np.float32).ravel()


def floor_hu(hu: np.ndarray) -> float | None:
    """Lowest of some values where so many share it that darker ones were cut off; None where none were."""
    low = float(hu.min()) if hu.size else -np.inf
    return low if low > FLOOR_ABOVE_HU and np.mean(hu == low) > LEAST_CLIPPED else None


def ceiling_hu(hu: np.ndarray) -> float | None:
    """Highest of some values where so many share it that brighter ones were cut off; None where none were."""
    high = float(hu.max()) if hu.size else np.inf
    return high if high < CLIPPED_BELOW_HU and np.mean(hu == high) > LEAST_CLIPPED else None


def check_clipping(ct: sitk.Image, bodies: Bodies | None = None) -> list[Finding]:
    """Find HU that a display window has cut.

    Parameters
    ----------
    ct : SimpleITK.Image
    bodies : Bodies, optional
        Cut out of labels on the CT's grid: what is cut in their masks changes features, elsewhere it is only noted, as
        it is without any.
    """
    array = array_view(ct)
    sample = sample_hu(ct)
    inside = [array[body.box][body.mask] for body in (bodies or {}).values()]
    masks = np.concatenate(inside).astype(np.float32) if inside else np.empty(0)  # as the sample
    elsewhere = "outside of the masks" if inside else "in the CT"
    findings = []
    for end, limit_of in (("above", ceiling_hu), ("below", floor_hu)):
        limit = limit_of(sample)
        if limit is None or sample.min() == sample.max():
            continue
        fraction = float(np.mean(masks == limit)) if masks.size else 0.0
        is_in_masks = fraction > LEAST_CLIPPED
        variant, severity = (f"{end} in masks", Severity.WARNING) if is_in_masks else (end, Severity.NOTE)
        where = "in the masks" if is_in_masks else elsewhere
        findings.append(CLIPPED.finding(None, severity, variant, value=fraction, limit_hu=limit, where=where))
    return findings
