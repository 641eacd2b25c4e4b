"""The check of how clearly the CT shows the surface that a mask follows: its wording."""

from __future__ import annotations

from OVCFRiskLib.findings.finding import About, Check, Severity

DOUBTFUL_SURFACE = Check(  # a note: where the CT decides least, a reviewer looks first
    "doubtful_surface",
    About.MASK,
    (Severity.NOTE,),
    {"": "look first at its {parts}: the CT does not show clearly where the bone ends there."},
    source="edges along the surface and endplates within it, Docs/segmentation.md",
    unit="parts",
    limit=0,
)
