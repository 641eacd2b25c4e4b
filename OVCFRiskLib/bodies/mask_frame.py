"""A vertebral body's own axes, from its mask alone."""

from __future__ import annotations

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import POSTERIOR, SUPERIOR, BodyFrame
from OVCFRiskLib.geometry import lengths, mask_box

# Endplates face within this angle of the body's axis, walls beyond it.
ENDPLATE_COSINE = np.cos(np.deg2rad(45))
# Width of the smoothing that turns the staircase of the voxels into a surface: at least 1.5 mm, and three quarters
# of a voxel, so that the steps of thick slices melt into one slope.
SURFACE_SMOOTHING_MM = 1.5
SURFACE_SMOOTHING_VOXELS = 0.75
# A Gaussian is nothing beyond so many SDs.
TAIL_SDS = 4.0
# Turns of refinement; a start 40 degrees off is within 1 degree after three.
REFINEMENTS = 6
# Below this ratio of the axial second moments (width to depth, a typical body has 1.8) the outline does not tell left
# from front, and the patient's own left-right axis is used.
MIN_MOMENT_RATIO = 1.2
# A vertebra turned by more than this about its axis is not seen in scoliosis (up to 30 degrees at the apex).
MAX_TURN_COSINE = np.cos(np.deg2rad(40))


def find_body_frame(mask: np.ndarray, grid: sitk.Image, points_lps: np.ndarray) -> BodyFrame:
    """Find the axes of a vertebral body.

    The superior axis bisects the two endplates: each endplate's direction is its vector area (the sum of its surface
    normals), which depends on the rim alone, so that a concave endplate counts like a flat one and a wedge gets the
    mean of both directions. The posterior axis is the shorter principal axis of the axial outline, nearest to the
    patient's posterior direction.

    Parameters
    ----------
    mask : numpy.ndarray of bool, [k, j, i]
        With voxels.
    grid : SimpleITK.Image
        Its spacing and direction.
    points_lps : numpy.ndarray, (n, 3)
        The mask's voxel centres, LPS mm.

    Returns
    -------
    BodyFrame
        Its origin is the mask's centre of mass.
    """
    normals = _surface_normals(mask, grid)
    center = points_lps.mean(axis=0)
    areas = lengths(normals)
    superior = SUPERIOR
    for _ in range(REFINEMENTS):
        before, superior = superior, _bisector(normals, areas, superior)
        if np.array_equal(before, superior):  # and so for ever
            break
    return BodyFrame(center, np.stack([*_axial_axes(points_lps - center, superior), superior]))


def _surface_normals(mask: np.ndarray, grid: sitk.Image) -> np.ndarray:
    """Outward surface elements of the smoothed mask, (n, 3) LPS; their length is their area."""
    spacing = np.array(grid.GetSpacing()[::-1])
    sigma = np.maximum(SURFACE_SMOOTHING_MM / spacing, SURFACE_SMOOTHING_VOXELS)
    margin = [(int(np.ceil(3 * s)),) * 2 for s in sigma]
    wide = np.pad(mask.astype(np.float32), margin)
    # farther than the smoothing and a difference reach there is nothing
    k, j, i = (int(TAIL_SDS * s + 0.5) + 2 for s in sigma)
    box = mask_box(wide, (k, j, i))
    smooth = ndimage.gaussian_filter(wide[box], sigma, truncate=TAIL_SDS)
    slopes = [slope.ravel() for slope in np.gradient(smooth, *spacing)]
    at = np.flatnonzero(slopes[0] ** 2 + slopes[1] ** 2 + slopes[2] ** 2 > 1e-8)
    gradient = np.stack([slope.take(at) for slope in slopes], axis=-1)
    return -gradient[:, ::-1] @ np.array(grid.GetDirection()).reshape(3, 3).T


def _bisector(normals: np.ndarray, areas: np.ndarray, superior: np.ndarray) -> np.ndarray:
    """Mean direction of the upper and the (turned) lower endplate around a first guess."""
    along = normals @ superior
    least = ENDPLATE_COSINE * areas
    chosen = (np.flatnonzero(along > least), np.flatnonzero(-along > least))
    plates = [normals.take(some, axis=0).sum(axis=0) * side for side, some in zip((1, -1), chosen, strict=True)]
    total = _unit(plates[0]) + _unit(plates[1])
    return _unit(total) if np.linalg.norm(total) > 0 else superior


def _axial_axes(offsets: np.ndarray, superior: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Left and posterior axes at right angles to the superior one."""
    posterior = _unit(POSTERIOR - superior[1] * superior)
    left = np.cross(posterior, superior)
    across = offsets @ np.stack([left, posterior], axis=1)
    moments, directions = np.linalg.eigh(np.cov(across.T, bias=True))
    short = directions[:, 0] * (1 if directions[1, 0] >= 0 else -1)
    if moments[1] >= MIN_MOMENT_RATIO * moments[0] and short[1] >= MAX_TURN_COSINE:
        posterior = _unit(short[0] * left + short[1] * posterior)
        left = np.cross(posterior, superior)
    return left, posterior


def _unit(vector: np.ndarray) -> np.ndarray:
    """The vector at length 1; zero stays zero."""
    length = np.linalg.norm(vector)
    return vector / length if length > 0 else vector
