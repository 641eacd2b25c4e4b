"""What the mask of a body covers, by its HU: gas, metal, cement, or no bone at all."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Finding, Severity

# Marrow fat has -100 HU at the lowest; smoothing takes away the noise that reaches further down.
GAS_HU = -200.0
# Cortex and sclerotic endplates reach 1000 to 1200 HU at the surface; steel and titanium are beyond.
METAL_HU = 1500.0
METAL_MIN_ML = 0.03
# Bone cement has 1000 HU and more, and lies inside; trabecular bone there stays below 500.
CEMENT_HU = 800.0
CEMENT_MIN_ML = 0.2
INSIDE_MM = 4.0
# An outlier lies further from the median than this many times the 0.5 or 99.5 percentile does (for normal noise
# beyond 6.4 SD), and by so much more HU.
OUTLIER_FACTOR, OUTLIER_GAP_HU = 2.5, 150.0
# The body's outer 2 mm hold cortex; the tissue 2 to 5 mm outside does not.
SHELL_MM, OUTSIDE_MM = 2.0, (2.0, 5.0)
MIN_EDGE_HU = 15.0


def check_content(body: LevelCutOut, hu: np.ndarray) -> list[Finding]:
    """Find HU within a mask that are not a whole body's bone; ``hu`` is the CT within the body's crop."""
    values = hu[body.mask]
    if not np.isfinite(values).all():
        count = int(np.count_nonzero(~np.isfinite(values)))
        message = f"{body.level.name}: {count} voxels of the mask have no finite HU; read the CT again."
        return [Finding("not_finite", Severity.STOPS_SCORING, message, count, 0, "voxels", "features need finite HU")]
    dense = _check_dense(body, hu)
    gas = _check_gas(body, hu)
    outliers = _check_outliers(body, values, bool(dense), bool(gas))
    return [*dense, *gas, *outliers, *_check_edge(body, hu)]


def _check_dense(body: LevelCutOut, hu: np.ndarray) -> list[Finding]:
    """Metal anywhere in the mask, or cement inside the body."""
    voxel_ml = float(np.prod(body.spacing_kji)) / 1000
    metal = np.count_nonzero(body.mask & (hu >= METAL_HU)) * voxel_ml
    if metal >= METAL_MIN_ML:
        return [_dense(body, "metal_inside", f"metal ({metal:.2f} ml above {METAL_HU:.0f} HU)", metal, METAL_MIN_ML)]
    deep = body.depth_mm >= INSIDE_MM
    cement = np.count_nonzero(deep & (hu >= CEMENT_HU)) * voxel_ml
    if cement >= CEMENT_MIN_ML:
        what = f"cement or a sclerotic lesion ({cement:.2f} ml above {CEMENT_HU:.0f} HU inside the body)"
        return [_dense(body, "cement_inside", what, cement, CEMENT_MIN_ML)]
    return []


def _dense(body: LevelCutOut, name: str, what: str, volume_ml: float, limit_ml: float) -> Finding:
    """The finding of foreign or dense material."""
    message = f"{body.level.name}: the mask holds {what}; density and texture are not those of the bone."
    source = "Yu et al. 2025 excluded lumbar fixation"
    return Finding(name, Severity.STOPS_SCORING, message, volume_ml, limit_ml, "ml", source)


def _check_gas(body: LevelCutOut, hu: np.ndarray) -> list[Finding]:
    """Gas of more than single voxels: a vacuum disc or bowel in the mask, or a cleft in the body."""
    gas = np.count_nonzero(body.mask & (ndimage.uniform_filter(hu.astype(np.float32), 3, mode="nearest") < GAS_HU))
    if gas == 0:
        return []
    lowest = float(hu[body.mask].min())
    message = (
        f"{body.level.name}: gas in the mask (down to {lowest:.0f} HU): a vacuum disc, bowel, or a cleft in the body; "
        "correct the mask or look for a fracture."
    )
    return [Finding("gas", Severity.WARNING, message, lowest, GAS_HU, "HU", "marrow fat has -100 HU at the lowest")]


def _check_outliers(body: LevelCutOut, values: np.ndarray, dense_told: bool, gas_told: bool) -> list[Finding]:
    """Single voxels far from the others, which move the gray-level bins of all."""
    low, middle, high = np.percentile(values, (0.5, 50, 99.5))
    floor = min(low - OUTLIER_GAP_HU, middle - OUTLIER_FACTOR * (middle - low))
    ceiling = max(high + OUTLIER_GAP_HU, middle + OUTLIER_FACTOR * (high - middle))
    findings = []
    lowest, highest = float(values.min()), float(values.max())
    if lowest < floor and not gas_told:
        count = np.count_nonzero(values < floor)
        what = "gas" if lowest < GAS_HU else "an outlier"
        findings.append(_outlier(body, "low_voxels", count, lowest, floor, what))
    if highest > ceiling and not dense_told:
        count = np.count_nonzero(values > ceiling)
        findings.append(_outlier(body, "high_voxels", count, highest, ceiling, "an outlier"))
    return findings


def _outlier(body: LevelCutOut, name: str, count: int, value: float, limit: float, what: str) -> Finding:
    """The finding of voxels far from the others."""
    voxels = "1 voxel" if count == 1 else f"{count} voxels"
    side = "below" if name == "low_voxels" else "above"
    message = (
        f"{body.level.name}: {voxels} {side} {limit:.0f} HU in the mask ({what} of {value:.0f} HU) shift the gray "
        "levels of all; correct the mask."
    )
    return Finding(name, Severity.WARNING, message, value, limit, "HU", "fixed bin width starts at the lowest voxel")


def _check_edge(body: LevelCutOut, hu: np.ndarray) -> list[Finding]:
    """A surface without bone inside and soft tissue outside: the mask is not on a body."""
    away = ndimage.distance_transform_edt(~body.mask, body.spacing_kji)
    shell = body.mask & (body.depth_mm <= max(SHELL_MM, max(body.spacing_kji)))
    outside = (away > OUTSIDE_MM[0]) & (away <= OUTSIDE_MM[1]) & (body.labels == 0)
    if not outside.any():
        return []
    edge = float(np.median(hu[shell]) - np.median(hu[outside]))
    if edge >= MIN_EDGE_HU:
        return []
    message = (
        f"{body.level.name}: the mask's surface is hardly denser than its surroundings ({edge:.0f} HU); "
        "does it lie on the body?"
    )
    return [Finding("no_bone_edge", Severity.WARNING, message, edge, MIN_EDGE_HU, "HU", "a body has a cortex")]
