"""Masks another observer, or the same one on another day, could have drawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import Box, array_view, mask_box
from OVCFRiskLib.radiomics.mask_stack import STACK_MASKS, MaskBits, MaskStack
from OVCFRiskLib.radiomics.orientation import axial_views
from OVCFRiskLib.scoring.outline_noise import NOISE_LIMIT_MM, AxisWeights, draw_white, outline_noise
from OVCFRiskLib.scoring.surface_depth import signed_depth, slopes_at


@dataclass(frozen=True, slots=True, eq=False)
class _Band:
    """The voxels near the surface, which a perturbation can turn; axes are in axial order.

    Attributes
    ----------
    index : tuple of 3 arrays (n,)
        [k, j, i] of each voxel.
    depth_mm : numpy.ndarray, (n,)
        Signed distance to the surface, positive inside.
    inward : numpy.ndarray, (n, 3)
        Unit normals into the body, along (k, j, i).
    noise_axes : tuple of AxisWeights
        What planes, rows and columns take from the lattice of the noise.
    half_voxel_mm : numpy.ndarray, (3,)
        Along (k, j, i).
    """

    index: tuple[np.ndarray, np.ndarray, np.ndarray]
    depth_mm: np.ndarray
    inward: np.ndarray
    noise_axes: tuple[AxisWeights, AxisWeights, AxisWeights]
    half_voxel_mm: np.ndarray


def mask_variants(mask: sitk.Image, repeats: int = 30, seed: int = 0) -> Iterator[np.ndarray]:
    """Perturb the outline of a mask.

    Variants come in pairs of opposite sign, so that they surround the mask, and add up: growth or shrinkage by up to
    half a voxel, drawn for each axis (the first pair: half a voxel along every axis); a shift by up to half a voxel,
    both spread evenly over the pairs; and smooth noise of the outline as between observers (SD 0.5 mm, correlation
    length 5 mm).

    Parameters
    ----------
    mask : SimpleITK.Image
        Non-zero inside. Leave a margin of some millimetres around the body for growth.
    repeats : int
        Number of variants.
    seed : int
        Same mask and seed, same variants. They are drawn along the CT's axes in axial order about the mask's centre, so
        they do not depend on the order or direction of the array's axes, nor on the place of the body.

    Yields
    ------
    numpy.ndarray of bool, [k, j, i]

    Raises
    ------
    OVCFRiskError
        If the mask is empty.
    """
    everywhere = np.ones(mask.GetSize()[::-1], bool)
    for words, count in _words_of_variants(mask, everywhere, repeats, seed):
        bits = MaskBits(words)
        for number in range(count):
            yield bits.held_by(number)


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
    drawn = np.zeros(mask.GetSize()[::-1], bool)
    drawn[part] = wanted
    for words, count in _words_of_variants(mask, drawn, repeats, seed):
        yield MaskStack(words[part], count)


def variants_reach_mm(mask: sitk.Image) -> float:
    """Distance from the surface of a mask beyond which no variant turns a voxel."""
    half_voxel = np.array(mask.GetSpacing()) / 2
    return float(np.linalg.norm(half_voxel) + half_voxel.max() + NOISE_LIMIT_MM)


def _words_of_variants(
    mask: sitk.Image, drawn: np.ndarray, repeats: int, seed: int
) -> Iterator[tuple[np.ndarray, int]]:
    """Words [k, j, i] of so many variants as a word has bits, and how many these are; then the next."""
    (inside, wanted), spacing = axial_views(mask, array_view(mask) != 0, drawn)
    box = mask_box(inside)
    if box is None:
        raise OVCFRiskError("expected a mask with voxels, got an empty one; add seeds or correct the segment")
    band = _band(inside, box, spacing, variants_reach_mm(mask), wanted)
    rng = np.random.default_rng(seed)
    moves = _moves(rng, (repeats + 1) // 2) * band.half_voxel_mm
    for first in range(0, repeats, STACK_MASKS):
        count = min(STACK_MASKS, repeats - first)
        words = np.where(inside, np.uint32(2**count - 1), np.uint32(0))
        words[band.index] = _words_in_band(band, rng, moves[first // 2 :][: (count + 1) // 2], count)
        in_order = np.empty(drawn.shape, np.uint32)
        axial_views(mask, in_order)[0][0][...] = words
        yield in_order, count


def _moves(rng: np.random.Generator, pairs: int) -> np.ndarray:
    """Growth and shift (pairs, 2, 3) of each pair of variants, in half voxels along (k, j, i).

    From -1 to 1, and each of the six evenly spread over the pairs: of as many equal parts of that range as there are
    pairs, every part is drawn from once. The scatter of the variants then depends less on the seed. The growth of the
    first pair is then half a voxel along every axis, the largest there is.

    References
    ----------
    McKay MD, Beckman RJ, Conover WJ (1979) A comparison of three methods for selecting values of input variables.
    Technometrics 21:239 (Latin hypercube sampling).
    """
    parts = rng.permuted(np.tile(np.arange(pairs), (6, 1)), axis=1)
    moves = (parts + rng.uniform(size=parts.shape)) * 2 / pairs - 1
    moves = moves.T.reshape(pairs, 2, 3)
    moves[:1, 0] = 1
    return moves


def _words_in_band(band: _Band, rng: np.random.Generator, moves: np.ndarray, count: int) -> np.ndarray:
    """Which of the next ``count`` variants hold each voxel of the band; uint32 (n,)."""
    white = [draw_white(rng) for _ in moves]
    growth_and_shift = np.concatenate([moves[:, 0], -moves[:, 1]], axis=1).T.astype(np.float32)
    along = np.concatenate([band.inward**2, band.inward], axis=1)
    change = outline_noise(white, band.noise_axes, band.index)
    # not a matrix product: the last bits of BLAS depend on its number of threads
    change += np.einsum("vm,mp->vp", along, growth_and_shift)
    depth = band.depth_mm[:, None]
    held = np.zeros((len(depth), STACK_MASKS), bool)
    held[:, : len(moves) * 2 : 2] = change > -depth
    held[:, 1:count:2] = (change < depth)[:, : count // 2]
    words: np.ndarray = np.packbits(held, axis=1, bitorder="little").view("<u4").ravel()
    return words


def _band(inside: np.ndarray, box: Box, spacing: tuple[float, ...], reach_mm: float, wanted: np.ndarray) -> _Band:
    """Voxels that a variant may turn, of those that are wanted, with their depth and normals; ``box`` is the mask's."""
    # a body at the edge goes on beyond it
    padded = np.pad(inside, 1, mode="edge")
    depth = signed_depth(padded, spacing, reach_mm)
    near = np.abs(depth) <= reach_mm
    near[1:-1, 1:-1, 1:-1] &= wanted
    for axis in range(3):
        np.moveaxis(near, axis, 0)[[0, -1]] = False
    number = np.flatnonzero(near)
    inward = slopes_at(depth, number, spacing)
    inward /= np.maximum(np.sqrt(np.square(inward).sum(axis=1, keepdims=True)), np.float32(1e-6))
    depth = depth.reshape(-1)[number]
    half_voxel = np.array(spacing) / 2
    # across the surface less is possible than along the diagonal of a voxel
    can_turn = np.abs(depth) <= np.einsum("va,a->v", inward**2 + np.abs(inward), half_voxel) + NOISE_LIMIT_MM
    k, j, i = np.unravel_index(number[can_turn], padded.shape)
    # counted from the mask's first voxel: what surrounds it then changes no bit
    along = zip(inside.shape, box, _middle(inside[box]), spacing, strict=True)
    planes, rows, columns = (
        AxisWeights.at((np.arange(n) - part.start - middle) * step) for n, part, middle, step in along
    )
    index = (k - 1, j - 1, i - 1)
    return _Band(index, depth[can_turn], inward[can_turn], (planes, rows, columns), half_voxel)


def _middle(voxels: np.ndarray) -> np.ndarray:
    """Mean [k, j, i] of some voxels, found from how many each plane has."""
    in_slices = np.count_nonzero(voxels, axis=(1, 2)), *(np.count_nonzero(voxels, axis=0).sum(axis=n) for n in (1, 0))
    return np.array([planes @ np.arange(len(planes)) for planes in in_slices]) / in_slices[0].sum()
