"""Vertebral bodies from level points, and from masks made elsewhere."""

from OVCFRiskLib.segmentation.bodies import segment_bodies
from OVCFRiskLib.segmentation.completion import CompletedPoints, complete_points
from OVCFRiskLib.segmentation.label_import import import_labels

__all__ = ["CompletedPoints", "complete_points", "import_labels", "segment_bodies"]
