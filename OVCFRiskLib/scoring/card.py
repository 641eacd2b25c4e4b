"""The model card: a JSON file that is complete and unaltered, or does not score.

`FIELDS` is the whole format; no default ever fills a field. ``sha256`` is the SHA-256 of the card
without that field, as JSON with sorted keys and no spaces.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.json_text import read_json
from OVCFRiskLib.numeric import is_number, is_positive_range
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.tables.body_rows import FRACTURE, GROUPS, NO_FRACTURE

SCHEMA_VERSION = "1.0"
STATUSES = ("demonstration", "research", "incomplete")
LINKS = ("identity", "logit")


def _text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _positive(value: Any) -> bool:
    return is_number(value) and value > 0


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _per_class(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, Mapping) and set(value) == set(GROUPS) and all(map(check, value.values()))


def _square(value: Any) -> bool:
    return (
        isinstance(value, list)
        and bool(value)
        and all(isinstance(row, list) and len(row) == len(value) and all(map(is_number, row)) for row in value)
    )


def _hashes(value: Any) -> bool:
    return isinstance(value, Mapping) and all(
        _text(k) and isinstance(v, str) and len(v) == 64 for k, v in value.items()
    )


def _texts(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(_text(k) and _text(v) for k, v in value.items())


def _is_extraction(value: Any) -> bool:
    return isinstance(value, Mapping)  # ExtractionSettings.from_dict names what is wrong inside


# field -> (what is expected, in words; test of it)
FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "schema_version": (f'"{SCHEMA_VERSION}"', lambda v: v == SCHEMA_VERSION),
    "id": ("a short name without spaces", lambda v: _text(v) and not set(v) & set(" /\\\t\n")),
    "title": ("text", _text),
    "status": (f"one of {', '.join(STATUSES)}", lambda v: v in STATUSES),
    "intended_use": ("text", _text),
    "reference": ("text", _text),
    "features": ("a list of features", lambda v: isinstance(v, list) and bool(v)),
    "intercept": ("a number", is_number),
    "link": (f"one of {', '.join(LINKS)}", lambda v: v in LINKS),
    "cutoff": ("a number on the scale of the R-score", is_number),
    "positive_class": (f"one of {', '.join(GROUPS)}", lambda v: v in GROUPS),
    "higher_is_risk": ("true or false", lambda v: isinstance(v, bool)),
    "risk_index_scale": ("a positive number (SD of the training R-scores)", _positive),
    "extraction": ("extraction settings", _is_extraction),
    "training": ("a training summary", lambda v: isinstance(v, Mapping)),
    "sha256": ("64 hexadecimal digits", lambda v: isinstance(v, str) and len(v) == 64),
}
FEATURE_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "name": ("pyradiomics' full feature name", _text),
    "mean": ("a number", is_number),
    "sd": ("a positive number", _positive),
    "coefficient": ("a number", is_number),
}
TRAINING_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "population": ("text", _text),
    "procedure": ("text", _text),
    "patients": ("a count", _count),
    "vertebrae": ("a count per class OVCF, NF", _per_class(_count)),
    "mean_r_score": ("a number per class OVCF, NF", _per_class(is_number)),
    "auc": ("a number from 0.5 to 1 (risk index against OVCF)", lambda v: is_number(v) and 0.5 <= v <= 1),
    "slice_thickness_range_mm": ("[lowest, highest] in mm", is_positive_range),
    "pixel_spacing_range_mm": ("[lowest, highest] in mm", is_positive_range),
    "kvp_range": ("[lowest, highest] in kV", is_positive_range),
    "contrast": ("true or false", lambda v: isinstance(v, bool)),
    "z_covariance": ("a square matrix, one row per feature", _square),
    "input_sha256": ("SHA-256 per training file", _hashes),
    "software": ("version per package", _texts),
}
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
        raise OVCFRiskError(f"model card '{name}': expected a JSON object, got {type(card).__name__}")
    incomplete = card.get("status") == "incomplete"
    _check_fields(card, FIELDS, name, "", incomplete)
    for number, term in enumerate(card["features"]):
        if not isinstance(term, Mapping):
            raise OVCFRiskError(f"model card '{name}': features[{number}] is not an object")
        _check_fields(term, FEATURE_FIELDS, name, f"features[{number}].", incomplete)
    _check_fields(card["training"], TRAINING_FIELDS, name, "training.", incomplete)
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
    missing = [key for key in FIELDS if card[key] is None]
    for key in FEATURE_FIELDS:
        if any(term[key] is None for term in card["features"]):
            missing.append(f"features[*].{key}")
    return (*missing, *(f"training.{key}" for key in TRAINING_FIELDS if card["training"][key] is None))


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
    unknown = sorted(set(part) - set(fields))
    if unknown:
        raise OVCFRiskError(f"model card '{name}': unknown field '{prefix}{unknown[0]}'; known: {', '.join(fields)}")


def _check_consistency(card: Mapping[str, Any], name: str) -> None:
    """What no single field can show: repeated features, matrix size, direction against the training data."""
    names = [term["name"] for term in card["features"]]
    repeated = sorted({n for n in names if names.count(n) > 1})
    if repeated:
        raise OVCFRiskError(f"model card '{name}': field 'features' names '{repeated[0]}' twice")
    if card["higher_is_risk"] != (card["positive_class"] == FRACTURE):
        raise OVCFRiskError(
            f"model card '{name}': field 'higher_is_risk' is {card['higher_is_risk']} but 'positive_class' is "
            f"{card['positive_class']}; a high R-score means the positive class, so the two contradict each other"
        )
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


def _shortened(value: Any) -> str:
    """A value in an error message, not longer than a line."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
