"""Diagonal bands over bodies whose score must not be relied on: seen without colour, in slices and in 3D alike."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import slicer

from OVCFRiskLib.geometry import Box, box_within, grow_box
from OVCFRiskScene.ownership import HATCHING_ROLE
from OVCFRiskScene.segment_masks import digestsOf, levelMasks
from OVCFRiskScene.segments import addSegment, createMarks
from OVCFRiskScene.volumes import ijkToRas

if TYPE_CHECKING:
    from slicer import vtkMRMLScalarVolumeNode, vtkMRMLSegmentationNode

    from OVCFRiskLib.levels import LumbarLevel
    from OVCFRiskScene.segment_masks import Masks

BAND_PERIOD_MM = 7.0  # four or five bands on a lumbar body: seen at any zoom, not mistaken for texture
BAND_WIDTH_MM = 2.5
BAND_COLOR = (0.15, 0.15, 0.17)  # dark on the grey of a body without risk colour
FILL_OPACITY_2D = 0.55  # the bone stays visible between and through the bands
MADE_ATTRIBUTE = "OVCFRisk.hatchedMasks"  # digests of the masks under the bands: the same are not banded again
SMOOTHING = "0.1"  # of the surface: more would close thin bands


def showHatching(
    bodies: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode, levels: Collection[LumbarLevel], opacity3D: float
) -> None:
    """Bands over these levels; none takes them away."""
    hatching = bodies.GetNodeReference(HATCHING_ROLE)
    if hatching is None and not levels:
        return
    if hatching is None:
        hatching = createMarks(bodies, volume, HATCHING_ROLE, "hatching", SMOOTHING)
    masks = {level: mask for level, mask in levelMasks(bodies, volume).items() if level in levels}
    made = " ".join(digestsOf(masks).values())
    display = hatching.GetDisplayNode()
    with slicer.util.NodeModify(hatching):
        if (hatching.GetAttribute(MADE_ATTRIBUTE) or "") != made:
            hatching.SetAttribute(MADE_ATTRIBUTE, made)
            _write(hatching, volume, masks)
        for level in masks:
            display.SetSegmentOpacity3D(level.name, opacity3D)
    display.SetVisibility(bool(masks))


def _write(hatching: vtkMRMLSegmentationNode, volume: vtkMRMLScalarVolumeNode, masks: Masks) -> None:
    """Bands over these masks and no others."""
    shape, display = volume.GetImageData().GetDimensions()[::-1], hatching.GetDisplayNode()
    hatching.GetSegmentation().RemoveAllSegments()
    for level, mask in masks.items():
        box, bands = bandsOf(mask.box, mask.voxels, ijkToRas(volume), shape)
        addSegment(hatching, volume, (level.name, level.name), BAND_COLOR, box, bands)
        display.SetSegmentOpacity2DFill(level.name, FILL_OPACITY_2D)
        display.SetSegmentOpacity2DOutline(level.name, 0.0)
    hatching.CreateClosedSurfaceRepresentation()


def bandsOf(box: Box, mask: np.ndarray, matrix: np.ndarray, shape: tuple[int, int, int]) -> tuple[Box, np.ndarray]:
    """The part of a mask under the bands, one voxel thicker so that the bands lie on the surface.

    Parameters
    ----------
    box : tuple of slice
        Place of the mask, [k, j, i].
    mask : numpy.ndarray
        Boolean.
    matrix : numpy.ndarray
        (4, 4) from (i, j, k, 1) to RAS mm.
    shape : tuple of int
        Of the whole volume, [k, j, i].

    Returns
    -------
    box : tuple of slice
    bands : numpy.ndarray
        Boolean.
    """
    from scipy import ndimage

    outer = grow_box(box, (1, 1, 1), shape)
    thicker = np.zeros([s.stop - s.start for s in outer], bool)
    thicker[box_within(box, outer)] = mask
    thicker = ndimage.binary_dilation(thicker)
    # R + A + S: diagonal in sagittal, coronal and axial slices
    sums = matrix[:3, :3].sum(axis=0)
    k, j, i = np.ogrid[outer]
    diagonal = (i * sums[0] + j * sums[1] + k * sums[2] + matrix[:3, 3].sum()) / np.sqrt(3)
    return outer, thicker & (diagonal % BAND_PERIOD_MM < BAND_WIDTH_MM)
