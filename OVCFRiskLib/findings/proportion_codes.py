"""Checks of a mask's proportions: limits, sources and wordings."""

from __future__ import annotations

from OVCFRiskLib.findings.finding import STOPS, WARNS, About, Check

# Neighbouring bodies differ in depth by 11 % at most on right masks, mostly by 5; a fall by more is a part missing.
DEPTH_FALL = 0.17
# Depth as a part of the width: 0.72 to 0.88 on right masks; those 8 mm short in front of the canal have 0.55 to 0.78.
LEAST_DEPTH_FOR_WIDTH = 0.62
# Seen along its axis a body fills 0.93 to 0.98 of its convex hull; one that lacks a quarter fills 0.79 to 0.83.
LEAST_FILLED_HULL = 0.87

# Where the limits above come from, as findings name it.
_SOURCE = "right and wrong masks of phantoms and real CTs, Docs/guards.md"

SHALLOW = Check(  # a short posterior wall shows here where no canal is in the field
    "shallow",
    About.MASK,
    WARNS,
    {
        "neighbours": "less deep than {others} by {value:.0%}, while neighbouring bodies differ little; does the mask "
        "reach the front and the back of the body?",
        "width": "its depth is {value:.0%} of its width, less than a lumbar body has; does the mask reach front and "
        "back?",
    },
    source=_SOURCE,
    unit="part",
)
OUTLINE = Check(  # a corner that is missing moves no extent and little volume
    "outline",
    About.MASK,
    STOPS,
    {
        "": "seen along its axis the mask fills {value:.0%} of its convex hull, a body at least {limit:.0%}: a part of "
        "the body is missing, or it holds more than the body; correct the mask."
    },
    source=_SOURCE,
    unit="part of the hull",
    limit=LEAST_FILLED_HULL,
)
