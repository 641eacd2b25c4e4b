"""The fit of the template to a CT: bright just inside of its surface, dark just outside.

That is cortex against muscle, fat, canal and disc. Where the pedicles leave, nothing is asked of it. Where the search
begins and what departures cost, a `TemplatePrior` says: of a click alone, or of the whole spine (`placement`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.segmentation.body_template import BodyTemplate, TemplateSurface, template_surface
from OVCFRiskLib.segmentation.cross_entropy import SearchSettings, SearchState, search
from OVCFRiskLib.segmentation.local_volume import LocalGrid, is_grid_in_image, resample_local
from OVCFRiskLib.segmentation.marrow import UNKNOWN_LEVELS, OwnLevels

# Below lie muscle, fat, canal and disc: what HU do there says nothing of the body's edge.
EDGE_FLOOR_HU = 40.0
# The template is fitted with a lower floor: a cortex of 0.2 mm is no brighter than muscle, and fat beside it shows it.
FIT_FLOOR_HU = 20.0
# Any cortex reaches this after the blur of a clinical CT: what HU do above says nothing either.
EDGE_CEILING_HU = 300.0
# From the click to the border of the grid of the fit, mm to the left, backwards, upwards: half a body and 10 mm.
FIT_HALF_MM = np.array([40.0, 36.0, 32.0])
FIT_SPACING_MM = 1.0
# Wide edges first, which catch a template 5 mm off a click ...
CLICK_SCALE_MM = 2.5
# ... then those of a CT.
FINE_SCALE_MM = 1.2
# A template's nine numbers: mm left, back, up; degrees about the same axes; half width, depth and height in mm, those
# of lumbar bodies of women and men (Zhou 2000, Eur Spine J 9:242).
MEAN = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 22.5, 16.5, 13.8])
# Where the fit looks first: axes 10 degrees off, bodies of all sizes.
PARAMETER_SPREAD = np.array([3.0, 3.0, 3.0, 6.0, 4.0, 4.0, 3.0, 2.0, 1.8])
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
# Templates looked at together: larger blocks leave the cache, and OpenBLAS would multiply their matrices in threads of
# its own; smaller ones make threads wait for each other.
BLOCK = 200
# Samples inside of the surface, mm outwards: the brighter one counts, as a cortex is thinner than their distance.
FIT_INSIDE_MM = (-2.0, -1.0)
# Samples outside of the surface, mm outwards: their mean counts.
FIT_OUTSIDE_MM = (1.5, 2.5)
# A drop of HU across the surface beyond this is no better edge: a cortex of 0.5 mm after the blur of a clinical CT ...
LARGEST_DROP_HU = 150.0
# ... or, where the body's own drops are smaller, so many times their mean: a thin cortex all around counts for more
# than one strong edge somewhere.
OWN_DROP_FACTOR = 1.5
# No body's own drops are taken for smaller, HU: noise.
LEAST_OWN_DROP_HU = 50.0
# The first search takes drops of this size for full, HU: it must not miss a thin cortex.
WIDE_DROP_HU = 80.0
# ... and a rise beyond this no worse one: a pedicle, a vessel with contrast, an osteophyte.
LARGEST_RISE_HU = 60.0
# Where marrow is darker than the disc, a plate may not stand out: marrow and disc lie so far from it, mm outwards, and
# each is worth so much of a full edge.
MARROW_MM = -5.5
DISC_AT_MM = 2.0
MARROW_WORTH = 0.25
# A template of which less than this fraction is seen is no better for having little that speaks against it.
LEAST_SEEN = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class TemplatePrior:
    """Where a template is looked for. Nine numbers: mm left, back, up, degrees about these axes, half axes in mm.

    Attributes
    ----------
    frame : BodyFrame
        The axes that the numbers refer to.
    starts : numpy.ndarray (chains, 9)
        Where the chains of the search begin.
    spread : numpy.ndarray (9,)
        SD of the first draws.
    scale_mm : float
        Smoothing of the CT in the first search: wide where the starts may be far off.
    cost : callable
        Templates (n, 9) to what they cost (n,), in units of a full edge.
    own : OwnLevels
        HU of the body's marrow and of the discs.
    """

    frame: BodyFrame
    starts: np.ndarray
    spread: np.ndarray
    scale_mm: float
    cost: Callable[[np.ndarray], np.ndarray]
    own: OwnLevels = UNKNOWN_LEVELS


def click_prior(frame: BodyFrame) -> TemplatePrior:
    """What a click alone says: its centre is at most some 6 mm off, its axes at most some 15 degrees."""
    starts = np.tile(MEAN, (7, 1))
    starts[1:, :3] += np.concatenate([np.eye(3), -np.eye(3)]) * START_MM
    return TemplatePrior(frame, starts, PARAMETER_SPREAD, CLICK_SCALE_MM, _click_cost)


def _click_cost(drawn: np.ndarray) -> np.ndarray:
    """Cost of departures from the click and from the mean body."""
    departure = (((drawn - MEAN)[:, 3:] / PRIOR_SD) ** 2).sum(axis=1)
    departure += ((drawn[:, :3] / CLICK_ERROR_MM) ** 2).sum(axis=1) ** 2
    return PRIOR_WEIGHT * departure


def fit_template(ct: sitk.Image, prior: TemplatePrior, seed: int = 0) -> BodyTemplate:
    """Place a template in a body.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    prior : TemplatePrior
    seed : int
        Of the search; the same seed gives the same result.
    """
    return begin_search(ct, prior, seed).finish(prior)


def begin_search(ct: sitk.Image, prior: TemplatePrior, seed: int = 0) -> TemplateSearch:
    """Look for a template with wide edges first. Parameters as `fit_template`."""
    fit = _Fit.of(ct, LocalGrid(prior.frame, FIT_HALF_MM, FIT_SPACING_MM), (prior.scale_mm, FINE_SCALE_MM), prior.own)
    random = np.random.default_rng(seed)
    chains = SearchState(prior.starts, np.tile(prior.spread, (len(prior.starts), 1)))
    chains = search(chains, fit.value(prior, 0, WIDE_DROP_HU), WIDE_SEARCH, NARROWEST, random)
    return TemplateSearch(fit, chains.best(fit.value(prior, 1, WIDE_DROP_HU), FINE_CHAINS), random)


@dataclass(frozen=True, slots=True, eq=False)
class TemplateSearch:
    """A search half way: where its best chains stand.

    Attributes
    ----------
    fit : _Fit
    chains : SearchState
        The best one first.
    random : numpy.random.Generator
    """

    fit: _Fit
    chains: SearchState
    random: np.random.Generator

    def edges(self, drawn: np.ndarray) -> np.ndarray:
        """Mean drop across the surface of (n, 9) templates as a fraction of a full one; (n,)."""
        return self.fit.edges(drawn, 1, WIDE_DROP_HU)

    def finish(self, prior: TemplatePrior, starts: np.ndarray | None = None) -> BodyTemplate:
        """The fitted template.

        Parameters
        ----------
        prior : TemplatePrior
            In the frame that the search began with.
        starts : numpy.ndarray (chains, 9), optional
            Where the chains go on instead of where they stand.
        """
        fit = self.fit
        chains = self.chains if starts is None else SearchState(starts, self.chains.spread)
        own_hu = OWN_DROP_FACTOR * LARGEST_DROP_HU * float(fit.edges(chains.mean, 1, LARGEST_DROP_HU).max())
        fine = fit.value(prior, 1, min(max(own_hu, LEAST_OWN_DROP_HU), LARGEST_DROP_HU))
        mean = search(chains, fine, FINE_SEARCH, NARROWEST, self.random).best(fine, 1).mean
        axes = _rotations(mean[:, 3:6])[0].T @ prior.frame.axes
        frame = BodyFrame(prior.frame.lps(mean[:, :3])[0], axes)
        return BodyTemplate(frame, mean[0, 6:], float(fit.edges(mean, 1, LARGEST_DROP_HU)[0]))


@dataclass(frozen=True, slots=True, eq=False)
class _Fit:
    """What templates are compared with: the CT around a body, at two scales, laid out in one row each.

    ``is_seen`` is None where all of it lies in the CT.
    """

    grid: LocalGrid
    surface: TemplateSurface
    smooth: tuple[np.ndarray, ...]
    is_seen: np.ndarray | None
    marrow: np.ndarray | None

    @classmethod
    def of(cls, ct: sitk.Image, grid: LocalGrid, scales_mm: tuple[float, ...], own: OwnLevels) -> _Fit:
        hu = np.clip(resample_local(ct, grid), FIT_FLOOR_HU, EDGE_CEILING_HU)
        is_seen = is_grid_in_image(ct, grid)
        smooth = tuple(ndimage.gaussian_filter(hu, scale / FIT_SPACING_MM).ravel() for scale in scales_mm)
        marrow = own.likeness(smooth[-1]) if own.is_dark else None
        return cls(grid, template_surface(), smooth, None if is_seen.all() else is_seen.ravel(), marrow)

    def value(self, prior: TemplatePrior, scale: int, full_hu: float) -> Callable[[np.ndarray], np.ndarray]:
        """What templates are worth: their edges less the cost of their departures."""
        return lambda drawn: self.edges(drawn, scale, full_hu) - prior.cost(drawn)

    def edges(self, drawn: np.ndarray, scale: int, full_hu: float) -> np.ndarray:
        """Mean drop across the surface of (n, 9) templates as a fraction of a full one of so many HU; (n,)."""
        blocks = [drawn[start : start + BLOCK] for start in range(0, len(drawn), BLOCK)]
        return np.concatenate([self._edges(block, self.smooth[scale], full_hu) for block in blocks])

    def _edges(self, drawn: np.ndarray, hu: np.ndarray, full_hu: float) -> np.ndarray:
        """The same of a few templates."""
        turned = _rotations(drawn[:, 3:6])
        middle, outwards = self._placed(drawn, turned)
        is_within = self._is_within(drawn, turned)
        inner, outer = (
            [self.grid.nearest(middle, outwards, mm, is_within) for mm in distances]
            for distances in (FIT_INSIDE_MM, FIT_OUTSIDE_MM)
        )
        drop = np.maximum(*(hu.take(place) for place in inner)) - (hu.take(outer[0]) + hu.take(outer[1])) / 2
        edge = np.clip(drop, -LARGEST_RISE_HU, full_hu) / full_hu
        if self.marrow is not None:
            plate = self.surface.normals[:, 2] != 0
            marrow, disc = (
                self.marrow[self.grid.nearest(middle[..., plate], outwards[..., plate], mm)]
                for mm in (MARROW_MM, DISC_AT_MM)
            )
            edge[:, plate] = np.maximum(edge[:, plate], 0.0) + MARROW_WORTH * (marrow - disc)
        if self.is_seen is None:
            return (edge * self.surface.weights).sum(axis=1) / max(float(self.surface.weights.sum()), LEAST_SEEN)
        weights = self.is_seen.take(outer[-1]) * self.surface.weights
        # what is out of view is taken to be as clear as what is seen
        return (edge * weights).sum(axis=1) / np.maximum(weights.sum(axis=1), LEAST_SEEN)

    def _is_within(self, drawn: np.ndarray, turned: np.ndarray) -> bool:
        """True where no sample of these templates lies beyond the grid."""
        farthest = np.abs(self.surface.points).max(axis=0) * np.abs(drawn[:, 6:])
        reach = (np.abs(turned) * farthest[:, None]).sum(axis=2) + FIT_OUTSIDE_MM[-1]
        return bool((np.abs(drawn[:, :3]) + reach <= self.grid.half).all())

    def _placed(self, drawn: np.ndarray, turned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Surfaces of templates: places, and steps of 1 mm outwards; (3, n, points) in steps of the grid.

        Coordinates are kept apart, which is several times faster than (n, points, 3); a product of matrices turns,
        scales and shifts all at once.
        """
        half, points, normals = drawn[:, 6:], self.surface.points.T, self.surface.normals.T
        axes = np.moveaxis(turned, 1, 0)  # (3, n, 3)
        start = self.grid.steps(drawn[:, :3].T)
        middle = np.concatenate([axes * half / self.grid.spacing, start[..., None]], axis=2)
        middle = middle @ np.concatenate([points, np.ones((1, points.shape[1]))])
        length = np.sqrt(half**-2 @ np.square(normals)) * self.grid.spacing
        outwards = (axes / half) @ normals
        outwards /= length
        return middle, outwards


def _rotations(degrees: np.ndarray) -> np.ndarray:
    """(n, 3, 3) rotations by (n, 3) angles about the sideways, backward and upward axis."""
    cosine, sine = np.cos(np.radians(degrees)).T, np.sin(np.radians(degrees)).T
    zero, one = np.zeros(len(degrees)), np.ones(len(degrees))
    about_side = np.array([[one, zero, zero], [zero, cosine[0], -sine[0]], [zero, sine[0], cosine[0]]])
    about_back = np.array([[cosine[1], zero, sine[1]], [zero, one, zero], [-sine[1], zero, cosine[1]]])
    about_up = np.array([[cosine[2], -sine[2], zero], [sine[2], cosine[2], zero], [zero, zero, one]])
    return np.einsum("abn,bcn,cdn->nad", about_side, about_back, about_up)
