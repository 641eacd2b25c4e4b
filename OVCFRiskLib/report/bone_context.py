"""The bone around the bodies, so that a picture shows where they are."""

from __future__ import annotations

import itertools

import numpy as np
import SimpleITK as sitk
from scipy import ndimage
from vtkmodules.vtkCommonDataModel import vtkPolyData

from OVCFRiskLib.geometry import Box, index_to_lps, lps_to_index, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.surfaces import contour_surface, resample

# Between trabecular bone or contrast-filled vessels and cortex; context only, nothing is measured with it.
CONTEXT_BONE_HU = 220.0
CONTEXT_SPACING_MM = 1.4
# What surrounds the bodies in the picture, mm beyond their box along LPS x, y, z: (before, after).
CONTEXT_MARGIN_MM = ((24.0, 24.0), (2.0, 50.0), (28.0, 28.0))
CONTEXT_SMALLEST_PART = 0.02  # of the largest; smaller islands (calcified vessels, tips of ribs) are left out
AIR_HU = -1000.0


def bone_context(ct: sitk.Image, labels: sitk.Image) -> vtkPolyData | None:
    """Surface of the bone around the bodies (arches, neighbours), without the bodies themselves.

    Parameters
    ----------
    ct, labels : SimpleITK.Image
        CT in HU, and bodies 20..23 on its grid.

    Returns
    -------
    vtkPolyData or None
        RAS mm; None when there is no body or no bone around.
    """
    array = sitk.GetArrayViewFromImage(labels)
    bodies = (array >= min(LumbarLevel)) & (array <= max(LumbarLevel))
    if not bodies.any():
        return None
    box = _context_box(ct, bodies)
    spacing = np.array(ct.GetSpacing()[::-1])
    hu = sitk.GetArrayViewFromImage(ct)[box].astype(np.float32)
    field, step = resample(hu, spacing, CONTEXT_SPACING_MM)
    filled, _ = resample(bodies[box].astype(np.float32), spacing, CONTEXT_SPACING_MM)
    field = ndimage.gaussian_filter(field, 0.5)
    near = ndimage.binary_dilation(filled > 0.5, iterations=3)
    bone = _connected(field > CONTEXT_BONE_HU, near)
    if not bone.any():
        return None
    field[~ndimage.binary_dilation(bone)] = AIR_HU
    # the bodies are drawn as surfaces of their own; two shells at the same place would flicker
    field[ndimage.binary_dilation(filled > 0.5)] = AIR_HU
    field = np.pad(field, 1, constant_values=AIR_HU)
    start = np.array([part.start for part in box]) - step
    surface = contour_surface(field, CONTEXT_BONE_HU, ct, start, step)
    return surface if surface.GetNumberOfPoints() else None


def _context_box(ct: sitk.Image, bodies: np.ndarray) -> Box:
    """[k, j, i] box of the bodies and what is shown around them, whatever way the axes run."""
    ends = [(part.start, part.stop - 1) for part in mask_box(bodies)]
    corners = index_to_lps(ct, np.array(list(itertools.product(*ends))))
    low, high = corners.min(axis=0), corners.max(axis=0)
    before, after = np.array(CONTEXT_MARGIN_MM).T
    around = itertools.product(*zip(low - before, high + after, strict=True))
    index = lps_to_index(ct, np.array(list(around)))
    first = np.clip(np.floor(index.min(axis=0)), 0, None).astype(int)
    last = np.minimum(np.ceil(index.max(axis=0)).astype(int) + 1, bodies.shape)
    return tuple(slice(a, b) for a, b in zip(first, last, strict=True))


def _connected(bone: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Parts of the bone that touch the bodies' surroundings and are not mere specks."""
    parts, count = ndimage.label(bone)
    if count == 0:
        return bone
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    keep = np.zeros(count + 1, bool)
    keep[np.unique(parts[near])] = True
    keep &= sizes >= CONTEXT_SMALLEST_PART * sizes[1:].max()
    keep[0] = False
    return keep[parts]
