"""Masks another observer, or the same one on another day, could have drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage, sparse

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import index_to_lps, mask_box

# Outlines of different origin differ by about half a millimetre: variants with this SD have Dice 0.96 to 0.98 with
# the mask, as the best methods with manual outlines of lumbar vertebrae (Yao et al. 2016, Comput Med Imaging Graph
# 49:16, Dice 0.96 in healthy, 0.92 in osteoporotic and fractured spines).
OBSERVER_SD_MM = 0.5
# An outline wanders over a few millimetres, not from voxel to voxel: correlation length of the noise.
OBSERVER_CORRELATION_MM = 5.0
# Noise is cut at 3 SD so that the band of voxels that can change stays narrow.
NOISE_LIMIT_MM = 3 * OBSERVER_SD_MM
# Lattice on which the noise is drawn; linear interpolation between its points is smooth at the correlation length.
VARIANT_LATTICE_MM = 2.5
# The depth of a voxel depends on the voxels so near: four for the smoothing, one for the slope.
DEPTH_REACH_VOXELS = 5


@dataclass(frozen=True, slots=True, eq=False)
class _Band:
    """The voxels near the surface, which a perturbation can turn.

    Attributes
    ----------
    number : numpy.ndarray, (n,)
        Of each voxel in the mask's array laid out in one row.
    depth_mm : numpy.ndarray, (n,)
        Signed distance to the surface, positive inside.
    inward : numpy.ndarray, (n, 3)
        Unit normals into the body, LPS.
    interpolation : scipy.sparse.csr_array, (n, points of the lattice)
        Linear, from the lattice of the noise to the voxels.
    lattice_size : int
        The lattice has so many points along each axis.
    """

    number: np.ndarray
    depth_mm: np.ndarray
    inward: np.ndarray
    interpolation: sparse.csr_array
    lattice_size: int


def mask_variants(mask: sitk.Image, repeats: int = 30, seed: int = 0) -> Iterator[np.ndarray]:
    """Perturb the outline of a mask.

    Variants come in pairs of opposite sign, so that they surround the mask, and add up: growth or shrinkage by up to
    half a voxel, drawn for each axis (the first pair: half a voxel along every axis); a shift by up to half a voxel;
    and smooth noise of the outline as between observers (SD 0.5 mm, correlation length 5 mm).

    Parameters
    ----------
    mask : SimpleITK.Image
        Non-zero inside. Leave some millimetres of room around the body for growth.
    repeats : int
        Number of variants.
    seed : int
        Same mask and seed, same variants. They are drawn in patient coordinates about the mask's centre, so they do
        not depend on the order or direction of the array's axes, nor on the place of the body.

    Yields
    ------
    numpy.ndarray of bool, [k, j, i]

    Raises
    ------
    OVCFRiskError
        If the mask is empty.
    """
    inside = sitk.GetArrayFromImage(mask) != 0
    if not inside.any():
        raise OVCFRiskError("expected a mask with voxels, got an empty one; add seeds or correct the segment")
    half_voxel = _half_voxel_lps(mask)
    band = _band(inside, mask)
    rng = np.random.default_rng(seed)
    for number in range(repeats):
        if number % 2 == 0:
            growth, shift = rng.uniform(-1, 1, (2, 3)) * half_voxel
            growth = half_voxel if number == 0 else growth
            change = band.inward**2 @ growth - band.inward @ shift + _observer_noise(band, rng)
        else:
            change = -change
        variant = inside.copy()
        variant.reshape(-1)[band.number] = band.depth_mm + change > 0
        yield variant


def variants_reach_mm(mask: sitk.Image) -> float:
    """Distance from the surface of a mask beyond which no variant turns a voxel."""
    half_voxel = _half_voxel_lps(mask)
    return float(np.linalg.norm(half_voxel) + half_voxel.max() + NOISE_LIMIT_MM)


def _half_voxel_lps(mask: sitk.Image) -> np.ndarray:
    """Half the voxel's extent along the L, P and S axes, mm."""
    return np.abs(np.array(mask.GetDirection()).reshape(3, 3)) @ np.array(mask.GetSpacing()) / 2


def _band(inside: np.ndarray, mask: sitk.Image) -> _Band:
    """Voxels that a variant may turn, with their depth and normals."""
    spacing = mask.GetSpacing()[::-1]
    depth = _signed_depth(inside, spacing)
    index = np.nonzero(np.abs(depth) <= variants_reach_mm(mask))
    slopes = [np.gradient(depth, step, axis=axis)[index] for axis, step in enumerate(spacing)]
    depth = depth[index]
    inward = np.stack(slopes[::-1], axis=1) @ np.array(mask.GetDirection()).reshape(3, 3).T
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-6)
    center = index_to_lps(mask, np.argwhere(inside).mean(axis=0, keepdims=True))
    lattice = (index_to_lps(mask, np.stack(index, axis=1)) - center) / VARIANT_LATTICE_MM
    half = int(np.ceil(np.abs(lattice).max())) + 1
    # across the surface less is possible than along the diagonal of a voxel
    can_turn = np.abs(depth) <= (inward**2 + np.abs(inward)) @ _half_voxel_lps(mask) + NOISE_LIMIT_MM
    size = 2 * half + 1
    return _Band(
        np.ravel_multi_index(index, inside.shape)[can_turn],
        depth[can_turn],
        inward[can_turn],
        _interpolation(lattice[can_turn] + half, size),
        size,
    )


def _signed_depth(inside: np.ndarray, spacing: tuple[float, ...]) -> np.ndarray:
    """Distance to the surface in mm, positive inside, without the staircase of the voxels.

    Smoothing by one voxel makes the depth vary below the voxel size. It also rounds corners: a voxel that it would
    turn keeps half its distance instead, so that no change gives the mask itself.
    """
    padded = np.pad(inside, 1, mode="edge")
    depth = -ndimage.distance_transform_edt(~padded, spacing)
    # the nearest voxel outside is never beyond the first plane around the body
    body = mask_box(padded, 1)
    depth[body] += ndimage.distance_transform_edt(padded[body], spacing)
    smooth = ndimage.gaussian_filter(depth, 1.0)
    depth /= 2
    np.copyto(depth, smooth, where=(smooth > 0) == padded)
    return depth[1:-1, 1:-1, 1:-1]


def _interpolation(place: np.ndarray, size: int) -> sparse.csr_array:
    """Trilinear weights of a cubic lattice of ``size`` points a side at places (n, 3) within it.

    The same for every draw of the noise, and so ten times as fast as interpolating each anew.
    """
    low = np.floor(place).astype(np.int32)
    above = place - low
    weights = np.stack([1 - above, above])
    first = low @ np.array([size**2, size, 1], np.int32)
    corners = list(np.ndindex(2, 2, 2))
    points = np.empty((len(place), len(corners)), np.int32)
    values = np.empty(points.shape)
    for column, (i, j, k) in enumerate(corners):
        points[:, column] = first + (i * size + j) * size + k
        values[:, column] = weights[i, :, 0] * weights[j, :, 1] * weights[k, :, 2]
    row_starts = np.arange(len(place) + 1, dtype=np.int32) * len(corners)
    return sparse.csr_array((values.ravel(), points.ravel(), row_starts), shape=(len(place), size**3))


def _observer_noise(band: _Band, rng: np.random.Generator) -> np.ndarray:
    """Smooth noise of the outline at the voxels of the band, mm."""
    # a Gaussian filter of this width gives the field a Gaussian autocorrelation that falls to 1/e at the length
    width = OBSERVER_CORRELATION_MM / 2 / VARIANT_LATTICE_MM
    field = ndimage.gaussian_filter(rng.normal(size=(band.lattice_size,) * 3), width, mode="wrap")
    field *= OBSERVER_SD_MM / field.std()
    return np.clip(band.interpolation @ field.ravel(), -NOISE_LIMIT_MM, NOISE_LIMIT_MM)
