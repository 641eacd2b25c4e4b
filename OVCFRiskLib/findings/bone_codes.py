"""Checks of what makes a place in a CT a vertebral body: limits, sources and wordings."""

from __future__ import annotations

from OVCFRiskLib.findings.finding import STOPS, WARNS, WARNS_OR_STOPS, About, Check

# Fraction of front and sides that must have a bony edge: all of it on right masks, down to a cortex of 0.15 mm on
# trabecular bone of 30 HU; masks that lie beside a body mostly have 0.5 and less (Docs/guards.md).
MIN_WALL_FRACTION = 0.6
# Distance of the mask's posterior wall from the end of the bone, mm: 0 to 2 on right masks of phantoms and real CTs
# with slices up to 5 mm.
WALL_TOLERANCE_MM = 4.0
# Distance of the mask's walls from the edge of the bone, mm, median all around: -0.7 to 1.3 on right masks, those drawn
# by other tools in voxels of 3 mm among them; 1.5 and more, or mostly -1.2 and less, where they are 2 mm too small or
# too large (Docs/guards.md).
EDGE_TOLERANCE_MM = 1.4
# A mask 4 mm too small all around holds half of the body and no cortex: 3.5 mm are measured where it lacks 3.
EDGE_STOP_MM = 4.0

# What helps against all of `NO_BONE`'s variants.
_NO_BONE = "; place its point in the middle of the body and segment again, or correct the mask."
# Bodies crushed by half and more are segmented with disc, and fail the same parts (Docs/guards.md).
_OR_CRUSHED = _NO_BONE + " A body crushed by half and more can look so too: look at the images."
NO_BONE = Check(  # a score of something else than a body would look like any other
    "no_bone",
    About.MASK,
    STOPS,
    {
        "walls": "the mask does not lie on a vertebral body: only {value:.0%} of its side walls have a bony edge, "
        "{limit:.0%} are needed" + _NO_BONE,
        "cortex": "the mask does not lie on a vertebral body alone: a part of its side walls has no cortex (it stands "
        "out by {value:.0f} {unit}, {limit:.0f} are needed), as over a disc" + _OR_CRUSHED,
        "canal": "the mask does not lie on a vertebral body: no spinal canal lies behind it ({value:.0f} HU there)"
        + _NO_BONE,
        "wall": "the mask does not end where the bone does: its posterior wall lies {value:+.0f} mm from the spinal "
        "canal" + _NO_BONE,
        "pedicles": "the mask does not lie on a vertebral body: no pedicles lie beside a canal behind it ({value:.0f} "
        "HU there)" + _NO_BONE,
        "inside": "the mask does not lie on a vertebral body: it holds the spinal canal and bone of the arch (they "
        "differ by {value:.0f} HU)" + _NO_BONE,
        "plates": "the mask does not end at the plates of a body: one of its ends stands out by {value:.0f} HU against "
        "the bone under it, {limit:.0f} are needed" + _OR_CRUSHED,
        "height": "the mask lies half a vertebra too high or too low: the pedicles lie {value:+.0f} mm above its "
        "middle, those of a body {limit} mm" + _OR_CRUSHED,
        "upside down": "pedicles and the gap between two spinous processes ({value:+.0f} mm) lie below the middle of "
        "the mask, those of a body above it: head and feet of the CT are exchanged, or the mask lies half a vertebra "
        "off; read the CT again from its DICOM files, or correct the mask.",
    },
    source="limits chosen between right and wrong masks; error rates measured, Docs/guards.md",
)
POSTURE = Check(  # a tipped mask keeps walls, canal and often plates; the arch behind it lies elsewhere in its axes
    "posture",
    About.MASK,
    WARNS,
    {
        "": "the gap between two spinous processes lies {value:+.0f} {unit} above the middle of the mask (bodies have "
        "3 to 16): the mask may be tipped, or lie half a vertebra off; check it in the sagittal view.",
    },
    source="right and tipped masks of phantoms and four real CTs, Docs/guards.md",
    unit="mm",
    limit="3 to 16",
)
OTHERS_OFF = Check(  # a set of masks that is moved by a level lies on a body with one of them
    "others_off",
    About.MASK,
    WARNS,
    {
        "": "{value} of the {count} other masks lie on no body: check that this one lies on the body it names, and not "
        "on its neighbour.",
    },
    source="masks and points moved along the spine, Docs/guards.md",
    unit="masks",
    limit=1,
)
POSTERIOR_WALL = Check(  # where the canal shows how far the body reaches
    "posterior_wall",
    About.MASK,
    WARNS,
    {
        "short": "bone goes on for {value:.0f} {unit} behind the mask's posterior wall, to the spinal canal; correct "
        "the mask there.",
        "beyond": "the mask reaches {value:.0f} {unit} beyond the posterior wall into the spinal canal; correct the "
        "mask there.",
    },
    source="the body ends at the canal",
    unit="mm",
    limit=WALL_TOLERANCE_MM,
)
PLATE_NOT_SEEN = Check(  # where slices show plates; apart from `NO_BONE`, as a degenerated plate may be faint
    "plate_not_seen",
    About.MASK,
    WARNS,
    {
        "": "one end of the mask shows no endplate ({value:.0f} {unit} over the bone under it, a body has {limit:.0f} "
        "and more on such slices); check that the mask ends at both plates of one body, not on the sacrum or in a disc."
    },
    source="limits chosen between right and wrong masks, Docs/guards.md",
    unit="HU",
)
EDGE_OFFSET = Check(  # a mask that is too small or too large all around keeps a body's surroundings
    "edge_offset",
    About.MASK,
    WARNS_OR_STOPS,
    {
        "inside": "the mask's walls lie {value:.1f} {unit} inside the edge of the bone, all around: it lacks cortex; "
        "grow the mask by that.",
        "outside": "the mask's walls lie {value:.1f} {unit} outside the edge of the bone, all around: it holds soft "
        "tissue; shrink the mask by that.",
    },
    source="the method takes whole bodies, cortex included",
    unit="mm",
    limit=EDGE_TOLERANCE_MM,
)
