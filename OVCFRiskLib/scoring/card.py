"""The model card: a JSON file that is complete and unaltered, or does not score.

`CARD_FIELDS` is the whole format; no default ever fills a field. ``sha256`` is the SHA-256 of the card
without that field, as JSON with sorted keys and no spaces.
"""

from __future__ import annotations

import hashlib
import json
import reprlib
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.json_text import json_kind, read_json
from OVCFRiskLib.mask_origin import STATED_ORIGINS
from OVCFRiskLib.numeric import is_positive_range
from OVCFRiskLib.plain_text import printable
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.scoring.applicability import APPLICABILITY_FIELDS
from OVCFRiskLib.scoring.card_values import (
    MOST_FEATURES,
    is_bounded,
    is_count,
    is_features,
    is_hashes,
    is_plain_word,
    is_scale,
    is_sha256,
    is_square,
    is_subset_of,
    is_text,
    is_texts,
    per_class,
)
from OVCFRiskLib.tables.body_rows import FRACTURE, GROUPS, NO_FRACTURE

# Version of the fields below; a card of another version is refused, as its fields may mean something else.
CARD_SCHEMA_VERSION = "1.0"
# What a card may be used for: to show the software, for research, or not to score, as numbers are missing.
STATUSES = ("demonstration", "research", "incomplete")
# Scale of the R-score: of a linear or of a logistic regression.
LINKS = ("identity", "logit")

# field -> (what is expected, in words; test of it)
CARD_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "schema_version": (f'"{CARD_SCHEMA_VERSION}"', lambda v: v == CARD_SCHEMA_VERSION),
    "id": ("a plain word: letters, digits, and . - _ within", is_plain_word),
    "title": ("text", is_text),
    "status": (f"one of {', '.join(STATUSES)}", lambda v: v in STATUSES),
    "intended_use": ("text", is_text),
    "reference": ("text", is_text),
    "features": (f"a list of 1 to {MOST_FEATURES} features", is_features),
    "intercept": ("a number", is_bounded),
    "link": (f"one of {', '.join(LINKS)}", lambda v: v in LINKS),
    "cutoff": ("a number on the scale of the R-score", is_bounded),
    "positive_class": (f"one of {', '.join(GROUPS)}", lambda v: v in GROUPS),
    "higher_is_risk": ("true or false", lambda v: isinstance(v, bool)),
    "risk_index_scale": ("a positive number (SD of the training R-scores)", is_scale),
    "extraction": ("extraction settings", lambda v: isinstance(v, Mapping)),
    "training": ("a training summary", lambda v: isinstance(v, Mapping)),
    "sha256": ("64 hexadecimal digits", is_sha256),
}
# Fields that cards of earlier versions lack; what is missing then is not stated.
OPTIONAL_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "applicability": ("an object (to whom the model applies)", lambda v: isinstance(v, Mapping)),
    "mask_origins": (
        f"a list of {', '.join(STATED_ORIGINS)} (how the training masks were drawn), or null where nobody states it",
        lambda v: v is None or is_subset_of(STATED_ORIGINS)(v),
    ),
}
FEATURE_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "name": ("pyradiomics' full feature name", is_text),
    "mean": ("a number", is_bounded),
    "sd": ("a positive number", is_scale),
    "coefficient": ("a number", is_bounded),
}
TRAINING_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "population": ("text", is_text),
    "procedure": ("text", is_text),
    "patients": ("a count", is_count),
    "vertebrae": ("a count per class OVCF, NF", per_class(is_count)),
    "mean_r_score": ("a number per class OVCF, NF", per_class(is_bounded)),
    "auc": ("a number from 0.5 to 1 (risk index against OVCF)", lambda v: is_bounded(v) and 0.5 <= v <= 1),
    "slice_thickness_range_mm": ("[lowest, highest] in mm", is_positive_range),
    "pixel_spacing_range_mm": ("[lowest, highest] in mm", is_positive_range),
    "kvp_range": (
        "[lowest, highest] in kV, or null where the CTs do not say",
        lambda v: v is None or is_positive_range(v),
    ),
    "contrast": ("true, false, or null where nobody knows", lambda v: v is None or isinstance(v, bool)),
    "z_covariance": ("a square matrix, one row per feature", is_square),
    "input_sha256": ("SHA-256 per training file", is_hashes),
    "software": ("version per package", is_texts),
}
# The keys of the block ``applicability``: all of them, null where nobody states it.
_NULLABLE_FIELDS = {
    key: (f"{expected}, or null where nobody states it", lambda v, is_valid=is_valid: v is None or is_valid(v))
    for key, (expected, is_valid) in APPLICABILITY_FIELDS.items()
}
# What a complete card may leave null: NIfTI carries neither tube voltage nor contrast.
UNKNOWN_ALLOWED = ("kvp_range", "contrast")
# What a card of status "incomplete" may leave null: it can be read, and refuses to score.
NULLABLE_WHEN_INCOMPLETE = {
    *("intercept", "risk_index_scale", "mean", "sd", "coefficient"),
    *(set(TRAINING_FIELDS) - {"population", "procedure", "vertebrae"}),
}


def read_card(path: str | Path) -> dict[str, Any]:
    """Read and verify a model card.

    Parameters
    ----------
    path : path of a ``.json`` file

    Returns
    -------
    dict
        The card, verified by `verify_card`.

    Raises
    ------
    OVCFRiskError
        If the file is missing, is not JSON, or the card is incomplete, malformed or altered.
    """
    path = Path(path)
    card = read_json(path, "model card", "import the card again, or freeze it anew")
    verify_card(card, path.name)
    return card


def card_sha256(card: Mapping[str, Any]) -> str:
    """Content hash of a card: SHA-256 of everything but the field ``sha256``."""
    content = {key: value for key, value in card.items() if key != "sha256"}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def verify_card(card: Any, name: str = "card") -> None:
    """Check that a card is complete, well formed, consistent and unaltered.

    Raises
    ------
    OVCFRiskError
        Naming the first field that is not as expected.
    """
    if not isinstance(card, Mapping):
        raise OVCFRiskError(f"model card '{name}': expected a JSON object, got {json_kind(card)}; is this the card?")
    incomplete = card.get("status") == "incomplete"
    given = {key: field for key, field in OPTIONAL_FIELDS.items() if key in card}
    _check_fields(card, CARD_FIELDS | given, name, "", incomplete)
    for number, term in enumerate(card["features"]):
        if not isinstance(term, Mapping):
            raise OVCFRiskError(f"model card '{name}': features[{number}] is not an object")
        _check_fields(term, FEATURE_FIELDS, name, f"features[{number}].", incomplete)
    _check_fields(card["training"], TRAINING_FIELDS, name, "training.", incomplete)
    if "applicability" in card:
        _check_fields(card["applicability"], _NULLABLE_FIELDS, name, "applicability.", incomplete)
    ExtractionSettings.from_dict(card["extraction"])
    _check_consistency(card, name)
    expected = card_sha256(card)
    if card["sha256"] != expected:
        raise OVCFRiskError(
            f"model card '{name}' was altered: field 'sha256' says {card['sha256'][:12]}..., its content gives "
            f"{expected[:12]}...; get the original card, or freeze a new one"
        )


def missing_fields(card: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the fields that an incomplete card leaves null, e.g. ``"intercept"``, ``"features[*].mean"``."""
    missing = [key for key in CARD_FIELDS if card[key] is None]
    for key in FEATURE_FIELDS:
        if any(term[key] is None for term in card["features"]):
            missing.append(f"features[*].{key}")
    return (
        *missing,
        *(f"training.{key}" for key in TRAINING_FIELDS if card["training"][key] is None and key not in UNKNOWN_ALLOWED),
    )


def _check_fields(part: Mapping[str, Any], fields: Mapping, name: str, prefix: str, incomplete: bool) -> None:
    """Every field there, none unknown, each as expected."""
    for key, (expected, is_valid) in fields.items():
        if key not in part:
            raise OVCFRiskError(f"model card '{name}': field '{prefix}{key}' is missing; expected {expected}")
        value = part[key]
        if value is None and incomplete and key in NULLABLE_WHEN_INCOMPLETE:
            continue
        if not is_valid(value):
            raise OVCFRiskError(
                f"model card '{name}': field '{prefix}{key}' must be {expected}, got {_shortened(value)}"
            )
    unknown = sorted(map(str, set(part) - set(fields)))
    if unknown:
        key = printable(unknown[0], 60)
        raise OVCFRiskError(f"model card '{name}': unknown field '{prefix}{key}'; known: {', '.join(fields)}")


def _check_consistency(card: Mapping[str, Any], name: str) -> None:
    """What no single field can show: repeated features, matrix size, direction against the training data."""
    names = [term["name"] for term in card["features"]]
    repeated = sorted(feature for feature, count in Counter(names).items() if count > 1)
    if repeated:
        raise OVCFRiskError(f"model card '{name}': field 'features' names '{printable(repeated[0], 80)}' twice")
    if card["higher_is_risk"] != (card["positive_class"] == FRACTURE):
        raise OVCFRiskError(
            f"model card '{name}': field 'higher_is_risk' is {card['higher_is_risk']} but 'positive_class' is "
            f"{card['positive_class']}; a high R-score means the positive class, so the two contradict each other"
        )
    _check_feature_ranges(card, names, name)
    covariance, means = card["training"]["z_covariance"], card["training"]["mean_r_score"]
    if covariance is not None and len(covariance) != len(names):
        raise OVCFRiskError(
            f"model card '{name}': field 'training.z_covariance' has {len(covariance)} rows for {len(names)} features"
        )
    if means is not None and (means[FRACTURE] > means[NO_FRACTURE]) != card["higher_is_risk"]:
        raise OVCFRiskError(
            f"model card '{name}': field 'higher_is_risk' is {card['higher_is_risk']}, but the training bodies of "
            f"women with a fracture had a mean R-score of {means[FRACTURE]:.3f}, those without {means['NF']:.3f}: "
            "the direction is wrong"
        )


def _check_feature_ranges(card: Mapping[str, Any], features: list[str], name: str) -> None:
    """Ranges of the card's features, of all of them or of none."""
    ranges = card["applicability"]["feature_ranges"] if "applicability" in card else None
    if ranges is not None and set(ranges) != set(features):
        odd = min(map(str, set(ranges) ^ set(features)))
        raise OVCFRiskError(
            f"model card '{name}': field 'applicability.feature_ranges' must name the features of the card, each once; "
            f"'{printable(odd, 80)}' is in one of both only"
        )


def _shortened(value: Any) -> str:
    """A value in an error message, not longer than a line."""
    return printable(reprlib.repr(value), 60)
