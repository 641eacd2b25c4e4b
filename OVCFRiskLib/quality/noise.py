"""Noise of the CT in soft tissue beside the bodies: it moves texture and low percentiles, and with them the score."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.acquisition_codes import NOISE, NOISE_OUTSIDE_HU, NOISE_WARN_HU
from OVCFRiskLib.geometry import add_margin, array_view, crop, union_box
from OVCFRiskLib.spine_region import slice_axis

# Muscle, fat and vessels so far around the bodies are looked at, mm.
NOISE_REACH_MM = 40.0
# In so many slices at most, evenly spread (speed).
MOST_SLICES = 12
# Squares of a slice whose scatter is measured: larger than the grain of soft kernels, smaller than organs.
SQUARE_MM = 6.0
# Mean HU of squares of soft tissue.
SOFT_HU = (-150.0, 120.0)
# Edges raise the scatter of a square: the lower quarter holds none. On phantoms it reads 0.93 of their noise.
PERCENTILE = 25
MIN_SQUARES = 1000


def noise_hu(ct: sitk.Image, bodies: Bodies) -> float | None:
    """Standard deviation of HU within homogeneous soft tissue around the bodies; None where little is seen.

    Parameters
    ----------
    ct : SimpleITK.Image
    bodies : Bodies
        On the CT's grid, at least one.
    """
    part = crop(ct, add_margin(union_box([body.tight_box for body in bodies.values()]), NOISE_REACH_MM, ct))
    axis = slice_axis(part)
    slices = np.moveaxis(array_view(part), axis, 0)
    hu = slices[:: max(1, -(-len(slices) // MOST_SLICES))].astype(np.float32)
    in_plane = np.delete(np.array(part.GetSpacing()[::-1]), axis)
    sides = [max(3, round(SQUARE_MM / step)) for step in in_plane]
    mean, square = (ndimage.uniform_filter(values, [1, *sides]) for values in (hu, hu * hu))
    is_soft = (mean > SOFT_HU[0]) & (mean < SOFT_HU[1])
    if np.count_nonzero(is_soft) < MIN_SQUARES:
        return None
    variance = np.maximum(square - mean * mean, 0)[is_soft] * np.prod(sides) / (np.prod(sides) - 1)
    return float(np.sqrt(np.percentile(variance, PERCENTILE)))


def check_noise(ct: sitk.Image, bodies: Bodies | None) -> list[Finding]:
    """Find a CT whose noise changes the score."""
    noise = noise_hu(ct, bodies) if bodies else None
    if noise is None or noise < NOISE_WARN_HU:
        return []
    is_outside = noise >= NOISE_OUTSIDE_HU
    limit = NOISE_OUTSIDE_HU if is_outside else NOISE_WARN_HU
    return [NOISE.finding(None, Severity.WARNING, "outside" if is_outside else "", value=noise, limit=limit)]
