import json

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.scoring.card import CARD_FIELDS, FEATURE_FIELDS, TRAINING_FIELDS, card_sha256, read_card, verify_card
from OVCFRiskLib.scoring.freezing import freeze, write_card


def refrozen(card):
    """The same content with a fitting hash, as a careless editor would write it."""
    return {**card, "sha256": card_sha256(card)}


def test_a_written_card_is_read_as_it_was(card, tmp_path):
    write_card(card, tmp_path / "card.json")
    assert read_card(tmp_path / "card.json") == card


@pytest.mark.parametrize("key", CARD_FIELDS)
def test_each_missing_field_is_named(card, key):
    del card[key]
    with pytest.raises(OVCFRiskError, match=f"field '{key}' is missing; expected"):
        verify_card(card if key == "sha256" else refrozen(card))


@pytest.mark.parametrize("key", FEATURE_FIELDS)
def test_each_missing_field_of_a_feature_is_named(card, key):
    del card["features"][3][key]
    with pytest.raises(OVCFRiskError, match=rf"field 'features\[3\].{key}' is missing"):
        verify_card(refrozen(card))


@pytest.mark.parametrize("key", TRAINING_FIELDS)
def test_each_missing_field_of_the_training_summary_is_named(card, key):
    del card["training"][key]
    with pytest.raises(OVCFRiskError, match=f"field 'training.{key}' is missing"):
        verify_card(refrozen(card))


@pytest.mark.parametrize("key", [key for key in CARD_FIELDS if key not in ("status", "schema_version", "sha256")])
def test_null_is_no_value_in_a_complete_card(card, key):
    card[key] = None
    with pytest.raises(OVCFRiskError, match=f"field '{key}' must be"):
        verify_card(refrozen(card))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cutoff", "0.5"),
        ("cutoff", float("nan")),
        ("intercept", True),
        ("risk_index_scale", 0),
        ("positive_class", "fracture"),
        ("link", "probit"),
        ("status", "final"),
        ("id", "../evil"),
        ("features", []),
        ("schema_version", "2.0"),
    ],
)
def test_a_malformed_field_is_named(card, key, value):
    card[key] = value
    with pytest.raises(OVCFRiskError, match=f"field '{key}' must be"):
        verify_card(card)


def test_an_unknown_field_is_named(card):
    card["cut_off"] = 0.4
    with pytest.raises(OVCFRiskError, match="unknown field 'cut_off'"):
        verify_card(refrozen(card))


def test_an_unknown_extraction_setting_is_named(card):
    card["extraction"]["binCount"] = 32
    with pytest.raises(OVCFRiskError, match="binCount"):
        verify_card(refrozen(card))


def numbers_of(value, path=()):
    """Paths of all numbers in a card."""
    if isinstance(value, dict):
        return [p for key, each in value.items() for p in numbers_of(each, (*path, key))]
    if isinstance(value, list):
        return [p for n, each in enumerate(value) for p in numbers_of(each, (*path, n))]
    return [path] if isinstance(value, float) else []


def test_a_changed_digit_anywhere_is_noticed(card):
    text = json.dumps(card)
    for path in numbers_of(card):
        changed = json.loads(text)
        part = changed
        for key in path[:-1]:
            part = part[key]
        part[path[-1]] += 1e-7 * (1 if path[-2:] != ("auc",) else -1)
        with pytest.raises(OVCFRiskError):
            verify_card(changed)


def test_an_altered_card_says_so(card):
    card["features"][0]["coefficient"] = 0.11
    with pytest.raises(OVCFRiskError, match="'test' was altered: field 'sha256'"):
        verify_card(card, "test")


def test_a_direction_against_the_positive_class_is_refused(fields):
    fields["higher_is_risk"] = True
    with pytest.raises(OVCFRiskError, match="'higher_is_risk' is True but 'positive_class' is NF"):
        freeze(fields)


def test_a_direction_against_the_training_data_is_refused(fields):
    fields["higher_is_risk"], fields["positive_class"] = True, "OVCF"
    with pytest.raises(OVCFRiskError, match="the direction is wrong"):
        freeze(fields)


def test_a_feature_named_twice_is_refused(fields):
    fields["features"][1]["name"] = fields["features"][0]["name"]
    with pytest.raises(OVCFRiskError, match="names 'original_firstorder_10Percentile' twice"):
        freeze(fields)


def test_a_covariance_of_another_size_is_refused(fields):
    fields["training"]["z_covariance"] = [[1.0]]
    with pytest.raises(OVCFRiskError, match="has 1 rows for 8 features"):
        freeze(fields)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not valid JSON"),
        ("[1, 2]", "expected a JSON object, got list"),
        ('{"id": "a", "id": "b"}', "key 'id' is repeated"),
        ('{"cutoff": NaN}', "NaN is not a number of JSON"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_what_is_no_card_is_refused(tmp_path, text, message):
    (tmp_path / "card.json").write_text(text)
    with pytest.raises(OVCFRiskError, match=message):
        read_card(tmp_path / "card.json")


def test_a_card_that_is_not_there(tmp_path):
    with pytest.raises(OVCFRiskError, match="cannot be read: No such file"):
        read_card(tmp_path / "card.json")
