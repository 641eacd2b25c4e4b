"""Masks made elsewhere - a segmentation or a label map of the scene - in the form the library imports."""

from OVCFRiskScene.volumes import pullVolume


def foreignLabels(source, volume):
    """Label image of a segmentation or label map node."""
    return pullVolume(source)
