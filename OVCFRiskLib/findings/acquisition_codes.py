"""Checks of how the CT was acquired and of its HU: limits, sources and wordings."""

from __future__ import annotations

from OVCFRiskLib.findings.finding import WARNS, About, Check, Severity

# Where limits come from, as findings name it.
METHOD = "Yu et al. 2025, Front Aging 6:1472060"
CARD = "training data of the model card"

# Yu et al. 2025: slices <= 1.25 mm, thicker ones excluded.
MAX_SLICE_MM = 1.25
# Slices tilted by more are resampled to axial ones before features are measured (`radiomics.orientation`).
MAX_TILT_DEG = 10.0
# Yu et al. 2025: 120 kVp; the literature's HU thresholds hold there too (Pickhardt et al. 2013).
METHOD_KVP = 120.0
# Women before it are rarely after menopause: natural menopause before 45 is called early.
MIN_AGE_YEARS = 45.0
# Blood without contrast has 30 to 60 HU and the kidney 20 to 45; in the portal venous phase the aorta has 120 to 180,
# the kidney 150 to 200. Between them, after smoothing that removes calcified walls:
ENHANCED_HU = 100.0
# A surgical clip has 10 mm3; single bright voxels are calcifications or noise.
METAL_MIN_MM3 = 10.0

# Voxels that share the highest or lowest value, as a fraction, which no noise explains: HU cut by a window.
LEAST_CLIPPED = 1e-3
# Noise, HU: a phantom of 120 HU scored 0.36 at 17 HU, 0.46 at 60 and 0.57 to 0.67 at 120 (Docs/guards.md); real CTs
# with soft kernels have 13 to 21. The demonstration cohort has none beyond the second.
NOISE_WARN_HU = 60.0
NOISE_OUTSIDE_HU = 90.0

# Parts of the checks below; what several of them say stands here once, so that it is worded alike.
_NOTE = (Severity.NOTE,)
_WARNING_OR_NOTE = (Severity.WARNING, Severity.NOTE)  # a note where the card's own training data hold it
_WOMEN = "the method applies to women after menopause only"
_OUTSIDE = " of {value:.3g} {unit}: the model was trained on {limit} {unit}; its score may be off."
_SCALE = " measures {value:.0f} {unit} instead of {expected:.0f}: the HU scale may be off; it is not corrected."
_SCALE_SOURCE = "definition of the Hounsfield scale; AAPM report 83"

# The checks. A variant "card" speaks of the range of the model's training data, "method" of the published method.
SLICE_THICKNESS = Check(
    "slice_thickness",
    About.ACQUISITION,
    WARNS,
    {
        "method": "Slices of {value:.3g} {unit}: the method needs {limit} {unit} or less, and texture and heights are "
        "less certain.",
        "card": "Slices" + _OUTSIDE,
        "method and card": "Slices of {value:.3g} {unit}: the method needs {limit} {unit} or less, and texture and "
        "heights are less certain.",
    },
    source="{source}",
    unit="mm",
    limit=MAX_SLICE_MM,
    outside=("card", "method and card"),
)
COMPUTED_IMAGE = Check(
    "computed_image",
    About.ACQUISITION,
    WARNS,
    {
        "": "The series is computed ({value}): its values are not the HU of a plain CT, which the score is made for; "
        "choose the plain series."
    },
    source="DICOM image type, series description and rescale type",
)
PIXEL_SPACING = Check(
    "pixel_spacing",
    About.ACQUISITION,
    WARNS,
    {"card": "Pixels" + _OUTSIDE},
    source=CARD,
    unit="mm",
    outside=("card",),
)
SLICE_TILT = Check(
    "slice_tilt",
    About.ACQUISITION,
    WARNS,
    {"": "Slices are tilted by {value:.0f} {unit} against the patient's axis and are resampled to axial ones."},
    source="the diameter feature needs axial slices",
    unit="degrees",
    limit=MAX_TILT_DEG,
)
TUBE_VOLTAGE = Check(
    "tube_voltage",
    About.ACQUISITION,
    _WARNING_OR_NOTE,
    {
        "card": "A tube voltage" + _OUTSIDE,
        "method": "At {value:g} {unit} bone has other HU than at the method's {limit:g} {unit}, and the literature's "
        "trabecular thresholds do not hold.",
    },
    source="{source}",
    unit="kV",
    limit=METHOD_KVP,
    outside=("card",),
)
CONTRAST = Check(
    "contrast",
    About.ACQUISITION,
    _WARNING_OR_NOTE,
    {
        "unlike the card": "Intravenous contrast medium ({evidence}), which raises density and changes texture of "
        "bone.",
        "as the card": "Intravenous contrast medium ({evidence}), as in the model's training data.",
        "without": "No contrast medium is seen in vessels and kidneys: the model was trained on CTs with it only; its "
        "score may be off.",
    },
    source=CARD,
    unit="HU",
    outside=("unlike the card", "without"),
)
KERNEL = Check(
    "kernel",
    About.ACQUISITION,
    _WARNING_OR_NOTE,
    {
        "": "The sharp convolution kernel '{value}' changes texture; use a soft or medium reconstruction.",
        "soft": "The convolution kernel '{value}' is soft or medium: the model was trained on sharp ones only; its "
        "score may be off.",
        "as the card": "The sharp convolution kernel '{value}' changes texture, as in the model's training data.",
    },
    source="manufacturers' kernel names",
    limit="soft or medium",
    outside=("", "soft"),
)
METAL = Check(
    "metal",
    About.ACQUISITION,
    WARNS,
    {
        "": "Metal {where} ({volume_ml:.2g} ml at {metal_hu:.0f} HU or more): streaks change density and texture.",
        "cement": "Cement or metal in the vertebra {where} ({volume_ml:.2g} ml at {metal_hu:.0f} HU or more): look for "
        "a fracture that was treated there; streaks change density and texture.",
    },
    source="Yu et al. 2025 excluded lumbar fixation",
    unit="mm3",
    limit=METAL_MIN_MM3,
)
HU_AIR = Check("hu_air", About.ACQUISITION, WARNS, {"": "Air" + _SCALE}, source=_SCALE_SOURCE, unit="HU")
HU_FAT = Check("hu_fat", About.ACQUISITION, WARNS, {"": "Fat" + _SCALE}, source=_SCALE_SOURCE, unit="HU")
NOISE = Check(
    "noise",
    About.ACQUISITION,
    WARNS,
    {
        "": "Noise of {value:.0f} {unit} in soft tissue (routine dose and soft kernels: 10 to 40) changes texture and "
        "raises the risk index.",
        "outside": "Noise of {value:.0f} {unit} in soft tissue (routine dose and soft kernels: 10 to 40) changes "
        "texture so far that the score means little; use thicker slices, a softer kernel or another CT.",
    },
    source="phantoms with added noise, Docs/guards.md",
    unit="HU",
    limit=NOISE_WARN_HU,
    outside=("outside",),
)
HU_UNCHECKED = Check(  # a crop of the spine alone may be on any scale
    "hu_unchecked",
    About.ACQUISITION,
    _NOTE,
    {"": "Neither air nor fat is seen clearly enough to check the HU scale."},
    source=_SCALE_SOURCE,
)
_IN_MASKS = (
    ", as by a display window ({value:.1%} of the masks): this changes density and texture; read the CT again from its "
    "DICOM files."
)
CLIPPED = Check(  # what is cut within the masks changes their features; elsewhere it hides air and fat
    "clipped",
    About.ACQUISITION,
    _WARNING_OR_NOTE,
    {
        "above in masks": "HU above {limit_hu:.0f} are cut off" + _IN_MASKS,
        "below in masks": "HU below {limit_hu:.0f} are cut off" + _IN_MASKS,
        "above": "HU above {limit_hu:.0f} are cut off {where}, as by a display window.",
        "below": "HU below {limit_hu:.0f} are cut off {where}, as by a display window.",
    },
    source="features need all HU of a body",
    unit="fraction of the masks",
    limit=LEAST_CLIPPED,
    outside=("above in masks", "below in masks"),
)
PATIENT_SEX = Check(
    "patient_sex",
    About.ACQUISITION,
    _WARNING_OR_NOTE,
    {
        "": "The patient's sex is recorded as {what}: " + _WOMEN + ".",
        "card": "The patient's sex is recorded as {what}, which the model's training data do not hold; its score may "
        "be off.",
        "as the card": "The patient's sex is recorded as {what}, as in the model's training data; " + _WOMEN + ".",
    },
    source="{source}",
    limit="F",
    outside=("", "card"),
)
PATIENT_AGE = Check(
    "patient_age",
    About.ACQUISITION,
    _WARNING_OR_NOTE,
    {
        "": "The patient is {value:.0f} {unit} old: " + _WOMEN + ".",
        "card": "The patient is {value:.0f} {unit} old: the model was trained on patients of {limit} {unit}; its score "
        "may be off.",
        "as the card": "The patient is {value:.0f} {unit} old, as in the model's training data; " + _WOMEN + ".",
    },
    source="{source}",
    unit="years",
    limit=MIN_AGE_YEARS,
    outside=("", "card"),
)
HEADER_INCOMPLETE = Check(
    "header_incomplete",
    About.ACQUISITION,
    _NOTE,
    {"": "The file does not say {value}: not checked against the method."},
    source="header of the CT",
)
