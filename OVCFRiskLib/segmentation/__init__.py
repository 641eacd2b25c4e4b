"""Vertebral bodies from level points, and from masks made elsewhere."""

from OVCFRiskLib.segmentation.bodies import SegmentedBodies, segment_bodies, segment_bodies_and_fields
from OVCFRiskLib.segmentation.completion import CompletedPoints, complete_points
from OVCFRiskLib.segmentation.label_import import ImportedLabels, import_labels, import_labels_and_notes

__all__ = [
    "CompletedPoints",
    "ImportedLabels",
    "SegmentedBodies",
    "complete_points",
    "import_labels",
    "import_labels_and_notes",
    "segment_bodies",
    "segment_bodies_and_fields",
]
