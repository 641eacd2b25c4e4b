"""The cards that come with the library are known by their hash: another card cannot take their name.

A hash in a card only shows that the card was not altered by accident; whoever alters it on purpose can compute it anew.
What is known here cannot be passed off: `Docs/model-card.md` says what that protects from and what not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError

DEMONSTRATION_ID = "ovcfrisk-demonstration"
PUBLISHED_ID = "yu-2025-as-published"
# id -> SHA-256 of the card in `OVCFRiskLib/models`
KNOWN_CARDS = {
    DEMONSTRATION_ID: "4a65337f8d7bc04ab861e0e05ce4441a2c5962f4ac7ebe668db5f2267689310b",
    PUBLISHED_ID: "f81ca1f31a4c4104574a6289fe31f27193976b467047eb24d598c9dbeb1130df",
}
# SHA-256 of the tables of simulated bodies that the demonstration was trained on.
SIMULATED_INPUTS = {
    "75b556ece8c054a435c86b4e8b3cb5d6e4fbad7cbfcc918b4057fefa6b7bc141",
    "47a66c0e7f4700e3c50bb33fa71aee2eaad26413807c6ffaa2904035f9983b86",
}


def check_known(card: Mapping[str, Any], name: str) -> None:
    """Refuse a verified card that takes the id of a known one, or hides that it was trained on simulated bodies.

    Parameters
    ----------
    card : mapping
        Verified by `OVCFRiskLib.scoring.card.verify_card`.
    name : str
        What the card is called in the error.

    Raises
    ------
    OVCFRiskError
        Naming the id.
    """
    known = {key.casefold(): (key, sha256) for key, sha256 in KNOWN_CARDS.items()}
    if card["id"].casefold() in known:
        known_id, sha256 = known[card["id"].casefold()]
        if (card["id"], card["sha256"]) != (known_id, sha256):
            raise OVCFRiskError(
                f"model card '{name}': the id '{known_id}' belongs to the card that comes with this version, with "
                f"SHA-256 {sha256[:12]}..., and this one has {card['sha256'][:12]}...; get the original, or give your "
                "card an id of its own"
            )
    inputs = card["training"]["input_sha256"] or {}
    if card["status"] != "demonstration" and SIMULATED_INPUTS & set(inputs.values()):
        raise OVCFRiskError(
            f"model card '{name}': field 'status' is '{card['status']}', but field 'training.input_sha256' names the "
            f"simulated bodies of '{DEMONSTRATION_ID}'; a model trained on them can only be a demonstration"
        )
