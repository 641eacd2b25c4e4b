"""Importing a published model: from a paper's numbers to a frozen card, or a refusal that names what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from OVCFRiskLib import __version__
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import input_size
from OVCFRiskLib.json_text import MAX_FILE_MB, json_kind, parse_json
from OVCFRiskLib.scoring.applicability import APPLICABILITY_FIELDS
from OVCFRiskLib.scoring.card import FEATURE_FIELDS, TRAINING_FIELDS
from OVCFRiskLib.scoring.card_values import MOST_FEATURES, is_text
from OVCFRiskLib.scoring.freezing import freeze
from OVCFRiskLib.statements import INTENDED_AS_PUBLISHED
from OVCFRiskLib.tables.table_reader import parse_number, read_table

# What the file must hold; the rest of a card is ours to fill: schema, status, hashes, software.
PUBLISHED_FIELDS = (
    *("id", "title", "reference", "features", "intercept", "link", "cutoff", "positive_class", "higher_is_risk"),
    *("risk_index_scale", "extraction", "training"),
)
# May be left out: a paper that does not say whom its model applies to, or how its masks were drawn.
PUBLISHED_MAY_LACK = ("applicability", "mask_origins")
TRAINING_KEYS = tuple(key for key in TRAINING_FIELDS if key not in ("input_sha256", "software"))
EXTRACTION_KEYS = ("bin_width", "resampled_spacing", "interpolator", "resegment_range")
# Said in so many words in the file, never assumed: features without published correlations count as independent.
INDEPENDENT = "independent"
CSV_COLUMNS = ("field", "value", "mean", "sd", "coefficient")


def import_published(path: str | Path) -> dict[str, Any]:
    """Freeze a card from the published numbers of a model.

    Parameters
    ----------
    path : path of a ``.json`` or ``.csv`` file
        JSON: an object with the keys `PUBLISHED_FIELDS`; ``features`` is a list of name, mean, sd and coefficient (per
        SD), ``training`` holds `TRAINING_KEYS`, ``extraction`` `EXTRACTION_KEYS`. CSV: columns `CSV_COLUMNS`, a row per
        number with the key in ``field`` (``training.auc``) and its ``value``, and a row per feature with
        ``feature`` in ``field``, its name in ``value`` and its numbers in the last three.
        ``training.z_covariance`` is the matrix of the z-scored features, or the word ``independent``.

    Returns
    -------
    dict
        The frozen card, status ``research``.

    Raises
    ------
    OVCFRiskError
        Naming every field that is missing, or the first one that is unknown, malformed or contradicts another.
    """
    path = Path(path)
    size_mb = input_size(path, "published model") / 1e6
    if size_mb > MAX_FILE_MB:
        raise OVCFRiskError(f"published model '{path.name}': expected at most {MAX_FILE_MB} MB, got {size_mb:.0f} MB")
    content = path.read_bytes()
    published = _from_csv(path) if path.suffix.lower() == ".csv" else _from_json(content, path.name)
    _check_complete(published, path.name)
    training = dict(published["training"])
    if training["z_covariance"] == INDEPENDENT:
        size = min(len(published["features"]), MOST_FEATURES)  # more are refused when the card is frozen
        training["z_covariance"] = [[float(row == column) for column in range(size)] for row in range(size)]
        training["procedure"] += " (correlations of the features not published: taken as independent)"
    training["input_sha256"] = {path.name: hashlib.sha256(content).hexdigest()}
    training["software"] = {"ovcfrisk": __version__}
    if isinstance(stated := published.get("applicability"), Mapping):
        published["applicability"] = dict.fromkeys(APPLICABILITY_FIELDS) | dict(stated)
    return freeze({**published, "status": "research", "intended_use": INTENDED_AS_PUBLISHED, "training": training})


def _from_json(content: bytes, name: str) -> dict[str, Any]:
    published = parse_json(content, f"'{name}'", "expected JSON, or a .csv file")
    if not isinstance(published, Mapping):
        raise OVCFRiskError(
            f"{name}: expected a JSON object with the keys {', '.join(PUBLISHED_FIELDS)}, got {json_kind(published)}"
        )
    if "sha256" in published:
        raise OVCFRiskError(
            f"{name}: expected published numbers, got a card that is frozen already; use it with --model, or look at "
            "it with 'ovcfrisk models --verify'"
        )
    return dict(published)


def _from_csv(path: Path) -> dict[str, Any]:
    """Keys with dots become objects in objects."""
    table = read_table(path)
    table.require(*CSV_COLUMNS)
    published: dict[str, Any] = {"features": []}
    cells = zip(*(table.cells(column) for column in CSV_COLUMNS), strict=True)
    for line, (field, value, *numbers) in zip(table.lines, cells, strict=True):
        if field == "feature":
            term = {"name": value}
            for key, number in zip(("mean", "sd", "coefficient"), numbers, strict=True):
                if number:
                    term[key] = parse_number(number, table.place(line, key))
            published["features"].append(term)
            continue
        *parents, last = field.split(".")
        place = published
        for parent in parents:
            place = place.setdefault(parent, {}) if isinstance(place, dict) else None
        if not isinstance(place, dict) or last in place:
            raise OVCFRiskError(f"{table.name}, line {line}, column 'field': '{field}' contradicts an earlier line")
        place[last] = _value(value)
    return published


def _value(text: str) -> Any:
    """A cell as JSON where it is JSON (numbers, lists, true), as a spreadsheet's TRUE, or as text."""
    try:
        return parse_json(text.lower() if text.lower() in ("true", "false", "null") else text, "cell", "")
    except OVCFRiskError:
        return text


def _check_complete(published: Mapping[str, Any], name: str) -> None:
    """Name everything that is missing at once, and what no card knows."""
    missing = [key for key in PUBLISHED_FIELDS if key not in published or published[key] in ([], {})]
    terms = published.get("features")
    for number, term in enumerate(terms if isinstance(terms, list) else []):
        given = term if isinstance(term, Mapping) else {}
        missing += [f"features[{given.get('name', number)}].{key}" for key in FEATURE_FIELDS if key not in given]
    for part, keys in (("training", TRAINING_KEYS), ("extraction", EXTRACTION_KEYS)):
        if part not in missing:
            values = published[part]
            missing += [f"{part}.{key}" for key in keys if not isinstance(values, Mapping) or key not in values]
    if missing:
        hint = f" (training.z_covariance may be '{INDEPENDENT}')" if "training.z_covariance" in missing else ""
        raise OVCFRiskError(
            f"{name} is incomplete, it lacks {', '.join(missing)}; nothing is assumed: get these values from the "
            f"authors{hint}"
        )
    if not isinstance(terms, list) or not is_text(published["training"]["procedure"]):
        field = "training.procedure" if isinstance(terms, list) else "features"
        raise OVCFRiskError(f"{name}: field '{field}' must be {'text' if isinstance(terms, list) else 'a list'}")
    unknown = [key for key in published if key not in (*PUBLISHED_FIELDS, *PUBLISHED_MAY_LACK)]
    unknown += [f"training.{key}" for key in published["training"] if key not in TRAINING_KEYS]
    if unknown:
        raise OVCFRiskError(f"{name}: unknown field '{unknown[0]}'; known: {', '.join(PUBLISHED_FIELDS)}")
