"""A template of a lumbar body.

A cylinder with a kidney-shaped section, a waist and hollow endplates: nine numbers place it, three of its middle, three
angles, half width, half depth and half height.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.bodies.body_frame import BodyFrame
from OVCFRiskLib.bodies.pedicle_region import in_pedicle_region

# Places of the wall around the body, and in half heights; none is nearer to the rims than 3 mm.
WALL_ANGLES = 32
WALL_HEIGHTS = (-0.75, -0.45, -0.15, 0.15, 0.45, 0.75)
# Places of the endplates, in radii of the outline and around.
PLATE_RADII = (0.2, 0.45, 0.65, 0.8)
PLATE_ANGLES = 16
# Depth of an endplate's hollow in half heights: 1.5-2 mm of 14.
HOLLOW = 0.12
# Width of a body at its waist as a fraction of that at its endplates.
WIDTH_AT_WAIST = 0.9
# The section is a superellipse: blunt behind, nearly an ellipse in front.
POWER_BEHIND = 2.7
POWER_IN_FRONT = 2.1
# Hollow of the posterior wall in half depths, and its half width in half widths (as a cosine).
HOLLOW_BEHIND = 0.14
CANAL_HOLLOW_HALF_WIDTH = 0.5
# The posterior wall at mid-height and in front of the canal, in half depths behind the middle.
WALL_HALF_DEPTHS = 0.80


@dataclass(frozen=True, slots=True, eq=False)
class TemplateSurface:
    """Places of a template's surface.

    Attributes
    ----------
    points : numpy.ndarray (n, 3)
        In units of the half axes.
    normals : numpy.ndarray (n, 3)
        Outwards, in the same units.
    weights : numpy.ndarray (n,)
        Their sum is 1.
    """

    points: np.ndarray
    normals: np.ndarray
    weights: np.ndarray


@dataclass(frozen=True, slots=True)
class BodyTemplate:
    """A fitted template.

    Attributes
    ----------
    frame : BodyFrame
        Middle of the body and its own axes.
    half : np.ndarray
        (3,) half width, half depth, half height, mm.
    fit : float
        Mean drop over its surface as a fraction of the largest, at most 1.
    """

    frame: BodyFrame
    half: np.ndarray
    fit: float


def outline_radius(angle: np.ndarray) -> np.ndarray:
    """Radius of the section in units of half width and half depth; 0 is sideways, pi/2 backwards."""
    cosine, sine = np.cos(angle), np.sin(angle)
    power = np.where(sine > 0, POWER_BEHIND, POWER_IN_FRONT)
    radius = (np.abs(cosine) ** power + np.abs(sine) ** power) ** (-1 / power)
    # the posterior wall is level or hollow
    return radius * (1 - np.where(sine > 0, HOLLOW_BEHIND * np.exp(-((cosine / CANAL_HOLLOW_HALF_WIDTH) ** 2)), 0.0))


def waist(height: np.ndarray) -> np.ndarray:
    """Width at a height (-1..1) as a fraction of that at the endplates."""
    return WIDTH_AT_WAIST + (1 - WIDTH_AT_WAIST) * height**2


def plate_height(radius: np.ndarray) -> np.ndarray:
    """Height of an endplate at a radius (0..1) as a fraction of that at its rim."""
    return 1 - HOLLOW * (1 - np.clip(radius, 0, 1) ** 2)


def template_surface() -> TemplateSurface:
    """Places of the surface where a body has an edge: walls and plates weigh alike, the pedicles nothing."""
    angle = np.arange(WALL_ANGLES) * 2 * np.pi / WALL_ANGLES
    height, angles = np.meshgrid(WALL_HEIGHTS, angle, indexing="ij")
    radius = outline_radius(angles)
    side, back = radius * np.cos(angles), radius * np.sin(angles)
    normal = np.stack([np.gradient(back, axis=1), -np.gradient(side, axis=1), np.zeros_like(side)], axis=-1)
    is_pedicle = in_pedicle_region(angles, height)
    wall = np.stack([side * waist(height), back * waist(height), height], axis=-1)
    sign, fraction, around = np.meshgrid((-1.0, 1.0), PLATE_RADII, angle[:: WALL_ANGLES // PLATE_ANGLES], indexing="ij")
    radius = fraction * outline_radius(around)
    plate = np.stack([radius * np.cos(around), radius * np.sin(around), sign * plate_height(radius)], axis=-1)
    up = np.stack([np.zeros_like(sign), np.zeros_like(sign), sign], axis=-1)
    wall_weight = np.where(is_pedicle, 0.0, 1.0).ravel()
    plate_weight = fraction.ravel()
    weights = np.concatenate([wall_weight / wall_weight.sum(), plate_weight / plate_weight.sum()]) / 2
    points = np.concatenate([wall.reshape(-1, 3), plate.reshape(-1, 3)])
    normals = np.concatenate([normal.reshape(-1, 3), up.reshape(-1, 3)])
    return TemplateSurface(points[weights > 0], normals[weights > 0], weights[weights > 0])
