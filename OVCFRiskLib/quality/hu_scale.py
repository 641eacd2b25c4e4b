"""Is the HU scale right? Air outside the patient and fat under the skin say so; nothing is corrected."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.findings import Check, Finding
from OVCFRiskLib.findings.acquisition_codes import HU_AIR, HU_FAT, HU_UNCHECKED
from OVCFRiskLib.findings.mask_codes import in_words
from OVCFRiskLib.geometry import array_view
from OVCFRiskLib.quality.clipping import floor_hu, sample_hu
from OVCFRiskLib.reading.hounsfield import AIR_HU, PADDING_BELOW_HU

# Air is the scale's definition: scanners are accepted at +-4 to +-7 HU in water and about +-20 in air, clipping at
# -1024 included (AAPM report 83; IEC 61223-3-5).
AIR_TOLERANCE_HU = 30.0
# Adipose tissue at 120 kVp: -105 HU, -115 at 80 kV, -95 at 140 kV.
FAT_HU = -105.0
FAT_TOLERANCE_HU = 30.0
# At 100 kV and more fat is not darker than that: -108 HU at the lowest on four real CTs. A CT whose slope is 1.2 or 1.3
# and that shows no air has -117 to -142 HU. Where nobody says the voltage it is taken to be such a one.
STEEP_FAT_HU = -120.0
LOW_KVP = 100.0
# Lungs have more; where they are most of the air, they say nothing.
LUNG_HU = -900.0
FAT_RANGE_HU = (-250.0, -20.0)
FAT_BIN_HU = 5.0
# Fat and the soft tissue above it, which lie 160 HU apart at 120 kVp and 215 to an enhanced liver: where fat lies
# beyond the first limits, the scale is shifted; where it lies beyond the second and both lie further or nearer than the
# third, it is stretched. Fat measured -108 to -93 HU on right CTs (Docs/guards.md); voltages move it by 10 HU.
SHIFTED_FAT_HU = (-150.0, -60.0)
STRETCHED_FAT_HU = (-133.0, -82.0)
STRETCHED_SPAN_HU = (125.0, 195.0)
WIDE_FAT_RANGE_HU = (-400.0, -20.0)
SOFT_OVER_FAT_HU = (60.0, 400.0)
# Air is known best, as far as it is seen: fat lies 895 HU above it. Wrong by a tenth and more is no spectrum; lungs,
# which may be all the air there is, are never darker than air.
STRETCHED_BY_AIR = (0.88, 1.12)
FAT_BESIDE_LUNGS_HU = -90.0  # compressed with the scale; fat where it should be says that the "air" is lung
DARK_HU = (-3000.0, -500.0)
# Values that occur more often than those beside them by this factor are padding, or air cut off.
PADDING_FACTOR = 4
PADDING_NEIGHBOURS = 21
# A tissue's peak holds so many times the voxels of the places this far to both sides, each so wide to either side, HU.
PEAK_FACTOR = 1.5
PEAK_HALF_HU = 10.0
BESIDE_PEAK_HU = 45.0
# Parts of the sampled voxels that must be air or fat before their value is judged.
MIN_AIR_FRACTION = 0.002
MIN_FAT_FRACTION = 0.02
SLOPE_SAMPLES_PER_AXIS = 50  # two peaks need fewer, and the masks are checked often
# Blocks so much darker than air, and so many of them: noise makes none, and four real CTs and their crops had none.
DARKER_THAN_AIR_HU = 40.0
LEAST_DARK_BLOCKS = 2
# ... of all that is as dark as air about: streaks make 0.3 of it darker at most, a slope of 1.1 half and more.
DARK_PART = 0.4
# Where a window has cut darker HU off, blocks within so much of that floor hold what was cut, HU.
FLOOR_MARGIN_HU = 20.0
BLOCK_VOXELS = 3  # along each axis: such a sample is their mean, against noise


def check_hu_scale(ct: sitk.Image, kvp: float | None = None) -> list[Finding]:
    """Compare air and fat with their HU by definition, where the image shows enough of them.

    Parameters
    ----------
    ct : SimpleITK.Image
    kvp : float, optional
        Tube voltage: at low ones fat is darker.
    """
    hu, smooth = sample_hu(ct), _blocks(ct)
    findings = []
    air = _air(hu)
    if air is None or air > LUNG_HU:
        air = _darker_than_air(smooth, float(hu.min()))
    if air is not None and abs(air - AIR_HU) > AIR_TOLERANCE_HU:
        findings.append(_off(HU_AIR, air, AIR_HU, (AIR_HU - AIR_TOLERANCE_HU, AIR_HU + AIR_TOLERANCE_HU)))
    fat = _peak(smooth, FAT_RANGE_HU)
    is_low = kvp is not None and kvp < LOW_KVP
    darkest = FAT_HU - FAT_TOLERANCE_HU if is_low else STEEP_FAT_HU
    if fat is not None and not darkest <= fat <= FAT_HU + FAT_TOLERANCE_HU:
        findings.append(_off(HU_FAT, fat, FAT_HU, (darkest, FAT_HU + FAT_TOLERANCE_HU)))
    return findings if fat is not None or air is not None else [HU_UNCHECKED.finding()]


def scale_and_fat(ct: sitk.Image) -> tuple[tuple[str, dict[str, float | str]] | None, float | None]:
    """Is the HU scale stretched or shifted? Air, fat and soft tissue say so: then no HU means what it should.

    Parameters
    ----------
    ct : SimpleITK.Image

    Returns
    -------
    wrong : tuple of str and dict, or None
        Variant and values of the finding ``hu_calibration``; None when nothing speaks against the scale.
    fat : float or None
        HU of fat, however far it is from where it should be; None where too little is seen.
    """
    smooth = _blocks(ct)
    fat = _peak(smooth, WIDE_FAT_RANGE_HU)
    return None if fat is None else _wrong_scale(ct, smooth, fat), fat


def _wrong_scale(ct: sitk.Image, smooth: np.ndarray, fat: float) -> tuple[str, dict[str, float | str]] | None:
    """As `scale_and_fat`, of a CT that shows fat."""
    air = _air(sample_hu(ct, SLOPE_SAMPLES_PER_AXIS))
    if air is not None:
        stretch = (fat - air) / (FAT_HU - AIR_HU)
        if stretch > STRETCHED_BY_AIR[1] or (stretch < STRETCHED_BY_AIR[0] and fat > FAT_BESIDE_LUNGS_HU):
            return "air", {"value": fat, "air_hu": air, "slope": stretch, "limit": in_words(STRETCHED_BY_AIR)}
    soft = _peak(smooth, (fat + SOFT_OVER_FAT_HU[0], fat + SOFT_OVER_FAT_HU[1]))
    if soft is None:
        return None
    span = soft - fat
    is_steep = fat < STRETCHED_FAT_HU[0] and span > STRETCHED_SPAN_HU[1]
    is_flat = fat > STRETCHED_FAT_HU[1] and span < STRETCHED_SPAN_HU[0]
    if is_steep or is_flat:
        return "slope", {"value": fat, "soft_hu": soft, "limit": in_words(STRETCHED_FAT_HU)}
    if not SHIFTED_FAT_HU[0] <= fat <= SHIFTED_FAT_HU[1]:
        return "offset", {"value": fat, "soft_hu": soft, "limit": in_words(SHIFTED_FAT_HU)}
    return None


def _air(hu: np.ndarray) -> float | None:
    """Most frequent HU of what is as dark as air or lung, without padding; None when there is too little."""
    dark = hu[(hu > DARK_HU[0]) & (hu < DARK_HU[1])]
    values, counts = np.unique(dark, return_counts=True)
    if len(values) > PADDING_NEIGHBOURS:
        usual = ndimage.median_filter(counts, PADDING_NEIGHBOURS)
        kept = counts <= PADDING_FACTOR * usual
        dark = np.repeat(values[kept], counts[kept])
    if dark.size < max(1, MIN_AIR_FRACTION * hu.size):
        return None
    return _mode(dark, DARK_HU)[0]


def _darker_than_air(smooth: np.ndarray, lowest: float) -> float | None:
    """HU of what is darker than air can be, in a CT without padding: gas of the bowel on a steep scale, however little.

    Gas that is brighter than air says nothing, as its small pockets are blurred.
    """
    if lowest < PADDING_BELOW_HU:
        return None
    dark = smooth[smooth < AIR_HU - DARKER_THAN_AIR_HU]
    gas = np.count_nonzero(smooth < AIR_HU + DARKER_THAN_AIR_HU)
    return float(np.median(dark)) if dark.size >= max(LEAST_DARK_BLOCKS, DARK_PART * gas) else None


def _blocks(ct: sitk.Image) -> np.ndarray:
    """Means of small blocks of voxels, spread over the CT; without those at a floor where darker HU were cut off."""
    array = array_view(ct)
    steps = [max(1, size // SLOPE_SAMPLES_PER_AXIS) for size in array.shape]
    blocks = [min(BLOCK_VOXELS, step) for step in steps]
    counts = [(size - block) // step + 1 for size, block, step in zip(array.shape, blocks, steps, strict=True)]
    total = np.zeros(counts, np.float32)
    for number, plane in enumerate(total):  # plane by plane, whose rows stay in the cache
        near = array[number * steps[0] : number * steps[0] + blocks[0]]
        for along, *start in np.ndindex(*blocks):
            axes = zip(start, counts[1:], steps[1:], strict=True)
            rows, columns = (slice(first, first + (count - 1) * step + 1, step) for first, count, step in axes)
            plane += near[along, rows, columns]
    means = (total / np.prod(blocks)).ravel()
    floor = floor_hu(sample_hu(ct, SLOPE_SAMPLES_PER_AXIS))
    return means if floor is None else means[means > floor + FLOOR_MARGIN_HU]


def _peak(hu: np.ndarray, limits: tuple[float, float]) -> float | None:
    """Most frequent HU within limits, or None when there is too little or no peak of its own."""
    inside = hu[(hu >= limits[0]) & (hu < limits[1])]
    if inside.size < MIN_FAT_FRACTION * hu.size:
        return None
    value, is_inner = _mode(inside, limits)
    at_peak, beside = (
        np.count_nonzero(np.abs(np.abs(hu - value) - distance) <= PEAK_HALF_HU) for distance in (0.0, BESIDE_PEAK_HU)
    )
    # a flank of muscle or of noise has its highest bin at the end of the range, or no valley beside it
    return value if is_inner and at_peak > beside / 2 * PEAK_FACTOR else None


def _mode(hu: np.ndarray, limits: tuple[float, float]) -> tuple[float, bool]:
    """Most frequent HU, and whether it lies within the limits and not at one of them."""
    edges = np.arange(limits[0], limits[1] + FAT_BIN_HU, FAT_BIN_HU)
    smooth = np.convolve(np.histogram(hu, edges)[0], np.ones(3) / 3, mode="same")
    peak = int(smooth.argmax())
    return float(edges[peak] + FAT_BIN_HU / 2), 1 < peak < len(smooth) - 2


def _off(check: Check, value: float, expected: float, limits: tuple[float, float]) -> Finding:
    """The finding of a material with a wrong HU."""
    return check.finding(value=value, expected=expected, limit=in_words(limits))
