from dataclasses import replace

import pytest

from OVCFRiskLib.assessment import Category, LevelAssessment, Score, Status
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.model_codes import LARGEST_SHIFT
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin, origins_in_words, origins_text
from OVCFRiskLib.scoring import RScoreModel
from OVCFRiskLib.scoring.freezing import freeze
from OVCFRiskLib.scoring.masks_of_card import check_origins, with_origins

L1, L2, L3, L4 = LumbarLevel


@pytest.fixture
def model(fields):
    return RScoreModel.from_card(freeze(fields | {"mask_origins": ["software"]}))


def row(level, origin, index=0.2, category=Category.LOWER_RISK):
    score = Score(0.0, index, index - 0.02, index + 0.02, 0.0, 0.0, category, 0.0, (), 0.0)
    return LevelAssessment(level, Status.SCORED, score=score, volume_ml=30.0, mask_origin=origin)


def test_masks_of_the_cards_own_kind_say_nothing(model):
    assert check_origins([row(level, MaskOrigin.SOFTWARE) for level in LumbarLevel], model) == ()
    assert check_origins([], model) == ()


@pytest.mark.parametrize("origin", [origin for origin in MaskOrigin if origin is not MaskOrigin.SOFTWARE])
def test_masks_all_of_another_kind_are_one_note_of_the_case(model, origin):
    (finding,) = check_origins([row(level, origin) for level in LumbarLevel], model)
    assert finding.level is None
    assert finding.severity is Severity.NOTE
    assert not finding.is_outside_model
    words = f"All masks were {origins_in_words([origin])}; the model was trained on masks drawn by this software. "
    assert finding.text.startswith(words)
    assert f"{LARGEST_SHIFT:.2f}" in finding.text
    assert "L1" not in finding.text


def test_mixed_masks_are_named_by_level(model):
    rows = [row(L1, MaskOrigin.SOFTWARE), row(L2, MaskOrigin.EDITED), row(L3, MaskOrigin.BY_HAND)]
    (finding,) = check_origins(rows, model)
    words = "The mask of L2 was drawn by this software and edited by hand, the mask of L3 was drawn by hand; the model"
    assert finding.message.startswith(words)
    (finding,) = check_origins([*rows[:1], *(row(level, MaskOrigin.IMPORTED) for level in (L2, L3, L4))], model)
    assert finding.message.startswith("The masks of L2, L3 and L4 were imported; the model")
    (finding,) = check_origins([row(L1, MaskOrigin.SOFTWARE), row(L2, MaskOrigin.EDITED)], model)
    assert "L1" not in finding.text


def test_a_card_that_does_not_state_its_masks_says_so_for_all(fields):
    model = RScoreModel.from_card(freeze(fields))
    assert model.mask_origins is None
    (finding,) = check_origins([row(L1, MaskOrigin.SOFTWARE), row(L2, MaskOrigin.IMPORTED)], model)
    assert "does not state how its training masks were drawn" in finding.text
    assert "The mask of L1 was drawn by this software, the mask of L2 was imported" in finding.text


def test_categories_that_the_shift_could_turn_are_named(model):
    rows = [
        row(L1, MaskOrigin.IMPORTED, 0.5 - 0.9 * LARGEST_SHIFT),
        row(L2, MaskOrigin.IMPORTED, 0.5 + 0.9 * LARGEST_SHIFT, Category.HIGHER_RISK),
        row(L3, MaskOrigin.IMPORTED, 0.5 + 1.1 * LARGEST_SHIFT, Category.HIGHER_RISK),
        row(L4, MaskOrigin.IMPORTED, 0.5, Category.INDETERMINATE),
    ]
    (finding,) = check_origins(rows, model)
    assert finding.text.endswith("The category of L1, L2 may change with it.")


def test_levels_without_a_score_or_a_mask_have_no_part(model):
    absent = LevelAssessment(L4, Status.NOT_SCORED, "no mask")
    stopped = replace(row(L3, None), score=None, status=Status.NOT_SCORED, reason="cut")
    rows = with_origins([row(L1, None), stopped, absent], {L1: MaskOrigin.SOFTWARE, L3: MaskOrigin.IMPORTED})
    assert [r.mask_origin for r in rows] == [MaskOrigin.SOFTWARE, MaskOrigin.IMPORTED, None]
    assert check_origins(rows, model) == ()
    assert with_origins([row(L2, None)], {})[0].mask_origin is MaskOrigin.UNKNOWN


@pytest.mark.parametrize("origins", [["drawn"], [], ["unknown"], "software", ["software", "software"]])
def test_a_card_states_known_origins_alone(fields, origins):
    with pytest.raises(OVCFRiskError, match="mask_origins"):
        freeze(fields | {"mask_origins": origins})


def test_words():
    assert origins_text({}) == ""
    assert origins_text({L2: MaskOrigin.IMPORTED, L1: MaskOrigin.IMPORTED}) == "imported"
    both = {L2: MaskOrigin.IMPORTED, L1: MaskOrigin.IMPORTED, L3: MaskOrigin.EDITED}
    assert origins_text(both) == "L3 drawn by this software and edited by hand; L1, L2 imported"
