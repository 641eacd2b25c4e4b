"""The check of how sharply the CT shows the surface that a mask follows: its wording."""

from __future__ import annotations

from OVCFRiskLib.findings.finding import About, Check, Severity

DOUBTFUL_SURFACE = Check(  # a note: where the CT decides least, a reviewer looks first
    "doubtful_surface",
    About.MASK,
    (Severity.NOTE,),
    {"": "look first at its {parts}: the CT shows no sharp edge there, so that the outline is less certain."},
    source="drop of HU across each part of the surface, Docs/segmentation.md",
    unit="parts",
    limit=0,
)
