"""Contrast medium, from the header and from the vessels and kidneys beside the bodies."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.bodies.cut_out import Bodies, LevelCutOut
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.acquisition_codes import CONTRAST, ENHANCED_HU
from OVCFRiskLib.geometry import array_view, lps_to_index
from OVCFRiskLib.threads import side_by_side

# What headers write where no contrast medium was given.
NO_AGENT = {
    "",
    "none",
    "no",
    "nil",
    "n/a",
    "na",
    "without",
    "0",
    "-",
    "no contrast",
    "without contrast",
    "non contrast",
}
# Removes calcified walls of vessels.
VESSEL_SMOOTHING_MM = 2.5
# Values beyond do not count more: calcifications, oral contrast.
CLIP_HU = (-150.0, 350.0)
SOFT_TISSUE_HU = 40.0
# The plane that is looked at, in the body's axes: from the left-right middle, and from the body's centre backwards.
VESSEL_PLANE_HALF_WIDTH_MM = 100.0
VESSEL_PLANE_FRONT_MM = 70.0
VESSEL_PLANE_BACK_MM = 40.0
VESSEL_PLANE_STEP_MM = 1.5
PLANES_MM = (-9.0, -3.0, 3.0, 9.0)
# The body and its blur are taken out of the plane.
BODY_TAKEN_OUT_MM = 3.0
# Aorta: up to 55 mm in front of the body's centre, slightly left; 10 to 35 mm wide.
AORTA_AREA_MM2 = (60.0, 1000.0)
AORTA_FILL = 0.55
# Kidneys: on both sides, 30 to 95 mm from the middle, beside or behind the body's centre.
KIDNEY_AREA_MM2 = 250.0
# Share of the planes that must show a vessel or both kidneys.
PLANE_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Blob:
    """A bright region of a plane: area, centre (to the left and to the back), filled part of its box, core HU."""

    area_mm2: float
    left_mm: float
    back_mm: float
    fill: float
    hu: float


def check_contrast(
    ct: sitk.Image, known: Acquisition, trained_on: Collection[bool] | None, bodies: Bodies | None = None
) -> list[Finding]:
    """Compare the contrast medium of a CT with the training data's.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    known : Acquisition
    trained_on : collection of bool, or None
        Whether the model knows CTs without contrast medium (False), with it (True), or both; None: unknown.
    bodies : Bodies, optional
        Cut out of labels on the CT's grid; vessels and kidneys are looked for beside them.

    Returns
    -------
    list of Finding
        At most one.
    """
    known_kinds = set(trained_on or ())
    agent = (known.contrast_agent or "").strip().lower()
    in_header = agent not in NO_AGENT and (known.contrast_route or "").strip().lower() != "oral"
    enhanced = None if bodies is None else measure_enhancement(ct, bodies)
    evidence = ["the header names a contrast agent"] if in_header else []
    if enhanced is not None:
        evidence.append(f"aorta or kidneys measure {enhanced:.0f} HU")
    if not evidence:
        is_looked_at = bodies is not None or agent in NO_AGENT - {""}
        return [CONTRAST.finding(variant="without")] if is_looked_at and known_kinds == {True} else []
    severity, variant = (Severity.NOTE, "as the card") if True in known_kinds else (Severity.WARNING, "unlike the card")
    value, limit = ("named in the header", None) if enhanced is None else (enhanced, ENHANCED_HU)
    return [CONTRAST.finding(None, severity, variant, value=value, limit=limit, evidence="; ".join(evidence))]


def contrast_kinds(contrast: bool | None) -> list[bool] | None:
    """Which CTs a model knows when some of its training CTs had contrast medium, none, or nobody knows.

    Examples
    --------
    >>> contrast_kinds(False), contrast_kinds(True), contrast_kinds(None)
    ([False], [False, True], None)
    """
    return None if contrast is None else [False, True] if contrast else [False]


def measure_enhancement(ct: sitk.Image, bodies: Bodies) -> float | None:
    """Mean HU of enhanced vessels or kidneys beside the bodies, or None when there are none.

    Axial planes through every body, in its own axes, are searched for a round bright region in front of the body (the
    aorta) and for a pair of larger ones on both sides (the kidneys).
    """
    array = array_view(ct)
    vessels, kidneys = [], []
    for planes in side_by_side(
        lambda body: [_bright_blobs(ct, array, body, up) for up in PLANES_MM], [*bodies.values()]
    ):
        for blobs in planes:
            vessels.append([blob.hu for blob in blobs if _is_aorta(blob)])
            sides = [[blob.hu for blob in blobs if _is_kidney(blob, side)] for side in (-1, 1)]
            kidneys.append([*sides[0], *sides[1]] if all(sides) else [])
    for found in (vessels, kidneys):
        if any(found) and sum(map(bool, found)) >= PLANE_SHARE * len(found):
            return float(np.mean([max(values) for values in found if values]))
    return None


def _is_aorta(blob: _Blob) -> bool:
    """A round region of a vessel's size in front of the body."""
    place = -20 <= blob.left_mm <= 35 and -60 <= blob.back_mm <= -12
    return place and AORTA_AREA_MM2[0] <= blob.area_mm2 <= AORTA_AREA_MM2[1] and blob.fill >= AORTA_FILL


def _is_kidney(blob: _Blob, side: int) -> bool:
    """A region of a kidney's size on one side (1: left), not in front."""
    return blob.area_mm2 >= KIDNEY_AREA_MM2 and 30 <= side * blob.left_mm <= 95 and blob.back_mm >= -25


def _bright_blobs(ct: sitk.Image, array: np.ndarray, body: LevelCutOut, up_mm: float) -> list[_Blob]:
    """Bright regions of one plane at right angles to the body's axis."""
    left = np.arange(-VESSEL_PLANE_HALF_WIDTH_MM, VESSEL_PLANE_HALF_WIDTH_MM, VESSEL_PLANE_STEP_MM)
    back = np.arange(-VESSEL_PLANE_FRONT_MM, VESSEL_PLANE_BACK_MM, VESSEL_PLANE_STEP_MM)
    grid = np.stack([*np.meshgrid(left, back, indexing="ij"), np.full((len(left), len(back)), up_mm)], axis=-1)
    points = body.frame.lps(grid).reshape(-1, 3)
    index = lps_to_index(ct, points).T
    plane = ndimage.map_coordinates(array, index, np.float32, order=1, cval=CLIP_HU[0]).reshape(grid.shape[:2])
    index = lps_to_index(body.grid, points).T
    bodies = ndimage.map_coordinates(body.labels, index, order=0).reshape(grid.shape[:2]) > 0
    plane[ndimage.binary_dilation(bodies, iterations=round(BODY_TAKEN_OUT_MM / VESSEL_PLANE_STEP_MM))] = SOFT_TISSUE_HU
    smooth = ndimage.gaussian_filter(np.clip(plane, *CLIP_HU), VESSEL_SMOOTHING_MM / VESSEL_PLANE_STEP_MM)
    regions, _ = ndimage.label(smooth > ENHANCED_HU)
    blobs = []
    for number, box in enumerate(ndimage.find_objects(regions), start=1):
        inside = regions[box] == number
        place = np.argwhere(inside).mean(axis=0) + [part.start for part in box]
        area = float(inside.sum() * VESSEL_PLANE_STEP_MM**2)
        # the smoothed rim mixes with what surrounds it
        core = float(np.percentile(smooth[box][inside], 90))
        across, along = (place * VESSEL_PLANE_STEP_MM - [VESSEL_PLANE_HALF_WIDTH_MM, VESSEL_PLANE_FRONT_MM]).tolist()
        blobs.append(_Blob(area, across, along, float(inside.mean()), core))
    return blobs
