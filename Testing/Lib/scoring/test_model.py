import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics import FROZEN_FEATURES
from OVCFRiskLib.scoring import RScoreModel


@pytest.fixture
def model(card):
    return RScoreModel.from_card(card)


def at_mean(model):
    return {term.name: term.mean for term in model.terms}


def test_a_body_at_the_training_mean_scores_the_intercept(model):
    assert model.r_score(at_mean(model)) == 0.5
    assert model.risk_index(0.5) == 0.5


def test_one_sd_moves_the_score_by_the_coefficient(model):
    for term in model.terms:
        features = at_mean(model) | {term.name: term.mean + term.sd}
        assert model.r_score(features) == pytest.approx(0.5 + term.coefficient, abs=1e-15)
        (share,) = [c for c in model.contributions(features) if c.z]
        assert (share.feature, share.z, share.r_score) == (term.name, 1.0, term.coefficient)
        # in this card a low R-score means risk
        assert share.risk == -term.coefficient


def test_the_contributions_and_the_intercept_add_up(model):
    features = {name: 37.0 * n for n, name in enumerate(FROZEN_FEATURES)}
    total = sum(c.r_score for c in model.contributions(features))
    assert model.r_score(features) == pytest.approx(total + model.intercept, rel=1e-14)


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=2))
def test_the_risk_index_never_turns(models_of_both_directions, scores):
    low, high = sorted(scores)
    falling, rising = models_of_both_directions
    assert 0 <= falling.risk_index(high) <= falling.risk_index(low) <= 1
    assert 0 <= rising.risk_index(low) <= rising.risk_index(high) <= 1


@given(
    drop=st.floats(0, 300),
    name=st.sampled_from(FROZEN_FEATURES[:2]),
)
def test_lower_density_never_lowers_the_risk(models_of_both_directions, drop, name):
    model, _ = models_of_both_directions
    features = at_mean(model)
    before = model.risk_index(model.r_score(features))
    after = model.risk_index(model.r_score(features | {name: features[name] - drop}))
    assert after >= before


@pytest.mark.parametrize(
    ("index", "low", "high", "category"),
    [
        (0.4, 0.3, 0.49, Category.LOWER_RISK),
        (0.6, 0.51, 0.7, Category.HIGHER_RISK),
        (0.5, 0.5, 0.5, Category.HIGHER_RISK),
        (0.5, 0.5, 0.6, Category.HIGHER_RISK),
        (0.6, 0.49, 0.7, Category.INDETERMINATE),
        (0.4, 0.3, 0.5, Category.INDETERMINATE),
    ],
)
def test_the_category_is_indeterminate_when_the_interval_holds_the_cutoff(model, index, low, high, category):
    assert model.category(index, low, high) is category


def test_a_missing_feature_is_named(model):
    features = at_mean(model)
    del features["original_glcm_Imc2"]
    with pytest.raises(OVCFRiskError, match="needs the feature 'original_glcm_Imc2'"):
        model.r_score(features)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_feature_that_is_no_number_gives_no_score(model, value):
    with pytest.raises(OVCFRiskError, match=r"'original_glcm_Imc2' is (nan|inf)"):
        model.r_score(at_mean(model) | {"original_glcm_Imc2": value})
