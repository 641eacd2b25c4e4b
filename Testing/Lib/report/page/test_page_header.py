"""The head of the report: who, which study, how acquired, how to look at it, who accepted the masks."""

import datetime

import pytest

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.page.page_header import page_header

WHOLE = Acquisition(
    "dicom",
    spacing_mm=(0.8, 0.8, 1.0),
    slice_thickness_mm=1.25,
    kvp=120.0,
    kernel="B40f",
    contrast_agent="iohexol",
    contrast_route="IV",
    patient_sex="F",
    patient_age_years=66.4,
    patient_position="HFS",
)


@pytest.fixture
def text(case, read_page):
    """The header's words."""
    return lambda *arguments: read_page(page_header(case.assessment, *arguments)).text


def test_tells_how_the_ct_was_acquired_and_is_read(text):
    words = text(WHOLE, None, None)
    assert "120 kV, kernel B40f, slices of 1.25 mm, every 1 mm, pixels 0.8 × 0.8 mm" in words
    assert "contrast medium iohexol, IV" in words
    assert "woman, 66 years" in words
    assert "head first, supine; axial slices seen from the feet, the patient's right on the left" in words
    assert "not in the file" not in words
    assert "Reviewed by Date" in words


def test_names_what_the_file_does_not_say(text):
    words = text(Acquisition("nifti", spacing_mm=(0.8, 0.8, 1.0)), None, None)
    assert "not in the file: tube voltage, kernel, slice thickness, contrast medium" in words
    assert "sex and age not in the file" in words
    assert "nothing is known of its acquisition" in text(None, None, None)


def test_nobody_and_no_study_is_named_unless_asked_for(text):
    words = text(WHOLE, None, None)
    assert "Patient ID, study, series not named in this report" in words
    identity = Identity("ID-7", datetime.date(2024, 3, 1), None, "Abdomen 1.0", 4)
    words = text(WHOLE, identity, None)
    assert "Patient ID ID-7 Study date 2024-03-01 Series 4: Abdomen 1.0" in words
    assert "Patient ID not in the file Study date not in the file" in text(WHOLE, Identity(), None)


@pytest.mark.parametrize(
    ("age", "plain", "named"),
    [(89.0, "89 years", "89 years"), (90.0, "90 years or more", "90 years"), (99.4, "90 years or more", "99 years")],
)
def test_ages_over_89_are_exact_only_where_the_patient_is_named(text, age, plain, named):
    acquisition = Acquisition("dicom", patient_sex="F", patient_age_years=age)
    assert f"woman, {plain} CT" in text(acquisition, None, None)
    assert f"woman, {named} CT" in text(acquisition, Identity("7"), None)


def test_says_which_masks_a_person_accepted(text):
    assert "no acceptance by a person is recorded" in text(WHOLE, None, None)
    some = text(WHOLE, None, {LumbarLevel.L1, LumbarLevel.L3})
    assert "accepted by a person: L1, L3; not accepted by a person: L2, L4" in some
    assert "not accepted by a person: L1, L2, L3, L4" in text(WHOLE, None, ())


def test_says_where_masks_come_from(text):
    words = (
        "Masks L1, L2 drawn by this software; L3 drawn by this software and edited by hand; L4 imported; no acceptance"
    )
    assert words in text(WHOLE, None, None)
