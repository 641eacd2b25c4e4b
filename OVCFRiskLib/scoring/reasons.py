"""Plain sentences for the share each feature has in a score."""

from __future__ import annotations

import math

# What the eight features of Yu et al. 2025 measure in a vertebral body; definitions: pyradiomics 3.1, IBSI 1.
MEANINGS = {
    "original_firstorder_10Percentile": "10th percentile of attenuation (the level the least dense tenth stays below)",
    "original_firstorder_Median": "median attenuation of the whole body, cortex included",
    "original_firstorder_Energy": "energy (sum of squared attenuation, which grows with density and with size)",
    "original_gldm_LargeDependenceHighGrayLevelEmphasis": (
        "large-dependence high-gray-level emphasis (even patches of dense bone)"
    ),
    "original_gldm_DependenceNonUniformity": (
        "dependence non-uniformity (how varied the sizes of even patches are, which grows with the body's size)"
    ),
    "original_ngtdm_Strength": "strength (how distinct the density differences between neighbouring patches are)",
    "original_glcm_Imc2": "second information measure of correlation (how far a voxel's density tells its neighbour's)",
    "original_shape_Maximum2DDiameterSlice": "largest axial diameter of the body",
}

# Words for the feature classes of the other pyradiomics features.
CLASSES = {
    "firstorder": "distribution of attenuation",
    "shape": "size and shape",
    "glcm": "texture of neighbouring voxels",
    "glrlm": "texture of runs of equal density",
    "glszm": "texture of zones of equal density",
    "gldm": "texture of even patches",
    "ngtdm": "contrast to the neighbourhood",
}

TYPICAL_Z = 0.5  # below it the sentence says "near"; 0.5 SD holds 38 % of a normal population
FAR_Z = 3.0  # as the out-of-distribution check


def reason_sentence(feature: str, z: float, risk_contribution: float) -> str:
    """Say what a feature measures, whether it is high or low here, and which way it moves the risk.

    Parameters
    ----------
    feature : str
        pyradiomics' full name; other names get a sentence without a meaning of their own.
    z : float
        ``(value - mean) / sd`` with the training mean and SD.
    risk_contribution : float
        Addend of the score, signed so that positive means more risk.

    Returns
    -------
    str
        One sentence with a full stop.

    Examples
    --------
    >>> reason_sentence("original_shape_Maximum2DDiameterSlice", 1.24, 0.1)
    'The largest axial diameter of the body is 1.2 SD above the training mean, which raises the risk index.'
    """
    return f"The {_meaning(feature)} is {_position(z)}, which {_effect(risk_contribution)}."


def _meaning(feature: str) -> str:
    """What the feature measures."""
    if feature in MEANINGS:
        return MEANINGS[feature]
    parts = feature.split("_")
    if len(parts) >= 3 and parts[-2] in CLASSES:
        image = "" if parts[0] == "original" else f" of the {'_'.join(parts[:-2])} image"
        return f"feature {parts[-1]}{image} ({CLASSES[parts[-2]]})"
    return f"feature {feature}"


def _position(z: float) -> str:
    """Where the value lies in the training data."""
    if not math.isfinite(z):
        return "not comparable with the training data"
    if abs(z) < TYPICAL_Z:
        return "near the training mean"
    side = "above" if z > 0 else "below"
    far = " (outside what the model has seen)" if abs(z) > FAR_Z else ""
    return f"{abs(z):.1f} SD {side} the training mean{far}"


def _effect(risk_contribution: float) -> str:
    """Which way the feature moves the risk."""
    if risk_contribution > 0:
        return "raises the risk index"
    return "lowers the risk index" if risk_contribution < 0 else "leaves the risk index as it is"
