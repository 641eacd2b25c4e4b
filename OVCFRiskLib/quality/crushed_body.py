"""Does a stopped mask lie where the CT shows a crushed body? Walls have a cortex over bodies and none over discs.

Docs/guards.md says how often that is right, on crushed bodies and on wrong masks in healthy spines.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.assessment import BodyHeights
from OVCFRiskLib.bodies.cut_out import LevelCutOut
from OVCFRiskLib.findings import Finding, Severity
from OVCFRiskLib.findings.bone_codes import NO_BONE
from OVCFRiskLib.findings.mask_codes import CRUSHED, CRUSHED_LOSS, HEIGHT, HEIGHT_LOSS, VOLUME
from OVCFRiskLib.findings.proportion_codes import OUTLINE
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.body_sampler import BodySampler
from OVCFRiskLib.quality.bone_gate import lies_before_a_canal
from OVCFRiskLib.quality.bone_surroundings import measure_surroundings
from OVCFRiskLib.quality.height_loss import LOWEST_PER_DEPTH
from OVCFRiskLib.quality.heights import grade_of

# Lowest body that is distinguished from a rim, mm: bodies crushed by 75 % keep 6 and more, rims beside discs of healthy
# spines are up to 5.3 high.
LOWEST_CRUSHED_MM = 5.5
# Discs between bodies, mm; beside a crushed body they may be as high as what it has lost.
DISC_HEIGHT_MM = (3.0, 26.0)
# Above this, slices blur body, disc and body into one, mm.
THICKEST_CRUSHED_MM = 3.2
# Heights that are looked at, mm from the middle of the mask: a whole body and a disc each way.
ALONG_MM = 45.0
ALONG_STEP_MM = 0.75
# Rays of front and sides, without the pedicles and the back: sine of the angle behind the middle.
AROUND_RAYS = 32
SIDES_SINE = 0.3
WALL_SECTORS = 5
# A wall lies within this of the mask's, mm; the bone under it is looked at so far inside.
NEAR_WALL_MM = 5.0
UNDER_WALL_MM = (4.0, 8.0)
# By how much walls of the bodies around stand out at least, HU: 108 and more on right and crushed bodies with a cortex
# of 0.2 mm, 82 at most around masks beside the spine.
BODY_CORTEX_HU = 92.0
BODY_PERCENTILE = 80
# A wall of a body stands out by half of that.
BODY_FRACTION = 0.5
# Gaps of a wall (veins, noise) and islands of it are left out below these heights, mm.
WALL_GAP_MM = 3.5
WALL_ISLAND_MM = 3.0
# Columns to the plates, in half extents of the mask: three strips from front to back.
PLATE_STRIPS = ((-0.75, -0.35), (-0.3, 0.3), (0.3, 0.7))
STRIP_HALF_WIDTH = 0.45
# A plate is bone, or ends it: so much brighter than the disc beyond, HU, within a distance of the end of the walls, mm.
PLATE_OVER_DISC_HU = 25.0
PLATE_NEAR_MM = 4.0
BEYOND_PLATE_MM = 7.0
# What stops a mask that lies on a crushed body; anything else that stops it explains itself.
EXPLAINED = frozenset(check.code for check in (NO_BONE, VOLUME, HEIGHT, OUTLINE))
# ... of `NO_BONE` those parts that a body crushed with its discs fails.
EXPLAINED_PARTS = ("cortex", "plates", "height")

# Lower and upper end of a body along the axis, mm from the middle of the mask.
Ends = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class AlongSpine:
    """What a CT shows along a mask's axis.

    Attributes
    ----------
    up : numpy.ndarray, (n,)
        Heights in the body's axes, mm from the middle of the mask.
    cortex_hu : numpy.ndarray, (n,)
        By how much front and sides stand out against what lies under them, median around.
    strips_hu : numpy.ndarray, (3, n)
        Mean HU inside, from front to back.
    """

    up: np.ndarray
    cortex_hu: np.ndarray
    strips_hu: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class CrushedSight:
    """What a CT shows around a mask that may lie on a crushed body: nothing of it depends on other masks.

    Attributes
    ----------
    along : AlongSpine
    half_mm : tuple of 3 floats
        Half extents of the mask: sideways, backwards, along its axis.
    """

    along: AlongSpine
    half_mm: tuple[float, float, float]


def look_for_crushed(ct: sitk.Image, body: LevelCutOut) -> CrushedSight | None:
    """Read walls and inside along a mask's axis; None where slices are too thick or no canal lies behind the mask."""
    if body.blur_along(body.frame.axes[2]) > THICKEST_CRUSHED_MM or not lies_before_a_canal(
        measure_surroundings(ct, body)
    ):
        return None
    place = BodySampler(ct, body)
    left, back, up = (float(mm) for mm in place.half)
    return CrushedSight(read_along(place), (left, back, up))


def check_crushed(
    level: LumbarLevel,
    found: Sequence[Finding],
    heights: Mapping[LumbarLevel, BodyHeights],
    look: Callable[[], CrushedSight | None],
) -> list[Finding]:
    """Find a crushed body under a mask that is stopped.

    Parameters
    ----------
    level : LumbarLevel
        Of the mask.
    found : sequence of Finding
        What the checks of the masks say of it.
    heights : mapping of LumbarLevel to BodyHeights
        Of the bodies that are sound and not fractured, which show how high a whole one is.
    look : callable
        Gives what `look_for_crushed` does of the mask; asked only where that counts.

    Returns
    -------
    list of Finding
        A height loss that stops scoring, or nothing.
    """
    stops = [finding for finding in found if finding.severity is Severity.STOPS_SCORING]
    if not stops or any(finding.code not in EXPLAINED or _is_elsewhere(finding) for finding in stops):
        return []
    sight = look()
    if sight is None:
        return []
    along, (_, half_depth, half_height) = sight.along, sight.half_mm
    whole = [(one.anterior_mm + one.middle_mm + one.posterior_mm) / 3 for one in heights.values()]
    expected = float(np.median(whole)) if whole else LOWEST_PER_DEPTH * 2 * half_depth
    own, deformity = crushed_height_mm(along, half_height, expected), "crush"
    if own is None:
        own, deformity = hollow_height_mm(along, half_height, expected), "biconcave"
    if own is None:
        return []
    loss = 1 - own / expected
    values: dict[str, Any] = {
        "value": loss,
        "deformity": deformity,
        "grade": grade_of(loss),
        "own": own,
        "expected": expected,
    }
    values["at_least"] = "" if whole else "at least "  # a depth gives the lowest height of a whole body
    return [HEIGHT_LOSS.finding(level, Severity.STOPS_SCORING, CRUSHED, **values)]


def _is_elsewhere(finding: Finding) -> bool:
    """True for a part of the rule that no crushed body fails."""
    return finding.code == NO_BONE.code and finding.variant not in EXPLAINED_PARTS


def crushed_height_mm(along: AlongSpine, half_mm: float, expected_mm: float) -> float | None:
    """Height of a crushed body that a mask covers, seen between two plates and two discs.

    Parameters
    ----------
    along : AlongSpine
        Around a mask as wide and deep as a body.
    half_mm : float
        Half the height of the mask.
    expected_mm : float
        Of a whole body there.

    Returns
    -------
    float or None
        Millimetres; None where the CT shows no such body.
    """
    bodies = _bodies(along)
    for below, own, above in zip([None, *bodies], bodies, [*bodies[1:], None], strict=False):
        height = own[1] - own[0]
        if (
            LOWEST_CRUSHED_MM <= height <= (1 - CRUSHED_LOSS) * expected_mm
            and _is_between_discs(along, below, own, above)
            and _covered(own, half_mm) >= height / 2
            and all(_is_plate(along, end, sign) for end, sign in zip(own, (-1, 1), strict=True))
        ):
            return float(height)
    return None


def hollow_height_mm(along: AlongSpine, half_mm: float, expected_mm: float) -> float | None:
    """Height in the middle of a biconcave body that a mask covers, between plates that lie deep within its walls.

    Parameters and result are those of `crushed_height_mm`.
    """
    middle = along.strips_hu[1]
    for low, high in _bodies(along):
        if _covered((low, high), half_mm) < (high - low) / 2:
            continue
        halves = [
            (along.up >= start) & (along.up <= end)
            for start, end in ((low, (low + high) / 2), ((low + high) / 2, high))
        ]
        plates = [int(np.flatnonzero(half)[np.argmax(middle[half])]) for half in halves if half.any()]
        height = float(np.ptp(along.up[plates]))
        if len(plates) == 2 and LOWEST_CRUSHED_MM <= height <= (1 - CRUSHED_LOSS) * expected_mm:
            outer = [
                (along.up >= low) & (along.up < along.up[plates[0]]),
                (along.up > along.up[plates[1]]) & (along.up <= high),
            ]
            falls = [
                middle[at] - middle[beyond].min() if beyond.any() else 0.0
                for at, beyond in zip(plates, outer, strict=True)
            ]
            if all(fall >= PLATE_OVER_DISC_HU for fall in falls):  # out of view is not seen
                return height
    return None


def read_along(place: BodySampler) -> AlongSpine:
    """Read walls and inside of a spine along the axis of a mask."""
    up = np.arange(-ALONG_MM, ALONG_MM + ALONG_STEP_MM / 2, ALONG_STEP_MM)
    angle = (np.arange(AROUND_RAYS) + 0.5) * 2 * np.pi / AROUND_RAYS
    angle = angle[np.sin(angle) < SIDES_SINE]
    along = np.stack([np.cos(angle) * place.half[0], np.sin(angle) * place.half[1]])
    surface = np.linalg.norm(along, axis=0)
    out = np.arange(-NEAR_WALL_MM - UNDER_WALL_MM[1], NEAR_WALL_MM + ALONG_STEP_MM / 2, ALONG_STEP_MM)
    left, back = (
        m + (a / surface)[:, None, None] * (surface[:, None, None] + out[:, None])
        for m, a in zip(place.middle[:2], along, strict=True)
    )
    read = place.hu(left, back, place.middle[2] + up)  # ray, place along it, height
    profiles = np.stack([part.mean(axis=0) for part in np.array_split(read, WALL_SECTORS)])
    profiles = ndimage.gaussian_filter1d(profiles, 1.0, axis=1)
    strips = []
    for front, behind in PLATE_STRIPS:
        aside = place.middle[0] + np.linspace(-STRIP_HALF_WIDTH, STRIP_HALF_WIDTH, 7) * place.half[0]
        deep = place.middle[1] + np.linspace(front, behind, 5) * place.half[1]
        strips.append(place.hu(aside[:, None, None], deep[:, None], place.middle[2] + up).mean(axis=(0, 1)))
    return AlongSpine(up, _cortex(profiles, np.abs(out) <= NEAR_WALL_MM), np.array(strips))


def _cortex(profiles: np.ndarray, near: np.ndarray) -> np.ndarray:
    """By how much the walls stand out at each height, HU."""
    first = int(near.argmax())
    wall = first + profiles[:, near].argmax(axis=1)
    deep, shallow = (round(mm / ALONG_STEP_MM) for mm in reversed(UNDER_WALL_MM))
    under = wall[:, None] - np.arange(shallow, deep + 1)[:, None]
    peak = np.take_along_axis(profiles, wall[:, None], axis=1)[:, 0]
    return np.median(peak - np.take_along_axis(profiles, under, axis=1).mean(axis=1), axis=0)


def _bodies(along: AlongSpine) -> list[Ends]:
    """Where walls stand out, from below; none where they do so nowhere."""
    if not np.isfinite(along.cortex_hu).any():
        return []
    level = float(np.nanpercentile(along.cortex_hu, BODY_PERCENTILE))
    if level < BODY_CORTEX_HU:
        return []
    walls = ndimage.gaussian_filter1d(np.nan_to_num(along.cortex_hu), 1.0) >= BODY_FRACTION * level
    gap, island = (round(mm / ALONG_STEP_MM) for mm in (WALL_GAP_MM, WALL_ISLAND_MM))
    closed = ndimage.binary_closing(np.pad(walls, gap), np.ones(gap))[gap:-gap]
    pieces, _ = ndimage.label(ndimage.binary_opening(closed, np.ones(island)))
    return [
        (float(along.up[piece[0].start]), float(along.up[piece[0].stop - 1])) for piece in ndimage.find_objects(pieces)
    ]


def _is_between_discs(along: AlongSpine, below: Ends | None, own: Ends, above: Ends | None) -> bool:
    """Are there discs on both sides, and beyond one of them at least a body? A bend takes a body out of the walls."""
    seen = along.up[np.isfinite(along.cortex_hu)]
    gaps = own[0] - (below[1] if below else seen.min()), (above[0] if above else seen.max()) - own[1]
    has_body = [body is not None and gap <= DISC_HEIGHT_MM[1] for body, gap in zip((below, above), gaps, strict=True)]
    return min(gaps) >= DISC_HEIGHT_MM[0] and any(has_body)


def _covered(ends: Ends, half: float) -> float:
    """How much of a body lies within the heights of the mask, mm."""
    return max(0.0, min(ends[1], half) - max(ends[0], -half))


def _is_plate(along: AlongSpine, end: float, sign: int) -> bool:
    """Does the inside end in a plate there, or at least end, in most of the strips?"""
    near = np.abs(along.up - end) <= PLATE_NEAR_MM
    beyond = np.abs(along.up - (end + sign * BEYOND_PLATE_MM / 2)) <= BEYOND_PLATE_MM / 2
    drops = along.strips_hu[:, near].max(axis=1) - along.strips_hu[:, beyond].min(axis=1)
    return bool(np.median(drops) >= PLATE_OVER_DISC_HU)
