"""Checks of a mask's proportions: limits, sources and wordings."""

from __future__ import annotations

from OVCFRiskLib.findings.finding import STOPS, WARNS_OR_STOPS, About, Check

# Neighbouring bodies differ in depth by 11 % at most on right masks, mostly by 5; a fall by more is a part missing.
DEPTH_FALL = 0.17
# Depth as a fraction of the width: 0.72 to 0.88 on right masks; those 8 mm short in front of the canal have 0.55 to
# 0.78.
LEAST_DEPTH_FOR_WIDTH = 0.62
# ... and halves 0.38 to 0.45.
HALF_DEPTH_FOR_WIDTH = 0.5
# ... and 0.92 at most where stumps of the pedicles are left. Masks turned about their axis by 45 degrees have 0.95 to
# 1.05, by 60 and more mostly above 1.02.
TURNED_WARN = 0.95
# ... where it stops: turned by 60 degrees and more.
TURNED_STOP = 1.02
# Height as a fraction of the depth: 0.97 and less on right masks, 0.94 to 1.21 on those tipped by 90 degrees.
TIPPED_WARN = 1.0
# ... where it stops: beyond what a mask short in front of the canal has too.
TIPPED_STOP = 1.1
# Height as a fraction of the depth, the thickness of a slice added, on thick slices: 0.8 and more on right masks, 0.44
# on halves of a body. On slices up to 3 mm heights show how high a body is.
LEAST_HEIGHT_FOR_DEPTH = 0.5
# Seen along its axis a body fills 0.93 to 0.98 of its convex hull; one that lacks a quarter fills 0.79 to 0.83.
LEAST_FILLED_HULL = 0.87

# Where the limits above come from, as findings name it.
_SOURCE = "right and wrong masks of phantoms and real CTs, Docs/guards.md"

SHALLOW = Check(  # a short posterior wall shows here where no canal is in the field
    "shallow",
    About.MASK,
    WARNS_OR_STOPS,
    {
        "neighbours": "less deep than {others} by {value:.0%}, while neighbouring bodies differ little; does the mask "
        "reach the front and the back of the body?",
        "width": "its depth is {value:.0%} of its width, less than a lumbar body has; does the mask reach front and "
        "back?",
        "half": "its depth is {value:.0%} of its width, at least {limit:.0%} are needed: the mask covers a part of the "
        "body; add the rest.",
    },
    source=_SOURCE,
    unit="part",
)
TURNED = Check(  # walls and canal around a body hardly tell how its mask is turned
    "turned",
    About.MASK,
    WARNS_OR_STOPS,
    {
        "": "its depth is {value:.0%} of its width, while bodies are wider than deep: the mask may be turned about "
        "its axis, or hold a part of the arch; check it.",
        "tipped": "its height is {value:.0%} of its depth, while bodies are deeper than high: the mask may be tipped, "
        "or lack a part of the body; check it.",
    },
    source=_SOURCE,
    unit="part",
    limit=TURNED_WARN,
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
