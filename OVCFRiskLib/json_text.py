"""JSON as the library writes it and as it accepts it: numbers that are finite, keys that are not repeated."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import input_size

# Digits of 2**63; a longer integer fits no float and no file format that a number goes into.
MAX_INTEGER_DIGITS = 19
MAX_DEPTH = 64  # of lists and objects within each other; Python itself ends at some hundred
MAX_FILE_MB = 64  # the largest card, assessment or record is far below a megabyte


def plain(value: Any, name: str = "value", is_nan_null: bool = False) -> Any:
    """Dataclasses, enums, tuples, arrays and numpy numbers as what JSON knows.

    Parameters
    ----------
    value
    name : str
        What the value is called in the error.
    is_nan_null : bool
        Write numbers that are not finite as null, where "not estimable" is a result; an error otherwise.

    Raises
    ------
    OVCFRiskError
        If a number is not finite, naming its place.

    Examples
    --------
    >>> plain({"auc": np.float64(0.5), "se": np.nan}, is_nan_null=True)
    {'auc': 0.5, 'se': None}
    """
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, enum.Enum):
        return value.value
    if dataclasses.is_dataclass(value):
        fields = ((field.name, getattr(value, field.name)) for field in dataclasses.fields(value))
        return {key: plain(item, f"{name}.{key}", is_nan_null) for key, item in fields}
    if isinstance(value, Mapping):
        return {str(key): plain(item, f"{name}.{key}", is_nan_null) for key, item in value.items()}
    if isinstance(value, tuple | list | np.ndarray):
        return [plain(item, f"{name}[{number}]", is_nan_null) for number, item in enumerate(value)]
    return _plain_number(value, name, is_nan_null)


def plain_or_null(value: Any) -> Any:
    """As `plain`; what could not be estimated becomes null."""
    return plain(value, is_nan_null=True)


def json_text(document: Mapping[str, Any], sort_keys: bool = False) -> str:
    """Indented JSON text with a final line end; same document, same text.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    return json.dumps(document, indent=1, allow_nan=False, ensure_ascii=False, sort_keys=sort_keys) + "\n"


def read_json(path: str | Path, kind: str, advice: str) -> Any:
    """Read a JSON file as `parse_json` does.

    Raises
    ------
    OVCFRiskError
        If the file cannot be read, is larger than a file of this library, or is not JSON.
    """
    path = Path(path)
    size_mb = input_size(path, kind) / 1e6
    try:
        content = path.read_bytes() if size_mb <= MAX_FILE_MB else b""
    except OSError as error:
        raise OVCFRiskError(f"{kind} '{path}' cannot be read: {error.strerror or error}; check the path") from error
    if size_mb > MAX_FILE_MB:
        raise OVCFRiskError(f"{kind} '{path.name}': expected at most {MAX_FILE_MB} MB, got {size_mb:.0f} MB; {advice}")
    return parse_json(content, f"{kind} '{path.name}'", advice)


def json_kind(value: Any) -> str:
    """What a parsed value is, in the words of JSON.

    Examples
    --------
    >>> [json_kind(value) for value in ([], {}, "a", None, True, 1.5)]
    ['list', 'object', 'text', 'null', 'true', 'number']
    """
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, list | dict):
        return "list" if isinstance(value, list) else "object"
    return "text" if isinstance(value, str) else "number"


def parse_json(content: str | bytes, name: str, advice: str) -> Any:
    """Parse JSON strictly: no doubled key, no NaN, no number without a value as a float, no bottomless nesting.

    Parameters
    ----------
    content : str or bytes
        Bytes are UTF-8, with or without its mark.
    name : str
        What is parsed, for the error: "model card 'x.json'".
    advice : str
        What to do, the error's last words.

    Raises
    ------
    OVCFRiskError
        If the content is not such JSON.

    Examples
    --------
    >>> parse_json('{"cutoff": 0.5}', "card", "write it again")
    {'cutoff': 0.5}
    """
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
        document = json.loads(
            text,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_finite,
            object_pairs_hook=_without_doubles,
        )
    except RecursionError as error:
        raise OVCFRiskError(f"{name} is nested too deeply; {advice}") from error
    except ValueError as error:  # json.JSONDecodeError and UnicodeDecodeError are ValueErrors
        raise OVCFRiskError(f"{name} is not valid JSON ({error}); {advice}") from error
    if _depth(document) > MAX_DEPTH:
        raise OVCFRiskError(f"{name} is nested too deeply; {advice}")
    return document


def _depth(document: Any) -> int:
    """How many lists and objects lie within each other, `MAX_DEPTH` and one at most."""
    depth, within = 0, [document]
    while within and depth <= MAX_DEPTH:
        within = [
            item
            for part in within
            if isinstance(part, dict | list)
            for item in (part.values() if isinstance(part, dict) else part)
        ]
        depth += 1
    return depth


def _plain_number(value: Any, name: str, is_nan_null: bool) -> int | float | None:
    """An int or a finite float."""
    number = value.item() if isinstance(value, np.generic) else value
    if isinstance(number, int | float) and math.isfinite(number):
        return number
    if is_nan_null and isinstance(number, float):
        return None
    raise OVCFRiskError(f"{name}: expected a finite number, got {value!r}; nothing was written, please report this")


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is not a number of JSON")


def _integer(text: str) -> int:
    if len(text.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise ValueError(f"an integer has {len(text)} digits")
    return int(text)


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text[:20]} is too large")
    return number


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key '{key[:40]}' is repeated")
        found[key] = value
    return found
