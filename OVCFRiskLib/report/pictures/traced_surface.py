"""A surface as it is seen: where the ray of each pixel first meets it, and how it is lit there.

Rays are followed at every `STRIDE`th row and column; between four of them that meet one smooth piece of surface the
picture is interpolated, and only at edges every pixel has a ray of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from OVCFRiskLib.report.pictures.lighting import brightness
from OVCFRiskLib.report.pictures.surface_field import SurfaceField
from OVCFRiskLib.report.pictures.view import View

STRIDE = 4  # pixels, about half of a sample of the fields
SHADING_SMOOTHING = 1.0  # sigma in samples, before the slopes of a field are taken as normals: chosen by eye
OUTER_MM = 1.0  # beyond the surface: rays are followed where the field comes as near as this
STEP_OF_DISTANCE = 0.7  # of the distance a field tells: smoothing and interpolation make it up to a third too long
STEEPEST = 4.0  # a field rises by at most so much in a mm, and not by less than its inverse: of bone beside fat
BESIDE_MM = 0.4  # to both sides of a ray, where the rise of a field across the view is looked for: less than a sample
SMALLEST_STEP_MM = 0.8  # half of a sample or less; the surface between two steps is found by interpolation
LONGEST_RAY_STEPS = 400  # of a ray that runs along a surface for the length of a spine; others end long before
SMOOTH_MM = 3.0  # a surface that falls further than this between two rays is an edge
Pixels = tuple[np.ndarray, ...]  # rows and columns


@dataclass(frozen=True, slots=True, eq=False)
class TracedSurface:
    """The part of a picture that a surface is seen in.

    Attributes
    ----------
    box : tuple of slice
        Rows and columns of the picture.
    cover : numpy.ndarray of float32, (rows, columns) of the box
        Fraction of each pixel that the surface covers.
    near : numpy.ndarray
        mm toward the viewer, where the surface is.
    light, shine : numpy.ndarray
        As `lighting.brightness`.
    """

    box: tuple[slice, slice]
    cover: np.ndarray
    near: np.ndarray
    light: np.ndarray
    shine: np.ndarray


def trace_surface(field: SurfaceField, view: View) -> TracedSurface | None:
    """Follow the rays of a view to a surface.

    Parameters
    ----------
    field : SurfaceField
        About the distance from the surface in mm, positive inside.
    view : View

    Returns
    -------
    TracedSurface or None
        None where nothing of it is seen.
    """
    nodes = _nodes(field, view)
    if nodes is None:
        return None
    box, front, back = nodes
    rays = _Rays(field, view)
    is_met = np.isfinite(front)
    rows, columns = np.nonzero(is_met)
    places = box[0].start + STRIDE * rows, box[1].start + STRIDE * columns
    coarse = np.zeros((4, *front.shape), np.float32)
    coarse[:, rows, columns] = rays.met(places, front[is_met], back[is_met], 1.5 * STRIDE)
    is_near = coarse[0] > 0
    nearest = _of_corners(np.maximum, np.where(is_near, coarse[1], -np.inf))
    farthest = _of_corners(np.minimum, np.where(is_near, coarse[1], np.inf))
    is_smooth = _of_corners(np.logical_and, coarse[0] == 1) & (nearest - farthest < SMOOTH_MM)
    fine = np.zeros((4, nearest.shape[0], STRIDE, nearest.shape[1], STRIDE), np.float32)
    _interpolate(fine, coarse, np.nonzero(is_smooth))
    _trace_edges(fine, rays, box, nearest, farthest, np.nonzero(np.isfinite(nearest) & ~is_smooth))
    height, width = (part.stop - part.start for part in box)
    shown = fine.reshape(4, fine.shape[1] * STRIDE, -1)[:, :height, :width]
    return TracedSurface(box, shown[0], shown[1], shown[2], shown[3])


class _Rays:
    """The rays of a view through a field."""

    def __init__(self, field: SurfaceField, view: View) -> None:
        matrix, offset = view.to_field(field.to_ras)
        self.matrix, self.offset = matrix.astype(np.float32), offset.astype(np.float32)
        self.values = field.values
        self.view = view
        slopes = np.gradient(ndimage.gaussian_filter(self.values, SHADING_SMOOTHING))
        self.slopes = [np.ascontiguousarray(slope) for slope in slopes]
        # from slopes along k, j, i to outward normals, right, up and toward the viewer
        self.to_normals = -(view.axes @ np.linalg.inv(field.to_ras[:3, :3]).T[:, ::-1]).astype(np.float32)

    def met(self, pixels: Pixels, near: np.ndarray, far: np.ndarray, edge: float = 1.0) -> np.ndarray:
        """Cover, place, light and shine (4, n) of pixels whose rays are followed from ``near`` to ``far``.

        Pixels that the surface misses by less than ``edge`` pixels are covered in part.
        """
        rows, columns = (place.astype(np.float32) for place in pixels)
        first = self.offset[:, None] + self.matrix[:, 1:2] * rows + self.matrix[:, 2:] * columns
        place, value = self._followed(first, near.astype(np.float32), far.astype(np.float32))
        met = np.zeros((4, len(rows)), np.float32)
        met[1] = place
        seen = np.flatnonzero(value * self.view.pixels_per_mm > -max(STEEPEST, edge))
        at = first[:, seen] + self.matrix[:, :1] * place[seen]
        normals = self.to_normals @ np.stack([_sampled(slope, at) for slope in self.slopes])
        length = np.maximum(np.sqrt(np.square(normals).sum(axis=0)), np.float32(1e-6))
        met[2:, seen] = brightness(normals / length)
        is_missed = value[seen] < 0
        missed_by = value[seen[is_missed]] / self._rise(at[:, is_missed])
        met[0, seen] = 1
        met[0, seen[is_missed]] = np.maximum(1 + missed_by * np.float32(self.view.pixels_per_mm / edge), 0)
        return met

    def _rise(self, at: np.ndarray) -> np.ndarray:
        """How much the field rises in one mm across the view."""
        squared = np.zeros(at.shape[1], np.float32)
        for axis in (1, 2):
            beside = self.matrix[:, axis : axis + 1] * np.float32(BESIDE_MM * self.view.pixels_per_mm)
            change = _sampled(self.values, at + beside) - _sampled(self.values, at - beside)
            squared += np.square(change / np.float32(2 * BESIDE_MM))
        return np.maximum(np.sqrt(squared), np.float32(1 / STEEPEST))

    def _followed(self, first: np.ndarray, near: np.ndarray, far: np.ndarray) -> Pixels:
        """Where each ray meets the surface, or else passes it most closely, and the field's value there."""
        place, best = near.copy(), np.full(len(near), -np.inf, np.float32)
        along = self.matrix[:, :1]
        here = near
        rays: np.ndarray = np.arange(len(near))
        before: np.ndarray = np.full(len(near), -np.inf, np.float32)
        step: np.ndarray = np.zeros(len(near), np.float32)
        at = first + along * near
        for _ in range(LONGEST_RAY_STEPS):
            value = _sampled(self.values, at)
            better = np.flatnonzero(value > best[rays])
            place[rays[better]], best[rays[better]] = here[better], value[better]
            hit = np.flatnonzero(value >= 0)
            place[rays[hit]] += step[hit] * value[hit] / (value[hit] - before[hit])
            goes_on = np.flatnonzero((value < 0) & (here > far[rays]))
            if len(goes_on) == 0:
                break
            rays, before = rays[goes_on], value[goes_on]
            step = np.maximum(-STEP_OF_DISTANCE * before, np.float32(SMALLEST_STEP_MM))
            here = here[goes_on] - step
            at = at[:, goes_on]
            at -= along * step
        return place, best


def _nodes(field: SurfaceField, view: View) -> tuple[tuple[slice, slice], np.ndarray, np.ndarray] | None:
    """Rows and columns where a surface may be seen; of every `STRIDE`th, between which places, front and back, it lies.

    Where it cannot be, these are infinite.
    """
    columns, rows, places = view.seen(field.to_points(_outermost(field.values > -OUTER_MM)))
    if len(rows) == 0:
        return None
    sample_mm = float(np.linalg.norm(field.to_ras[:3, :3], axis=0).max())
    reach = sample_mm * view.pixels_per_mm
    starts = [max(int(part.min() - reach), 0) for part in (rows, columns)]
    stops = [min(int(part.max() + reach) + 2, n) for part, n in zip((rows, columns), view.size, strict=True)]
    if starts[0] >= stops[0] or starts[1] >= stops[1]:
        return None
    shape = [(stop - start - 1) // STRIDE + 2 for start, stop in zip(starts, stops, strict=True)]
    down, across = (
        np.rint((part - start) / STRIDE).astype(int) for part, start in zip((rows, columns), starts, strict=True)
    )
    fits = (down >= 0) & (down < shape[0]) & (across >= 0) & (across < shape[1])
    node = down[fits] * shape[1] + across[fits]
    front, back = np.full(shape, -np.inf, np.float32), np.full(shape, np.inf, np.float32)
    np.maximum.at(front.reshape(-1), node, places[fits].astype(np.float32))
    np.minimum.at(back.reshape(-1), node, places[fits].astype(np.float32))
    size = 2 * int(np.ceil(reach / STRIDE)) + 1  # samples lie further from each other than the nodes
    front = ndimage.maximum_filter(front, size, mode="nearest") + sample_mm
    back = ndimage.minimum_filter(back, size, mode="nearest") - sample_mm
    return (slice(starts[0], stops[0]), slice(starts[1], stops[1])), front, back


def _outermost(inside: np.ndarray) -> np.ndarray:
    """Samples (n, 3) [k, j, i] of a shape that have a neighbour outside, or lie at the edge."""
    inner = np.zeros_like(inside)
    inner[1:-1, 1:-1, 1:-1] = inside[1:-1, 1:-1, 1:-1]
    for axis in range(3):
        line = np.moveaxis(inside, axis, 0)
        np.moveaxis(inner, axis, 0)[1:-1] &= line[2:] & line[:-2]
    return np.argwhere(inside & ~inner)


def _of_corners(function: np.ufunc, nodes: np.ndarray) -> np.ndarray:
    """A function of the four corners of each block between nodes."""
    beside = function(nodes[1:], nodes[:-1])
    block: np.ndarray = function(beside[:, 1:], beside[:, :-1])
    return block


def _interpolate(fine: np.ndarray, coarse: np.ndarray, blocks: Pixels) -> None:
    """Fill blocks linearly from their corners."""
    k, m = blocks
    weight = (np.arange(STRIDE, dtype=np.float32) / STRIDE)[:, None]
    for pixels, nodes in zip(fine, coarse, strict=True):
        left = nodes[k, m] + weight * (nodes[k + 1, m] - nodes[k, m])  # along the rows of a block
        right = nodes[k, m + 1] + weight * (nodes[k + 1, m + 1] - nodes[k, m + 1])
        filled = left[:, None] + weight * (right - left)[:, None]  # row, column, block
        pixels[k, :, m, :] = filled.transpose(2, 0, 1)


def _trace_edges(
    fine: np.ndarray,
    rays: _Rays,
    box: tuple[slice, slice],
    nearest: np.ndarray,
    farthest: np.ndarray,
    blocks: Pixels,
) -> None:
    """Follow the rays of all pixels of blocks, from where those of their corners have met the surface."""
    inside = np.arange(STRIDE)
    k, m = (np.repeat(part, STRIDE**2) for part in blocks)
    down, across = np.tile(np.repeat(inside, STRIDE), len(blocks[0])), np.tile(inside, STRIDE * len(blocks[0]))
    pixels = box[0].start + STRIDE * k + down, box[1].start + STRIDE * m + across
    start, end = nearest[k, m] + SMOOTH_MM / 4, farthest[k, m] - SMOOTH_MM / 2
    fine[:, k, down, m, across] = rays.met(pixels, start, end)


def _sampled(values: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Linear interpolation at [k, j, i] of samples, (3, n)."""
    return ndimage.map_coordinates(values, at, np.float32, order=1, mode="nearest", prefilter=False)
