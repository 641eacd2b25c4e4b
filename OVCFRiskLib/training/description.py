"""What a feature table cannot say of itself: whose CTs, how acquired, how the features were extracted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.json_text import read_json
from OVCFRiskLib.numeric import is_positive_range
from OVCFRiskLib.radiomics.settings import ExtractionSettings
from OVCFRiskLib.scoring.applicability import APPLICABILITY_FIELDS
from OVCFRiskLib.scoring.card import OPTIONAL_FIELDS
from OVCFRiskLib.scoring.card_values import is_text
from OVCFRiskLib.tables.body_rows import DESCRIPTION_NAME


@dataclass(frozen=True, slots=True)
class DataDescription:
    """The cohort behind a feature table; all of it goes into the card.

    Attributes
    ----------
    population : str
        Who was included, where, when.
    is_simulated : bool
        A card trained on it is a demonstration.
    extraction : ExtractionSettings
        Of every row of the table.
    slice_thickness_range_mm, pixel_spacing_range_mm : tuple of 2 floats
        Lowest and highest of the CTs; outside them a score carries a warning.
    kvp_range : tuple of 2 floats or None
        None where the CTs do not say (NIfTI).
    contrast : bool or None
        Whether CTs are contrast-enhanced, some of them or all; None where nobody knows.
    sexes, age_range_years, kernels : tuple or None
        What a card states of its applicability beyond: sexes (F, M), [youngest, oldest], kernels by name or kind
        (standard, sharp). None where nobody states it; a column ``sex`` or ``age`` of the table wins.
    mask_origins : tuple of str or None
        How the masks were drawn (`STATED_ORIGINS`); None where nobody states it.
    """

    population: str
    is_simulated: bool
    extraction: ExtractionSettings
    slice_thickness_range_mm: tuple[float, float]
    pixel_spacing_range_mm: tuple[float, float]
    kvp_range: tuple[float, float] | None
    contrast: bool | None
    sexes: tuple[str, ...] | None = None
    age_range_years: tuple[float, float] | None = None
    kernels: tuple[str, ...] | None = None
    mask_origins: tuple[str, ...] | None = None

    def to_dict(self) -> dict[str, Any]:
        """What a description file holds; `description_from` gives it back."""
        values = {key: getattr(self, key) for key in _KEYS} | {"extraction": self.extraction.to_dict()}
        values |= {key: value for key in _MAY_BE_ABSENT if (value := getattr(self, key)) is not None}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


# What a person may state with one word. Yu et al. 2025, Methods: 120 kVp, slices of at most 1.25 mm, plain CT, bin
# width 25, no resampling. The pixel size is
# not stated; this range is that of lumbar and abdominal fields of view (150 to 500 mm on 512 pixels).
PAPER_PROTOCOL = DataDescription(
    population="stated by whoever trained the model to follow the protocol of Yu et al. 2025; not described further",
    is_simulated=False,
    extraction=ExtractionSettings(),
    slice_thickness_range_mm=(0.5, 1.25),
    pixel_spacing_range_mm=(0.29, 0.98),
    kvp_range=(120.0, 120.0),
    contrast=False,
)
# Keys that older descriptions lack.
_MAY_BE_ABSENT = ("sexes", "age_range_years", "kernels", "mask_origins")
_KEYS = tuple(field.name for field in fields(DataDescription) if field.name not in _MAY_BE_ABSENT)
# What a card says where nobody stated it.
UNSTATED: dict[str, Any] = {
    "population": "not described by whoever trained the model",
    "is_simulated": False,
    "kvp_range": None,
    "contrast": None,
}
# What the software that made the table wrote of it; nobody may state it otherwise afterwards.
_OF_THE_TABLE = "extraction"


def read_description(path: str | Path) -> DataDescription:
    """Read a whole description from JSON with the keys of `DataDescription`.

    Raises
    ------
    OVCFRiskError
        Naming the key that is missing, unknown or not as expected.
    """
    return description_from(_object(Path(path)), Path(path).name)


def gather_description(
    table: str | Path, others: Sequence[Path] = (), stated: Mapping[str, Any] | None = None
) -> DataDescription:
    """What is known of a feature table, put together from several places.

    Parameters
    ----------
    table : path
        Feature table; ``description.json`` beside it, written by the batch or by `ovcfrisk features`, tells the
        extraction and the ranges of the CTs.
    others : sequence of Path
        Further descriptions (of the cohort, of a person), each with some of the keys; later ones win.
    stated : mapping, optional
        Single keys stated by a person; they win over all files.

    Returns
    -------
    DataDescription

    Raises
    ------
    OVCFRiskError
        If the extraction or a range of the CTs is stated nowhere, or two places name different extractions: features
        of another grid make another model, so nothing is assumed. What else nobody states is unknown, and the card
        says so.
    """
    table = Path(table)
    beside = table.with_name(DESCRIPTION_NAME)
    files = [*([beside] if beside.is_file() else []), *others]
    found: dict[str, Any] = {}
    for name, content in [*((str(path), _object(path)) for path in files), ("the command line", stated or {})]:
        known = found.get(_OF_THE_TABLE)
        if known is not None and content.get(_OF_THE_TABLE, known) != known:
            raise OVCFRiskError(
                f"{name}: key 'extraction' is {content[_OF_THE_TABLE]}, but {table.name} was extracted with {known} "
                f"({files[0]}); extract the features anew or correct the description"
            )
        found |= content
    missing = [key for key in _KEYS if key not in found and key not in UNSTATED]
    if missing:
        what = "how its features were extracted" if _OF_THE_TABLE in missing else "what its card has to state"
        raise OVCFRiskError(
            f"{table.name}: nothing says {what}, missing {', '.join(missing)}; expected {DESCRIPTION_NAME} beside the "
            "table (ovcfrisk batch and features write it), --cohort, or --description FILE; nothing is assumed"
        )
    return description_from(UNSTATED | found, table.name if not files else files[-1].name)


def _object(path: Path) -> dict[str, Any]:
    """A JSON object with some of the keys."""
    content = read_json(path, "description", f"expected a JSON object with the keys {', '.join(_KEYS)}")
    if not isinstance(content, dict):
        raise OVCFRiskError(f"{path.name}: expected a JSON object with the keys {', '.join(_KEYS)}")
    return content


def description_from(content: Any, name: str) -> DataDescription:
    """The same from a mapping; ``name`` stands in messages."""
    if not isinstance(content, Mapping):
        raise OVCFRiskError(f"{name}: expected a JSON object with the keys {', '.join(_KEYS)}")
    for key in _KEYS:
        if key not in content:
            raise OVCFRiskError(f"{name}: key '{key}' is missing; expected {', '.join(_KEYS)}")
    known = (*_KEYS, *_MAY_BE_ABSENT)
    unknown = [str(key) for key in content if key not in known]
    if unknown:
        raise OVCFRiskError(f"{name}: unknown key '{unknown[0]}'; known: {', '.join(known)}")
    for key, allowed in (("is_simulated", bool), ("contrast", bool | None)):
        if not isinstance(content[key], allowed):
            raise OVCFRiskError(f"{name}: key '{key}' must be true or false, got {content[key]!r}")
    if not isinstance(content["population"], str) or not content["population"].strip():
        raise OVCFRiskError(f"{name}: key 'population' must be text that says whose CTs these are")
    return DataDescription(
        population=content["population"],
        is_simulated=content["is_simulated"],
        extraction=ExtractionSettings.from_dict(content["extraction"]),
        slice_thickness_range_mm=_range(content, "slice_thickness_range_mm", name),
        pixel_spacing_range_mm=_range(content, "pixel_spacing_range_mm", name),
        kvp_range=None if content["kvp_range"] is None else _range(content, "kvp_range", name),
        contrast=content["contrast"],
        **{key: _stated(content, key, name) for key in _MAY_BE_ABSENT},
    )


def _stated(content: Mapping[str, Any], key: str, name: str) -> Any:
    """A key of the card's applicability, as the card wants it; None where it is absent."""
    value = content.get(key)
    if key == "kernels" and isinstance(value, list) and value and all(map(is_text, value)):
        return tuple(value)
    expected, is_valid = APPLICABILITY_FIELDS.get(key) or OPTIONAL_FIELDS[key]
    if value is not None and not is_valid(value):
        raise OVCFRiskError(f"{name}: key '{key}' must be {expected}, or null; got {value!r}")
    return value and tuple(value)


def _range(content: Mapping[str, Any], key: str, name: str) -> tuple[float, float]:
    value = content[key]
    if not is_positive_range(value):
        raise OVCFRiskError(f"{name}: key '{key}' must be [lowest, highest] with 0 < lowest <= highest, got {value!r}")
    return float(value[0]), float(value[1])
