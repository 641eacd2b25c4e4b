"""Checks of a mask and of the body under it: limits, sources and wordings."""

from __future__ import annotations

from OVCFRiskLib.findings.acquisition_codes import METHOD
from OVCFRiskLib.findings.finding import STOPS, WARNS, WARNS_OR_STOPS, About, Check, Severity

# At 1.25 x 0.9 x 0.9 mm, 500 voxels are 0.5 ml, a fortieth of the smallest lumbar body: less is a slip of the brush,
# and texture matrices of it are noise.
MIN_VOXELS = 500
# Lumbar bodies of women: means of 25 (L1) to 35 ml (L4), about +-20 % between people; the limits leave three SD
# (Limthongkul et al. 2010, Spine J 10:153; Caula et al. 2016, Surg Radiol Anat 38:303).
VOLUME_ML = (15.0, 60.0)
# Beyond these no adult's lumbar body lies: half of the smallest woman's L1, and the largest man's L4 with osteophytes.
HUMAN_VOLUME_ML = (11.0, 80.0)
# Width, depth and height of lumbar bodies: means of 41-50, 30-35 and 27-29 mm (Zhou et al. 2000, Eur Spine J 9:242);
# a mask is larger by osteophytes, a fractured body lower.
WIDTH_MM = (30.0, 65.0)
DEPTH_MM = (22.0, 46.0)
HEIGHT_MM = (12.0, 42.0)
# Beyond these no adult's lumbar body lies, osteophytes and thick slices included; crushed ones are lower.
HUMAN_WIDTH_MM = (26.0, 75.0)
HUMAN_DEPTH_MM = (18.0, 52.0)
HUMAN_HEIGHT_MM = (8.0, 46.0)
# Islands and holes below this fraction of the mask hardly change a feature: reported as a note.
MINOR_FRACTION = 0.005
# A mask with more than this in islands or holes is none of a whole body: a shell, every second slice, a checkerboard.
SCATTERED_FRACTION = 0.25
# Median of what lies 2 to 5 mm around a body: muscle, disc, vessels with contrast at the highest, fat and gas at the
# lowest; an intercept forgotten (1024 HU) or taken twice lies far beyond.
AROUND_HU = (-400.0, 500.0)
# Marrow fat has -100 HU at the lowest; smoothing takes away the noise that reaches further down.
GAS_HU = -200.0
# Less metal than this, ml, is a calcification or noise.
METAL_MIN_ML = 0.03
# A sclerotic island of a few millimetres has less than this of dense bone, ml; a cemented body several times as much.
CEMENT_MIN_ML = 0.2
# Between the mask's outer shell and the tissue around it, HU; muscle and vessels differ by less.
MIN_EDGE_HU = 15.0
# Genant HK et al. (1993) J Bone Miner Res 8:1137: a loss of 20 % is a mild fracture, which the method excludes.
STOP_LOSS = 0.20

# Where pedicles and endplates are less clear than this fraction of a body's in plain view, no point is proposed: a
# person has to click. It is no probability (Docs/segmentation.md says how often proposed points were right).
LEAST_CERTAINTY = 0.45

SIZES_SOURCE = "Zhou et al. 2000, Eur Spine J 9:242"  # of WIDTH_MM, DEPTH_MM and HEIGHT_MM alike
# Beyond the usual limits, and beyond the HUMAN_ ones, where the end of the sentence says what to do.
_EXTENT = "a {what} of {value:.0f} {unit} is not that of a lumbar body; check the mask"
_IMPOSSIBLE = "no lumbar body of an adult has a {what} of {value:.0f} {unit} ({limit} {unit}): the mask "
_NO_ADULT = "no lumbar body of an adult has {value:.1f} {unit} ({limit} {unit}): the mask "
_EXTENTS = {  # by variant: one set of words serves width, depth and height
    "": _EXTENT + ".",
    "arch": _EXTENT + "; does it hold the arch?",
    "too small": _IMPOSSIBLE + "covers a part of the body; add the rest.",
    "too large": _IMPOSSIBLE + "covers more than the body; remove the arch, discs and other bodies.",
}
# The variant of a height of nearly nothing, of a body whose width and depth are usual ones.
FLAT = "flat"
# ... and of one that is low for the depth, where slices are too thick to measure heights.
LOW = "low"
_FLAT = _IMPOSSIBLE.removesuffix("the mask ") + "the body is crushed flat (vertebra plana), or the mask "
_DENSE = "density and texture are not those of the bone."  # why metal and cement both stop the score
_FIXATION = "Yu et al. 2025 excluded lumbar fixation"  # why the score stops on what operations leave
_OUTLIER = (  # one wording for both ends: the harm is the same
    "{voxels} {side} {limit:.0f} {unit} in the mask ({what} of {value:.0f} {unit}) shift the gray levels of all; "
    "correct the mask."
)
_OUTLIER_SOURCE = "fixed bin width starts at the lowest voxel"  # so that one low voxel renumbers the gray levels of all


def in_words(limits: tuple[float, float]) -> str:
    """Two limits as a range.

    Examples
    --------
    >>> in_words((15.0, 60.0))
    '15 to 60'
    """
    return f"{limits[0]:g} to {limits[1]:g}"


def _size(code: str, limits: tuple[float, float], **more: str) -> Check:
    """The check of one extent of the mask."""
    return Check(code, About.MASK, WARNS_OR_STOPS, {**_EXTENTS, **more}, SIZES_SOURCE, "mm", in_words(limits))


EMPTY = Check(  # apart from `TOO_SMALL`, as nothing was drawn: a count of 0 would not say so
    "empty",
    About.MASK,
    STOPS,
    {"": "there is no mask; add seeds or correct the segment."},
    source="texture needs a whole body",
    unit="voxels",
    limit=MIN_VOXELS,
)
TOO_SMALL = Check(  # so few voxels make the texture matrices noise
    "too_small",
    About.MASK,
    STOPS,
    {
        "": "mask has {value} {unit}, at least {limit} are needed; add seeds or correct the segment.",
        "one": "mask has 1 voxel, at least {limit} are needed; add seeds or correct the segment.",
    },
    source="texture needs a whole body",
    unit="voxels",
    limit=MIN_VOXELS,
)
FIELD_OF_VIEW = Check(  # a cut body has features of its part only
    "field_of_view",
    About.MASK,
    STOPS,
    {"": "the body is cut by the field of view (its mask {how}); a larger field is needed."},
    source="geometry of the volume",
)
VOLUME = Check(  # a mask that covers too little or too much, in whatever direction
    "volume",
    About.MASK,
    WARNS_OR_STOPS,
    {
        "": "{value:.1f} {unit} is {what} than a woman's lumbar body; check what the mask covers.",
        "too small": _NO_ADULT + "covers a part of the body; add the rest.",
        "too large": _NO_ADULT + "covers more than the body; remove the arch, discs and other bodies.",
    },
    source="Limthongkul et al. 2010, Spine J 10:153; Caula et al. 2016, Surg Radiol Anat 38:303",
    unit="ml",
    limit=in_words(VOLUME_ML),
)
# mm, along the body's own axes: a volume can be right where an extent is not.
WIDTH = _size("width", WIDTH_MM)
DEPTH = _size("depth", DEPTH_MM)
HEIGHT = _size(
    "height",
    HEIGHT_MM,
    **{
        FLAT: _FLAT + "covers a part of it; look at this level.",
        LOW: "a {what} of {value:.0f} {unit} is less than half of the depth ({limit} {unit}, slices considered): the "
        "body is crushed, or the mask covers a part of it; look at this level.",
    },
)
ISLANDS = Check(  # pieces off the body add what is not its bone; small ones are only noted
    "islands",
    About.MASK,
    (Severity.WARNING, Severity.NOTE, Severity.STOPS_SCORING),
    {
        "": "the mask has {pieces} pieces, {value:.1%} of it apart from the largest; remove the islands if they are "
        "not bone of this body.",
        "scattered": "the mask is no single body: it has {pieces} pieces, {value:.0%} of it apart from the largest; "
        "draw the body again.",
    },
    source="the method takes whole bodies",
    unit="part of the mask",
    limit=MINOR_FRACTION,
)
HOLES = Check(  # the method fills them: left open, they take bone away; small ones are only noted
    "holes",
    About.MASK,
    (Severity.WARNING, Severity.NOTE, Severity.STOPS_SCORING),
    {
        "": "the mask has holes of {voxels} voxels ({value:.1%}); fill them, as the method does.",
        "scattered": "the mask is no whole body: it has holes of {voxels} voxels ({value:.0%}); fill it or draw it "
        "again.",
    },
    source="the method takes whole bodies",
    unit="part of the mask",
    limit=MINOR_FRACTION,
)
NOT_FINITE = Check(  # a single such voxel spoils sums over the mask: none is allowed
    "not_finite",
    About.MASK,
    STOPS,
    {"": "{value} voxels of the mask have no finite HU; read the CT again."},
    source="features need finite HU",
    unit="voxels",
    limit=0,
)
HU_CALIBRATION = Check(  # density and gray levels mean nothing on a wrong scale
    "hu_calibration",
    About.MASK,
    (Severity.STOPS_SCORING, Severity.WARNING),
    {
        "": "the tissue around the mask has {value:.0f} {unit}, soft tissue has about 50: the CT is not calibrated in "
        "HU (rescale slope or intercept); read the CT again from its DICOM files.",
        "air": "air measures {air_hu:.0f} {unit} and fat {value:.0f}, instead of -1000 and about -105: the CT's "
        "rescale slope is wrong (by a factor of {slope:.2f}); read the CT again from its DICOM files.",
        "offset": "fat measures {value:.0f} {unit} and soft tissue {soft_hu:.0f}, instead of about -105 and 50: the "
        "CT's rescale intercept is wrong; read the CT again from its DICOM files.",
        "slope": "fat measures {value:.0f} {unit} and soft tissue {soft_hu:.0f}, instead of about -105 and 50: the "
        "CT's rescale slope is wrong; read the CT again from its DICOM files.",
        "muscle": "the muscles beside the spine measure {value:.0f} {unit} instead of about 50: the CT's rescale slope "
        "or intercept may be wrong; compare with the DICOM files.",
    },
    source="definition of the Hounsfield scale",
    unit="HU",
    limit=in_words(AROUND_HU),
)
METAL_INSIDE = Check(  # told before cement: metal is denser than cement's limit too
    "metal_inside",
    About.MASK,
    STOPS,
    {"": "the mask holds metal ({value:.2f} {unit} above {dense_hu:.0f} HU); " + _DENSE},
    source=_FIXATION,
    unit="ml",
    limit=METAL_MIN_ML,
)
CEMENT_INSIDE = Check(  # looked for away from the surface, where cortex and endplates are as dense
    "cement_inside",
    About.MASK,
    (Severity.STOPS_SCORING, Severity.WARNING),
    {
        "": "the mask holds cement or a sclerotic lesion ({value:.2f} {unit} above {dense_hu:.0f} HU inside the "
        "body); " + _DENSE,
        "sclerotic": "the body holds a dense part ({value:.2f} {unit} above {dense_hu:.0f} HU): a bone island, "
        "sclerosis, a metastasis or faint cement changes density and texture; look at it.",
    },
    source=_FIXATION,
    unit="ml",
    limit=CEMENT_MIN_ML,
)
GAS = Check(  # not bone, but may be a mask's slip or a cleft: a person has to tell them apart
    "gas",
    About.MASK,
    WARNS,
    {
        "": "gas in the mask (down to {value:.0f} {unit}): a vacuum disc, bowel, or a cleft in the body; correct the "
        "mask or look for a fracture."
    },
    source="marrow fat has -100 HU at the lowest",
    unit="HU",
    limit=GAS_HU,
)
# Apart, so that gas silences the one and dense parts the other; the limit comes from the mask's percentiles.
LOW_VOXELS = Check("low_voxels", About.MASK, WARNS, {"": _OUTLIER}, source=_OUTLIER_SOURCE, unit="HU")
HIGH_VOXELS = Check("high_voxels", About.MASK, WARNS, {"": _OUTLIER}, source=_OUTLIER_SOURCE, unit="HU")
NO_BONE_EDGE = Check(  # a hint only: the edge of one whole surface, where `NO_BONE` looks at the anatomy
    "no_bone_edge",
    About.MASK,
    WARNS,
    {"": "the mask's surface is hardly denser than its surroundings ({value:.0f} {unit}); does it lie on the body?"},
    source="a body has a cortex",
    unit="HU",
    limit=MIN_EDGE_HU,
)
LEAK = Check(  # elsewhere, the cortex shows it; no limit here, as the measurement gives it
    "leak",
    About.MASK,
    WARNS,
    {"": "the mask seems to reach {value:.0f} {unit} beyond the cortex into {where}; correct it."},
    source="position of the cortex under the surface",
    unit="mm",
)
PROPOSED_POINT = Check(  # a note, so that nobody takes a computed point for a clicked one
    "proposed_point",
    About.MASK,
    (Severity.NOTE,),
    {
        "": "its point was proposed, not clicked: pedicles and endplates there are {value:.0%} as clear as in plain "
        "view; check that the mask lies in the body it names."
    },
    source="points completed along the spinal canal from the others",
    unit="part of 1",
    limit=LEAST_CERTAINTY,
)
POINT_NOT_FOUND = Check(  # without a point there is no mask: the level is told, not left out
    "point_not_found",
    About.MASK,
    (Severity.STOPS_SCORING,),
    {"": "no point was given and none could be proposed: {why}."},
    source="points completed along the spinal canal from the others",
)
# Variant of a body that the CT shows, whatever the mask holds.
CRUSHED = "crushed"
# A body is called crushed from this loss of height on: walls show where it ends to 2 or 3 mm, of 25 to 30 mm.
CRUSHED_LOSS = 0.35
# The same measurement, certain or not.
_LOSS = "height loss of {value:.0%}, a {deformity} deformity of grade {grade} (Genant)"
# Stops beyond the uncertainty of the loss and never on thick slices; CRUSHED, which reads the CT alone, up to 3.2 mm.
HEIGHT_LOSS = Check(
    "height_loss",
    About.BODY,
    (Severity.STOPS_SCORING, Severity.WARNING, Severity.NOTE),
    {
        "fracture": _LOSS + "; the method excludes fractured bodies.",
        CRUSHED: "suspected fracture: the CT shows a body {own:.0f} mm high between two discs here, where "
        "{at_least}{expected:.0f} mm are expected; its mask is stopped, so that its heights are not measured.",
        "open": _LOSS + " if it is real: slices and mask leave {open:.0%} open; look before you trust the score.",
        "near": "height loss of {value:.0%}: slices and mask leave {open:.0%} open, so that it may be the 20 % of a "
        "fracture; look before you trust the score.",
        "thick": "height loss of {value:.0%} measured on slices that leave {open:.0%} open: no more than a hint; look "
        "at the sagittal images.",
        "mild": "height loss of {value:.0%}, below the 20 % of a fracture; compare with earlier images.",
        "almost": "height loss just below the 20 % of a fracture; compare with earlier images.",
    },
    source=f"Genant et al. 1993, J Bone Miner Res 8:1137; {METHOD}",
    unit="part of 1",
    limit=STOP_LOSS,
)
