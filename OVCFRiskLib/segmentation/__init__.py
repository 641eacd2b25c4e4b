"""Vertebral bodies from level points, and from masks made elsewhere."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from OVCFRiskLib.segmentation.bodies import SegmentedBodies, segment_bodies, segment_bodies_and_fields
    from OVCFRiskLib.segmentation.completion import CompletedPoints, complete_points
    from OVCFRiskLib.segmentation.label_import import ImportedLabels, import_labels, import_labels_and_notes

# Loaded when they are first asked for: a score reads the CT while all that segments it is being loaded.
_HOMES = {
    "bodies": ("SegmentedBodies", "segment_bodies", "segment_bodies_and_fields"),
    "completion": ("CompletedPoints", "complete_points"),
    "label_import": ("ImportedLabels", "import_labels", "import_labels_and_notes"),
}

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


def __getattr__(name: str) -> object:
    """A function or class of this package's files."""
    for home, names in _HOMES.items():
        if name in names:
            return getattr(importlib.import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
