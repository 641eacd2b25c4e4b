"""A card states what was done, no more."""

from dataclasses import replace

import numpy as np
import pytest

from OVCFRiskLib.training.description import description_from
from OVCFRiskLib.training.feature_table import read_feature_table
from OVCFRiskLib.training.model_card import card_fields, freeze_described, make_card, procedure_text
from OVCFRiskLib.training.options import TrainingOptions, paper_faithful
from OVCFRiskLib.training.path_figures import agreement_figure, cross_validation_figure
from OVCFRiskLib.training.pipeline import TrainingResult, train
from OVCFRiskLib.training.selection import Reliability


@pytest.fixture
def result(cohort_rows, write_rows) -> TrainingResult:
    second = read_feature_table(write_rows(cohort_rows(observer_noise=0.3), "o2.csv"), has_outcome=False)
    return train(read_feature_table(write_rows(cohort_rows())), second)


NOTHING_MEASURED = Reliability({}, 0, ("a", "b"), {})


def test_the_procedure_names_what_was_done(result):
    text = procedure_text(result.options, 0.05, result.reliability)
    assert f"ICC(2,1) > 0.8 on {result.reliability.bodies} bodies of two observers" in text
    assert "optimistic" not in text
    plain = procedure_text(TrainingOptions(), 0.05, NOTHING_MEASURED)
    assert "ICC" not in plain
    assert "mRMR 2, LASSO (binomial, OVCF coded 1" in plain
    faithful = procedure_text(paper_faithful(TrainingOptions(lasso_lambda=0.0315)), 0.0315, NOTHING_MEASURED)
    assert "split by vertebra, scaled on ALL rows" in faithful
    assert "optimistic" in faithful
    assert "lambda 0.0315, fixed" in faithful


def test_a_card_frozen_in_two_steps_is_the_card(result, feature_rows):
    description = description_from(feature_rows.DESCRIPTION, "d.json")
    whole = make_card(result, description, "m", "t")
    assert freeze_described(card_fields(result), description, "m", "t") == whole
    assert whole["training"]["vertebrae"]["OVCF"] == int(result.table.is_fracture[result.is_training].sum())
    simulated = make_card(result, replace(description, is_simulated=True), "m", "t")
    assert (whole["status"], simulated["status"]) == ("research", "demonstration")
    assert "P0" not in str(card_fields(result)["training"])


@pytest.mark.parametrize("make", [agreement_figure, cross_validation_figure])
def test_no_line_of_a_training_figure_runs_through_its_legend(result, make):
    figure = make(result)
    figure.draw_without_rendering()
    (legend,) = figure.legends
    assert not np.any([axes.get_window_extent().overlaps(legend.get_window_extent()) for axes in figure.axes])
