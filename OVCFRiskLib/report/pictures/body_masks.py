"""The labelled bodies cut out once, for everything that is drawn of them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import Box, crop, image_like, index_to_lps, lps_to_index, mask_box
from OVCFRiskLib.levels import LumbarLevel

# Voxels around a body, so that its surface and outline close.
ROOM_VOXELS = 2


@dataclass(frozen=True, slots=True)
class Body:
    """Where a body lies: its mask (0 or 1, with room where the CT has some), and its extent in LPS mm."""

    mask: sitk.Image
    center: np.ndarray
    low: np.ndarray
    high: np.ndarray


def find_bodies(labels: sitk.Image) -> dict[LumbarLevel, Body]:
    """Bodies 20..23 that have a mask, L1 first."""
    array = sitk.GetArrayViewFromImage(labels)
    around = mask_box(array, ROOM_VOXELS)
    if around is None:
        return {}
    part = crop(labels, around)
    return {level: body for level in LumbarLevel if (body := _body(part, level)) is not None}


def _body(labels: sitk.Image, level: LumbarLevel) -> Body | None:
    """One body."""
    inside = (sitk.GetArrayViewFromImage(labels) == level).astype(np.uint8)
    box = mask_box(inside, ROOM_VOXELS)
    if box is None:
        return None
    mask = crop(image_like(inside, labels), box)
    points = index_to_lps(mask, np.argwhere(sitk.GetArrayViewFromImage(mask)))
    return Body(mask, points.mean(axis=0), points.min(axis=0), points.max(axis=0))


def ct_extent(ct: sitk.Image) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest LPS mm that voxel centres of a CT reach along the patient's axes."""
    ends = itertools.product(*((0, n - 1) for n in ct.GetSize()[::-1]))
    corners = index_to_lps(ct, np.array(list(ends)))
    return corners.min(axis=0), corners.max(axis=0)


def patient_box(ct: sitk.Image, low: np.ndarray, high: np.ndarray) -> Box:
    """[k, j, i] box that holds everything between two LPS mm corners, whatever way the CT's axes run."""
    corners = lps_to_index(ct, np.array(list(itertools.product(*zip(low, high, strict=True)))))
    size = ct.GetSize()[::-1]
    first = np.clip(np.floor(corners.min(axis=0)).astype(int), 0, np.subtract(size, 1))
    last = np.clip(np.ceil(corners.max(axis=0)).astype(int) + 1, first + 1, size)
    return tuple(slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
