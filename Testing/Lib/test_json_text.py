"""JSON as it is written and what is refused when it is read."""

import enum
import json
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.json_text import json_text, parse_json, plain, plain_or_null, read_json

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


class Side(enum.Enum):
    LEFT = "left"


@dataclass(frozen=True)
class Part:
    side: Side
    values: tuple[float, ...]


def test_results_become_what_json_knows():
    part = Part(Side.LEFT, (1.5, np.float32(2), np.int64(3)))
    assert plain({"part": part, "array": np.arange(2)}) == {
        "part": {"side": "left", "values": [1.5, 2.0, 3]},
        "array": [0, 1],
    }


@pytest.mark.parametrize("number", [np.nan, np.inf, np.float32("nan")])
def test_a_number_that_is_not_finite_is_named_or_null(number):
    part = Part(Side.LEFT, (1.0, number))
    with pytest.raises(OVCFRiskError, match=r"part\.values\[1\]: expected a finite number"):
        plain(part, "part")
    assert plain_or_null(part)["values"] == [1.0, None]


def test_something_else_than_data_is_an_error_even_where_nan_is_allowed():
    with pytest.raises(OVCFRiskError, match="expected a finite number"):
        plain_or_null({"a": object()})


@given(st.dictionaries(st.text(), JSON_VALUES))
def test_what_is_written_is_read_back(document):
    try:
        text = json_text(document).encode("utf-8")
    except UnicodeEncodeError:  # half of a surrogate pair is no text that a file can hold
        return
    assert parse_json(text, "it", "advice") == document


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"a": 1, "a": 2}', "key 'a' is repeated"),
        ('{"a": NaN}', "NaN is not a number"),
        ('{"a": -Infinity}', "-Infinity is not a number"),
        ('{"a": 1e999}', "too large"),
        ('{"a": ' + "9" * 400 + "}", "400 digits"),
        ("[" * 100_000, "nested too deeply"),
        ("{", "not valid JSON"),
        (b"\xff\xfe{", "not valid JSON"),
        ("", "not valid JSON"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_advice(content, message):
    with pytest.raises(OVCFRiskError, match=f"record 7.*{message}.*; write it again$"):
        parse_json(content, "record 7", "write it again")


def test_integers_up_to_19_digits_are_whole():
    assert parse_json(json.dumps({"n": 2**63 - 1}), "it", "") == {"n": 2**63 - 1}


def test_files_are_named_with_their_kind(tmp_path):
    with pytest.raises(OVCFRiskError, match=r"model card '.*none\.json' cannot be read: No such file"):
        read_json(tmp_path / "none.json", "model card", "freeze it anew")
    (tmp_path / "bom.json").write_bytes(b"\xef\xbb\xbf[1]")
    assert read_json(tmp_path / "bom.json", "list", "") == [1]


def test_a_file_that_is_far_too_large_is_not_read(tmp_path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(65_000_000)
    with pytest.raises(OVCFRiskError, match="at most 64 MB, got 65 MB; freeze it anew"):
        read_json(tmp_path / "huge.json", "model card", "freeze it anew")
