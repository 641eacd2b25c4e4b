"""To whom a model applies: the card's block, cards without it, and what lies outside."""

import doctest

import pytest
import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.acquisition_codes import HU_UNCHECKED
from OVCFRiskLib.quality.acquisition_checks import check_acquisition
from OVCFRiskLib.scoring import RScoreModel, applicability, card_values
from OVCFRiskLib.scoring.applicability import APPLICABILITY_FIELDS, applicability_of
from OVCFRiskLib.scoring.distribution import check_distribution
from OVCFRiskLib.scoring.freezing import freeze

STATED = {
    "sexes": ["F"],
    "age_range_years": [55, 84],
    "kvp_range": [110, 130],
    "slice_thickness_range_mm": [0.5, 1.5],
    "pixel_spacing_range_mm": [0.5, 2.0],
    "contrast": [False],
    "kernels": ["standard"],
}


@pytest.fixture
def stated(fields):
    """A complete card's fields with its block; ranges of 20 around the means of the tests' card."""
    ranges = {term["name"]: [term["mean"] - 20.0, term["mean"] + 20.0] for term in fields["features"]}
    return {**fields, "applicability": {**STATED, "feature_ranges": ranges, "joint_distance": 9.0}}


@pytest.fixture
def plain_ct():
    """Voxels of soft tissue on a grid within every card's ranges."""
    return sitk.Image(24, 24, 24, sitk.sitkInt16) + 40


def outside(ct, card, **facts):
    """Codes of what puts a CT outside a card, and of what is only noted; the voxels hold no air and no fat."""
    known = {"kvp": 120.0, "kernel": "B31f", "patient_sex": "F", "patient_age_years": 70.0, **facts}
    findings = check_acquisition(ct, Acquisition("dicom", **known), applicability_of(card).scans)
    return [f.code for f in findings if f.is_outside_model], [
        f.code for f in findings if not f.is_outside_model and f.code != HU_UNCHECKED.code
    ]


def test_the_block_is_kept_and_read(stated):
    model = RScoreModel.from_card(freeze(stated))
    assert model.applicability.scans == STATED
    assert model.applicability.joint_distance == 9.0
    assert model.applicability.unstated == ()


def test_a_card_without_the_block_applies_to_its_training_cts_and_says_what_it_does_not_state(card):
    applies = RScoreModel.from_card(card).applicability
    assert applies.scans["kvp_range"] == [120, 120]
    assert applies.scans["contrast"] == [False]
    assert (applies.feature_ranges, applies.joint_distance) == (None, None)
    assert applies.unstated == ("sex", "age", "convolution kernel")


def test_null_is_unstated(stated):
    stated["applicability"] |= {"age_range_years": None, "feature_ranges": None}
    applies = RScoreModel.from_card(freeze(stated)).applicability
    assert applies.unstated == ("age", "ranges of the features")


@pytest.mark.parametrize("key", APPLICABILITY_FIELDS)
def test_each_missing_or_malformed_key_is_named(stated, key):
    whole = stated["applicability"]
    without = {k: v for k, v in whole.items() if k != key}
    with pytest.raises(OVCFRiskError, match=f"field 'applicability.{key}' is missing; expected"):
        freeze({**stated, "applicability": without})
    for wrong in ("F", [], [3, 2], {"a": 1}, -1.0, True):
        with pytest.raises(OVCFRiskError, match=f"field 'applicability.{key}' must be"):
            freeze({**stated, "applicability": {**whole, key: wrong}})


@pytest.mark.parametrize("block", [None, [], "women"])
def test_a_block_that_is_none_is_refused(stated, block):
    with pytest.raises(OVCFRiskError, match="field 'applicability' must be an object"):
        freeze({**stated, "applicability": block})


def test_an_unknown_key_and_a_foreign_feature_are_refused(stated):
    with pytest.raises(OVCFRiskError, match=r"unknown field 'applicability\.country'"):
        freeze({**stated, "applicability": {**stated["applicability"], "country": "x"}})
    stated["applicability"]["feature_ranges"]["original_glcm_Contrast"] = [0.0, 1.0]
    with pytest.raises(OVCFRiskError, match="'original_glcm_Contrast' is in one of both only"):
        freeze(stated)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"patient_sex": "M"}, "patient_sex"),
        ({"patient_age_years": 35.0}, "patient_age"),
        ({"patient_age_years": 54.0}, "patient_age"),
        ({"patient_age_years": 85.0}, "patient_age"),
        ({"kvp": 80.0}, "tube_voltage"),
        ({"kvp": 140.0}, "tube_voltage"),
        ({"kernel": "B70f"}, "kernel"),
        ({"contrast_agent": "Iohexol"}, "contrast"),
        ({"slice_thickness_mm": 2.0}, "slice_thickness"),
    ],
)
def test_every_fact_outside_is_outside_the_model(plain_ct, stated, facts, code):
    assert outside(plain_ct, stated)[0] == []
    assert outside(plain_ct, stated, **facts)[0] == [code]


@pytest.mark.parametrize(
    ("spacing", "code"), [((0.4, 0.4, 1.0), "pixel_spacing"), ((1.0, 1.0, 0.4), "slice_thickness")]
)
def test_a_grid_outside_is_outside_the_model(plain_ct, stated, spacing, code):
    ct = sitk.Image(plain_ct)
    ct.SetSpacing(spacing)
    assert outside(ct, stated)[0] == [code]


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"patient_sex": "M"}, "patient_sex"),
        ({"patient_age_years": 35.0}, "patient_age"),
        ({"kernel": "B70f"}, "kernel"),
    ],
)
def test_what_the_cards_own_data_hold_is_noted_where_the_method_is_not_made_for_it(plain_ct, stated, facts, code):
    known = {"sexes": ["F", "M"], "age_range_years": [30, 84], "kernels": ["standard", "sharp"]}
    stated["applicability"] |= known
    assert outside(plain_ct, stated, **facts) == ([], [code])


def test_a_card_of_one_kind_does_not_apply_to_the_other(plain_ct, stated):
    stated["applicability"] |= {"sexes": ["M"], "kernels": ["sharp"], "contrast": [True]}
    assert outside(plain_ct, stated, contrast_agent="NONE")[0] == ["contrast", "kernel", "patient_sex"]


@pytest.mark.parametrize(("shift", "codes"), [(19.0, []), (21.0, ["feature_outside_training"])])
def test_the_cards_own_ranges_decide(stated, shift, codes):
    stated["applicability"]["joint_distance"] = 1000.0
    model = RScoreModel.from_card(freeze(stated))
    features = {term.name: term.mean for term in model.terms}
    features[model.terms[0].name] += shift
    found = check_distribution(features, model, stated=model.applicability)
    assert [finding.code for finding in found] == codes
    assert all(finding.limit == "the card's ranges" for finding in found)


def test_the_cards_own_joint_distance_decides(stated):
    model = RScoreModel.from_card(freeze(stated))
    features = {term.name: term.mean + 15.0 for term in model.terms}  # 8 features at 1.5 SD: 18
    (finding,) = check_distribution(features, model, stated=model.applicability)
    assert (finding.code, finding.limit) == ("features_unusual_together", 9.0)
    assert "limit of the card" in finding.source
    assert check_distribution(features, model) == ()
    assert finding.severity is Severity.WARNING


def test_examples_run():
    assert doctest.testmod(applicability).failed == 0
    assert doctest.testmod(card_values).failed == 0
