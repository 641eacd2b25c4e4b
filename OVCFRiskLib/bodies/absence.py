"""Why a level has no mask: outside the scan, or simply not marked."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.bodies.cut_out import Bodies
from OVCFRiskLib.geometry import OnGrid, is_inside
from OVCFRiskLib.levels import LumbarLevel

# Centre-to-centre distance of neighbouring lumbar bodies of women, body 26-28 mm + disc 8-11 mm
# (Zhou et al. 2000, Eur Spine J 9:242-248).
LEVEL_DISTANCE_MM = 36.0


def reason_of_absence(ct: OnGrid, bodies: Bodies, level: LumbarLevel) -> str:
    """Say why ``level`` has no mask.

    Parameters
    ----------
    ct : SimpleITK.Image or Grid
        Of the whole CT: the field of view.
    bodies : Bodies
        At least one.
    level : LumbarLevel
        The level without a mask.

    Returns
    -------
    str
        ``"outside the field of view"`` when the body expected from its neighbours does not fit into the image,
        else that it was not marked.
    """
    expected, along = _expected_center(bodies, level)
    for offset in (0.0, -0.3, 0.3):  # its endplates, not only its centre, must be in the image
        if not is_inside(ct, (expected + offset * LEVEL_DISTANCE_MM * along)[None])[0]:
            return "outside the field of view"
    return "not marked: no point or mask of this level was given"


def _expected_center(bodies: Bodies, level: LumbarLevel) -> tuple[np.ndarray, np.ndarray]:
    """LPS centre expected from the labelled neighbours, and the unit direction down the spine."""
    centers = {other: body.center_lps for other, body in bodies.items()}
    nearest = min(centers, key=lambda other: abs(other - level))
    if len(centers) == 1:
        step = np.array([0.0, 0.0, -LEVEL_DISTANCE_MM])
    else:
        second = min((o for o in centers if o is not nearest), key=lambda other: abs(other - level))
        step = (centers[second] - centers[nearest]) / (second - nearest)
    return centers[nearest] + (level - nearest) * step, step / np.linalg.norm(step)
