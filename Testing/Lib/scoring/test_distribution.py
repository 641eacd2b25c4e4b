from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import mahalanobis
from scipy.stats import chi2

from OVCFRiskLib.findings import Severity
from OVCFRiskLib.scoring.distribution import check_distribution, mahalanobis_squared

NAMES = ("original_firstorder_Median", "original_firstorder_Energy", "original_glcm_Imc2")
CORRELATED = np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.0], [0.0, 0.0, 1.0]])


@pytest.fixture
def model():
    """A card's training data: means 10, SDs 2, two features that go together."""
    terms = tuple(SimpleNamespace(name=name, mean=10.0, sd=2.0) for name in NAMES)
    return SimpleNamespace(id="test", terms=terms, training={"z_covariance": CORRELATED.tolist()})


def features_of(*z):
    return {name: 10.0 + 2.0 * value for name, value in zip(NAMES, z, strict=True)}


def test_a_typical_body_passes(model):
    assert check_distribution(features_of(0.5, 0.8, -1.0), model) == ()


def test_single_features_beyond_three_sd_are_named_the_farthest_first(model):
    (finding, *_) = check_distribution(features_of(-3.2, -3.0, 4.5), model)
    assert (finding.code, finding.severity) == ("feature_outside_training", Severity.WARNING)
    assert finding.value == pytest.approx(4.5)
    assert "Imc2 (+4.5 SD), Median (-3.2 SD)" in finding.message
    assert "Energy" not in finding.message


def test_a_combination_that_does_not_occur_is_found_where_each_feature_alone_passes(model):
    (finding,) = check_distribution(features_of(1.5, -1.5, 0.0), model)
    assert finding.code == "features_unusual_together"
    assert finding.limit == pytest.approx(chi2.ppf(0.999, 3))
    assert check_distribution(features_of(1.5, 1.5, 0.0), model) == ()


@given(st.lists(st.floats(-20, 20), min_size=3, max_size=3))
def test_the_distance_is_that_of_scipy(z):
    expected = mahalanobis(z, np.zeros(3), np.linalg.inv(CORRELATED)) ** 2
    assert mahalanobis_squared(np.array(z), CORRELATED) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_duplicate_features_give_a_finite_distance():
    same = np.ones((2, 2))
    assert mahalanobis_squared(np.array([1.0, 1.0]), same) == pytest.approx(1.0)
    assert 0 < mahalanobis_squared(np.array([1.0, 1.01]), same) < 2


def test_training_like_bodies_seldom_warn(model):
    z = np.random.default_rng(0).multivariate_normal(np.zeros(3), CORRELATED, 2000)
    warned = sum(bool(check_distribution(features_of(*row), model)) for row in z)
    assert 0 < warned < 40  # 3 x 0.27 % + 0.1 % of 2000 is 18
