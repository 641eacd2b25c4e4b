"""The head of the report: whose CT it is as far as asked for, how it was acquired and is read, who reviewed it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import origins_text
from OVCFRiskLib.report.markup import Markup, element
from OVCFRiskLib.report.wording import age_text

# Heading of the page.
TITLE = "Vertebral fracture risk score, lumbar spine L1–L4"
# Stands in place of the patient's ID and study when the report is made without an identity.
NOT_NAMED = "not named in this report"
# How to read the pictures: left and right, front and back are not to be guessed.
READING = "axial slices seen from the feet, the patient's right on the left; sagittal slice with anterior on the left"
# DICOM's codes of the patient's position (C.7.3.1.1.2), as far as a CT of the lumbar spine has them.
POSITIONS = {
    "HFS": "head first, supine",
    "HFP": "head first, prone",
    "FFS": "feet first, supine",
    "FFP": "feet first, prone",
    "HFDL": "head first, on the left side",
    "HFDR": "head first, on the right side",
    "FFDL": "feet first, on the left side",
    "FFDR": "feet first, on the right side",
}
SEX_WORDS = {"F": "woman", "M": "man", "O": "other"}


def page_header(
    assessment: SpineAssessment,
    acquisition: Acquisition | None,
    identity: Identity | None,
    accepted: Collection[LumbarLevel] | None,
) -> Markup:
    """Title, facts, and the line for the reviewer.

    Parameters
    ----------
    assessment : SpineAssessment
    acquisition : Acquisition or None
        None where no file told anything.
    identity : Identity or None
        None: nobody is named.
    accepted : collection of LumbarLevel or None
        Levels whose mask a person accepted; None where that was not recorded.
    """
    provenance = assessment.provenance
    entries = [
        *_study(identity),
        ("Patient", _patient(acquisition, identity)),
        ("CT", _scan(acquisition)),
        ("Reading", _reading(acquisition)),
        ("Masks", _masks(assessment, accepted)),
        ("Model", f"{provenance.model_id} ({provenance.model_status}), OVCFRisk {provenance.software_version}"),
    ]
    items = [element("div", element("dt", name), element("dd", value)) for name, value in entries]
    title = element("div", element("p", "OVCFRisk", class_="brand"), element("h1", TITLE))
    blank = element("span", "", class_="blank")
    lines = [element("span", name, blank) for name in ("Reviewed by", "Date")]
    reviewer = element("p", *lines, class_="reviewer")
    return element("header", title, element("dl", *items, class_="facts"), reviewer)


def _study(identity: Identity | None) -> Iterator[tuple[str, str]]:
    """Patient's ID, study and series."""
    if identity is None:
        yield "Patient ID, study, series", NOT_NAMED
        return
    yield "Patient ID", identity.patient_id or "not in the file"
    yield "Study date", identity.study_date.isoformat() if identity.study_date else "not in the file"
    number = "" if identity.series_number is None else f"{identity.series_number}: "
    description = identity.series_description or "no description in the file"
    yield "Series", f"{number}{description}"


def _patient(acquisition: Acquisition | None, identity: Identity | None) -> str:
    """Sex and age."""
    sex = acquisition and acquisition.patient_sex
    age = acquisition.patient_age_years if acquisition else None
    known = [SEX_WORDS.get(sex, sex)] if sex else []
    if age is not None:
        known.append(age_text(age, is_named=identity is not None))
    missing = [word for word, value in (("sex", sex), ("age", age)) if value is None]
    if missing:
        known.append(f"{' and '.join(missing)} not in the file")
    return ", ".join(known)


def _scan(acquisition: Acquisition | None) -> str:
    """How the CT was acquired, and what the file does not say of it."""
    if acquisition is None:
        return "made by this program or without a header: nothing is known of its acquisition"
    spacing, thickness = acquisition.spacing_mm, acquisition.slice_thickness_mm
    known, missing = [], []
    for word, text in (
        ("tube voltage", f"{acquisition.kvp:g} kV" if acquisition.kvp else None),
        ("kernel", f"kernel {acquisition.kernel}" if acquisition.kernel else None),
        ("slice thickness", f"slices of {thickness:.3g} mm" if thickness else None),
        ("spacing", f"every {spacing[2]:.3g} mm, pixels {spacing[0]:.3g} × {spacing[1]:.3g} mm" if spacing else None),
        ("contrast medium", _contrast(acquisition)),
    ):
        known += [text] if text else []
        missing += [] if text else [word]
    return ", ".join(known) + (f"; not in the file: {', '.join(missing)}" if missing else "")


def _contrast(acquisition: Acquisition) -> str | None:
    """What the header names; None where it names none, which proves nothing."""
    named = [value for value in (acquisition.contrast_agent, acquisition.contrast_route) if value]
    return f"contrast medium {', '.join(named)}" if named else None


def _reading(acquisition: Acquisition | None) -> str:
    """The patient's position, and how the pictures are to be looked at."""
    code = acquisition and acquisition.patient_position
    return f"{POSITIONS.get(code, code)}; {READING}" if code else READING


def _masks(assessment: SpineAssessment, accepted: Collection[LumbarLevel] | None) -> str:
    """Where the masks come from, and which of them a person has looked at."""
    origins = {row.level: row.mask_origin for row in assessment.levels if row.mask_origin is not None}
    with_mask = [row.level for row in assessment.levels if row.volume_ml is not None]
    seen = _acceptance(with_mask, accepted)
    return "; ".join(part for part in (origins_text(origins), seen) if part)


def _acceptance(with_mask: Sequence[LumbarLevel], accepted: Collection[LumbarLevel] | None) -> str:
    """Which masks a person has looked at."""
    if accepted is None:
        return "no acceptance by a person is recorded: look at the outlines before you rely on a number"
    seen = [level.name for level in with_mask if level in accepted]
    unseen = [level.name for level in with_mask if level not in accepted]
    return "; ".join(
        (f"{words}: {', '.join(names)}")
        for words, names in (("accepted by a person", seen), ("not accepted by a person", unseen))
        if names
    )
