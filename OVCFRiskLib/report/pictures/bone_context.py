"""The bone around the bodies, so that a picture shows where they are; no renderer is loaded for it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.geometry import array_view, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.reading.hounsfield import AIR_HU
from OVCFRiskLib.report.pictures.ct_region import patient_box
from OVCFRiskLib.report.pictures.mask_field import field_on, mask_field, resample
from OVCFRiskLib.report.pictures.surface_field import SurfaceField

# Between trabecular bone or contrast-filled vessels and cortex; context only, nothing is measured with it.
CONTEXT_BONE_HU = 220.0
CONTEXT_SPACING_MM = 2.0
# What surrounds the bodies in the picture, mm beyond their extent along LPS x, y, z.
CONTEXT_BEFORE_MM = (24.0, 2.0, 28.0)
CONTEXT_AFTER_MM = (24.0, 50.0, 28.0)
CONTEXT_SMALLEST_FRACTION = 0.02  # of the largest; smaller islands (calcified vessels, tips of ribs) are left out


def overlay_fields(
    ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]
) -> tuple[dict[LumbarLevel, SurfaceField], SurfaceField | None]:
    """What is drawn in 3D, before it is surfaces: the bodies, and the bone around them if there is any."""
    return {level: mask_field(body.mask_image) for level, body in bodies.items()}, bone_context(ct, bodies)


def bone_context(ct: sitk.Image, bodies: Mapping[LumbarLevel, LevelCutOut]) -> SurfaceField | None:
    """The bone around the bodies (arches, neighbours), without the bodies themselves.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    bodies : mapping
        As `cut_out_levels` gives it for labels on the CT's grid; at least one.

    Returns
    -------
    SurfaceField or None
        None when there is no bone around.
    """
    low = np.min([body.low_lps for body in bodies.values()], axis=0) - CONTEXT_BEFORE_MM
    high = np.max([body.high_lps for body in bodies.values()], axis=0) + CONTEXT_AFTER_MM
    box = patient_box(ct, low, high)
    spacing = np.array(ct.GetSpacing()[::-1])
    start = np.array([part.start for part in box])
    hu = array_view(ct)[box].astype(np.float32)
    field, step = resample(hu, spacing, CONTEXT_SPACING_MM)
    filled = np.zeros(field.shape, bool)
    for body in bodies.values():
        _add_body(filled, body, ct, start, step)
    field = ndimage.gaussian_filter(field, 0.5)
    bone = _connected(field > CONTEXT_BONE_HU, ndimage.binary_dilation(filled, iterations=3))
    if not bone.any():
        return None
    field[~ndimage.binary_dilation(bone)] = AIR_HU
    # the bodies are drawn as surfaces of their own; two shells at the same place would flicker
    field[ndimage.binary_dilation(filled)] = AIR_HU
    field = np.pad(field, 1, constant_values=AIR_HU)
    return field_on(ct, field, CONTEXT_BONE_HU, start - step, step)


def _add_body(filled: np.ndarray, body: LevelCutOut, ct: sitk.Image, start: np.ndarray, step: np.ndarray) -> None:
    """Mark a body on the coarse grid, whose samples lie at ``start + index * step`` of the CT's [k, j, i]."""
    mask = array_view(body.mask_image)
    first = np.round(lps_to_index(ct, np.array([body.mask_image.GetOrigin()]))[0]).astype(int)
    # nearest voxel of the mask for every coarse sample
    near = [
        np.round(begin + np.arange(n) * s).astype(int) - f
        for begin, n, s, f in zip(start, filled.shape, step, first, strict=True)
    ]
    places = [np.flatnonzero((index >= 0) & (index < n)) for index, n in zip(near, mask.shape, strict=True)]
    values = mask[np.ix_(*(index[place] for index, place in zip(near, places, strict=True)))]
    filled[np.ix_(*places)] |= values.astype(bool)


def _connected(bone: np.ndarray, near: np.ndarray) -> np.ndarray:
    """Parts of the bone that touch the bodies' surroundings and are not mere specks."""
    parts, count = ndimage.label(bone)
    if count == 0:
        return bone
    sizes = np.bincount(parts.ravel(), minlength=count + 1)
    keep = np.zeros(count + 1, bool)
    keep[np.unique(parts[near])] = True
    keep &= sizes >= CONTEXT_SMALLEST_FRACTION * sizes[1:].max()
    keep[0] = False
    return keep[parts]
