"""One body under several masks: its gray levels and its pairs of neighbours are found once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from OVCFRiskLib.geometry import Box
from OVCFRiskLib.radiomics.cooccurrence import MAX_LEVELS_OF_TRIANGLES, imc2, information_by_mask
from OVCFRiskLib.radiomics.dependence import dependence_matrices_by_mask, dependence_matrix, dependence_values
from OVCFRiskLib.radiomics.diameter import diameters_by_mask
from OVCFRiskLib.radiomics.first_order import first_order_of_counts
from OVCFRiskLib.radiomics.gray_levels import GrayLevels, level_edges, to_gray_levels
from OVCFRiskLib.radiomics.grid import ExtractionGrid
from OVCFRiskLib.radiomics.mask_stack import MaskBits, MaskStack, boxes_of_masks, counts_by_mask
from OVCFRiskLib.radiomics.neighbourhood import (
    differences_by_count,
    differences_by_mask,
    neighbourhood_values,
    sum_around,
)
from OVCFRiskLib.radiomics.region import (
    BodyRegion,
    body_region,
    require_measurable,
    require_measurable_box,
    whole_hu_counts,
)
from OVCFRiskLib.radiomics.settings import ExtractionSettings


@dataclass(frozen=True, eq=False)
class StackedBody:
    """A body under several masks; each mask's features are those it has alone, to the last bit.

    Attributes
    ----------
    whole : BodyRegion
        The voxels that some mask holds.
    whole_levels : GrayLevels
        Their gray levels.
    words, outlines : ndarray [k, j, i], uint32
        Which masks hold each voxel of ``whole``: within ``resegment_range``, and before it.
    count : int
        Number of masks.
    settings : ExtractionSettings
    """

    whole: BodyRegion
    whole_levels: GrayLevels
    words: np.ndarray
    outlines: np.ndarray
    count: int
    settings: ExtractionSettings

    def region(self, number: int) -> BodyRegion:
        """The body under one of the masks; errors are those of `body_region`."""
        inside = self._inside.held_by(number)
        box = self.require_measurable(number)
        values = self.whole.values[self._values.held_by(number)]
        outline = inside if self.outlines is self.words else self._outline.held_by(number)
        hu_counts = whole_hu_counts(values)
        return BodyRegion(self.whole.hu[box], inside[box], outline[box], values, hu_counts, self.whole.spacing_mm)

    def require_measurable(self, number: int) -> Box:
        """Box of one of the masks, if it can be measured; errors are those of `body_region`."""
        return require_measurable(self._boxes[number], self.settings.resegment_range)

    def shared_values(self, number: int, feature_classes: Collection[str]) -> dict[str, dict[str, float]]:
        """Features of the body under one of the masks that are found for all masks together.

        Parameters
        ----------
        number : int
            Of the mask.
        feature_classes : collection of str
            Of pyradiomics' feature classes, those to measure.

        Returns
        -------
        dict
            By feature class; one that cannot be shared is not there.
        """
        values = {}
        if "shape" in feature_classes and self.outlines is self.words:
            values["shape"] = {"Maximum2DDiameterSlice": self._diameters[number]}
        if self._hu_counts is None:
            lowest, highest = (choose(self.whole.values[self._values.held_by(number)]) for choose in (np.min, np.max))
        else:
            counts = self._hu_counts[number]
            present = np.flatnonzero(counts)
            lowest, highest = (self._lowest_hu + self.whole.values.dtype.type(n) for n in present[[0, -1]])
            if "firstorder" in feature_classes:
                values["firstorder"] = first_order_of_counts(float(lowest), counts[present[0] : present[-1] + 1])
        level_counts = self._level_counts[number]
        present = np.flatnonzero(level_counts)
        own = slice(int(present[0]) - 1, int(present[-1]) + 1)  # with the one below as the outside
        if not self._has_edges_of_all(lowest, highest, own.start):
            return values
        if "gldm" in feature_classes:
            values["gldm"] = dependence_values(self._core_dependence[own] + self._changing_dependence[number, own])
        if "ngtdm" in feature_classes:
            differences = self._core_differences + self._changing_differences[number]
            values["ngtdm"] = neighbourhood_values(level_counts[own], differences)
        if "glcm" in feature_classes and self.whole_levels.highest <= MAX_LEVELS_OF_TRIANGLES:
            values["glcm"] = imc2(self._information[number])
        return values

    def _has_edges_of_all(self, lowest: np.floating, highest: np.floating, first_level: int) -> bool:
        """Are the edges of a mask's levels those of all voxels' levels? Rounding could move them."""
        own = level_edges(lowest, highest, self.settings.bin_width)[:-1]
        return np.array_equal(own, self._edges_of_all[first_level : first_level + len(own)])

    @cached_property
    def _edges_of_all(self) -> np.ndarray:
        """Edges of the levels of all voxels."""
        return level_edges(self.whole.values.min(), self.whole.values.max(), self.settings.bin_width)

    @cached_property
    def _inside(self) -> MaskBits:
        """Which masks hold each voxel."""
        return MaskBits(self.words)

    @cached_property
    def _boxes(self) -> list[Box | None]:
        """Where the voxels of each mask lie."""
        return boxes_of_masks(self.words)

    @cached_property
    def _outline(self) -> MaskBits:
        """Which masks hold each voxel before ``resegment_range``."""
        return MaskBits(self.outlines)

    @cached_property
    def _values(self) -> MaskBits:
        """Which masks hold each of the values."""
        return MaskBits(self.words[self.whole.inside])

    @cached_property
    def _words_of_levels(self) -> np.ndarray:
        """The same as words."""
        n_k, n_j, n_i = self.words.shape
        padded = np.zeros((n_k, n_j + 1, n_i + 1), np.uint32)
        padded[:, :n_j, :n_i] = self.words
        return padded.ravel()

    @cached_property
    def _core(self) -> GrayLevels:
        """Gray levels of the voxels that every mask holds."""
        in_every = self._words_of_levels == 2**self.count - 1
        return GrayLevels(self.whole_levels.flat * in_every, self.whole_levels.strides, self.whole_levels.counts)

    @cached_property
    def _has_changing_neighbours(self) -> np.ndarray:
        """Where the 3 x 3 x 3 neighbourhood differs between masks, of voxels that some mask holds."""
        words = self._words_of_levels
        changes = (words != 0) & (words != 2**self.count - 1)
        near: np.ndarray = (sum_around(changes.view(np.uint8), self.whole_levels.strides) != 0) & (words != 0)
        return near

    @cached_property
    def _changing(self) -> np.ndarray:
        """Places of the levels' row whose neighbourhood differs between masks."""
        return np.flatnonzero(self._has_changing_neighbours)

    @cached_property
    def _unchanging(self) -> np.ndarray:
        """Places of the levels' row whose neighbourhood every mask has alike."""
        return np.flatnonzero((self._core.flat != 0) & ~self._has_changing_neighbours)

    @cached_property
    def _core_dependence(self) -> np.ndarray:
        """Dependences of the voxels whose neighbourhood every mask has alike."""
        return dependence_matrix(self._core, self._unchanging)

    @cached_property
    def _changing_dependence(self) -> np.ndarray:
        """Dependences of the voxels whose neighbourhood differs between masks; (masks, levels, dependences)."""
        return dependence_matrices_by_mask(self.whole_levels, self._words_of_levels, self.count, self._changing)

    @cached_property
    def _core_differences(self) -> np.ndarray:
        """Differences from the neighbours of the voxels whose neighbourhood every mask has alike."""
        return differences_by_count(self._core, self._unchanging)

    @cached_property
    def _changing_differences(self) -> np.ndarray:
        """Differences of the voxels whose neighbourhood differs between masks; (masks, neighbours)."""
        return differences_by_mask(self.whole_levels, self._words_of_levels, self.count, self._changing)

    @cached_property
    def _lowest_hu(self) -> np.generic:
        """Of the voxels that some mask holds."""
        return self.whole.values.min()

    @cached_property
    def _hu_counts(self) -> np.ndarray | None:
        """How often each whole HU from the lowest on occurs in every mask, (masks, HU); None for fractions of HU."""
        if self.whole.hu_counts is None:
            return None
        hu = self.whole.values.astype(np.intp) - int(self._lowest_hu)
        return self._counts(hu, len(self.whole.hu_counts))

    @cached_property
    def _level_counts(self) -> np.ndarray:
        """How many voxels of each level every mask holds; (masks, levels)."""
        return self._counts(self.whole_levels.flat[self._words_of_levels != 0], self.whole_levels.highest + 1)

    def _counts(self, codes: np.ndarray, size: int) -> np.ndarray:
        """How often each code occurs in every mask, (masks, codes), of a code for each of the values."""
        words = self.words[self.whole.inside]
        is_core = words == 2**self.count - 1
        changing = np.flatnonzero(~is_core)
        counts = counts_by_mask(codes[changing], words[changing], size).T[: self.count].astype(np.intp)
        return counts + np.bincount(codes[is_core], minlength=size)

    @cached_property
    def _information(self) -> np.ndarray:
        """What voxels tell of their neighbours, (masks, directions)."""
        return information_by_mask(self.whole_levels, self._core, self._words_of_levels, self._level_counts)

    @cached_property
    def _diameters(self) -> list[float]:
        """Of every mask, where its outline is its voxels."""
        return diameters_by_mask(self.outlines, self.count, self.whole.spacing_mm)


def stacked_body(grid: ExtractionGrid, stack: MaskStack, settings: ExtractionSettings) -> StackedBody:
    """Find what masks of one body share.

    Parameters
    ----------
    grid : ExtractionGrid
    stack : MaskStack
        Its words on this grid.
    settings : ExtractionSettings

    Raises
    ------
    OVCFRiskError
        If the voxels of all masks together cannot be measured; some of the masks, each alone, perhaps can.
    """
    limits = settings.resegment_range
    words = stack.words
    if limits is not None:
        words = np.where((grid.hu >= limits[0]) & (grid.hu <= limits[1]), words, np.uint32(0))
    whole = body_region(grid, stack.words != 0, limits)
    box = require_measurable_box(words != 0, limits)
    levels = to_gray_levels(whole, settings.bin_width)
    outlines = np.ascontiguousarray(stack.words[box])
    words = outlines if limits is None else np.ascontiguousarray(words[box])
    return StackedBody(whole, levels, words, outlines, stack.count, settings)
