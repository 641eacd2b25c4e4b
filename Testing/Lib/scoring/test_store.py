import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics import FROZEN_FEATURES
from OVCFRiskLib.scoring import DEFAULT_MODEL_ID, list_models, load_model
from OVCFRiskLib.scoring.bundled_cards import CARDS_FOLDER
from OVCFRiskLib.scoring.freezing import write_card

PAPER_MODEL_ID = "yu-2025-as-published"


def test_the_cards_of_the_library_are_whole():
    models = list_models()
    assert {m.id for m in models} == {path.stem for path in CARDS_FOLDER.glob("*.json")}
    assert {DEFAULT_MODEL_ID, PAPER_MODEL_ID} <= {m.id for m in models}


def test_the_default_is_the_demonstration_and_says_so():
    model = load_model()
    assert (model.id, model.status, model.missing) == (DEFAULT_MODEL_ID, "demonstration", ())
    assert "simulat" in model.training["population"]
    assert "emonstration" in model.title + model.intended_use


def test_the_paper_s_card_is_read_and_refuses_to_score():
    model = load_model(PAPER_MODEL_ID)
    assert model.feature_names == FROZEN_FEATURES
    assert (model.cutoff, model.positive_class, model.higher_is_risk) == (0.522, "NF", False)
    with pytest.raises(OVCFRiskError, match=r"lacks intercept, .*features\[\*\]\.coefficient"):
        model.r_score(dict.fromkeys(FROZEN_FEATURES, 1.0))


def test_the_paper_s_card_is_what_its_script_makes(paper_card, tmp_path):
    write_card(paper_card.make_paper_card(), tmp_path / "card.json")
    assert (tmp_path / "card.json").read_bytes() == (CARDS_FOLDER / f"{PAPER_MODEL_ID}.json").read_bytes()


def test_a_card_is_loaded_by_its_path(card, tmp_path):
    write_card(card, tmp_path / "own.json")
    assert load_model(tmp_path / "own.json").sha256 == card["sha256"]


def test_an_unknown_id_names_the_known_ones():
    with pytest.raises(OVCFRiskError, match=f"unknown model 'best'; known ids: {DEFAULT_MODEL_ID}, {PAPER_MODEL_ID}"):
        load_model("best")
