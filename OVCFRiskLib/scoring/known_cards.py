"""The cards that come with the library are known by their hash: another card cannot take their name.

A hash in a card only shows that the card was not altered by accident; whoever alters it on purpose can compute it anew.
What is known here cannot be passed off: `Docs/model-card.md` says what that protects from and what not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError

# Ids of the cards that come with the library: trained on simulated data; the paper as far as published.
DEMONSTRATION_ID = "ovcfrisk-demonstration"
PUBLISHED_ID = "yu-2025-as-published"
# id -> SHA-256 of the card in `OVCFRiskLib/models`
KNOWN_CARDS = {
    DEMONSTRATION_ID: "6a0cad66866badad26a0692702ecff5b5a0ae36d93c9e6f720fdb3c3761bbd02",
    PUBLISHED_ID: "f81ca1f31a4c4104574a6289fe31f27193976b467047eb24d598c9dbeb1130df",
}
# SHA-256 of the tables of simulated bodies that the demonstration was trained on, and those of its earlier versions.
SIMULATED_INPUTS = {
    "15c03d98a6cf0f04d700bbd57d1848924b6cd258cf75f68d4840c03986ff6771",
    "7386da95afbecd0b91ae13eea698dbf0389a52935cf21dea9104fee24951c6b4",
    "893ee5af7a201798870913408e2920bc1f4ba2e8f112e7648f41a37333654dbb",
    "54f14b0f04152e6f86b6bb39e37efaecff49e781cea85fb45fe63102ad17330b",
    "724d3fe239f6dddd4b66fe31719df3132523b1890cd1bc8d304c230864f44c8e",
    "939554022a03882f5e9a304ebd9cea756443b7d29d26f1389bb2e3b13ac852a9",
    "5c8945ddd5a6a13f41edfb198bc8df41adec72dd1852766c8d3d8c57781fa19e",
    "b9001567f1cd8db8d8d2736b85426b7506e58125105eb9cf37f375023252e064",
    "75b556ece8c054a435c86b4e8b3cb5d6e4fbad7cbfcc918b4057fefa6b7bc141",
    "47a66c0e7f4700e3c50bb33fa71aee2eaad26413807c6ffaa2904035f9983b86",
    "1d758c60cf1ab5da7c2be040ca8ce4dc541624256965c5168d272895823e7cf4",
    "5f41cb6ff68bc7e00898afdbd789875ac7493f29587233bec1383102455ff370",
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
