"""What the mask of a body covers, by its HU: gas, metal, cement, or no bone at all."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.bodies.mask_voxels import is_near
from OVCFRiskLib.findings import Check, Finding, Severity
from OVCFRiskLib.findings.mask_codes import (
    AROUND_HU,
    CEMENT_INSIDE,
    CEMENT_MIN_ML,
    GAS,
    GAS_HU,
    HIGH_VOXELS,
    HU_CALIBRATION,
    LOW_VOXELS,
    METAL_INSIDE,
    METAL_MIN_ML,
    MIN_EDGE_HU,
    NO_BONE_EDGE,
    NOT_FINITE,
)

# Cortex and sclerotic endplates reach 1000 to 1200 HU at the surface; steel and titanium are beyond.
METAL_INSIDE_HU = 1500.0
# ... also as a mean over so many mm: a sharp kernel raises thin cortex to 1500 HU and more, metal is thicker.
METAL_WIDTH_MM = 2.5
METAL_MEAN_HU = 1200.0
# Bone cement has 1000 HU and more, and lies inside; trabecular bone there stays below 500.
CEMENT_HU = 800.0
CEMENT_DEPTH_MM = 4.0
# A part as dense as that is an island, a metastasis, sclerosis or faint cement. Looked for deeper, as sclerotic plates
# reach further, and as a mean of small blocks, against noise.
SCLEROTIC_HU = 500.0
SCLEROTIC_DEPTH_MM = 6.0
MEAN_VOXELS = 3
# An outlier lies further from the median than this many times the 0.5 or 99.5 percentile does (for normal noise
# beyond 6.4 SD), and by so much more HU.
OUTLIER_FACTOR = 2.5
OUTLIER_GAP_HU = 150.0
# The body's outer 2 mm hold cortex; the tissue 2 to 5 mm outside does not.
SHELL_MM = 2.0
OUTSIDE_SHELL_MM = (2.0, 5.0)


def check_content(body: LevelCutOut) -> list[Finding]:
    """Find HU within a mask that are not a whole body's bone."""
    values = body.hu[body.mask]
    if not np.isfinite(values).all():
        return [NOT_FINITE.finding(body.level, value=int(np.count_nonzero(~np.isfinite(values))))]
    around = _around_hu(body)
    if around is not None and not AROUND_HU[0] <= around <= AROUND_HU[1]:
        return [HU_CALIBRATION.finding(body.level, value=around)]  # whatever else is found follows from it
    dense = _check_dense(body)
    gas = _check_gas(body)
    outliers = _check_outliers(body, values, bool(dense), bool(gas))
    return [*dense, *gas, *outliers, *_check_edge(body, around)]


def _check_dense(body: LevelCutOut) -> list[Finding]:
    """Metal anywhere in the mask, or cement inside the body."""
    voxel_ml = float(np.prod(body.spacing_kji)) / 1000
    metal = float(np.count_nonzero(_metal(body)) * voxel_ml)
    if metal >= METAL_MIN_ML:
        return [METAL_INSIDE.finding(body.level, value=metal, dense_hu=METAL_INSIDE_HU)]
    cement = _deep_ml(body, body.mask & (body.hu >= CEMENT_HU), CEMENT_DEPTH_MM)
    if cement >= CEMENT_MIN_ML:
        return [CEMENT_INSIDE.finding(body.level, value=cement, dense_hu=CEMENT_HU)]
    if np.count_nonzero(body.mask & (body.hu >= SCLEROTIC_HU)) * voxel_ml < CEMENT_MIN_ML:
        return []
    smooth = _means(body, MEAN_VOXELS)
    sclerotic = _deep_ml(body, body.mask & (smooth >= SCLEROTIC_HU), SCLEROTIC_DEPTH_MM)
    if sclerotic < CEMENT_MIN_ML:
        return []
    return [CEMENT_INSIDE.finding(body.level, Severity.WARNING, "sclerotic", value=sclerotic, dense_hu=SCLEROTIC_HU)]


def _deep_ml(body: LevelCutOut, dense: np.ndarray, depth_mm: float) -> float:
    """Volume of what lies so deep under the mask's surface, ml; 0 where there is too little, however deep."""
    voxel_ml = float(np.prod(body.spacing_kji)) / 1000
    if np.count_nonzero(dense) * voxel_ml < CEMENT_MIN_ML:
        return 0.0
    # what lies beyond the crop is no surface
    deep = dense & ~is_near(~body.mask, body.spacing_kji, depth_mm, is_below=True)
    return float(np.count_nonzero(deep) * voxel_ml)


def _metal(body: LevelCutOut) -> np.ndarray:
    """Voxels of the mask that are as dense as metal and not as thin as cortex."""
    dense = body.mask & (body.hu >= METAL_INSIDE_HU)
    if not dense.any():
        return dense
    width = [max(3, round(METAL_WIDTH_MM / step)) if step < METAL_WIDTH_MM else 1 for step in body.spacing_kji]
    core = dense & (_means(body, width) >= METAL_MEAN_HU)
    is_enough = np.count_nonzero(core) * np.prod(body.spacing_kji) / 1000 >= METAL_MIN_ML
    return ndimage.binary_propagation(core, mask=dense) if is_enough else core


def _means(body: LevelCutOut, voxels: int | list[int]) -> np.ndarray:
    """HU averaged over blocks of so many voxels; one without a number, beside the mask, would spoil all of its line."""
    known = np.where(np.isfinite(body.hu), body.hu, 0).astype(np.float32)
    return ndimage.uniform_filter(known, voxels, mode="nearest")


def _check_gas(body: LevelCutOut) -> list[Finding]:
    """Gas of more than single voxels: a vacuum disc or bowel in the mask, or a cleft in the body."""
    if not (body.hu < GAS_HU).any():
        return []
    gas = np.count_nonzero(body.mask & (_means(body, MEAN_VOXELS) < GAS_HU))
    if gas == 0:
        return []
    return [GAS.finding(body.level, value=float(body.hu[body.mask].min()))]


def _check_outliers(body: LevelCutOut, values: np.ndarray, dense_told: bool, gas_told: bool) -> list[Finding]:
    """Single voxels far from the others, which move the gray-level bins of all."""
    low, middle, high = np.percentile(values, (0.5, 50, 99.5))
    floor = min(low - OUTLIER_GAP_HU, middle - OUTLIER_FACTOR * (middle - low))
    ceiling = max(high + OUTLIER_GAP_HU, middle + OUTLIER_FACTOR * (high - middle))
    findings = []
    lowest, highest = float(values.min()), float(values.max())
    if lowest < floor and not gas_told:
        count = int(np.count_nonzero(values < floor))
        what = "gas" if lowest < GAS_HU else "an outlier"
        findings.append(_outlier(body, LOW_VOXELS, count, lowest, floor, what))
    if highest > ceiling and not dense_told:
        count = int(np.count_nonzero(values > ceiling))
        findings.append(_outlier(body, HIGH_VOXELS, count, highest, ceiling, "an outlier"))
    return findings


def _outlier(body: LevelCutOut, check: Check, count: int, value: float, limit: float, what: str) -> Finding:
    """The finding of voxels far from the others."""
    voxels = "1 voxel" if count == 1 else f"{count} voxels"
    side = "below" if check is LOW_VOXELS else "above"
    return check.finding(body.level, value=value, limit=float(limit), voxels=voxels, side=side, what=what)


def _around_hu(body: LevelCutOut) -> float | None:
    """Median HU of what lies just outside of the mask and in no other body; None where there is nothing."""
    nearer, near = (is_near(body.mask, body.spacing_kji, reach) for reach in OUTSIDE_SHELL_MM)
    outside = near & ~nearer & (body.labels == 0)
    known = body.hu[outside & np.isfinite(body.hu)]
    return float(np.median(known)) if known.size else None


def _check_edge(body: LevelCutOut, around: float | None) -> list[Finding]:
    """A surface without bone inside and soft tissue outside: the mask is not on a body."""
    if around is None:
        return []
    shell = body.mask & is_near(~body.mask, body.spacing_kji, max(SHELL_MM, max(body.spacing_kji)))
    edge = float(np.median(body.hu[shell])) - around
    return [] if edge >= MIN_EDGE_HU else [NO_BONE_EDGE.finding(body.level, value=edge)]
