"""`ovcfrisk simulate` and what follows it: from nothing to a frozen card."""

import numpy as np

from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.simulation.cohort import simulated_cohort


def invented(woman, names):
    """Features around each body's density, in place of a measurement, which takes seconds a woman."""
    random = np.random.default_rng(woman.phantom.seed)
    return [
        [dict(zip(names, hu + random.normal(0, 10, len(names)), strict=True)) for _ in range(2)]
        for hu in woman.trabecular_hu.values()
    ]


def test_simulate_then_train_gives_a_card(ovcfrisk, tmp_path, monkeypatch):
    monkeypatch.setattr(simulated_cohort, "measure_woman", invented)
    cohort = tmp_path / "cohort"
    code, out, errors = ovcfrisk(
        "simulate", "--patients", 40, "--seed", 1, "--set", "frozen", "--workers", 1, "--out", cohort
    )
    assert code == 0, errors
    assert "Simulated data" in out
    card = tmp_path / "card.json"
    code, out, errors = ovcfrisk(
        "train", cohort / "features.csv", "--second-observer", cohort / "features_observer2.csv",
        "--features", "the-eight", "--lambda", "0.0315", "--family", "gaussian", "--positive-class", "NF",
        "--out", card, "--figures", tmp_path / "figures",
    )  # fmt: skip
    assert code == 0, errors
    model = load_model(str(card))
    assert model.status != "clinical"
    assert len(model.feature_names) == 8


def test_bad_arguments_say_what_was_expected(ovcfrisk, tmp_path):
    code, _, errors = ovcfrisk("simulate", "--patients", 1, "--out", tmp_path / "x")
    assert code == 2
    assert "expected 2" in errors
    code, _, errors = ovcfrisk("simulate", "--patients", "many", "--out", tmp_path / "x")
    assert code == 2
    assert "many" in errors
    (tmp_path / "file").write_text("in the way")
    code, _, errors = ovcfrisk("simulate", "--patients", 2, "--out", tmp_path / "file")
    assert code == 2
    assert "file" in errors
    assert not (tmp_path / "x").exists()
