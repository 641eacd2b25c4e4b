"""Where the pedicles leave a body: there its wall has no edge, in CTs and in masks of whole vertebrae alike."""

from __future__ import annotations

import numpy as np

# Sine of the angle behind the body's middle, in units of its half axes: pedicles leave the posterior half of the
# sides and the outer part of the back (Zindrick et al. 1987, Spine 12:160).
LEAST_SINE_BACKWARDS = 0.3
# Cosine of that angle: the wall in front of the canal, about 12 mm of a half width of 22, is free.
LEAST_COSINE_SIDEWAYS = 0.3
# Height in half heights: pedicles leave the upper two thirds of a lumbar body.
LEAST_HEIGHT = -0.4


def in_pedicle_region(angle: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Does the wall lie where the pedicles leave?

    Parameters
    ----------
    angle : numpy.ndarray
        About the body's axis with sideways and backwards distances in half axes; 0 is left, pi/2 backwards.
    height : numpy.ndarray
        -1 (lower endplate) to 1 (upper), to be broadcast with ``angle``.

    Returns
    -------
    numpy.ndarray of bool

    Examples
    --------
    >>> in_pedicle_region(np.radians([0, 45, 90, 135, 225]), np.array(0.5)).tolist()
    [False, True, False, True, False]
    """
    cosine, sine = np.cos(angle), np.sin(angle)
    return (sine > LEAST_SINE_BACKWARDS) & (np.abs(cosine) > LEAST_COSINE_SIDEWAYS) & (height > LEAST_HEIGHT)


def in_pedicle_region_at(side: np.ndarray, back: np.ndarray, up: np.ndarray, half: np.ndarray) -> np.ndarray:
    """`in_pedicle_region` of places.

    Parameters
    ----------
    side, back, up : numpy.ndarray
        mm to the left, backwards and upwards of the body's middle, to be broadcast with each other.
    half : numpy.ndarray (3,)
        Half width, depth and height of the body, mm.

    Examples
    --------
    >>> in_pedicle_region_at(np.array([15.0, 0.0]), np.array([12.0, 16.0]), np.array(5.0), np.array([22.0, 16.0, 13.0]))
    array([ True, False])
    """
    return in_pedicle_region(np.arctan2(back / half[1], side / half[0]), up / half[2])
