"""`ovcfrisk models`: the list, a verified card, and the example of a published one."""

import json
from pathlib import Path

import pytest


@pytest.fixture
def repository():
    """The project's folder."""
    return Path(__file__).resolve().parents[3]


def test_the_list_names_the_default(ovcfrisk):
    code, text, _ = ovcfrisk("models")
    assert code == 0
    assert "ovcfrisk-demonstration (default)" in text


def test_the_example_of_the_documents_is_imported_and_verified(ovcfrisk, repository, tmp_path):
    example = repository / "Docs" / "examples" / "published-model.json"
    code, text, _ = ovcfrisk("models", "--import", example, "--out", tmp_path / "card.json")
    assert code == 0
    assert "lower R-score = more risk" in text
    code, text, _ = ovcfrisk("models", "--verify", tmp_path / "card.json")
    assert code == 0
    assert "example-2030: verified, complete" in text
    assert example.name in (repository / "Docs" / "model-card.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("field", ["cutoff", "higher_is_risk", "training"])
def test_an_example_that_lacks_something_is_refused_by_name(ovcfrisk, repository, tmp_path, field):
    published = json.loads((repository / "Docs" / "examples" / "published-model.json").read_text(encoding="utf-8"))
    del published[field]
    (tmp_path / "p.json").write_text(json.dumps(published))
    code, _, errors = ovcfrisk("models", "--import", tmp_path / "p.json", "--out", tmp_path / "card.json")
    assert code == 2
    assert field in errors
    assert not (tmp_path / "card.json").exists()


@pytest.mark.parametrize("option", ["--verify", "--import"])
def test_a_folder_is_no_card(ovcfrisk, tmp_path, option):
    code, _, errors = ovcfrisk("models", option, tmp_path)
    assert code == 2
    assert "expected a file, got a folder; name the file in it" in errors


@pytest.mark.parametrize(
    ("content", "kind"), [("[1]", "list"), ('"a"', "text"), ("null", "null"), ("true", "true"), ("2", "number")]
)
def test_what_came_instead_of_an_object_is_named(ovcfrisk, tmp_path, content, kind):
    path = tmp_path / "model.json"
    path.write_text(content)
    for option in ("--verify", "--import"):
        code, _, errors = ovcfrisk("models", option, path)
        assert code == 2
        assert f"got {kind}" in errors


def test_a_frozen_card_is_not_imported_again(ovcfrisk, repository, tmp_path):
    card = repository / "OVCFRiskLib" / "models" / "ovcfrisk-demonstration.json"
    code, _, errors = ovcfrisk("models", "--import", card, "--out", tmp_path / "again.json")
    assert code == 2
    assert "frozen already; use it with --model" in errors
    assert not (tmp_path / "again.json").exists()


def test_what_a_card_does_not_state_is_said_in_words(ovcfrisk):
    _, shown, _ = ovcfrisk("models", "--verify", "yu-2025-as-published")
    assert "None" not in shown
    assert "applies to tube voltage: 120 kV" in shown


def test_options_that_do_nothing_together_are_refused(ovcfrisk, tmp_path):
    code, _, errors = ovcfrisk("models", "--out", tmp_path / "card.json")
    assert code == 2
    assert "--out names what --import writes" in errors
    code, _, errors = ovcfrisk("models", "--verify", "one.json", "--import", "other.json")
    assert code == 2
    assert "not allowed with argument" in errors
    assert not list(tmp_path.iterdir())
