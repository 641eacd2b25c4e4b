"""The eight features equal values stored from pyradiomics and from IBSI, whatever is installed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from OVCFRiskLib.radiomics import FROZEN_FEATURES, IBSI_CODES, ExtractionSettings, extract_features

DATA = Path(__file__).parent / "data"
REFERENCE = json.loads((DATA / "pyradiomics_reference.json").read_text(encoding="utf-8"))
IBSI = json.loads((DATA / "ibsi_digital_phantom.json").read_text(encoding="utf-8"))


def assert_equal(ours, theirs):
    for name in FROZEN_FEATURES:
        np.testing.assert_allclose(ours[name], theirs[name], rtol=1e-9, atol=0, err_msg=name)


@pytest.mark.parametrize("case", REFERENCE["bodies"], ids=lambda c: f"{c['body']['seed']}-{c['settings']['bin_width']}")
def test_bodies_of_a_formula(body, case):
    ct, mask = body(**case["body"])
    assert_equal(extract_features(ct, mask, settings=ExtractionSettings.from_dict(case["settings"])), case["values"])


@pytest.mark.parametrize("case", REFERENCE["tptbox_l3"], ids=lambda c: str(c["settings"]["bin_width"]))
def test_a_real_body(tptbox_body, case):
    ct, mask = tptbox_body
    assert_equal(extract_features(ct, mask, settings=ExtractionSettings.from_dict(case["settings"])), case["values"])


def test_ibsi_digital_phantom(image_of):
    ct = image_of(np.array(IBSI["image_kji"], np.int16), IBSI["spacing_mm"], (0, 0, 0))
    mask = image_of(np.array(IBSI["mask_kji"], np.uint8), IBSI["spacing_mm"], (0, 0, 0))
    values = extract_features(ct, mask, settings=ExtractionSettings(bin_width=1))
    assert set(IBSI["reference_values"]) == set(IBSI_CODES)
    for name, reference in IBSI["reference_values"].items():
        assert float(f"{values[name]:.3g}") == pytest.approx(reference, abs=0), name


def test_the_threads_of_blas_change_no_bit():
    program = (
        "import numpy as np, SimpleITK as sitk; from OVCFRiskLib.radiomics import extract_features;"
        "hu = np.random.default_rng(0).normal(100, 300, (40, 70, 70));"
        "ct, mask = (sitk.GetImageFromArray(a) for a in (hu, np.ones(hu.shape, np.uint8)));"
        "print([value.hex() for value in extract_features(ct, mask).values()])"
    )
    by_threads = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in ("1", "2")
    ]
    assert by_threads[0] == by_threads[1] != ""
