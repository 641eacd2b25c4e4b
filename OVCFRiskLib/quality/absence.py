"""Why a level has no mask: outside the scan, or simply not marked."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import index_to_lps, lps_to_index
from OVCFRiskLib.levels import LumbarLevel

# Centre-to-centre distance of neighbouring lumbar bodies of women, body 26-28 mm + disc 8-11 mm
# (Zhou et al. 2000, Eur Spine J 9:242-248).
LEVEL_DISTANCE_MM = 36.0


def reason_of_absence(labels: sitk.Image, level: LumbarLevel) -> str:
    """Say why ``level`` has no voxels in ``labels``.

    Parameters
    ----------
    labels : SimpleITK.Image
        Bodies 20..23; at least one is there.
    level : LumbarLevel
        The level without a mask.

    Returns
    -------
    str
        ``"outside the field of view"`` when the body expected from its neighbours does not fit into the image,
        else that it was not marked.
    """
    expected, along = _expected_center(labels, level)
    for offset in (0.0, -0.3, 0.3):  # its endplates, not only its centre, must be in the image
        index = lps_to_index(labels, (expected + offset * LEVEL_DISTANCE_MM * along)[None])[0]
        if np.any(index < -0.5) or np.any(index > np.array(labels.GetSize()[::-1]) - 0.5):
            return "outside the field of view"
    return "not marked: no point or mask of this level was given"


def _expected_center(labels: sitk.Image, level: LumbarLevel) -> tuple[np.ndarray, np.ndarray]:
    """LPS centre expected from the labelled neighbours, and the unit direction down the spine."""
    array = sitk.GetArrayViewFromImage(labels)
    present = [other for other in LumbarLevel if (array == other).any()]
    centers = {o: index_to_lps(labels, np.argwhere(array == o).mean(axis=0)[None])[0] for o in present}
    nearest = min(present, key=lambda other: abs(other - level))
    if len(present) == 1:
        step = np.array([0.0, 0.0, -LEVEL_DISTANCE_MM])
    else:
        second = min((o for o in present if o is not nearest), key=lambda other: abs(other - level))
        step = (centers[second] - centers[nearest]) / (second - nearest)
    return centers[nearest] + (level - nearest) * step, step / np.linalg.norm(step)
