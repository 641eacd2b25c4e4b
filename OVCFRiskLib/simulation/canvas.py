"""A volume of HU that shapes are painted into, each within its own box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.geometry import Box

# A triple of coordinates or radii, mm.
Triple = Sequence[float] | np.ndarray
# Thin slices spread an edge along z less than pixels do within the slice: the canvas is finer there, and an oblique
# surface crosses fewer of them.
SLICE_EDGE_FRACTION = 0.7
# Guards against division by nothing at an ellipsoid's middle and for a rod without length (numerical).
LEAST_DISTANCE_SLOPE = np.float32(1e-6)
LEAST_LENGTH2 = 1e-6


@dataclass(frozen=True, slots=True)
class Canvas:
    """HU on an axial grid; z may be finer than the CT's slices.

    Attributes
    ----------
    hu : ndarray, float32, [k, j, i]
    axes : (z, y, x)
        Voxel centres in LPS mm along each array axis.
    steps_mm : (z, y, x)
        Distance of voxels.
    """

    hu: np.ndarray
    axes: tuple[np.ndarray, np.ndarray, np.ndarray]
    steps_mm: tuple[float, float, float]

    def box(self, low: Triple, high: Triple, margin_mm: float = 0.0) -> Box | None:
        """Box of the voxels between two LPS corners; None if it misses the volume."""
        slices: list[slice] = []
        for axis, start, stop in zip(self.axes, low[::-1], high[::-1], strict=True):
            first, last = np.searchsorted(axis, (start - margin_mm, stop + margin_mm))
            if first >= last:
                return None
            slices.append(slice(int(first), int(last)))
        k, j, i = slices
        return k, j, i

    def points(self, box: Box) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Open grids x, y, z (broadcast to the box's shape) of the voxel centres, LPS mm."""
        z, y, x = (axis[part] for axis, part in zip(self.axes, box, strict=True))
        return x[None, None, :], y[None, :, None], z[:, None, None]

    @property
    def edge_mm(self) -> float:
        """Width over which an edge is spread, about one voxel."""
        return max(self.steps_mm[1], self.steps_mm[2], SLICE_EDGE_FRACTION * self.steps_mm[0])

    def paint(self, box: Box, distance: np.ndarray, hu: float | np.ndarray) -> None:
        """Fill where the signed distance (mm) is negative; the edge's voxels get their fraction."""
        fraction = covered(distance, self.edge_mm)
        target = self.hu[box]
        target += fraction * (np.asarray(hu, np.float32) - target)

    def paint_shell(
        self,
        box: Box,
        distance: np.ndarray,
        thickness_mm: float | np.ndarray,
        shell_hu: float,
        inside_hu: float | np.ndarray,
    ) -> None:
        """Fill a shell and its inside together.

        A shell thinner than a voxel gets its fraction of it: painted one after the other, the inside would not take
        its part of the edge's voxels from the shell alone, and the shell would be up to a sixth of a voxel too thick.
        """
        whole = covered(distance, self.edge_mm)
        core = covered(distance + np.asarray(thickness_mm, np.float32), self.edge_mm)
        target = self.hu[box]
        target *= 1 - whole
        target += (whole - core) * np.float32(shell_hu) + core * np.asarray(inside_hu, np.float32)


def covered(distance: np.ndarray, width_mm: float | np.ndarray) -> np.ndarray:
    """Fraction of a voxel inside a surface at a signed distance (mm), for an edge that is flat over the voxel."""
    return np.clip(0.5 - distance / width_mm, 0, 1)


def ellipsoid_distance(points: Sequence[np.ndarray], center: Triple, radii: Triple) -> np.ndarray:
    """Signed distance (mm, first order) to an ellipsoid along the axes of ``points``."""
    scaled = [(p - np.float32(c)) / np.float32(r) for p, c, r in zip(points, center, radii, strict=True)]
    norm = np.sqrt(sum(s**2 for s in scaled))
    slope = np.sqrt(sum((s / np.float32(r)) ** 2 for s, r in zip(scaled, radii, strict=True)))
    distance = norm * (norm - 1) / np.maximum(slope, LEAST_DISTANCE_SLOPE)
    # in the middle itself no direction is nearest: the smallest radius is
    return np.where(slope > LEAST_DISTANCE_SLOPE, distance, np.float32(-min(radii)))


def capsule_distance(
    points: Sequence[np.ndarray],
    start: Triple,
    end: Triple,
    radii: tuple[float, float],
    stretch: Triple = (1.0, 1.0, 1.0),
) -> np.ndarray:
    """Signed distance (mm) to a rod between two points with a radius at each.

    ``stretch`` makes the rod that much wider along each axis of ``points`` (a lamina is taller than thick).
    """
    inverse = 1 / np.asarray(stretch, np.float32)
    a = np.asarray(start, np.float32) * inverse
    along = np.asarray(end, np.float32) * inverse - a
    x, y, z = (p * i - o for p, i, o in zip(points, inverse, a, strict=True))
    length2 = max(float(along @ along), LEAST_LENGTH2)
    t = np.clip((x * along[0] + y * along[1] + z * along[2]) / np.float32(length2), 0, 1)
    away = np.sqrt((x - t * along[0]) ** 2 + (y - t * along[1]) ** 2 + (z - t * along[2]) ** 2)
    return away - (np.float32(radii[0]) + np.float32(radii[1] - radii[0]) * t)
