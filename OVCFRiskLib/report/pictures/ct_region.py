"""The part of a CT that pictures show, along the patient's axes."""

from __future__ import annotations

import itertools

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.geometry import Box, index_to_lps, lps_to_index


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
    k, j, i = (slice(int(a), int(b)) for a, b in zip(first, last, strict=True))
    return k, j, i
