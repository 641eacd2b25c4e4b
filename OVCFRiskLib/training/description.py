"""What a feature table cannot say of itself: whose CTs, how acquired, how the features were extracted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.json_text import read_json
from OVCFRiskLib.numeric import is_positive_range
from OVCFRiskLib.radiomics.settings import ExtractionSettings


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
    slice_thickness_range_mm, pixel_spacing_range_mm, kvp_range : tuple of 2 floats
        Lowest and highest of the CTs; outside them a score carries a warning.
    contrast : bool
        Whether the CTs are contrast-enhanced.
    is_assumed : bool
        True when nobody stated it and the paper's protocol was taken.
    """

    population: str
    is_simulated: bool
    extraction: ExtractionSettings
    slice_thickness_range_mm: tuple[float, float]
    pixel_spacing_range_mm: tuple[float, float]
    kvp_range: tuple[float, float]
    contrast: bool
    is_assumed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """What a description file holds; `description_from` gives it back."""
        values = {key: getattr(self, key) for key in _KEYS} | {"extraction": self.extraction.to_dict()}
        return {key: list(value) if isinstance(value, tuple) else value for key, value in values.items()}


# Yu et al. 2025, Methods: 120 kVp, slices of at most 1.25 mm, plain CT, bin width 25, no resampling. The pixel size is
# not stated; this range is that of lumbar and abdominal fields of view (150 to 500 mm on 512 pixels).
PAPER_PROTOCOL = DataDescription(
    population="not described by whoever trained the model; the protocol of Yu et al. 2025 is assumed",
    is_simulated=False,
    extraction=ExtractionSettings(),
    slice_thickness_range_mm=(0.5, 1.25),
    pixel_spacing_range_mm=(0.29, 0.98),
    kvp_range=(120.0, 120.0),
    contrast=False,
    is_assumed=True,
)
_KEYS = tuple(field.name for field in fields(DataDescription) if field.name != "is_assumed")


def read_description(path: str | Path) -> DataDescription:
    """Read a description from JSON with the keys of `DataDescription`.

    Raises
    ------
    OVCFRiskError
        Naming the key that is missing, unknown or not as expected.
    """
    path = Path(path)
    content = read_json(path, "description", f"expected an object with the keys {', '.join(_KEYS)}")
    return description_from(content, path.name)


def description_from(content: Any, name: str) -> DataDescription:
    """The same from a mapping; ``name`` stands in messages."""
    if not isinstance(content, Mapping):
        raise OVCFRiskError(f"{name}: expected a JSON object with the keys {', '.join(_KEYS)}")
    for key in _KEYS:
        if key not in content:
            raise OVCFRiskError(f"{name}: key '{key}' is missing; expected {', '.join(_KEYS)}")
    unknown = [str(key) for key in content if key not in _KEYS]
    if unknown:
        raise OVCFRiskError(f"{name}: unknown key '{unknown[0]}'; known: {', '.join(_KEYS)}")
    for key in ("is_simulated", "contrast"):
        if not isinstance(content[key], bool):
            raise OVCFRiskError(f"{name}: key '{key}' must be true or false, got {content[key]!r}")
    if not isinstance(content["population"], str) or not content["population"].strip():
        raise OVCFRiskError(f"{name}: key 'population' must be text that says whose CTs these are")
    return DataDescription(
        population=content["population"],
        is_simulated=content["is_simulated"],
        extraction=ExtractionSettings.from_dict(content["extraction"]),
        slice_thickness_range_mm=_range(content, "slice_thickness_range_mm", name),
        pixel_spacing_range_mm=_range(content, "pixel_spacing_range_mm", name),
        kvp_range=_range(content, "kvp_range", name),
        contrast=content["contrast"],
    )


def _range(content: Mapping[str, Any], key: str, name: str) -> tuple[float, float]:
    value = content[key]
    if not is_positive_range(value):
        raise OVCFRiskError(f"{name}: key '{key}' must be [lowest, highest] with 0 < lowest <= highest, got {value!r}")
    return float(value[0]), float(value[1])
