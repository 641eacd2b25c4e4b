"""A card states whom it applies to as far as tables and description do."""

from dataclasses import replace

import numpy as np
import pytest

from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.scoring import RScoreModel
from OVCFRiskLib.scoring.distribution import check_distribution
from OVCFRiskLib.training.applicability_stated import applicability_of_rows
from OVCFRiskLib.training.description import description_from
from OVCFRiskLib.training.feature_table import read_feature_table
from OVCFRiskLib.training.model_card import make_card
from OVCFRiskLib.training.pipeline import train


@pytest.fixture
def description(feature_rows):
    return description_from(feature_rows.DESCRIPTION, "d.json")


def trained(rows, write_rows):
    return train(read_feature_table(write_rows(rows)))


def test_the_block_holds_what_table_and_description_state_and_null_elsewhere(cohort_rows, write_rows, description):
    result = trained(cohort_rows(), write_rows)
    block = make_card(result, description, "m", "t")["applicability"]
    ages = result.table.ages[result.is_training]
    assert block["age_range_years"] == [ages.min(), ages.max()]
    assert block["kvp_range"] == [120.0, 120.0]
    assert block["slice_thickness_range_mm"] == [0.6, 1.25]
    assert block["contrast"] == [False]
    assert (block["sexes"], block["kernels"]) == (None, None)
    told = replace(description, kernels=("standard", "B70f", "Br40"), sexes=("F",), contrast=True)
    block = make_card(result, told, "m", "t")["applicability"]
    assert (block["sexes"], block["kernels"], block["contrast"]) == (["F"], ["sharp", "standard"], [False, True])


def test_a_column_of_the_table_wins_over_the_description(cohort_rows, write_rows, description):
    rows = cohort_rows()
    for row in rows:
        row["sex"] = "F" if int(row["patient_id"][1:]) % 2 else "M"
        row["age"] = ""
    result = trained(rows, write_rows)
    told = replace(description, sexes=("F",), age_range_years=(50.0, 90.0))
    block = make_card(result, told, "m", "t")["applicability"]
    assert (block["sexes"], block["age_range_years"]) == (["F", "M"], [50.0, 90.0])


def test_other_words_for_sexes_state_nothing(cohort_rows, write_rows, description):
    rows = [{**row, "sex": "weiblich"} for row in cohort_rows()]
    assert applicability_of_rows(trained(rows, write_rows))["sexes"] is None


def test_training_bodies_are_inside_their_own_card(cohort_rows, write_rows, description):
    result = trained(cohort_rows(), write_rows)
    model = RScoreModel.from_card(make_card(result, description, "m", "t"))
    values = result.table.columns(model.feature_names)[result.is_training]
    codes = [
        {found.code for found in check_distribution(features, model, stated=model.applicability)}
        for features in (dict(zip(model.feature_names, row, strict=True)) for row in values)
    ]
    assert not any("feature_outside_training" in found for found in codes)
    assert np.mean(["features_unusual_together" in found for found in codes]) <= 0.011


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sexes": "F"}, "key 'sexes' must be a list of F, M"),
        ({"kernels": [3]}, "key 'kernels' must be a list of standard, sharp"),
        ({"age_range_years": [90, 50]}, "key 'age_range_years' must be"),
    ],
)
def test_a_malformed_statement_is_refused(feature_rows, change, message):
    with pytest.raises(ValueError, match=message):
        description_from(feature_rows.DESCRIPTION | change, "d.json")


def test_statements_survive_their_file(feature_rows):
    stated = {
        "sexes": ["F"],
        "kernels": ["standard", "sharp"],
        "age_range_years": [50.0, 90.0],
        "mask_origins": ["software"],
    }
    described = feature_rows.DESCRIPTION | stated
    assert description_from(described, "d.json").to_dict() == described


def test_the_card_states_how_its_masks_were_drawn_or_that_nobody_did(cohort_rows, write_rows, description):
    result = trained(cohort_rows(), write_rows)
    assert make_card(result, description, "m", "t")["mask_origins"] is None
    card = make_card(result, replace(description, mask_origins=("software",)), "m", "t")
    assert card["mask_origins"] == ["software"]
    assert RScoreModel.from_card(card).mask_origins == (MaskOrigin.SOFTWARE,)
