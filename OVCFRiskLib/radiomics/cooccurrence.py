"""Gray-level co-occurrence (GLCM): which levels lie side by side."""

from __future__ import annotations

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics.gray_levels import GrayLevels


def cooccurrence_features(levels: GrayLevels) -> dict[str, float]:
    """Co-occurrence feature of the frozen score.

    Returns
    -------
    dict
        ``Imc2``, informational measure of correlation 2, from 0 (neighbours independent) to below 1: per direction
        ``sqrt(1 - exp(-2 (HXY2 - HXY)))``, entropies in bits, averaged over the directions that have pairs
        (Haralick 1973, doi 10.1109/TSMC.1973.4309314; IBSI 1, JN9H; symmetric matrices, distance 1).

    Raises
    ------
    OVCFRiskError
        If no two voxels of the mask touch.
    """
    joint = _symmetric_probabilities(levels)
    if joint.shape[2] == 0:
        raise OVCFRiskError(
            "Imc2 (original_glcm_Imc2) needs voxels that touch, the mask has none that do; correct the segment"
        )
    tiny = np.spacing(1.0)  # pyradiomics' guard against log(0)
    expected = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    entropy = -np.sum(joint * np.log2(joint + tiny), axis=(0, 1))
    expected_entropy = -np.sum(expected * np.log2(expected + tiny), axis=(0, 1))
    information = expected_entropy - entropy
    # pyradiomics leaves out directions whose information is none but for rounding errors below 0
    information = information[information >= 0]
    return {"Imc2": float(np.mean(np.sqrt(1 - np.exp(-2 * information)))) if len(information) else 0.0}


def _symmetric_probabilities(levels: GrayLevels) -> np.ndarray:
    """(levels, levels, directions) probabilities of pairs, for directions that have any and levels that exist."""
    size = levels.highest + 1
    flat = levels.flat
    rows = flat * np.uint32(size)
    counts = []
    for shift in levels.shifts:
        here, there = flat[:-shift], flat[shift:]
        is_pair = (here != 0) & (there != 0)
        codes = (rows[:-shift] + there)[is_pair]
        counts.append(np.bincount(codes, minlength=size * size).reshape(size, size))
    exists = np.bincount(flat, minlength=size) > 0
    exists[0] = False
    joint = np.array([c for c in counts if c.any()], float).reshape(-1, size, size)[:, exists][:, :, exists]
    joint = np.ascontiguousarray(np.moveaxis(joint + joint.transpose(0, 2, 1), 0, 2))
    return joint / joint.sum(axis=(0, 1))
