"""Masks that lie where no vertebral body is, or have no body's shape: what people, tools and files really get wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation import segment_bodies

# LPS mm.
SHIFTS = {
    "15 mm left": (15, 0, 0),
    "22 mm right": (-22, 0, 0),
    "40 mm left": (40, 0, 0),
    "12 mm forwards": (0, -12, 0),
    "20 mm forwards": (0, -20, 0),
    "30 mm forwards": (0, -30, 0),
    "12 mm backwards": (0, 12, 0),
    "20 mm backwards": (0, 20, 0),
    "35 mm backwards": (0, 35, 0),
    "half a body up": (0, 0, 13),
    "half a body down": (0, 0, -13),
    "half a vertebra up": (0, 0, 18),
    "half a vertebra down": (0, 0, -18),
    "three quarters up": (0, 0, 26),
    "obliquely": (12, 8, 8),
    "on the aorta": (8, -38, 0),
    "on the left psoas": (38, 8, 0),
    "on the right kidney": (-55, 10, 0),
}
FLIPS = {"left-right": 2, "front-back": 1, "head-feet": 0}
POINT_SHIFTS = {
    "30 mm left": (30, 0, 0),
    "40 mm right": (-40, 0, 0),
    "30 mm forwards": (0, -30, 0),
    "25 mm backwards": (0, 25, 0),
    "disc": (0, 0, 18),
    "disc below": (0, 0, -18),
}
# RAS taken for LPS, and a sign lost on one axis.
LOST_SIGNS = {"left and back": (-1, -1, 1), "left": (-1, 1, 1), "back": (1, -1, 1)}
# What a mask of the wrong shape is: never scored, whatever it covers of the body.
SHAPES = (
    *("lower third", "front third", "two in one", "one slice", "L-shaped", "disc", "cube", "30 voxels"),
    *("left half", "front half", "back half", "lower half", "upper half"),
)
# Axis of the body (0 sideways, 2 along it) and degrees: so turned it is none of a body.
TURNS = {"turned 60": (2, 60), "turned 90": (2, 90), "tipped 60": (0, 60), "tipped 90": (0, 90)}
DISC_MM = 9.0


def displaced(truth: sitk.Image) -> Iterator[tuple[str, sitk.Image]]:
    """The true masks, moved or flipped."""
    array = sitk.GetArrayFromImage(truth)
    for name, shift in SHIFTS.items():
        yield name, image_of(moved(array, voxels_of(shift, truth)), truth)
    for name, axis in FLIPS.items():
        yield f"flipped {name}", image_of(np.flip(array, axis).copy(), truth)


def misplaced_points(ct: sitk.Image, points: dict) -> Iterator[tuple[str, sitk.Image]]:
    """Masks segmented from points beside the bodies; none where the segmentation refuses them."""
    wrong = {f"points {name}": lambda p, shift=shift: np.add(p, shift) for name, shift in POINT_SHIFTS.items()}
    wrong |= {
        f"points, sign lost of {name}": lambda p, s=signs: np.multiply(p, s) for name, signs in LOST_SIGNS.items()
    }
    for name, change in wrong.items():
        try:
            yield name, segment_bodies(ct, {level: tuple(change(point)) for level, point in points.items()})
        except OVCFRiskError:
            continue


def of_another(truth: sitk.Image, other: sitk.Image) -> Iterator[tuple[str, sitk.Image]]:
    """Another patient's masks: at their own place, and with the middle of the image on the middle."""
    there = sitk.Resample(other, truth, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    yield "another patient, place", there
    shift = _middle(other) - _middle(truth)
    centred = sitk.TranslationTransform(3, shift.tolist())
    yield "another patient, centred", sitk.Resample(other, truth, centred, sitk.sitkNearestNeighbor, 0)


def misshapen(truth: sitk.Image) -> Iterator[tuple[str, sitk.Image]]:
    """Masks on the true bodies that have no body's shape or size."""
    array = sitk.GetArrayFromImage(truth)
    bodies = cut_out_levels(truth)
    local = {level: _local(truth, body) for level, body in bodies.items()}
    for name in SHAPES:
        changed = np.zeros_like(array)
        for level in bodies:
            low, high = np.percentile(local[level][array == level], (1, 99), axis=0)
            changed[_part(name, local[level], low, high, array == level, truth)] = level
            if name == "two in one" and level < LumbarLevel.L4:
                changed[array == level + 1] = level
                break
        yield name, image_of(changed, truth)


def turned(truth: sitk.Image) -> Iterator[tuple[str, sitk.Image]]:
    """The true masks, each turned about an axis of its own."""
    bodies = cut_out_levels(truth)
    for name, (axis, degrees) in TURNS.items():
        changed = np.zeros(truth.GetSize()[::-1], np.uint8)
        for level, body in bodies.items():
            turn = sitk.VersorTransform(np.array(body.frame.axes)[axis].tolist(), float(np.deg2rad(degrees)))
            turn.SetCenter(body.center_lps.tolist())
            mask = sitk.Resample(truth == int(level), truth, turn, sitk.sitkNearestNeighbor, 0)
            changed[(sitk.GetArrayViewFromImage(mask) != 0) & (changed == 0)] = level
        yield name, image_of(changed, truth)


def _part(
    name: str, local: np.ndarray, low: np.ndarray, high: np.ndarray, mask: np.ndarray, grid: sitk.Image
) -> np.ndarray:
    """The voxels that a wrong shape takes of a body, whose axes are sideways, back, up."""
    size, middle = high - low, (low + high) / 2
    if name == "lower third":
        return mask & (local[..., 2] < low[2] + size[2] / 3)
    if name == "front third":
        return mask & (local[..., 1] < low[1] + size[1] / 3)
    if name.endswith("half"):
        axis = {"left": 0, "front": 1, "back": 1, "lower": 2, "upper": 2}[name.split()[0]]
        above = local[..., axis] > middle[axis]
        return mask & (above if name.split()[0] in ("left", "back", "upper") else ~above)
    if name == "one slice":
        thick = max(grid.GetSpacing())
        return mask & (np.abs(local[..., 2] - middle[2]) <= thick / 2)
    if name == "L-shaped":
        return mask & ~((local[..., 0] > middle[0]) & (local[..., 1] < middle[1]))
    if name == "disc":
        below = ndimage.shift(mask.astype(np.uint8), voxels_of((0, 0, -(size[2] + DISC_MM) / 2), grid), order=0) > 0
        return below & (np.abs(local[..., 2] - low[2] + DISC_MM / 2) < DISC_MM / 2)
    voxels = 8 if name == "cube" else 3
    here = np.array(np.unravel_index(np.argmin(np.linalg.norm(local - middle, axis=-1)), mask.shape))
    cube = np.zeros(mask.shape, bool)
    cube[tuple(slice(max(0, n - voxels // 2), n + voxels - voxels // 2) for n in here)] = True
    return mask if name == "two in one" else cube


def _local(truth: sitk.Image, body) -> np.ndarray:
    """Coordinates of every voxel in a body's axes, [k, j, i, 3]."""
    index = np.stack(np.meshgrid(*map(np.arange, truth.GetSize()), indexing="ij"), axis=-1).transpose(2, 1, 0, 3)
    axes = np.array(truth.GetDirection()).reshape(3, 3) * truth.GetSpacing()
    return (
        body.frame.local((index @ axes.T + truth.GetOrigin()).reshape(-1, 3)).astype(np.float32).reshape(*index.shape)
    )


def _middle(labels: sitk.Image) -> np.ndarray:
    """Middle of all bodies, LPS mm."""
    return np.mean([body.center_lps for body in cut_out_levels(labels).values()], axis=0)


def voxels_of(shift: tuple, grid: sitk.Image) -> np.ndarray:
    """A displacement in LPS mm as whole voxels [k, j, i]."""
    axes = np.array(grid.GetDirection()).reshape(3, 3)
    return np.round(axes.T @ np.array(shift, float) / grid.GetSpacing()).astype(int)[::-1]


def moved(array: np.ndarray, steps: np.ndarray) -> np.ndarray:
    """The array displaced by whole voxels; what leaves it is gone."""
    result = np.zeros_like(array)
    target = tuple(slice(max(0, n), size - max(0, -n)) for n, size in zip(steps, array.shape, strict=True))
    source = tuple(slice(max(0, -n), size - max(0, n)) for n, size in zip(steps, array.shape, strict=True))
    result[target] = array[source]
    return result


def image_of(array: np.ndarray, like: sitk.Image) -> sitk.Image:
    """A label image."""
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(like)
    return image
