"""Extraction settings are complete, known and well typed, or an error names what is not."""

import json

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics import ExtractionSettings

COMPLETE = {"bin_width": 25.0, "resampled_spacing": [0.5, 0.5, 1.25], "interpolator": "linear", "resegment_range": None}


def test_defaults_are_the_papers():
    assert ExtractionSettings() == ExtractionSettings(25.0, None, "linear", None)


@pytest.mark.parametrize(
    "settings",
    [
        ExtractionSettings(),
        ExtractionSettings(10, (1, 1, 0), "bspline", (-50, 1000)),
        ExtractionSettings(resampled_spacing=(0.5, 0.5, 1.25), interpolator="nearest"),
    ],
)
def test_json_gives_the_same_settings_back(settings):
    assert ExtractionSettings.from_dict(json.loads(json.dumps(settings.to_dict()))) == settings


@pytest.mark.parametrize("key", COMPLETE)
def test_a_missing_key_is_named(key):
    with pytest.raises(OVCFRiskError, match=f"'{key}' is missing"):
        ExtractionSettings.from_dict({k: v for k, v in COMPLETE.items() if k != key})


def test_an_unknown_key_is_named():
    with pytest.raises(OVCFRiskError, match="unknown key 'binWidth'"):
        ExtractionSettings.from_dict(COMPLETE | {"binWidth": 25})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("bin_width", 0),
        ("bin_width", "25"),
        ("bin_width", True),
        ("bin_width", float("nan")),
        ("bin_width", None),
        ("resampled_spacing", 1.0),
        ("resampled_spacing", [1, 1]),
        ("resampled_spacing", [1, 1, -1]),
        ("resampled_spacing", [0, 0, 0]),
        ("resampled_spacing", [1, 1, "1"]),
        ("interpolator", "cubic"),
        ("interpolator", None),
        ("interpolator", ["linear"]),
        ("resegment_range", [100]),
        ("resegment_range", [200, 100]),
        ("resegment_range", [0, float("inf")]),
    ],
)
def test_an_ill_typed_value_is_named(key, value):
    with pytest.raises(OVCFRiskError, match=f"'{key}' must be"):
        ExtractionSettings.from_dict(COMPLETE | {key: value})


def test_settings_are_no_list():
    with pytest.raises(OVCFRiskError, match="expected an object"):
        ExtractionSettings.from_dict([25.0])


def test_pyradiomics_gets_its_own_words():
    settings = ExtractionSettings(10, (1, 1, 0), "bspline", (-50, 1000))
    assert settings.as_pyradiomics() == {
        "binWidth": 10.0,
        "resampledPixelSpacing": [1.0, 1.0, 0.0],
        "interpolator": "sitkBSpline",
        "resegmentRange": [-50.0, 1000.0],
        "additionalInfo": False,
    }
