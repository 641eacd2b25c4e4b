"""Checks of the levels' masks against each other: limits, sources and wordings."""

from __future__ import annotations

from OVCFRiskLib.findings.finding import STOPS, WARNS, About, Check, Severity
from OVCFRiskLib.findings.mask_codes import SIZES_SOURCE

# Rounding at a shared surface may put single voxels into two masks; more, as a fraction of the smaller mask, is an
# error of the segmentation.
OVERLAP_LIMIT = 0.001
# A body's middle beside the line between its neighbours, mm: 5 in a lordosis of 70 degrees, 8 at the apex of a
# scoliosis of 40 degrees; a body is 30 mm deep.
OUT_OF_LINE_MM = 15.0
# From L1 to L4 bodies become wider, by 2 to 4 % a level (Zhou et al. 2000); a fall of this fraction is no variation.
WIDTH_FALL = 0.15
# Two bodies are kept apart by a disc; more contact than this is a leak or a fused pair.
CONTACT_MM2 = 20.0


# The checks, one each; a limit that is not above is 0 or set where it is measured.
OVERLAP = Check(
    "overlap",
    About.MASK,
    STOPS,
    {"": "its mask shares {value} {unit} with {other}; give each body its own segment."},
    source="a voxel belongs to one body",
    unit="voxels",
    limit=0,
)
IDENTICAL_MASKS = Check(
    "identical_masks",
    About.MASK,
    (Severity.STOPS_SCORING, Severity.WARNING),
    {
        "overlap": "its mask is the same as that of {other}; give each body its own segment.",
        "copies": "the masks of {upper} and {lower} are copies of each other, voxels and HU; draw each body by itself.",
        "shapes": "the masks of {upper} and {lower} have exactly the same shape; draw each body by itself.",
    },
    source="no two bodies are alike",
    unit="voxels",
)
LEVEL_ORDER = Check(
    "level_order",
    About.MASK,
    STOPS,
    {"": "{upper} does not lie above {lower} ({value:.0f} {unit}); exchange the names."},
    source="order of the vertebrae",
    unit="mm",
    limit=0.0,
)
OUT_OF_LINE = Check(
    "out_of_line",
    About.MASK,
    STOPS,
    {"": "its middle lies {value:.0f} {unit} beside the line from {upper} to {lower}; correct the mask or its name."},
    source="chosen: about twice the 8 mm of phantoms with scoliosis of 40 degrees, Docs/guards.md",
    unit="mm",
    limit=OUT_OF_LINE_MM,
)
_STEP = "{value:.0f} {unit} per level between {upper} and {lower}: "
LEVEL_SPACING = Check(
    "level_spacing",
    About.MASK,
    WARNS,
    {
        "far": _STEP + "a vertebra between them seems to be skipped or the names are wrong.",
        "near": _STEP + "they are nearer than two bodies can be; check names and masks.",
    },
    source=SIZES_SOURCE,
    unit="mm",
)
NARROWER_THAN_ABOVE = Check(
    "narrower_than_above",
    About.MASK,
    (Severity.NOTE,),
    {
        "": "narrower than {upper} by {value:.0%}, while lumbar bodies widen downwards; a mask may be incomplete or "
        "the count wrong (transitional vertebra)."
    },
    source=SIZES_SOURCE,
    unit="part",
    limit=WIDTH_FALL,
)
CONTACT = Check(
    "contact",
    About.MASK,
    WARNS,
    {
        "": "its mask touches that of {other} over {value:.0f} {unit}; a disc should lie between them, unless the "
        "bodies are fused."
    },
    source="a disc keeps bodies apart",
    unit="mm2",
    limit=CONTACT_MM2,
)
# What stands before the evidence in all variants; `change` says what a renaming does to the scores.
_DOUBT = "The names of the levels are in doubt: "
NAMING = Check(  # a name wrong by one changes no body's score, but which bodies are scored
    "naming",
    About.MASK,
    (Severity.WARNING, Severity.NOTE),
    {
        "ribs": _DOUBT + "{ribs}; L1-L4 may be {renamed}, unless these are lumbar ribs. {change}.",
        "no ribs": _DOUBT + "{ribs}; L1-L4 may be {renamed}, unless the 12th ribs are short or absent. {change}.",
        "sacrum": _DOUBT + "{sacrum}; L1-L4 may be {renamed}, unless there are four or six lumbar bodies. {change}.",
        "ribs and sacrum": _DOUBT + "{ribs}, and {sacrum}; L1-L4 seem to be {renamed}. {change}.",
        "count": _DOUBT
        + "{count} bodies instead of {expected} lie between the lowest ribs and the sacrum (lumbar ribs, "
        "T13, L6 or a transitional vertebra); counted from the ribs L1-L4 are {from_ribs}, from the sacrum "
        "{from_sacrum}. {change}.",
    },
    source="T12 carries the lowest ribs, five bodies follow to the sacrum; rates measured, Docs/segmentation.md",
    limit=0,
)
