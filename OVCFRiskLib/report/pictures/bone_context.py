"""The bone around the bodies, so that a picture shows where they are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.geometry import array_view, lps_to_index
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.pictures.ct_region import patient_box
from OVCFRiskLib.report.pictures.mask_field import field_on, mask_field, resample
from OVCFRiskLib.report.pictures.surface_field import SurfaceField

# Between trabecular bone or contrast-filled vessels and cortex; context only, nothing is measured with it.
CONTEXT_BONE_HU = 220.0
# Samples are means of as many voxels as lie within this, mm: arches of 4 mm and more stay whole.
CONTEXT_SAMPLE_MM = 2.6
# What is between slices further apart than this is interpolated, mm.
CONTEXT_GAP_MM = 3.2
CONTEXT_SMOOTHING_MM = 1.0
BESIDE_BODIES_MM = 3.5  # margin in which bone belongs to a body's own surface
TOUCHING_MM = 6.0  # from a body, where the bone that is shown begins
# HU for one mm of distance beside the surface of bone: of the steps at which it is looked for, chosen small.
HU_PER_MM = 100.0
# What is no shown bone has at most so many HU, as fat and muscle beside it.
CONTEXT_SOFT_HU = CONTEXT_BONE_HU - 250.0
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
    field, first, factors = _sampled(array_view(ct)[box], spacing)
    apart = factors * spacing
    field, step = resample(field, apart, np.where(apart > CONTEXT_GAP_MM, CONTEXT_SAMPLE_MM, apart))
    step = factors * step
    start = np.array([part.start for part in box]) + first
    filled = np.zeros(field.shape, bool)
    for body in bodies.values():
        _add_body(filled, body, ct, start, step)
    sample_mm = step * spacing
    field = ndimage.gaussian_filter(field, CONTEXT_SMOOTHING_MM / sample_mm)
    bone = _connected(field > CONTEXT_BONE_HU, _grown(filled, TOUCHING_MM, sample_mm))
    if not bone.any():
        return None
    # the bodies are drawn as surfaces of their own
    left_out = ~_grown(bone, 0.0, sample_mm) | _grown(filled, BESIDE_BODIES_MM, sample_mm)
    field[left_out] = np.minimum(field[left_out], CONTEXT_SOFT_HU)
    field = ndimage.gaussian_filter(np.pad(field, 1, constant_values=CONTEXT_SOFT_HU), 0.4)
    return field_on(ct, (field - CONTEXT_BONE_HU) / HU_PER_MM, start - step, step)


def _grown(mask: np.ndarray, mm: float, sample_mm: np.ndarray) -> np.ndarray:
    """A mask with a margin, at least of one sample along each axis."""
    reach = np.maximum(np.rint(mm / sample_mm).astype(int), 1)
    grown: np.ndarray = ndimage.maximum_filter(mask.view(np.uint8), size=tuple(2 * reach + 1)).view(bool)
    return grown


def _sampled(hu: np.ndarray, spacing: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Samples of a CT of about `CONTEXT_SAMPLE_MM`, the voxel where the first lies, and voxels from one to the next."""
    factors = np.clip((CONTEXT_SAMPLE_MM / spacing).astype(int), 1, hu.shape)
    for axis, factor in reversed(list(enumerate(factors))):
        whole = np.moveaxis(hu, axis, -1)[..., : hu.shape[axis] // factor * factor]
        if factor > 1:
            total: np.ndarray = whole[..., ::factor].astype(np.int32 if hu.dtype.kind in "iu" else np.float32)
            for number in range(1, factor):
                total += whole[..., number::factor]
            hu = np.moveaxis(total, -1, axis)
    means = hu.astype(np.float32) / np.float32(np.prod(factors))
    means[~np.isfinite(means)] = CONTEXT_SOFT_HU  # smoothing would spread what has no number
    return means, (factors - 1) / 2, factors.astype(float)


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
