"""Standardising the columns of a feature table without losing digits to offsets or units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class StandardisedColumns:
    """Columns with mean 0 and population SD 1, and what was taken away.

    Attributes
    ----------
    z : ndarray, shape (n, p)
        Zero in constant columns.
    mean, sd : ndarray, shape (p,)
        ``sd`` divides by n and is 0 in constant columns.
    varies : ndarray of bool, shape (p,)
    """

    z: np.ndarray
    mean: np.ndarray
    sd: np.ndarray
    varies: np.ndarray


def standardise(x: np.ndarray) -> StandardisedColumns:
    """Standardise columns, ``(x - mean) / sd`` with ``sd^2 = sum((x - mean)^2) / n``.

    Parameters
    ----------
    x : ndarray, shape (n, p)
        Finite.

    Returns
    -------
    StandardisedColumns
    """
    varies = np.ptp(x, axis=0) > 0
    # the first row as origin: a large common offset then costs no digits of the spread
    shifted = x - x[0]
    offset = shifted.mean(axis=0)
    centred = np.where(varies, shifted - offset, 0.0)
    # a power of two near the largest deviation: squares of very large or small columns neither over- nor underflow
    exponent = np.frexp(np.abs(centred).max(axis=0))[1]
    scaled = np.ldexp(centred, -exponent)
    spread = np.sqrt((scaled**2).mean(axis=0))
    z = scaled / np.where(varies, spread, 1.0)
    return StandardisedColumns(z, x[0] + offset, np.ldexp(spread, exponent), varies)
