import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.scoring import reasons

FROZEN = tuple(reasons.MEANINGS)


def test_examples_run():
    assert doctest.testmod(reasons).failed == 0


def test_each_frozen_feature_has_a_meaning_of_its_own():
    sentences = {reasons.reason_sentence(name, 1.0, 1.0) for name in FROZEN}
    assert len(FROZEN) == len(sentences) == 8
    assert not any("feature" in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("original_glszm_ZoneEntropy", "feature ZoneEntropy (texture of zones of equal density)"),
        ("wavelet-LLH_glcm_Idm", "feature Idm of the wavelet-LLH image (texture of neighbouring voxels)"),
        ("bone_age", "feature bone_age"),
    ],
)
def test_other_features_are_described_by_their_class(name, expected):
    assert f"The {expected} is near" in reasons.reason_sentence(name, 0.1, -0.1)


@given(st.sampled_from(FROZEN), st.floats(-50, 50), st.floats(-50, 50))
def test_words_follow_the_signs(name, z, risk):
    sentence = reasons.reason_sentence(name, z, risk)
    assert ("raises" in sentence) == (risk > 0)
    assert ("lowers" in sentence) == (risk < 0)
    assert (" above " in sentence) == (z >= 0.5)
    assert (" below the" in sentence) == (z <= -0.5)
    assert ("outside what the model has seen" in sentence) == (abs(z) > 3)


def test_a_value_that_cannot_be_compared_says_so():
    assert "not comparable" in reasons.reason_sentence(FROZEN[0], float("nan"), 0.0)
