"""Masks another observer, or the same one on another day, could have drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import SimpleITK as sitk
from scipy import ndimage, sparse

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, index_to_lps
from OVCFRiskLib.radiomics.mask_stack import STACK_MASKS, MaskStack
from OVCFRiskLib.scoring.surface_depth import signed_depth, slopes_at

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
ROUNDING_STEPS = 1e-6  # of a step of the lattice; places in mm are exact to 1e-10 or so
# Values of the noise that are smoothed together, 2 MB: the filter's preparations then cost next to nothing.
FIELD_VALUES = 2**18


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
    inside = _require_voxels(mask)
    band = _band(inside, mask)
    for held in _variants_in_band(band, mask, repeats, seed):
        variant = inside.copy()
        variant.reshape(-1)[band.number] = held
        yield variant


def stacked_variants(
    mask: sitk.Image, part: Box, wanted: np.ndarray, repeats: int = 30, seed: int = 0
) -> Iterator[MaskStack]:
    """Draw the same variants on some voxels alone, laid on each other.

    Parameters
    ----------
    mask, repeats, seed
        As `mask_variants`.
    part : Box
        [k, j, i] part of the mask's array to draw on.
    wanted : numpy.ndarray of bool
        Voxels of the part to draw on; of the others it is unspecified which variants hold them.

    Yields
    ------
    MaskStack
        Of the part: as many variants as a stack holds, then the next.

    Raises
    ------
    OVCFRiskError
        If the mask is empty.
    """
    inside = _require_voxels(mask)
    drawn = np.zeros(inside.shape, bool)
    drawn[part] = wanted
    band = _band(inside, mask, drawn)
    variants = _variants_in_band(band, mask, repeats, seed)
    for count in (min(STACK_MASKS, repeats - first) for first in range(0, repeats, STACK_MASKS)):
        of_band = np.zeros(len(band.number), np.uint32)
        for number, held in enumerate(islice(variants, count)):
            of_band |= held.astype(np.uint32) << np.uint32(number)
        words = np.where(inside, np.uint32(2**count - 1), np.uint32(0))
        words.reshape(-1)[band.number] = of_band
        yield MaskStack(words[part], count)


def variants_reach_mm(mask: sitk.Image) -> float:
    """Distance from the surface of a mask beyond which no variant turns a voxel."""
    half_voxel = _half_voxel_lps(mask)
    return float(np.linalg.norm(half_voxel) + half_voxel.max() + NOISE_LIMIT_MM)


def _require_voxels(mask: sitk.Image) -> np.ndarray:
    """Where a mask is, [k, j, i] of bool."""
    inside: np.ndarray = sitk.GetArrayViewFromImage(mask) != 0
    if not inside.any():
        raise OVCFRiskError("expected a mask with voxels, got an empty one; add seeds or correct the segment")
    return inside


def _variants_in_band(band: _Band, mask: sitk.Image, repeats: int, seed: int) -> Iterator[np.ndarray]:
    """Which voxels of the band each variant holds; bool (n,)."""
    half_voxel = _half_voxel_lps(mask)
    squared = band.inward**2
    rng = np.random.default_rng(seed)
    at_once = max(1, FIELD_VALUES // band.lattice_size**3)
    for first in range(0, repeats, 2 * at_once):
        numbers = range(first, repeats, 2)[:at_once]
        drawn = [(rng.uniform(-1, 1, (2, 3)) * half_voxel, rng.normal(size=(band.lattice_size,) * 3)) for _ in numbers]
        fields = _smooth_noise(np.stack([field for _, field in drawn]))
        for number, ((growth, shift), _), field in zip(numbers, drawn, fields, strict=True):
            growth = half_voxel if number == 0 else growth
            noise = np.clip(band.interpolation @ field.ravel(), -NOISE_LIMIT_MM, NOISE_LIMIT_MM)
            change = squared @ growth - band.inward @ shift + noise
            yield band.depth_mm + change > 0
            if number + 1 < repeats:
                yield band.depth_mm - change > 0


def _half_voxel_lps(mask: sitk.Image) -> np.ndarray:
    """Half the voxel's extent along the L, P and S axes, mm."""
    return np.abs(np.array(mask.GetDirection()).reshape(3, 3)) @ np.array(mask.GetSpacing()) / 2


def _band(inside: np.ndarray, mask: sitk.Image, drawn: np.ndarray | None = None) -> _Band:
    """Voxels that a variant may turn, of those to be drawn, with their depth and normals."""
    spacing = mask.GetSpacing()[::-1]
    reach = variants_reach_mm(mask)
    depth = signed_depth(inside, spacing, reach)
    near: np.ndarray = np.abs(depth) <= reach
    index = np.nonzero(near if drawn is None else near & drawn)
    inward = slopes_at(depth, index, spacing)[:, ::-1] @ np.array(mask.GetDirection()).reshape(3, 3).T
    inward /= np.maximum(np.linalg.norm(inward, axis=1, keepdims=True), 1e-6)
    depth = depth[index]
    # across the surface less is possible than along the diagonal of a voxel
    can_turn = np.abs(depth) <= (inward**2 + np.abs(inward)) @ _half_voxel_lps(mask) + NOISE_LIMIT_MM
    center = index_to_lps(mask, _middle(inside)[None])
    index = np.stack(index, axis=1)[can_turn]
    # the lattice does not depend on which voxels are drawn, or the noise on it would
    half = lattice_steps(index_to_lps(mask, _row_ends(near)) - center)
    lattice = (index_to_lps(mask, index) - center) / VARIANT_LATTICE_MM
    size = 2 * half + 1
    number = np.ravel_multi_index(tuple(index.T), inside.shape)
    return _Band(number, depth[can_turn], inward[can_turn], _interpolation(lattice + half, size), size)


def lattice_steps(offsets_mm: np.ndarray) -> int:
    """Steps of the noise's lattice to each side of the middle: to the farthest offset, and one beyond.

    The noise depends on their number. A distance that is a whole number of steps but for rounding counts as that, or
    the last bit of a CT's origin would draw other masks.
    """
    farthest = np.abs(offsets_mm).max(initial=0) / VARIANT_LATTICE_MM
    return int(np.ceil(farthest - ROUNDING_STEPS)) + 1


def _middle(voxels: np.ndarray) -> np.ndarray:
    """Mean [k, j, i] of some voxels, found from how many each plane has."""
    in_slices = np.count_nonzero(voxels, axis=(1, 2)), *(np.count_nonzero(voxels, axis=0).sum(axis=n) for n in (1, 0))
    return np.array([planes @ np.arange(len(planes)) for planes in in_slices]) / in_slices[0].sum()


def _row_ends(voxels: np.ndarray) -> np.ndarray:
    """[k, j, i] of the first and the last voxel of each row along i, among which are the farthest in any direction."""
    rows = np.nonzero(voxels.any(axis=2))
    first = voxels[rows].argmax(axis=1)
    last = voxels.shape[2] - 1 - voxels[rows][:, ::-1].argmax(axis=1)
    return np.concatenate([np.stack([*rows, end], axis=1) for end in (first, last)])


def _interpolation(place: np.ndarray, size: int) -> sparse.csr_array:
    """Trilinear weights of a cubic lattice of ``size`` points a side at places (n, 3) within it.

    The same for every draw of the noise, and so ten times as fast as interpolating each anew.
    """
    low = np.floor(place).astype(np.int32)
    above = place - low
    along = np.stack([1 - above.T, above.T], axis=1)  # axis, below or above, place
    values = (along[0][:, None] * along[1])[:, :, None] * along[2]
    corners = np.ndindex(2, 2, 2)
    steps = np.array([(i * size + j) * size + k for i, j, k in corners], np.int32)
    points = (low @ np.array([size**2, size, 1], np.int32))[:, None] + steps
    row_starts = np.arange(len(place) + 1, dtype=np.int32) * len(steps)
    return sparse.csr_array(
        (values.reshape(len(steps), -1).T.ravel(), points.ravel(), row_starts), shape=(len(place), size**3)
    )


def _smooth_noise(fields: np.ndarray) -> np.ndarray:
    """Smooth noise of outlines, mm, of white noise (fields, k, j, i) on the lattice."""
    # a Gaussian filter of this width gives the field a Gaussian autocorrelation that falls to 1/e at the length
    width = OBSERVER_CORRELATION_MM / 2 / VARIANT_LATTICE_MM
    smooth: np.ndarray = ndimage.gaussian_filter(fields, (0, width, width, width), mode="wrap")
    for field in smooth:
        field *= OBSERVER_SD_MM / field.std()
    return smooth
