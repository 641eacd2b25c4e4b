"""Both endplates of a body found in the CT, below the size of its voxels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.quality.body_columns import STRIP_MM, BodyColumns
from OVCFRiskLib.quality.plate_blur import PlateBlur
from OVCFRiskLib.quality.plate_shape import PLATE_TERMS, plate_terms

# Profiles are read so far inwards and outwards of a plate, besides a slice, mm: beyond lie the other plate's bone and,
# at discs of 5 mm and more, the neighbour's plate.
INWARDS_MM = 5.0
OUTWARDS_MM = 3.0
MOST_OUTWARDS_MM = 7.0
# Walls with their rounded rims are left out, as a fraction of the depth.
WALL_FRACTION = 0.07
# Voxels are taken so far apart in the plates and along the axis, mm: noise and trabeculae are the same over less
# (speed), but a profile needs all its slices.
APART_MM = 1.5
APART_ALONG_MM = 0.6
# Fewer voxels than this at one plate do not show it.
LEAST_VOXELS = 60
# A first guess is moved by so much to find the edge, mm, coarse and then fine.
SHIFTS_MM = (np.arange(-3.0, 3.01, 0.75), np.arange(-0.6, 0.61, 0.3))
# What the parts of a profile are in most bodies, and how far they spread: bony plate (HU mm), bone and its change from
# front to back, dense trabeculae under the plate, then disc and its change for either plate (HU).
PARTS = np.array([300.0, 100.0, 0.0, 40.0, 80.0, 0.0, 80.0, 0.0])
PARTS_SD = np.array([400.0, 150.0, 40.0, 60.0, 40.0, 20.0, 40.0, 20.0])
# A plate is bone and no gap, whatever fits best: the least of its parts, where the others may be anything.
LEAST_PARTS = np.array([10.0, -np.inf, -np.inf, 0.0, -np.inf, -np.inf, -np.inf, -np.inf])
# How far a plate's terms spread about the mask's own walls and about a hollow of 1.5 mm: walls in units of half a
# slice, at least 1 mm; hollow 1-3 mm deep (Zhou et al. 2000, Eur Spine J 9:242); nearly level to the sides.
TERMS = np.array([0.0, 0.0, -1.5, 0.0, 0.0, 0.0])
TERMS_SD = np.array([1.0, 1.0, 1.5, 0.35, 1.0, 0.7])
# So many of these voxels still count as one: trabeculae are the same along the axis, and no plate is a smooth one.
# Slices that overlap share more.
VOXELS_PER_SAMPLE = 2.0
# First guess of what profiles scatter by, HU; residuals beyond so many SD lose their weight (osteophytes, veins).
SCATTER_HU = 30.0
OUTLIER_SD = 2.5
MOST_STEPS = 12
# Longest step of a term, and the one that ends the search, mm.
LONGEST_STEP_MM = 1.0
LAST_STEP_MM = 0.01
# A plate is seen when its profile rises or falls by this much, HU: half of what 5 mm slices leave of a plate of 0.2 mm.
SEEN_HU = 20.0
# ... and lies within this of the mask's end, besides half a slice, mm: what a careful outline may miss.
MASK_REACH_MM = 5.0


@dataclass(frozen=True, slots=True, eq=False)
class FittedPlates:
    """Both plates of a body as weights of `plate_terms`, mm.

    Attributes
    ----------
    weights : numpy.ndarray, (2, 6)
        Of the upper and the lower plate, outwards along the body's axis.
    covariance : numpy.ndarray, (6, 6)
        Of the sum of both, mm^2.
    """

    weights: np.ndarray
    covariance: np.ndarray

    def heights(self, fraction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Heights in the mid-plane at places from front to back, and their SD, mm."""
        terms = plate_terms(fraction, np.zeros_like(fraction))
        variance = np.einsum("ni,ij,nj->n", terms, self.covariance, terms)
        return terms @ self.weights.sum(axis=0), np.sqrt(variance)


@dataclass(frozen=True, slots=True, eq=False)
class _Voxels:
    """Voxels about one plate: their terms, place outwards of the body's middle (mm), front to back (-1..1), HU."""

    terms: np.ndarray
    outwards: np.ndarray
    along: np.ndarray
    hu: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """What is fitted: voxels of both plates, the blur, the first guess, the windows, and what voxels share a sample."""

    plates: tuple[_Voxels, _Voxels]
    blur: PlateBlur
    start: np.ndarray
    terms_sd: np.ndarray
    window: tuple[float, float]
    voxels_per_sample: float

    @property
    def hu(self) -> np.ndarray:
        """HU of the voxels of both plates."""
        return np.concatenate([plate.hu for plate in self.plates])

    @property
    def expected(self) -> np.ndarray:
        """Terms that are expected: the walls of the mask, the rest of a whole body."""
        expected = np.tile(TERMS, (2, 1))
        expected[:, :2] = self.start[:, :2]
        return expected


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """One plate: columns (n, 8) that the parts weigh, whether voxels lie in the window, and their places outwards."""

    columns: np.ndarray
    within: np.ndarray
    outwards: np.ndarray


def fit_plates(body: LevelCutOut, columns: BodyColumns) -> FittedPlates | None:
    """Find the endplates as smooth surfaces whose blurred profile explains the CT best.

    A profile along the body's axis is bone, a thin bony plate with dense trabeculae under it, and disc, blurred by the
    extent of a voxel along the axis. Both plates of a body share their bone and plate; where they lie is searched with
    all voxels of the strip at once, so that slices that cut a plate at many heights give its place below their
    thickness. What profiles and plates look like in most bodies enters as weak knowledge (a prior), which decides only
    what thick slices leave open.

    Parameters
    ----------
    body : LevelCutOut
        Cut out of labels and CT.
    columns : BodyColumns
        Of the same mask: the first guess, and where its walls are.

    Returns
    -------
    FittedPlates or None
        None where the CT shows no plates near the ends of the mask.
    """
    problem = _set_up(body, columns)
    if problem is None:
        return None
    weights = _shifted(problem)
    fitted = _refined(problem, weights)
    return fitted if fitted is not None and _is_near_mask(problem, fitted.weights, body) else None


def _set_up(body: LevelCutOut, columns: BodyColumns) -> _Problem | None:
    """Voxels about the ends of the mask."""
    slice_mm = body.blur_along(body.frame.superior)
    window = INWARDS_MM + slice_mm, min(OUTWARDS_MM + slice_mm, MOST_OUTWARDS_MM)
    margin_mm = WALL_FRACTION * columns.depth_mm
    inner = columns.keeps_off_walls(columns.left, columns.back, margin_mm)
    if np.count_nonzero(inner) < LEAST_VOXELS:
        return None
    terms_sd = TERMS_SD.copy()
    terms_sd[:2] *= max(1.0, slice_mm / 2)
    ends = columns.upper[inner], -columns.lower[inner]
    start = _start(plate_terms(columns.fraction[inner], columns.left[inner]), np.stack(ends), slice_mm)
    shared = VOXELS_PER_SAMPLE * slice_mm / body.voxel_along(body.frame.superior)
    thin = _thinned(body)
    kept = [np.arange(size)[step] for size, step in zip(body.mask.shape, thin, strict=True)]
    index = np.stack(np.meshgrid(*kept, indexing="ij"), axis=-1).reshape(-1, 3)
    local, hu = body.frame.local(body.lps(index)), body.hu[thin].ravel().astype(float)
    is_inner = columns.keeps_off_walls(local[:, 0], local[:, 1], margin_mm)
    is_other = ((body.labels != 0) & ~body.mask)[thin].ravel()
    is_in = (np.abs(local[:, 0]) <= STRIP_MM) & is_inner & ~is_other & np.isfinite(hu)  # beside a mask it may be none
    local, hu = local[is_in], hu[is_in]
    fraction = columns.fraction_at(local[:, 1])
    terms, plates = plate_terms(fraction, local[:, 0]), []
    for sign, weights in zip((1, -1), start, strict=True):
        outwards = sign * local[:, 2] - terms @ weights
        reach = float(SHIFTS_MM[0].max())
        near = np.flatnonzero((outwards > -window[0] - reach) & (outwards < window[1] + reach))
        if len(near) < LEAST_VOXELS:
            return None
        plates.append(_Voxels(terms[near], sign * local[near, 2], 2 * fraction[near] - 1, hu[near]))
    return _Problem((plates[0], plates[1]), PlateBlur.of_slices(slice_mm), start, terms_sd, window, shared)


def _thinned(body: LevelCutOut) -> tuple[slice, ...]:
    """Every so many voxels along each axis of the array."""
    corners = body.frame.local(body.lps(np.vstack([np.zeros(3), np.eye(3)])))
    steps = np.abs(corners[1:] - corners[0])
    apart = np.where(steps[:, 2] == steps[:, 2].max(), APART_ALONG_MM, APART_MM)
    return tuple(slice(None, None, max(1, round(mm / step))) for mm, step in zip(apart, body.spacing_kji, strict=True))


def _start(terms: np.ndarray, ends: np.ndarray, slice_mm: float) -> np.ndarray:
    """Weights (2, 6) of both plates that fit the ends of the mask, whose steps are half a slice."""
    loose = np.array([np.inf, np.inf, *TERMS_SD[2:]])
    hold = np.diag((slice_mm / 2 / loose) ** 2) * len(terms) / PLATE_TERMS**2
    moment = terms.T @ terms + hold
    return np.stack([np.linalg.solve(moment, terms.T @ end + hold @ TERMS) for end in ends])


def _design(problem: _Problem, number: int, own: np.ndarray) -> _Design:
    """What the parts of a profile weigh at one of the plates."""
    plate = problem.plates[number]
    outwards = plate.outwards - plate.terms @ own
    thin, outside, under = problem.blur.parts(outwards)
    columns = np.zeros((len(outwards), len(PARTS)))
    columns[:, 0], columns[:, 1], columns[:, 3], columns[:, 4 + 2 * number] = thin, 1 - outside, under, outside
    columns[:, 2], columns[:, 5 + 2 * number] = (1 - outside) * plate.along, outside * plate.along
    return _Design(columns, (outwards > -problem.window[0]) & (outwards < problem.window[1]), outwards)


def _joined(first: _Design, second: _Design) -> tuple[np.ndarray, np.ndarray]:
    """Columns and weights of the windows of both plates."""
    return np.concatenate([first.columns, second.columns]), np.concatenate([first.within, second.within]).astype(float)


def _parts(design: np.ndarray, hu: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """The parts (8,) that explain the HU best for given plates."""
    weighted = design * weight[:, None] / SCATTER_HU**2
    moment, right = weighted.T @ design + np.diag(PARTS_SD**-2), weighted.T @ hu + PARTS / PARTS_SD**2
    parts, is_free = np.linalg.solve(moment, right), np.ones(len(PARTS), bool)
    for _ in range(2):
        below = is_free & (parts < LEAST_PARTS)
        if not below.any():
            break
        is_free &= ~below
        parts = np.where(is_free, parts, LEAST_PARTS)
        held = moment[np.ix_(is_free, ~is_free)] @ parts[~is_free]
        parts[is_free] = np.linalg.solve(moment[np.ix_(is_free, is_free)], right[is_free] - held)
    return parts


def _shifted(problem: _Problem) -> np.ndarray:
    """The first guess, each plate moved to where profiles explain the CT best."""
    weights, hu = problem.start.copy(), problem.hu
    for shifts in SHIFTS_MM:
        for number in range(2):
            costs, pair = [], [_design(problem, each, weights[each]) for each in range(2)]
            for shift in shifts:
                moved = weights.copy()
                moved[number, :2] += shift
                pair[number] = _design(problem, number, moved[number])
                design, within = _joined(pair[0], pair[1])
                residual = hu - design @ _parts(design, hu, within)
                limited = np.minimum(np.abs(residual), 4 * SCATTER_HU) ** 2
                off = (moved[number, 0] - problem.start[number, 0]) / problem.terms_sd[0]
                costs.append((limited * within).sum() / within.sum() / SCATTER_HU**2 + off**2 / LEAST_VOXELS)
            weights[number, :2] += shifts[int(np.argmin(costs))]
    return weights


def _refined(problem: _Problem, weights: np.ndarray) -> FittedPlates | None:
    """Least squares of parts and plates together (Gauss-Newton), outliers losing their weight."""
    hu, trust = problem.hu, np.ones(len(problem.hu))
    spread = np.concatenate([PARTS_SD, *[problem.terms_sd] * 2])
    for _ in range(MOST_STEPS):
        pair = [_design(problem, number, own) for number, own in enumerate(weights)]
        design, within = _joined(*pair)
        parts = _parts(design, hu, within * trust)
        residual = hu - design @ parts
        scatter = 1.4826 * float(np.median(np.abs(residual[within > 0]))) + 1.0
        trust = 1 / (1 + (residual / (OUTLIER_SD * scatter)) ** 2)
        jacobian = np.concatenate([design, _plate_slopes(problem, parts, [each.outwards for each in pair])], axis=1)
        weighted = jacobian * (within * trust / scatter**2 / problem.voxels_per_sample)[:, None]
        off = np.concatenate([PARTS - parts, (problem.expected - weights).ravel()])
        curvature = weighted.T @ jacobian + np.diag(spread**-2)
        step = np.linalg.solve(curvature, weighted.T @ residual + off / spread**2)[len(parts) :]
        step = np.clip(step, -LONGEST_STEP_MM, LONGEST_STEP_MM)
        weights = weights + step.reshape(2, PLATE_TERMS)
        if np.abs(step).max() < LAST_STEP_MM:
            break
    if not _is_seen(problem.blur, parts):
        return None
    covariance = np.linalg.inv(curvature)[len(parts) :, len(parts) :].reshape(2, PLATE_TERMS, 2, PLATE_TERMS)
    return FittedPlates(weights, covariance.sum(axis=(0, 2)))


def _plate_slopes(problem: _Problem, parts: np.ndarray, places: list[np.ndarray]) -> np.ndarray:
    """By how much HU change with the terms of both plates, (n, 12)."""
    slopes = []
    for number, (plate, outwards) in enumerate(zip(problem.plates, places, strict=True)):
        thin, outside, under = problem.blur.slopes_at(outwards)
        disc = parts[4 + 2 * number] + parts[5 + 2 * number] * plate.along
        slope = parts[0] * thin + (disc - parts[1] - parts[2] * plate.along) * outside + parts[3] * under
        own = np.zeros((len(outwards), 2, PLATE_TERMS))
        own[:, number] = -slope[:, None] * plate.terms
        slopes.append(own.reshape(len(outwards), -1))
    return np.concatenate(slopes)


def _is_seen(blur: PlateBlur, parts: np.ndarray) -> bool:
    """True when the profiles of both plates rise or fall enough to be seen."""
    mm = np.linspace(-INWARDS_MM, OUTWARDS_MM, 40)
    thin, outside, under = blur.parts(mm)
    profiles = (parts[0] * thin + parts[1] * (1 - outside) + parts[3] * under + disc * outside for disc in parts[4::2])
    return all(np.ptp(profile) >= SEEN_HU for profile in profiles)


def _is_near_mask(problem: _Problem, weights: np.ndarray, body: LevelCutOut) -> bool:
    """True when both plates lie near the ends of the mask all along."""
    fraction = np.linspace(WALL_FRACTION, 1 - WALL_FRACTION, 5)
    apart = plate_terms(fraction, np.zeros_like(fraction)) @ (weights - problem.start).T
    return bool(np.abs(apart).max() <= MASK_REACH_MM + body.blur_along(body.frame.superior) / 2)
