"""How much the operator's clicks matter: segment again from points moved a little, and compare."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.assess import assess_part
from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import array_view, require_images, union_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.numeric import require_seed
from OVCFRiskLib.points import jitter_point
from OVCFRiskLib.progress import Progress, part_of, report_progress
from OVCFRiskLib.radiomics import extract_features
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.scoring import RScoreModel
from OVCFRiskLib.scoring.uncertainty import surroundings
from OVCFRiskLib.segmentation.bodies import segment_part
from OVCFRiskLib.spine_region import around_bodies
from OVCFRiskLib.statistics.dice import dice
from OVCFRiskLib.statistics.icc import ICC, icc
from OVCFRiskLib.threads import side_by_side
from OVCFRiskLib.volume_part import Part, as_part

Points = Mapping[LumbarLevel, tuple[float, float, float]]
# A spread needs two values at least.
FEWEST_REPEATS = 2
# Half the height of the lowest bodies: further off a click is in the wrong place, not inaccurate.
LARGEST_JITTER_MM = 10.0


@dataclass(frozen=True, slots=True)
class LevelRobustness:
    """One level under moved points; arrays have one value per repeat.

    Attributes
    ----------
    level : LumbarLevel
    dice : np.ndarray
        Overlap with the mask of the points as given.
    volume_ml, r_score, risk_index : np.ndarray
    """

    level: LumbarLevel
    dice: np.ndarray
    volume_ml: np.ndarray
    r_score: np.ndarray
    risk_index: np.ndarray


@dataclass(frozen=True, slots=True)
class Robustness:
    """A spine under moved points.

    Attributes
    ----------
    reference : SpineAssessment
        Of the points as given.
    levels : tuple of LevelRobustness
        The levels that are scored.
    reliability : dict of str to ICC
        ICC(1,1) of each feature between levels and repeats; empty with fewer than two levels.
    """

    reference: SpineAssessment
    levels: tuple[LevelRobustness, ...]
    reliability: dict[str, ICC]


def require_repeats(repeats: int, jitter_mm: float, seed: int) -> None:
    """Refuse numbers of repeats, distances and seeds that make no sense, before a CT is read.

    Raises
    ------
    OVCFRiskError
        If a number is out of range.
    """
    if repeats < FEWEST_REPEATS or not 0 < jitter_mm <= LARGEST_JITTER_MM:
        raise OVCFRiskError(
            f"expected at least {FEWEST_REPEATS} repeats and a jitter above 0 and up to {LARGEST_JITTER_MM:g} mm, "
            f"got {repeats} and {jitter_mm:g} mm"
        )
    require_seed(seed)


def repeat_clicks(
    ct: sitk.Image | Part,
    points: Points,
    model: RScoreModel,
    repeats: int = 10,
    jitter_mm: float = 5.0,
    seed: int = 0,
    progress: Progress | None = None,
) -> Robustness:
    """Segment and score with the points as given, and again with each point moved at random.

    Parameters
    ----------
    ct : SimpleITK.Image or Part
        HU; of a part, what `region_of_points` names for points that are moved by ``jitter_mm``.
    points : mapping of LumbarLevel to (x, y, z)
        LPS mm.
    model : RScoreModel
    repeats : int
        At least 2.
    jitter_mm : float
        Points move evenly within a ball of this radius.
    seed : int
        0 or more; same seed, same result.
    progress : callable, optional

    Returns
    -------
    Robustness

    Raises
    ------
    OVCFRiskError
        If a number is out of range, or no level is scored with the points as given.
    CancelledError
        If ``progress`` returned False.
    """
    require_repeats(repeats, jitter_mm, seed)
    require_images(ct=ct.image if isinstance(ct, Part) else ct)
    ct = as_part(ct)
    share = 1 / (repeats + 2)
    labels, _ = segment_part(ct, points, part_of(progress, 0, share))
    drawn_here = dict.fromkeys(LumbarLevel, MaskOrigin.SOFTWARE)
    reference = assess_part(ct, labels, model, part_of(progress, share, 2 * share), origins=drawn_here)
    levels = [row.level for row in reference.levels if row.score is not None]
    if not levels:
        summary = summarise(reference)
        raise OVCFRiskError(f"no level is scored with the points as given, so there is no spread. {summary}")
    random = np.random.default_rng(seed)
    masks, features = [], []
    for repeat in range(repeats):
        moved = {level: jitter_point(point, jitter_mm, random) for level, point in points.items()}
        masks.append(segment_part(ct, moved)[0])
        features.append(_features(ct, masks[-1], levels, model))
        report_progress(progress, (repeat + 3) * share, f"clicks {repeat + 1} of {repeats}")
    voxel_ml = float(np.prod(ct.whole.spacing)) / 1000
    around = union_box([drawn.box for drawn in (labels, *masks)])
    first, *again = (array_view(drawn.widened(around).image) for drawn in (labels, *masks))
    rows = tuple(
        _level(level, first, again, [each[n] for each in features], model, voxel_ml) for n, level in enumerate(levels)
    )
    return Robustness(reference, rows, _reliability(features, model.feature_names))


def _features(ct: Part, labels: Part, levels: list[LumbarLevel], model: RScoreModel) -> list[dict[str, float]]:
    """The model's features of each level."""
    ct, labels = around_bodies(ct, labels)
    bodies = cut_out_levels(labels, ct)

    def measure(level: LumbarLevel) -> dict[str, float]:
        if level not in bodies:
            raise OVCFRiskError(f"{level.name}: the moved points gave no body; move them less")
        part, mask = surroundings(ct, bodies[level], model.settings)
        return extract_features(part, mask, model.feature_names, model.settings)

    return list(side_by_side(measure, levels))


def _level(
    level: LumbarLevel,
    first: np.ndarray,
    masks: list[np.ndarray],
    features: list[dict[str, float]],
    model: RScoreModel,
    voxel_ml: float,
) -> LevelRobustness:
    """Put one level's repeats together."""
    sizes = np.array([np.count_nonzero(mask == level) for mask in masks])
    overlaps = np.array([dice(first == level, mask == level) for mask in masks])
    r_score = np.array([model.r_score(values) for values in features])
    risk_index = np.array([model.risk_index(value) for value in r_score])
    return LevelRobustness(level, overlaps, sizes * voxel_ml, r_score, risk_index)


def _reliability(features: list[list[dict[str, float]]], names: tuple[str, ...]) -> dict[str, ICC]:
    """ICC(1,1): the repeats of a level are alike, none is a rater of its own."""
    if len(features[0]) < 2:
        return {}
    ratings = {name: np.array([[level[name] for level in repeat] for repeat in features]).T for name in names}
    return {name: icc(values, "ICC(1,1)") for name, values in ratings.items()}
