"""How bright a surface is, by the way it faces."""

from __future__ import annotations

import numpy as np

# Key light from above the viewer's shoulder, fill light from the other side: right, up, toward the viewer; strength.
LIGHTS = (((-0.5, 0.7, 1.0), 0.80), ((0.9, -0.1, 0.8), 0.35))
# Of the surfaces: chosen by eye, dull as bone is.
AMBIENT = 0.34
DIFFUSE = 0.80
SPECULAR = 0.12
SPECULAR_POWER = 18


def brightness(normals: np.ndarray) -> np.ndarray:
    """What the colour of a surface is multiplied by, and the white that is added to it.

    Parameters
    ----------
    normals : numpy.ndarray of float32, (3, n)
        Right, up and toward the viewer; of length 1.

    Returns
    -------
    numpy.ndarray of float32, (2, n)

    References
    ----------
    Phong 1975, "Illumination for computer generated pictures", Commun ACM 18:311.
    """
    lit = np.zeros((2, normals.shape[1]), np.float32)
    for place, strength in LIGHTS:
        light = (np.array(place) / np.linalg.norm(place)).astype(np.float32)
        facing = light @ normals
        lit[0] += np.float32(DIFFUSE * strength) * np.maximum(facing, 0)
        mirrored = np.where(facing > 0, np.maximum(2 * facing * normals[2] - light[2], 0), 0)
        lit[1] += np.float32(SPECULAR * strength) * mirrored**SPECULAR_POWER
    lit[0] += np.float32(AMBIENT)
    return lit
