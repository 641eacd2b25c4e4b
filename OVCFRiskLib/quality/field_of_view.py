"""Is the body whole within the scanned field?"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.mask_codes import FIELD_OF_VIEW

# Air outside the patient and the padding outside the reconstruction circle; gas in a disc (vacuum phenomenon) is
# rarely below, as partial volume raises it.
OUTSIDE_HU = -950.0
# Gas beside a body that is smaller than this is a vacuum disc or a bowel loop's edge, not the end of the image.
OUTSIDE_MIN_ML = 1.0
# Reach of the search for outside voxels around the mask.
OUTSIDE_REACH_MM = 2.0


def check_field_of_view(body: LevelCutOut) -> list[Finding]:
    """Find a mask cut by the edge of the volume or of the reconstruction circle.

    A mask with a voxel in the outermost layer of the volume counts as cut: nobody can tell whether bone goes on.
    """
    faces = touched_faces(body)
    if faces:
        return [FIELD_OF_VIEW.finding(body.level, how=f"touches the {' and the '.join(faces)} of the CT")]
    reach = [max(1, round(OUTSIDE_REACH_MM / s)) for s in body.spacing_kji]
    near = ndimage.maximum_filter(body.mask, size=[2 * r + 1 for r in reach])
    outside = body.hu <= OUTSIDE_HU
    if np.any(outside & near):
        regions, _ = ndimage.label(outside)
        touching = np.unique(regions[near & outside])
        voxel_ml = body.volume_ml / body.voxels
        if np.max(np.bincount(regions.ravel())[touching]) * voxel_ml >= OUTSIDE_MIN_ML:
            return [FIELD_OF_VIEW.finding(body.level, how="reaches the padding outside the reconstructed field")]
    return []


def touched_faces(body: LevelCutOut) -> list[str]:
    """Names of the faces of the volume that the mask touches."""
    hits = np.argwhere(body.mask)
    start = np.array([part.start for part in body.box])
    low, high = hits.min(axis=0) + start, hits.max(axis=0) + start
    names = ("slice", "row", "column")
    faces = [f"first {name}" for name, n in zip(names, low, strict=True) if n == 0]
    ends = zip(names, high, body.volume_shape, strict=True)
    return faces + [f"last {name}" for name, n, size in ends if n == size - 1]
