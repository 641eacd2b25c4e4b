"""The demo's spine shows every category, because its bone was made so."""

import pytest

from OVCFRiskLib.assessment import Category, Status
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.scored_ct import BodySource, score_ct
from OVCFRiskLib.simulation.demonstration import DEMONSTRATION_HU, demonstration_settings
from OVCFRiskLib.simulation.phantom import make_phantom


@pytest.fixture(scope="module")
def levels():
    phantom = make_phantom(demonstration_settings())
    return score_ct(phantom.ct, BodySource(phantom.points)).assessment.levels


def test_bone_becomes_denser_from_level_to_level():
    hu = [DEMONSTRATION_HU[level] for level in LumbarLevel]
    assert hu == sorted(hu)
    assert demonstration_settings().trabecular_of(LumbarLevel.L3) == DEMONSTRATION_HU[LumbarLevel.L3]


def test_thin_bone_has_a_higher_risk_dense_bone_a_lower_one_and_none_is_outside_the_model(levels):
    assert [row.status for row in levels] == [Status.SCORED] * 4
    assert [row.score.category for row in levels] == [
        Category.HIGHER_RISK,
        Category.INDETERMINATE,
        Category.LOWER_RISK,
        Category.LOWER_RISK,
    ]


def test_the_risk_falls_as_density_rises(levels):
    indices = [row.score.risk_index for row in levels]
    assert indices == sorted(indices, reverse=True)
