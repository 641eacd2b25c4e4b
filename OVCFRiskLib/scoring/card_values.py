"""What a value in a model card may be: bounded numbers, printable text, plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

from OVCFRiskLib.numeric import is_number, is_numbers
from OVCFRiskLib.plain_text import CONTROL_BUT_LINES
from OVCFRiskLib.tables.body_rows import GROUPS

# Beyond any HU, volume or energy, and far enough inside what a float holds that scores of such numbers stay finite.
LARGEST_CARD_NUMBER = 1e30
SMALLEST_SCALE = 1e-30
# A page of text; the longest of ours, the procedure of a training, has some hundred letters.
LONGEST_TEXT = 10_000
# pyradiomics with all its image filters gives about 1,700 features.
MOST_FEATURES = 2_000
# A word that is a file's name on every system and nothing else: no folder, no option, no word of a shell.
PLAIN_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?=[A-Za-z0-9])){0,63}")
SHA256 = re.compile("[0-9a-f]{64}")


def is_text(value: Any) -> bool:
    """Whether a value is a readable text: not blank, not endless, without control characters but line ends."""
    return (
        isinstance(value, str)
        and bool(value.strip())
        and len(value) <= LONGEST_TEXT
        and CONTROL_BUT_LINES.search(value) is None
    )


def is_plain_word(value: Any) -> bool:
    """Whether a value can be an id: letters, digits, and single dots, hyphens or underscores within.

    Examples
    --------
    >>> [is_plain_word(word) for word in ("yu-2025", "v1.2", "..", "-x", "a/b", "a b", "")]
    [True, True, False, False, False, False, False]
    """
    return isinstance(value, str) and PLAIN_WORD.fullmatch(value) is not None


def is_bounded(value: Any) -> bool:
    """Whether a value is a number that scores can be computed from."""
    return is_number(value) and abs(value) <= LARGEST_CARD_NUMBER


def is_scale(value: Any) -> bool:
    """Whether a value is a positive number that can be divided by."""
    return is_bounded(value) and value >= SMALLEST_SCALE


def is_bounded_range(value: Any) -> bool:
    """Whether a value is [lowest, highest] of numbers that scores can be computed from."""
    return is_numbers(value, 2) and all(map(is_bounded, value)) and value[0] <= value[1]


def is_subset_of(words: Collection[Any]) -> Callable[[Any], bool]:
    """A test of a list that holds some of these words, at least one, each once.

    Examples
    --------
    >>> [is_subset_of(("F", "M"))(value) for value in (["F"], ["M", "F"], [], ["F", "F"], ["X"], "F")]
    [True, True, False, False, False, False]
    """
    return lambda value: (
        isinstance(value, list)
        and 0 < len(value) <= len(words)
        and all(any(item == word and type(item) is type(word) for word in words) for item in value)
        and all(item not in value[:place] for place, item in enumerate(value))
    )


def is_count(value: Any) -> bool:
    """Whether a value is a positive integer."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def per_class(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A test of an object with one value for each group of women."""
    return lambda value: isinstance(value, Mapping) and set(value) == set(GROUPS) and all(map(check, value.values()))


def is_features(value: Any) -> bool:
    """Whether a value is a list with some features and not too many."""
    return isinstance(value, list) and 0 < len(value) <= MOST_FEATURES


def is_square(value: Any) -> bool:
    """Whether a value is a square matrix of numbers."""
    return (
        isinstance(value, list)
        and 0 < len(value) <= MOST_FEATURES
        and all(isinstance(row, list) and len(row) == len(value) and all(map(is_bounded, row)) for row in value)
    )


def is_sha256(value: Any) -> bool:
    """Whether a value is a SHA-256 in hexadecimal digits."""
    return isinstance(value, str) and SHA256.fullmatch(value) is not None


def is_hashes(value: Any) -> bool:
    """Whether a value is an object with the SHA-256 of files."""
    return isinstance(value, Mapping) and all(is_text(key) and is_sha256(item) for key, item in value.items())


def is_texts(value: Any) -> bool:
    """Whether a value is an object with texts, at least one."""
    return isinstance(value, Mapping) and bool(value) and all(is_text(k) and is_text(v) for k, v in value.items())
