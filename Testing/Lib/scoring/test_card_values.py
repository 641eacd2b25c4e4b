"""What a card's values may be, and that a hostile card costs neither time nor memory."""

from __future__ import annotations

import json
import time

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.scoring.bundled_cards import load_model
from OVCFRiskLib.scoring.card import card_sha256, read_card, verify_card
from OVCFRiskLib.scoring.card_values import (
    LONGEST_TEXT,
    MOST_FEATURES,
    is_bounded,
    is_count,
    is_features,
    is_hashes,
    is_plain_word,
    is_scale,
    is_sha256,
    is_square,
    is_text,
    is_texts,
    per_class,
)
from OVCFRiskLib.scoring.published import import_published

QUICK_S = 3.0


@pytest.mark.parametrize(
    "word",
    [
        "..",
        ".",
        "",
        "a..b",
        ".a",
        "a.",
        "-a",
        "a b",
        "a/b",
        "a\\b",
        "a:b",
        "a\n",
        "ä",
        "a" * 65,
        "a\x1b[2J",
        "$HOME",
        3,
    ],
)
def test_no_id_can_be_mistaken_for_anything_else(word, card):
    assert not is_plain_word(word)
    card["id"] = word
    with pytest.raises(OVCFRiskError, match="field 'id' must be a plain word"):
        verify_card({**card, "sha256": card_sha256(card)})


@pytest.mark.parametrize("word", ["a", "yu-2025-as-published", "v1.2.3", "OVCFRisk_2", "9", "a" * 64])
def test_plain_words_are_ids(word):
    assert is_plain_word(word)


@pytest.mark.parametrize(
    "text", ["", " \n", None, 5, "a\x1b[31m", "a\x00", "\u202ea", "x" * (LONGEST_TEXT + 1), "\ud800"]
)
def test_no_text(text):
    assert not is_text(text)
    assert not is_texts({"software": text})


def test_texts():
    assert is_text("Ärzte, zwei\nZeilen")
    assert is_texts({"a": "b"})
    assert not is_texts({})


@pytest.mark.parametrize("number", [10**400, -(10**400), 1e31, float("inf"), float("nan"), True, "1", None])
def test_no_number(number):
    assert not is_bounded(number)
    assert not is_scale(number)
    assert not is_square([[number]])


@pytest.mark.parametrize("number", [0, -1.5, 1e-300])
def test_numbers_that_nothing_is_divided_by(number):
    assert is_bounded(number)
    assert not is_scale(number)


def test_collections():
    assert is_count(3)
    assert not any(map(is_count, (0, -1, True, 1.0)))
    assert per_class(is_count)({"OVCF": 1, "NF": 2})
    assert not per_class(is_count)({"OVCF": 1})
    assert is_features([{}])
    assert not is_features([{}] * (MOST_FEATURES + 1))
    assert is_square([[1, 0], [0, 1]])
    assert not is_square([[1, 0], [0]])
    assert is_sha256("0" * 64)
    assert not is_sha256("g" * 64)
    assert is_hashes({"a.csv": "0" * 64})
    assert not is_hashes({"a.csv": "0" * 63})


def refused_quickly(path, action, match):
    start = time.perf_counter()
    with pytest.raises(OVCFRiskError, match=match) as refusal:
        action(path)
    assert time.perf_counter() - start < QUICK_S
    assert len(str(refusal.value)) < 1000


def test_thirty_thousand_features_are_refused_at_once(card, tmp_path):
    card["features"] = [{**card["features"][0], "name": f"feature-{number}"} for number in range(30_000)]
    path = tmp_path / "card.json"
    path.write_text(json.dumps({**card, "sha256": card_sha256(card)}), encoding="utf-8")
    refused_quickly(path, read_card, "'features' must be a list of 1 to 2000")


def test_as_many_features_as_are_allowed_take_no_time(card, tmp_path):
    card["features"] = [{**card["features"][0], "name": f"feature-{number // 2}"} for number in range(MOST_FEATURES)]
    path = tmp_path / "card.json"
    path.write_text(json.dumps({**card, "sha256": card_sha256(card)}), encoding="utf-8")
    refused_quickly(path, read_card, "'features' names 'feature-0' twice")


def test_sixty_thousand_unknown_keys_are_refused_at_once(card, tmp_path):
    path = tmp_path / "card.json"
    path.write_text(json.dumps({**card, **{f"key-{number}": 1 for number in range(60_000)}}), encoding="utf-8")
    refused_quickly(path, read_card, "unknown field 'key-0'")


@pytest.mark.parametrize("action", [read_card, load_model, import_published], ids=lambda action: action.__name__)
@pytest.mark.parametrize(
    ("text", "match"),
    [
        ('{"id": "a", "id": "b"}', "is repeated"),
        ('{"intercept": NaN}', "NaN"),
        ('{"intercept": -Infinity}', "Infinity"),
        ('{"intercept": 1e999}', "too large"),
        ('{"intercept": ' + "9" * 400 + "}", "400 digits"),
        ("[" * 200 + "]" * 200, "nested too deeply"),
        ("[" * 100_000, "nested too deeply"),
        ('{"id": "\\ud800"}', "missing|lacks"),
        ("", "not valid JSON"),
        ("\x00", "not valid JSON"),
        ("[]", "expected a JSON object"),
    ],
)
def test_hostile_json_is_refused_with_its_reason(action, text, match, tmp_path):
    path = tmp_path / "card.json"
    path.write_text(text, encoding="utf-8")
    refused_quickly(path, action, match)


@pytest.mark.parametrize(
    ("rows", "match"),
    [
        ("features.x,1,,,", "contradicts an earlier line"),
        ("training,1,,,\ntraining.auc,0.9,,,", "contradicts an earlier line"),
        ("intercept,NaN,,,", "lacks"),
        (f"intercept,{'9' * 400},,,", "lacks"),
        (f"intercept,{'[' * 5000},,,", "lacks"),
    ],
)
def test_hostile_tables_are_refused_with_their_reason(rows, match, tmp_path):
    path = tmp_path / "published.csv"
    path.write_text(f"field,value,mean,sd,coefficient\n{rows}\n", encoding="utf-8")
    refused_quickly(path, import_published, match)


@pytest.mark.parametrize(
    "name", ["x" * 5000, "x" * 5000 + ".json", "nul\0byte", "nul\0byte.json", "a/" * 3000 + "b.json"]
)
def test_paths_that_no_system_takes_are_refused(name):
    refused_quickly(name, load_model, "unknown model|cannot be read")
