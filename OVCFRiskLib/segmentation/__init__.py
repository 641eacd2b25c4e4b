"""Vertebral bodies from level points, and from masks made elsewhere."""

from OVCFRiskLib.segmentation.bodies import segment_bodies

__all__ = ["segment_bodies"]
