"""To whom a model applies: what its card states of patients, scans and features.

A card holds the block ``applicability`` with the keys of `APPLICABILITY_FIELDS`, each null where nobody states it. One
without the block (of an earlier version) still applies to the ranges of its training CTs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from OVCFRiskLib.numeric import is_positive_range
from OVCFRiskLib.quality.contrast import contrast_kinds
from OVCFRiskLib.reading.kernels import KERNEL_KINDS
from OVCFRiskLib.scoring.card_values import is_bounded_range, is_scale, is_subset_of
from OVCFRiskLib.tables.body_rows import SEXES

# key -> (what is expected, in words; test of it); null is allowed everywhere
APPLICABILITY_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "sexes": (f"a list of {', '.join(SEXES)}", is_subset_of(SEXES)),
    "age_range_years": ("[youngest, oldest] in years", is_positive_range),
    "kvp_range": ("[lowest, highest] in kV", is_positive_range),
    "slice_thickness_range_mm": ("[lowest, highest] in mm", is_positive_range),
    "pixel_spacing_range_mm": ("[lowest, highest] in mm", is_positive_range),
    "contrast": ("a list of false (CTs without contrast medium) and true (with)", is_subset_of((False, True))),
    "kernels": (f"a list of {', '.join(KERNEL_KINDS)}", is_subset_of(KERNEL_KINDS)),
    "feature_ranges": (
        "an object with [lowest, highest] of every feature",
        lambda v: isinstance(v, Mapping) and all(map(is_bounded_range, v.values())),
    ),
    "joint_distance": ("a positive number (squared Mahalanobis distance of the z-scores)", is_scale),
}
# What of it is known of a CT before anything is measured.
SCAN_KEYS = tuple(key for key in APPLICABILITY_FIELDS if key not in ("feature_ranges", "joint_distance"))
# key -> what a reader calls it
APPLICABILITY_WORDS = {
    "sexes": "sex",
    "age_range_years": "age",
    "kvp_range": "tube voltage",
    "slice_thickness_range_mm": "slice thickness",
    "pixel_spacing_range_mm": "pixel size",
    "contrast": "contrast medium",
    "kernels": "convolution kernel",
    "feature_ranges": "ranges of the features",
    "joint_distance": "joint distance of the features",
}
# key -> what its numbers are in
RANGE_UNITS = {
    "age_range_years": "years",
    "kvp_range": "kV",
    "slice_thickness_range_mm": "mm",
    "pixel_spacing_range_mm": "mm",
}


@dataclass(frozen=True, slots=True)
class Applicability:
    """What a card states of its applicability, or what follows from its training data.

    Attributes
    ----------
    scans : mapping
        Values of `SCAN_KEYS` by key, as the card writes them; None where it does not say.
    feature_ranges : mapping of str to sequence of 2 floats, or None
        Lowest and highest value by feature; None: 3 SD around the training means.
    joint_distance : float or None
        Largest squared Mahalanobis distance; None: that of a chi-squared distribution.
    unstated : tuple of str
        What the card does not state, in words.
    """

    scans: Mapping[str, Any]
    feature_ranges: Mapping[str, tuple[float, float]] | None
    joint_distance: float | None
    unstated: tuple[str, ...]


def applicability_of(card: Mapping[str, Any]) -> Applicability:
    """Read a verified card.

    Parameters
    ----------
    card : mapping
        With or without the block ``applicability``.
    """
    block = card.get("applicability")
    if block is None:
        training = card["training"]
        stated = {key: training.get(key) for key in SCAN_KEYS}
        # a summary tells whether some CT had contrast medium, not whether all had
        stated["contrast"] = contrast_kinds(training["contrast"])
        unstated = [key for key in SCAN_KEYS if stated[key] is None]
    else:
        stated = {key: block[key] for key in SCAN_KEYS}
        unstated = [key for key in APPLICABILITY_FIELDS if block[key] is None]
    return Applicability(
        scans=stated,
        feature_ranges=block and block["feature_ranges"],
        joint_distance=block and block["joint_distance"],
        unstated=tuple(APPLICABILITY_WORDS[key] for key in unstated),
    )


def applicability_lines(applies: Applicability) -> list[str]:
    """Whom a model applies to, a line per statement, the last one what the card does not state.

    Examples
    --------
    >>> stated = dict.fromkeys(SCAN_KEYS) | {"sexes": ["F"], "kvp_range": [100, 120], "contrast": [False]}
    >>> for line in applicability_lines(Applicability(stated, None, None, ("age",))):
    ...     print(line)
    applies to sex: F
    applies to tube voltage: 100 to 120 kV
    applies to contrast medium: without
    the card states no age
    """
    stated = {key: value for key, value in applies.scans.items() if value}
    lines = [f"applies to {APPLICABILITY_WORDS[key]}: {_in_words(key, value)}" for key, value in stated.items()]
    return [*lines, *([f"the card states no {', '.join(applies.unstated)}"] if applies.unstated else [])]


def _in_words(key: str, value: list) -> str:
    """A list of the card for readers: a range with its unit, or words."""
    if is_positive_range(value):
        span = f"{value[0]:g} to {value[1]:g}" if value[0] < value[1] else f"{value[0]:g}"
        return f"{span} {RANGE_UNITS[key]}"
    return ", ".join({False: "without", True: "with"}.get(item, item) for item in value)
