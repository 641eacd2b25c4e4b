"""HU of the muscles beside and behind the bodies: an anchor of the scale in the narrowest crop of a spine."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.mask_codes import HU_CALIBRATION, in_words
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.body_sampler import BodySampler

# Where the muscles lie, mm to either side of the midline and behind the body's posterior wall: the erector spinae ...
BACK_ASIDE_MM = np.arange(14.0, 45.0, 2.0)
BACK_BEHIND_MM = np.arange(28.0, 46.0, 2.0)  # as far as `BodySampler` reads
# ... and the psoas, mm beside the lateral wall and behind the body's middle. Higher up are kidneys and crura.
PSOAS_ASIDE_MM = np.arange(8.0, 26.0, 2.0)
PSOAS_BEHIND_MM = np.arange(-2.0, 20.0, 2.0)
PSOAS_FROM = LumbarLevel.L3
# Heights over which HU are averaged against noise, mm from the middle of the body.
MUSCLE_HEIGHTS_MM = np.arange(-12.0, 13.0, 3.0)
# Values that are looked at, and the width of the bins and of their smoothing, HU.
RANGE_HU = (-300.0, 400.0)
BIN_HU = 4.0
SMOOTHING_HU = 10.0
# The brightest peak that is so high against the highest: fat within and between the muscles may be more than they are.
LEAST_PEAK = 0.4
# Fewer places within the field of view are no muscle.
MIN_PLACES = 150

# Muscle without contrast has 40 to 65 HU (Aubrey et al. 2014, Acta Physiol 210:489) and 20 HU more with it; fatty ones
# of old patients have less: 26 to 50 on four real CTs. Beyond these limits is a warning ...
USUAL_HU = (0.0, 85.0)
# ... and beyond these no muscle lies, however fatty or enhanced.
POSSIBLE_HU = (-40.0, 120.0)
# Where fat lies between these, it is where it should be, and tells more of the scale than muscle does.
RIGHT_FAT_HU = (-120.0, -85.0)
# Fat beyond those, and muscles beyond these to the same side: two tissues agree that the scale is shifted.
AGREEING_HU = (12.0, 80.0)


def check_muscle(ct: sitk.Image, bodies: Bodies, fat: float | None) -> dict[LumbarLevel, Finding]:
    """Find a shifted scale where fat is not where it should be, or is not seen.

    Parameters
    ----------
    ct : SimpleITK.Image
    bodies : Bodies
        Whose masks lie on bodies, so that the muscles are beside them.
    fat : float or None
        HU of fat; None where none is seen.

    Returns
    -------
    dict of LumbarLevel to Finding
        One for each body, or none.
    """
    if not bodies or (fat is not None and RIGHT_FAT_HU[0] <= fat <= RIGHT_FAT_HU[1]):
        return {}
    muscle = muscle_hu(ct, bodies)
    if muscle is None:
        return {}
    if fat is not None:
        is_low = fat < RIGHT_FAT_HU[0] and muscle < AGREEING_HU[0]
        is_high = fat > RIGHT_FAT_HU[1] and muscle > AGREEING_HU[1]
        if is_low or is_high:
            return {level: _shifted(level, fat, muscle) for level in bodies}
    for severity, limits in ((Severity.STOPS_SCORING, POSSIBLE_HU), (Severity.WARNING, USUAL_HU)):
        if not limits[0] <= muscle <= limits[1]:
            return {level: _beyond(level, severity, muscle, limits) for level in bodies}
    return {}


def _shifted(level: LumbarLevel, fat: float, muscle: float) -> Finding:
    """The finding of two tissues that lie beside their HU to the same side."""
    return HU_CALIBRATION.finding(level, variant="offset", value=fat, soft_hu=muscle, limit=in_words(RIGHT_FAT_HU))


def _beyond(level: LumbarLevel, severity: Severity, muscle: float, limits: tuple[float, float]) -> Finding:
    """The finding of muscles beyond what they can have."""
    return HU_CALIBRATION.finding(level, severity, "muscle", value=muscle, limit=in_words(limits))


def muscle_hu(ct: sitk.Image, bodies: Bodies) -> float | None:
    """Most frequent HU of the muscles around the spine.

    Parameters
    ----------
    ct : SimpleITK.Image
    bodies : Bodies
        On the CT's grid; large enough to have axes.

    Returns
    -------
    float or None
        None where too little of them lies in the field of view.
    """
    read = []
    for level, body in bodies.items():
        place = BodySampler(ct, body)
        spots = [(BACK_ASIDE_MM, place.half[1] + BACK_BEHIND_MM)]
        if level >= PSOAS_FROM:
            spots.append((place.half[0] + PSOAS_ASIDE_MM, PSOAS_BEHIND_MM))
        for aside, behind in spots:
            left = place.middle[0] + np.concatenate([aside, -aside])
            hu = place.hu(left[:, None, None], (place.middle[1] + behind)[:, None], place.middle[2] + MUSCLE_HEIGHTS_MM)
            read.append(hu.mean(axis=-1).ravel())
    values = np.concatenate(read) if read else np.empty(0)
    values = values[(values >= RANGE_HU[0]) & (values < RANGE_HU[1])]  # also without what the field hides
    return _brightest_peak(values) if values.size >= MIN_PLACES else None


def _brightest_peak(values: np.ndarray) -> float:
    """Place of the last peak of the values' distribution that is no ripple."""
    edges = np.arange(RANGE_HU[0], RANGE_HU[1] + BIN_HU, BIN_HU)
    density = ndimage.gaussian_filter1d(np.histogram(values, edges)[0].astype(float), SMOOTHING_HU / BIN_HU)
    inner = density[1:-1]
    is_peak = (inner >= density[:-2]) & (inner > density[2:]) & (inner >= LEAST_PEAK * density.max())
    found = np.flatnonzero(is_peak) + 1
    at = int(found[-1]) if len(found) else int(density.argmax())
    return float(edges[at] + BIN_HU / 2)
