"""A template of a lumbar body, and its fit to the CT around a click.

The template is a cylinder with a kidney-shaped section, a waist and hollow endplates. Nine numbers place it: middle,
three angles, half width, half depth, half height. It fits where the CT is bright just inside of its surface and dark
just outside: cortex against muscle, fat, canal and disc. Where the pedicles leave, nothing is asked of it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region
from OVCFRiskLib.segmentation.cross_entropy import SearchSettings, SearchState, search
from OVCFRiskLib.segmentation.local_volume import LocalGrid, is_in_image, resample_local

# What muscle, fat, canal and disc have in common, and what any cortex reaches: beyond, HU say nothing of the edge.
SOFT_TISSUE_HU, CORTEX_HU = 60.0, 300.0
FIT_HALF_MM, FIT_SPACING_MM = np.array([40.0, 36.0, 32.0]), 1.0
# Wide edges first, which catch a template 5 mm off, then those of a CT.
FIT_SCALES_MM = (2.5, 1.2)
# Half width, depth and height of lumbar bodies of women and men: Zhou 2000, Eur Spine J 9:242.
MEAN = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 22.5, 16.5, 13.8])
# Where the fit looks first: axes 10 degrees off, bodies of all sizes.
SPREAD = np.array([3.0, 3.0, 3.0, 6.0, 4.0, 4.0, 3.0, 2.0, 1.8])
# Departures from the mean that cost alike.
PRIOR_SD = np.array([9.0, 6.0, 8.0, 6.0, 4.5, 3.0])
# A click is hardly further off than this; the fourth power leaves room within and little beyond.
CLICK_ERROR_MM = 9.0
PRIOR_WEIGHT = 0.025
# The search starts at the click and 4.5 mm beside it, so that a click 5 mm off has a start near the middle.
START_MM = 4.5
NARROWEST = np.array([0.15, 0.15, 0.15, 0.3, 0.3, 0.3, 0.15, 0.15, 0.15])
WIDE_SEARCH = SearchSettings(drawn=80, kept=10, rounds=8)
FINE_SEARCH = SearchSettings(drawn=100, kept=12, rounds=12)
FINE_CHAINS = 3
# Templates looked at together: larger blocks leave the cache, smaller ones make threads wait for each other.
BLOCK = 300
# Samples before and behind the surface, mm outwards.
INSIDE_MM, OUTSIDE_MM = (-2.0, -1.0), (1.5, 2.5)
LARGEST_DROP_HU, LARGEST_RISE_HU = 150.0, 60.0
WALL_ANGLES, WALL_HEIGHTS = 32, (-0.75, -0.45, -0.15, 0.15, 0.45, 0.75)
PLATE_RADII, PLATE_ANGLES = (0.2, 0.45, 0.65, 0.8), 16
# Endplates are hollow by 1.5-2 mm of a half height of 14.
HOLLOW, WAIST = 0.12, 0.9


# Points (n, 3), normals (n, 3), weights (n,).
Surface = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, slots=True)
class BodyTemplate:
    """A fitted template.

    Attributes
    ----------
    frame : BodyFrame
        Middle of the body and its own axes.
    half : np.ndarray
        (3,) half width, half depth, half height, mm.
    fit : float
        Mean drop over its surface as a part of the largest, at most 1.
    """

    frame: BodyFrame
    half: np.ndarray
    fit: float


def outline_radius(angle: np.ndarray) -> np.ndarray:
    """Radius of the section in units of half width and half depth; 0 is sideways, pi/2 backwards."""
    c, s = np.cos(angle), np.sin(angle)
    power = np.where(s > 0, 2.7, 2.1)
    radius = (np.abs(c) ** power + np.abs(s) ** power) ** (-1 / power)
    # the posterior wall is level or hollow
    return radius * (1 - np.where(s > 0, 0.14 * np.exp(-((c / 0.5) ** 2)), 0.0))


def waist(height: np.ndarray) -> np.ndarray:
    """Width at a height (-1..1) as a part of that at the endplates."""
    return WAIST + (1 - WAIST) * height**2


def plate_height(radius: np.ndarray) -> np.ndarray:
    """Height of an endplate at a radius (0..1) as a part of that at its rim."""
    return 1 - HOLLOW * (1 - np.clip(radius, 0, 1) ** 2)


def fit_template(ct: sitk.Image, frame: BodyFrame, seed: int = 0) -> BodyTemplate:
    """Place a template in the body around a click.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    frame : BodyFrame
        Centre at most some 6 mm off, axes at most some 15 degrees off.
    seed : int
        Of the search; the same seed gives the same result.
    """
    grid = LocalGrid(frame, FIT_HALF_MM, FIT_SPACING_MM)
    hu = np.clip(resample_local(ct, grid), SOFT_TISSUE_HU, CORTEX_HU)
    values = _values_at(ct, grid, hu)
    chains = SearchState(np.tile(MEAN, (7, 1)), np.tile(SPREAD, (7, 1)))
    chains.mean[1:, :3] += np.concatenate([np.eye(3), -np.eye(3)]) * START_MM
    random = np.random.default_rng(seed)
    chains = search(chains, values[0], WIDE_SEARCH, NARROWEST, random)
    chains = search(chains.best(values[1], FINE_CHAINS), values[1], FINE_SEARCH, NARROWEST, random)
    mean = chains.best(values[1], 1).mean
    axes = _rotations(mean[:, 3:6])[0].T @ frame.axes
    return BodyTemplate(BodyFrame(frame.lps(mean[:, :3])[0], axes), mean[0, 6:], float(values[1](mean)[0]))


def _values_at(ct: sitk.Image, grid: LocalGrid, hu: np.ndarray) -> list[Callable[[np.ndarray], np.ndarray]]:
    """For each scale, the function of (n, 9) templates that says how well they fit."""
    surface = _surface()
    side, back, up = np.broadcast_arrays(*grid.coordinates())
    is_seen = is_in_image(ct, grid.frame, np.stack([side, back, up], axis=-1))
    smooth = [ndimage.gaussian_filter(hu, scale / FIT_SPACING_MM) for scale in FIT_SCALES_MM]
    return [functools.partial(_fit_values, surface=surface, hu=each, is_seen=is_seen, grid=grid) for each in smooth]


def _surface() -> Surface:
    """Points (n, 3) and normals (n, 3) of the template in units of its half axes, and weights (n,)."""
    angle = np.arange(WALL_ANGLES) * 2 * np.pi / WALL_ANGLES
    height, angles = np.meshgrid(WALL_HEIGHTS, angle, indexing="ij")
    radius = outline_radius(angles)
    side, back = radius * np.cos(angles), radius * np.sin(angles)
    normal = np.stack([np.gradient(back, axis=1), -np.gradient(side, axis=1), np.zeros_like(side)], axis=-1)
    is_pedicle = in_pedicle_region(angles, height)
    wall = np.stack([side * waist(height), back * waist(height), height], axis=-1)
    sign, part, around = np.meshgrid((-1.0, 1.0), PLATE_RADII, angle[:: WALL_ANGLES // PLATE_ANGLES], indexing="ij")
    radius = part * outline_radius(around)
    plate = np.stack([radius * np.cos(around), radius * np.sin(around), sign * plate_height(radius)], axis=-1)
    up = np.stack([np.zeros_like(sign), np.zeros_like(sign), sign], axis=-1)
    wall_weight = np.where(is_pedicle, 0.0, 1.0).ravel()
    plate_weight = part.ravel()
    weights = np.concatenate([wall_weight / wall_weight.sum(), plate_weight / plate_weight.sum()]) / 2
    points = np.concatenate([wall.reshape(-1, 3), plate.reshape(-1, 3)])
    normals = np.concatenate([normal.reshape(-1, 3), up.reshape(-1, 3)])
    return points[weights > 0], normals[weights > 0], weights[weights > 0]


def _rotations(degrees: np.ndarray) -> np.ndarray:
    """(n, 3, 3) rotations by (n, 3) angles about the sideways, backward and upward axis."""
    c, s = np.cos(np.radians(degrees)).T, np.sin(np.radians(degrees)).T
    o, i = np.zeros(len(degrees)), np.ones(len(degrees))
    about_side = np.array([[i, o, o], [o, c[0], -s[0]], [o, s[0], c[0]]])
    about_back = np.array([[c[1], o, s[1]], [o, i, o], [-s[1], o, c[1]]])
    about_up = np.array([[c[2], -s[2], o], [s[2], c[2], o], [o, o, i]])
    return np.einsum("abn,bcn,cdn->nad", about_side, about_back, about_up)


def _fit_values(
    drawn: np.ndarray, surface: Surface, hu: np.ndarray, is_seen: np.ndarray, grid: LocalGrid
) -> np.ndarray:
    """How well (n, 9) templates fit; (n,)."""
    blocks = [drawn[start : start + BLOCK] for start in range(0, len(drawn), BLOCK)]
    edges = np.concatenate([_mean_edge(block, surface, hu.ravel(), is_seen.ravel(), grid) for block in blocks])
    prior = (((drawn - MEAN)[:, 3:] / PRIOR_SD) ** 2).sum(axis=1)
    prior += ((drawn[:, :3] / CLICK_ERROR_MM) ** 2).sum(axis=1) ** 2
    return edges - PRIOR_WEIGHT * prior


def _mean_edge(drawn: np.ndarray, surface: Surface, hu: np.ndarray, is_seen: np.ndarray, grid: LocalGrid) -> np.ndarray:
    """Mean drop of HU across the surface of (n, 9) templates as a part of the largest; (n,).

    Coordinates are kept apart, three arrays (n, points): several times faster than one of (n, points, 3).
    """
    points, normals, weights = surface
    half = drawn[:, 6:, None].swapaxes(0, 1)
    outwards = [normal / h for normal, h in zip(normals.T, half, strict=True)]
    length = np.sqrt(outwards[0] ** 2 + outwards[1] ** 2 + outwards[2] ** 2)
    rows = np.moveaxis(_rotations(drawn[:, 3:6]), 0, -1)[..., None]
    outwards = _turned(rows, [part / length for part in outwards])
    middle = _turned(rows, [point * h for point, h in zip(points.T, half, strict=True)])
    middle = [part + shift for part, shift in zip(middle, drawn[:, :3, None].swapaxes(0, 1), strict=True)]
    inner, outer = (
        [grid.nearest(*(m + mm * o for m, o in zip(middle, outwards, strict=True))) for mm in distances]
        for distances in (INSIDE_MM, OUTSIDE_MM)
    )
    drop = np.maximum(*(hu[place] for place in inner)) - (hu[outer[0]] + hu[outer[1]]) / 2
    edge = np.clip(drop, -LARGEST_RISE_HU, LARGEST_DROP_HU) / LARGEST_DROP_HU
    edge *= is_seen[outer[-1]]
    return edge @ weights


def _turned(rows: np.ndarray, parts: list[np.ndarray]) -> list[np.ndarray]:
    """Three coordinates, (n, points) each, turned by (3, 3, n, 1) rotations."""
    return [row[0] * parts[0] + row[1] * parts[1] + row[2] * parts[2] for row in rows]
