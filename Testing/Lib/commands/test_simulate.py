"""`ovcfrisk simulate` and what follows it: from nothing to a frozen card."""

from OVCFRiskLib.scoring import load_model


def test_simulate_then_train_gives_a_card(ovcfrisk, tmp_path):
    cohort = tmp_path / "cohort"
    code, out, errors = ovcfrisk(
        "simulate", "--patients", 16, "--seed", 1, "--set", "frozen", "--scan", "thick", "--out", cohort
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
