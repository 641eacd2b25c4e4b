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

# Below lie muscle, fat, canal and disc: what HU do there says nothing of the body's edge.
EDGE_FLOOR_HU = 60.0
# Any cortex reaches this after the blur of a clinical CT: what HU do above says nothing either.
EDGE_CEILING_HU = 300.0
# From the click to the border of the grid of the fit, mm to the left, backwards, upwards: half a body and 10 mm.
FIT_HALF_MM = np.array([40.0, 36.0, 32.0])
FIT_SPACING_MM = 1.0
# Wide edges first, which catch a template 5 mm off, then those of a CT.
FIT_SCALES_MM = (2.5, 1.2)
# A template's nine numbers: mm left, back, up; degrees about the same axes; half width, depth and height in mm, those
# of lumbar bodies of women and men (Zhou 2000, Eur Spine J 9:242).
MEAN = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 22.5, 16.5, 13.8])
# Where the fit looks first: axes 10 degrees off, bodies of all sizes.
SPREAD = np.array([3.0, 3.0, 3.0, 6.0, 4.0, 4.0, 3.0, 2.0, 1.8])
# Departures from the mean that cost alike.
PRIOR_SD = np.array([9.0, 6.0, 8.0, 6.0, 4.5, 3.0])
# A click is hardly further off than this; the fourth power leaves freedom within and little beyond.
CLICK_ERROR_MM = 9.0
# Edge, as a fraction of the largest, that a departure of one SD in one number is worth.
PRIOR_WEIGHT = 0.025
# The search starts at the click and 4.5 mm beside it, so that a click 5 mm off has a start near the middle.
START_MM = 4.5
# Spread of each of the nine numbers at which the search is as fine as its grid, mm and degrees.
NARROWEST = np.array([0.15, 0.15, 0.15, 0.3, 0.3, 0.3, 0.15, 0.15, 0.15])
# The first search asks only which start leads anywhere.
WIDE_SEARCH = SearchSettings(drawn=80, kept=10, rounds=8)
# The second one ends within a fraction of a mm (measured: longer searches change no voxel in a hundred).
FINE_SEARCH = SearchSettings(drawn=100, kept=12, rounds=12)
# Starts that the fine search goes on with.
FINE_CHAINS = 3
# Templates looked at together: larger blocks leave the cache, smaller ones make threads wait for each other.
BLOCK = 300
# Samples inside of the surface, mm outwards: the brighter one counts, as a cortex is thinner than their distance.
INSIDE_MM = (-2.0, -1.0)
# Samples outside of the surface, mm outwards: their mean counts.
OUTSIDE_MM = (1.5, 2.5)
# A drop of HU across the surface beyond this is no better edge: a cortex of 0.5 mm after the blur of a clinical CT.
LARGEST_DROP_HU = 150.0
# ... and a rise beyond this no worse one: a pedicle, a vessel with contrast, an osteophyte.
LARGEST_RISE_HU = 60.0
# Places of the wall around the body, and in half heights; none is nearer to the rims than 3 mm.
WALL_ANGLES = 32
WALL_HEIGHTS = (-0.75, -0.45, -0.15, 0.15, 0.45, 0.75)
# Places of the endplates, in radii of the outline and around.
PLATE_RADII = (0.2, 0.45, 0.65, 0.8)
PLATE_ANGLES = 16
# Depth of an endplate's hollow in half heights: 1.5-2 mm of 14.
HOLLOW = 0.12
# Width of a body at its waist as a fraction of that at its endplates.
WIDTH_AT_WAIST = 0.9
# The section is a superellipse: blunt behind, nearly an ellipse in front.
POWER_BEHIND = 2.7
POWER_IN_FRONT = 2.1
# Hollow of the posterior wall in half depths, and its half width in half widths (as a cosine).
HOLLOW_BEHIND = 0.14
HOLLOW_HALF_WIDTH = 0.5


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
        Mean drop over its surface as a fraction of the largest, at most 1.
    """

    frame: BodyFrame
    half: np.ndarray
    fit: float


def outline_radius(angle: np.ndarray) -> np.ndarray:
    """Radius of the section in units of half width and half depth; 0 is sideways, pi/2 backwards."""
    cosine, sine = np.cos(angle), np.sin(angle)
    power = np.where(sine > 0, POWER_BEHIND, POWER_IN_FRONT)
    radius = (np.abs(cosine) ** power + np.abs(sine) ** power) ** (-1 / power)
    # the posterior wall is level or hollow
    return radius * (1 - np.where(sine > 0, HOLLOW_BEHIND * np.exp(-((cosine / HOLLOW_HALF_WIDTH) ** 2)), 0.0))


def waist(height: np.ndarray) -> np.ndarray:
    """Width at a height (-1..1) as a fraction of that at the endplates."""
    return WIDTH_AT_WAIST + (1 - WIDTH_AT_WAIST) * height**2


def plate_height(radius: np.ndarray) -> np.ndarray:
    """Height of an endplate at a radius (0..1) as a fraction of that at its rim."""
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
    hu = np.clip(resample_local(ct, grid), EDGE_FLOOR_HU, EDGE_CEILING_HU)
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
    sign, fraction, around = np.meshgrid((-1.0, 1.0), PLATE_RADII, angle[:: WALL_ANGLES // PLATE_ANGLES], indexing="ij")
    radius = fraction * outline_radius(around)
    plate = np.stack([radius * np.cos(around), radius * np.sin(around), sign * plate_height(radius)], axis=-1)
    up = np.stack([np.zeros_like(sign), np.zeros_like(sign), sign], axis=-1)
    wall_weight = np.where(is_pedicle, 0.0, 1.0).ravel()
    plate_weight = fraction.ravel()
    weights = np.concatenate([wall_weight / wall_weight.sum(), plate_weight / plate_weight.sum()]) / 2
    points = np.concatenate([wall.reshape(-1, 3), plate.reshape(-1, 3)])
    normals = np.concatenate([normal.reshape(-1, 3), up.reshape(-1, 3)])
    return points[weights > 0], normals[weights > 0], weights[weights > 0]


def _rotations(degrees: np.ndarray) -> np.ndarray:
    """(n, 3, 3) rotations by (n, 3) angles about the sideways, backward and upward axis."""
    cosine, sine = np.cos(np.radians(degrees)).T, np.sin(np.radians(degrees)).T
    zero, one = np.zeros(len(degrees)), np.ones(len(degrees))
    about_side = np.array([[one, zero, zero], [zero, cosine[0], -sine[0]], [zero, sine[0], cosine[0]]])
    about_back = np.array([[cosine[1], zero, sine[1]], [zero, one, zero], [-sine[1], zero, cosine[1]]])
    about_up = np.array([[cosine[2], -sine[2], zero], [sine[2], cosine[2], zero], [zero, zero, one]])
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
    """Mean drop of HU across the surface of (n, 9) templates as a fraction of the largest; (n,).

    Coordinates are kept apart, three arrays (n, points): several times faster than one of (n, points, 3).
    """
    points, normals, weights = surface
    half = drawn[:, 6:, None].swapaxes(0, 1)
    outwards = [normal / h for normal, h in zip(normals.T, half, strict=True)]
    length = np.sqrt(outwards[0] ** 2 + outwards[1] ** 2 + outwards[2] ** 2)
    rows = np.moveaxis(_rotations(drawn[:, 3:6]), 0, -1)[..., None]
    outwards = _turned(rows, [each / length for each in outwards])
    middle = _turned(rows, [point * h for point, h in zip(points.T, half, strict=True)])
    middle = [each + shift for each, shift in zip(middle, drawn[:, :3, None].swapaxes(0, 1), strict=True)]
    inner, outer = (
        [grid.nearest(*(m + mm * o for m, o in zip(middle, outwards, strict=True))) for mm in distances]
        for distances in (INSIDE_MM, OUTSIDE_MM)
    )
    drop = np.maximum(*(hu[place] for place in inner)) - (hu[outer[0]] + hu[outer[1]]) / 2
    edge = np.clip(drop, -LARGEST_RISE_HU, LARGEST_DROP_HU) / LARGEST_DROP_HU
    edge *= is_seen[outer[-1]]
    return edge @ weights


def _turned(rows: np.ndarray, coordinates: list[np.ndarray]) -> list[np.ndarray]:
    """Three coordinates, (n, points) each, turned by (3, 3, n, 1) rotations."""
    x, y, z = coordinates
    return [row[0] * x + row[1] * y + row[2] * z for row in rows]
