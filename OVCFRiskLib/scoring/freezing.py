"""Freezing a card: the last step of training, after which no number changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from OVCFRiskLib.files import write_text
from OVCFRiskLib.scoring.card import CARD_SCHEMA_VERSION, card_sha256, verify_card


def freeze(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a card with its schema version and content hash.

    Parameters
    ----------
    fields : mapping
        Every field of `OVCFRiskLib.scoring.card.CARD_FIELDS` but ``schema_version`` and ``sha256``.

    Returns
    -------
    dict
        The card, verified.

    Raises
    ------
    OVCFRiskError
        If a field is missing, malformed or contradicts another.
    """
    card = {"schema_version": CARD_SCHEMA_VERSION, **fields, "sha256": ""}
    card["sha256"] = card_sha256(card)
    verify_card(card, str(fields.get("id", "card")))
    return card


def write_card(card: Mapping[str, Any], path: str | Path) -> None:
    """Write a frozen card as JSON, after verifying it once more."""
    write_text(path, card_text(card))


def card_text(card: Mapping[str, Any]) -> str:
    """A frozen card as its file holds it, after verifying it once more."""
    verify_card(card, str(card.get("id", "card")))
    return json.dumps(card, indent=1, allow_nan=False, ensure_ascii=True) + "\n"
