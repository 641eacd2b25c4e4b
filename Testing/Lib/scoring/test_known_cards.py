"""Nobody else's card takes the name of one that comes with the library, whatever its hash says."""

from __future__ import annotations

import json

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.scoring.bundled_cards import CARDS_FOLDER
from OVCFRiskLib.scoring.card import card_sha256, read_card
from OVCFRiskLib.scoring.known_cards import (
    DEMONSTRATION_ID,
    KNOWN_CARDS,
    PUBLISHED_ID,
    SIMULATED_INPUTS,
    check_known,
)


def changed(**fields):
    """The demonstration with other fields and a hash that fits, as someone makes it on purpose."""
    card = {**read_card(CARDS_FOLDER / f"{DEMONSTRATION_ID}.json"), **fields}
    return {**card, "sha256": card_sha256(card)}


def written(card, folder):
    path = folder / "card.json"
    path.write_text(json.dumps(card), encoding="utf-8")
    return path


def test_the_known_hashes_are_those_of_the_cards_in_the_library():
    """After `make demonstration-model` with another cohort these constants have to change with the card."""
    cards = {path.stem: read_card(path) for path in CARDS_FOLDER.glob("*.json")}
    assert {name: card["sha256"] for name, card in cards.items()} == KNOWN_CARDS
    # tables of earlier demonstration cards stay known: a card trained on them is as simulated as before
    assert set(cards[DEMONSTRATION_ID]["training"]["input_sha256"].values()) <= SIMULATED_INPUTS


@pytest.mark.parametrize(
    "fields",
    [
        {"intercept": 0.9},
        {"cutoff": 0.1},
        {"status": "research"},
        {"title": "Another title"},
        {"id": "OVCFRisk-Demonstration"},
        {"id": PUBLISHED_ID},
    ],
    ids=str,
)
def test_a_card_that_takes_a_known_id_is_refused_by_it(fields, tmp_path):
    card = changed(**fields)
    with pytest.raises(OVCFRiskError, match=f"the id '{card['id'].lower()}' belongs to the card that comes with"):
        load_model(written(card, tmp_path))


def test_the_demonstration_under_another_name_stays_a_demonstration(tmp_path):
    assert load_model(written(changed(id="my-copy"), tmp_path)).status == "demonstration"
    with pytest.raises(OVCFRiskError, match=r"'status' is 'research', but .* names the simulated bodies"):
        load_model(written(changed(id="my-model", status="research"), tmp_path))


def test_a_copy_of_a_known_card_is_that_card(tmp_path):
    assert load_model(written(changed(), tmp_path)).sha256 == KNOWN_CARDS[DEMONSTRATION_ID]


def test_other_cards_are_not_concerned(card):
    check_known(card, "card")


def test_an_altered_card_in_the_librarys_folder_is_refused_too(tmp_path, monkeypatch):
    (tmp_path / f"{DEMONSTRATION_ID}.json").write_text(json.dumps(changed(cutoff=0.1)), encoding="utf-8")
    monkeypatch.setattr("OVCFRiskLib.scoring.bundled_cards.CARDS_FOLDER", tmp_path)
    with pytest.raises(OVCFRiskError, match="belongs to the card that comes with"):
        load_model()
