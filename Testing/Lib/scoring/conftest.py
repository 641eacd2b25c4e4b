"""A complete card with round numbers, made for tests."""

import copy

import pytest

from OVCFRiskLib.radiomics import FROZEN_FEATURES, ExtractionSettings
from OVCFRiskLib.scoring import RScoreModel
from OVCFRiskLib.scoring.freezing import freeze

# means, SDs and coefficients from which every score can be told by hand
NUMBERS = {name: (100.0 * (n + 1), 10.0, 0.1 if n < 6 else -0.1) for n, name in enumerate(FROZEN_FEATURES)}

FIELDS = {
    "id": "test-card",
    "title": "A card for tests",
    "status": "research",
    "intended_use": "Tests of the software.",
    "reference": "none",
    "features": [{"name": n, "mean": m, "sd": s, "coefficient": c} for n, (m, s, c) in NUMBERS.items()],
    "intercept": 0.5,
    "link": "identity",
    "cutoff": 0.5,
    "positive_class": "NF",
    "higher_is_risk": False,
    "risk_index_scale": 0.2,
    "extraction": ExtractionSettings(resampled_spacing=(1.0, 1.0, 1.0)).to_dict(),
    "training": {
        "population": "nobody",
        "procedure": "by hand",
        "patients": 10,
        "vertebrae": {"OVCF": 20, "NF": 10},
        "mean_r_score": {"OVCF": 0.3, "NF": 0.7},
        "auc": 0.9,
        "slice_thickness_range_mm": [0.6, 1.25],
        "pixel_spacing_range_mm": [0.3, 0.9],
        "kvp_range": [120, 120],
        "contrast": False,
        "z_covariance": [[1.0 if i == j else 0.0 for j in range(8)] for i in range(8)],
        "input_sha256": {"features.csv": "0" * 64},
        "software": {"ovcfrisk": "0"},
    },
}


@pytest.fixture
def fields():
    """Fields of a complete card, free to change."""
    return copy.deepcopy(FIELDS)


@pytest.fixture
def card(fields):
    """A frozen, complete card, free to change."""
    return freeze(fields)


@pytest.fixture(scope="session")
def models_of_both_directions():
    """The test card, where a low R-score means risk, and its mirror, where a high one does."""
    training = {**FIELDS["training"], "mean_r_score": {"OVCF": 0.7, "NF": 0.3}}
    turned = {**FIELDS, "higher_is_risk": True, "positive_class": "OVCF", "training": training}
    return RScoreModel.from_card(freeze(FIELDS)), RScoreModel.from_card(freeze(turned))
