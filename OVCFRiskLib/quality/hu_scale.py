"""Is the HU scale right? Air outside the patient and fat under the skin say so; nothing is corrected."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.findings import Check, Finding
from OVCFRiskLib.findings.acquisition_codes import HU_AIR, HU_FAT
from OVCFRiskLib.findings.mask_codes import in_words
from OVCFRiskLib.reading.hounsfield import AIR_HU

# Air is the scale's definition: scanners are accepted at +-4 to +-7 HU in water and about +-20 in air, clipping at
# -1024 included (AAPM report 83; IEC 61223-3-5).
AIR_TOLERANCE_HU = 30.0
# Adipose tissue at 120 kVp: -105 HU, -115 at 80 kV, -95 at 140 kV.
FAT_HU = -105.0
FAT_TOLERANCE_HU = 30.0
AIR_RANGE_HU = (-1100.0, -850.0)
FAT_RANGE_HU = (-250.0, -20.0)
FAT_BIN_HU = 5.0
# A slope that is wrong by a half or twice moves fat and soft tissue apart alike. Fat beyond these limits with a span
# of both beyond those is no spectrum and no contrast: 160 HU lie between them at 120 kVp, 215 to an enhanced liver.
WRONG_SLOPE_FAT_HU = (-150.0, -65.0)
WRONG_SLOPE_SPAN_HU = (105.0, 240.0)
WIDE_FAT_RANGE_HU = (-400.0, -20.0)
SOFT_RANGE_HU = (10.0, 250.0)
# Parts of the sampled voxels that must be air or fat before their value is judged.
MIN_AIR_FRACTION = 0.002
MIN_FAT_FRACTION = 0.02
# Every so many voxels along each axis are looked at: a million are plenty for a median.
SAMPLES_PER_AXIS = 100
SLOPE_SAMPLES_PER_AXIS = 50  # two peaks need fewer, and the masks are checked often


def check_hu_scale(ct: sitk.Image) -> list[Finding]:
    """Compare air and fat with their HU by definition, where the image shows enough of them."""
    hu = _sample(ct)
    findings = []
    air = hu[(hu >= AIR_RANGE_HU[0]) & (hu <= AIR_RANGE_HU[1])]
    if air.size >= MIN_AIR_FRACTION * hu.size and abs(np.median(air) - AIR_HU) > AIR_TOLERANCE_HU:
        findings.append(_off(HU_AIR, float(np.median(air)), AIR_HU, AIR_TOLERANCE_HU))
    fat = _peak(hu, FAT_RANGE_HU)
    if fat is not None and abs(fat - FAT_HU) > FAT_TOLERANCE_HU:
        findings.append(_off(HU_FAT, fat, FAT_HU, FAT_TOLERANCE_HU))
    return findings


def wrong_slope(ct: sitk.Image) -> dict[str, float | str] | None:
    """Is the rescale slope wrong by a factor? Fat and soft tissue say so: then no HU means what it should.

    Parameters
    ----------
    ct : SimpleITK.Image

    Returns
    -------
    dict or None
        Values of the finding ``hu_calibration`` in its variant ``slope``; None when nothing speaks against the slope.
    """
    hu = _sample(ct, SLOPE_SAMPLES_PER_AXIS)
    fat, soft = _peak(hu, WIDE_FAT_RANGE_HU), _peak(hu, SOFT_RANGE_HU)
    if fat is None or soft is None:
        return None
    is_steep = fat < WRONG_SLOPE_FAT_HU[0] and soft - fat > WRONG_SLOPE_SPAN_HU[1]
    is_flat = fat > WRONG_SLOPE_FAT_HU[1] and soft - fat < WRONG_SLOPE_SPAN_HU[0]
    return {"value": fat, "soft_hu": soft, "limit": in_words(WRONG_SLOPE_FAT_HU)} if is_steep or is_flat else None


def _sample(ct: sitk.Image, per_axis: int = SAMPLES_PER_AXIS) -> np.ndarray:
    """Every so many voxels of the CT."""
    array = sitk.GetArrayViewFromImage(ct)
    step = tuple(slice(None, None, max(1, size // per_axis)) for size in array.shape)
    return np.asarray(array[step], dtype=np.float32).ravel()


def _peak(hu: np.ndarray, limits: tuple[float, float]) -> float | None:
    """Most frequent HU within limits, or None when there is too little or no peak of its own."""
    edges = np.arange(limits[0], limits[1] + FAT_BIN_HU, FAT_BIN_HU)
    counts, _ = np.histogram(hu, edges)
    if counts.sum() < MIN_FAT_FRACTION * hu.size:
        return None
    smooth = np.convolve(counts, np.ones(3) / 3, mode="same")
    peak = int(smooth.argmax())
    # a flank of muscle or of noise has its highest bin at the end of the range
    if peak <= 1 or peak >= len(smooth) - 2:
        return None
    return float(edges[peak] + FAT_BIN_HU / 2)


def _off(check: Check, value: float, expected: float, tolerance: float) -> Finding:
    """The finding of a material with a wrong HU."""
    limit = f"{expected - tolerance:.0f} to {expected + tolerance:.0f}"
    return check.finding(value=value, expected=expected, limit=limit)
