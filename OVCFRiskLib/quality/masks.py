"""All checks of the masks of the four bodies."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Hashable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.assessment import BodyHeights
from OVCFRiskLib.bodies.cut_out import Bodies, LevelCutOut
from OVCFRiskLib.findings import About, Finding, Severity
from OVCFRiskLib.findings.bone_codes import NO_BONE, OTHERS_OFF
from OVCFRiskLib.findings.mask_codes import (
    EMPTY,
    HEIGHT_LOSS,
    HU_CALIBRATION,
    MIN_VOXELS,
    NO_BONE_EDGE,
    STOP_LOSS,
    TOO_SMALL,
)
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.bone_gate import check_bone
from OVCFRiskLib.quality.crushed_body import check_crushed, look_for_crushed
from OVCFRiskLib.quality.field_of_view import check_field_of_view
from OVCFRiskLib.quality.heights import check_heights, measure_heights
from OVCFRiskLib.quality.hu_scale import scale_and_fat
from OVCFRiskLib.quality.leaks import check_leaks
from OVCFRiskLib.quality.level_order import check_order
from OVCFRiskLib.quality.mask_content import check_content
from OVCFRiskLib.quality.mask_shape import check_shape
from OVCFRiskLib.quality.muscle import check_muscle
from OVCFRiskLib.threads import side_by_side


@dataclass(frozen=True, slots=True)
class MaskChecks:
    """What was found of the masks of a spine.

    Attributes
    ----------
    findings : dict of LumbarLevel to tuple of Finding
        All four levels, L1 first; an empty tuple when nothing was found.
    heights : dict of LumbarLevel to BodyHeights
        Of the bodies whose masks are sound: a wrong mask has no height, and is no neighbour to compare with.
    """

    findings: dict[LumbarLevel, tuple[Finding, ...]]
    heights: dict[LumbarLevel, BodyHeights]

    def reason_against_mask(self, level: LumbarLevel) -> str:
        """Why a mask is none of a whole body; empty when it is, even of a fractured one."""
        found = (finding for finding in self.findings[level] if finding.about is About.MASK)
        return "; ".join(finding.text for finding in found if finding.severity is Severity.STOPS_SCORING)

    def with_known(self, known: Mapping[LumbarLevel, Sequence[Finding]]) -> MaskChecks:
        """As if `check_masks` had been given all of this as known, and not only the part of it that was known then.

        Heights stay those of the checks, so what is added may not stop a level.
        """
        findings = {}
        for level, found in self.findings.items():
            first = tuple(known.get(level, ()))
            findings[level] = (*first, *(finding for finding in found if finding not in first))
        return replace(self, findings=findings)


# Masks on no body, and more than half of the others, that make the rest doubtful: one alone may be a slip.
LEAST_OFF = 2

# {of what: (what it depends on besides the CT, what was found)}
CheckMemory = MutableMapping[Hashable, tuple[object, Any]]
Found = TypeVar("Found")


def check_masks(
    ct: sitk.Image,
    bodies: Bodies,
    known: Mapping[LumbarLevel, Sequence[Finding]] | None = None,
    memory: CheckMemory | None = None,
) -> MaskChecks:
    """Check the mask of every level.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    bodies : Bodies
        Cut out of labels and CT.
    known : mapping of LumbarLevel to sequence of Finding, optional
        What is known of the masks beyond the label image, e.g. overlaps; it comes first.
    memory : mutable mapping, optional
        Of earlier checks on the same CT, and filled with these: a level whose surroundings hold the same labels as then
        is not checked again. What compares levels always is.
    """
    memory = {} if memory is None else memory
    keys = {level: (body.box, hashlib.sha256(body.labels.tobytes()).digest()) for level, body in bodies.items()}

    def check(level: LumbarLevel) -> tuple[Finding, ...]:
        return _remembered(memory, level, keys.get(level), lambda: tuple(_check_level(ct, level, bodies.get(level))))

    scale, fat = _remembered(memory, "scale", None, partial(scale_and_fat, ct))
    if scale is None:
        own = side_by_side(check, list(LumbarLevel))
    else:
        own = iter([tuple(_without_hu(level, bodies.get(level), *scale)) for level in LumbarLevel])
    found = {level: [*(known or {}).get(level, ()), *new] for level, new in zip(LumbarLevel, own, strict=True)}
    if scale is None:
        on_bone = {level: body for level, body in bodies.items() if _is_on_bone(found[level])}
        beside = partial(check_muscle, ct, on_bone, fat)
        for level, shift in _remembered(memory, "muscle", {level: keys[level] for level in on_bone}, beside).items():
            found[level].append(shift)
    for level, new in check_order({level: body for level, body in bodies.items() if body.voxels >= MIN_VOXELS}).items():
        found[level] += new
    heights = measure_heights({level: body for level, body in bodies.items() if _is_sound(found[level])})
    for level, losses in check_heights(heights, slice_mm(bodies)).items():
        found[level] += losses
    whole = {level: height for level, height in heights.items() if not _is_fractured(found[level])}
    for level, body in bodies.items():
        if scale is None and level not in heights:
            look = partial(_remembered, memory, ("crushed", level), keys[level], partial(look_for_crushed, ct, body))
            after_known = len((known or {}).get(level, ()))
            found[level][after_known:after_known] = check_crushed(level, found[level], whole, look)
    for level in heights:
        found[level] += _check_others(level, found)
    return MaskChecks({level: tuple(findings) for level, findings in found.items()}, heights)


def _remembered(memory: CheckMemory, of: Hashable, depends_on: object, find: Callable[[], Found]) -> Found:
    """What was found when it depended on the same, or what is found now."""
    if of not in memory or memory[of][0] != depends_on:
        memory[of] = depends_on, find()
    result: Found = memory[of][1]
    return result


def _is_on_bone(findings: Sequence[Finding]) -> bool:
    """True when nothing but the HU of the canal speaks against a mask: a shifted scale may be why they are wrong."""
    stops = [finding for finding in findings if finding.severity is Severity.STOPS_SCORING]
    return all(finding.code == NO_BONE.code and finding.variant == "canal" for finding in stops)


def _check_level(ct: sitk.Image, level: LumbarLevel, body: LevelCutOut | None) -> list[Finding]:
    """Findings of one level; a mask too small to be a body gets no further check."""
    if body is None or body.voxels < MIN_VOXELS:
        return _too_few(level, body)
    if cut := check_field_of_view(body):  # the rest of a body has neither the size nor the surface of a whole one
        return [*cut, *check_content(body)]
    content = check_content(body)
    if any(finding.code == HU_CALIBRATION.code for finding in content):
        return [*check_shape(body), *content]  # no HU means what it should
    bone = check_bone(ct, body)
    if all(finding.code != NO_BONE.code for finding in bone):
        # walls that were looked at patch by patch outdo the median of the whole surface, which fades on thin bone
        content = [finding for finding in content if finding.code != NO_BONE_EDGE.code]
    return [*check_shape(body), *bone, *content, *check_leaks(body)]


def _without_hu(level: LumbarLevel, body: LevelCutOut | None, variant: str, scale: Mapping[str, Any]) -> list[Finding]:
    """Findings of one level of a CT whose HU mean nothing: what else the HU would say follows from that."""
    if body is None or body.voxels < MIN_VOXELS:
        return _too_few(level, body)
    return [*check_shape(body), HU_CALIBRATION.finding(level, variant=variant, **scale)]


def _too_few(level: LumbarLevel, body: LevelCutOut | None) -> list[Finding]:
    """The finding of a level without a mask, or with one too small to be a body."""
    voxels = 0 if body is None else body.voxels
    return [(TOO_SMALL if voxels else EMPTY).finding(level, variant="one" if voxels == 1 else None, value=voxels)]


def _check_others(level: LumbarLevel, found: Mapping[LumbarLevel, Sequence[Finding]]) -> list[Finding]:
    """A sound mask among others most of which lie on no body: all may be moved along the spine.

    Bodies that the CT shows to be crushed are bodies.
    """
    others = [
        {finding.code for finding in findings if finding.severity is Severity.STOPS_SCORING}
        for other, findings in found.items()
        if other is not level
    ]
    masks = [codes for codes in others if EMPTY.code not in codes]
    off = sum(NO_BONE.code in codes and HEIGHT_LOSS.code not in codes for codes in masks)
    is_most = off >= LEAST_OFF and 2 * off > len(masks)
    return [OTHERS_OFF.finding(level, value=off, count=len(masks))] if is_most else []


def _is_sound(findings: Sequence[Finding]) -> bool:
    """True when nothing stops a mask from being measured."""
    return all(finding.severity is not Severity.STOPS_SCORING for finding in findings)


def _is_fractured(findings: Sequence[Finding]) -> bool:
    """True when a body has lost as much height as a fracture has, certain or not."""
    losses = [finding.value for finding in findings if finding.code == HEIGHT_LOSS.code]
    return any(isinstance(loss, float) and loss >= STOP_LOSS for loss in losses)


def slice_mm(bodies: Bodies) -> float:
    """Extent of what a voxel shows along its axis nearest to the patient's long axis; 0 without bodies."""
    extents = []
    for body in bodies.values():
        axes = np.array(body.grid.GetDirection()).reshape(3, 3)
        extents.append(body.blur_along(axes[:, int(np.abs(axes[2]).argmax())]))
    return max(extents, default=0.0)
