"""`ovcfrisk train`: a card that scores as trained, a log of every number, figures; all or nothing."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from OVCFRiskLib.cli import main
from OVCFRiskLib.radiomics.names import FROZEN_FEATURES
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.training.description import PAPER_PROTOCOL, DataDescription, description_from, read_description

TRAINING_FIGURES = ("coefficient_paths", "cross_validation", "coefficients", "observer_agreement")
EVALUATION_FIGURES = ("scores_by_group", "roc", "decision_curves", "subgroups", "calibration")


@pytest.fixture
def tables(cohort_rows, write_rows):
    """Arguments naming the tables of two observers."""
    first = write_rows(cohort_rows())
    second = write_rows(cohort_rows(observer_noise=0.3), "features_observer2.csv")
    return [str(first), "--second-observer", str(second)]


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_card_scores_as_trained_and_the_log_holds_the_way(tables, tmp_path, cohort_rows, capsys):
    out = tmp_path / "out"
    assert main(["train", *tables, "--out", str(out / "centre.json"), "--figures", str(out / "figures")]) == 0
    model = load_model(out / "centre.json")
    log = json.loads((out / "training_log.json").read_text(encoding="utf-8"))
    assert (model.id, model.status, model.link) == ("centre", "research", "logit")
    assert log["model"]["sha256"] == model.sha256
    assert model.training["population"] == "two centres, 2019 to 2024"
    assert model.settings.resampled_spacing == (1.0, 1.0, 1.0)
    assert set(model.training["input_sha256"]) == {"features.csv", "features_observer2.csv"}
    with (out / "training_scores.csv").open() as file:
        scores = list(csv.DictReader(file))
    for row, score, logged in zip(cohort_rows(), scores, log["rows"], strict=True):
        assert model.r_score(row) == pytest.approx(float(score["r_score"]), abs=1e-9)
        assert model.risk_index(model.r_score(row)) == pytest.approx(float(score["risk_index"]), abs=1e-9)
        assert (logged["set"], logged["r_score"]) == (score["split"], float(score["r_score"]))
    assert log["path"]["largest_kkt_violation_of_lambda"] <= 1e-6
    assert log["split"]["patients_in_both"] == 0
    assert set(log["path"]["coefficients"]) == set(log["mrmr_order"]) == set(log["scaling"])
    assert log["score"]["lambda"] == log["path"]["lambda_1se"]
    assert set(log["observers"]["icc_2_1"]) >= set(log["observers"]["kept"])
    assert "P000" not in json.dumps(log)
    beside = {"centre.json", "training_log.json", "training_scores.csv"}
    evidence = {"checklist.md", "metrics.md", "model_card.md", "model_card.xml"}
    assert {path.name for path in out.iterdir()} == {*beside, *evidence, "figures"}
    assert model.sha256 in (out / "model_card.md").read_text(encoding="utf-8")
    names = {path.name for path in (out / "figures").iterdir()}
    assert names == {n + s for n in TRAINING_FIGURES + EVALUATION_FIGURES for s in (".svg", ".png")}
    printed = capsys.readouterr()
    assert "test" in printed.out


def test_the_cards_training_summary_is_that_of_the_training_rows(tables, tmp_path):
    assert main(["train", *tables, "--out", str(tmp_path / "m.json"), "--family", "gaussian"]) == 0
    model = load_model(tmp_path / "m.json")
    with (tmp_path / "training_scores.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == "train"]
    scores = {g: np.array([float(r["r_score"]) for r in rows if r["group"] == g]) for g in ("OVCF", "NF")}
    training = model.training
    assert training["patients"] == len({row["patient_id"] for row in rows})
    assert training["vertebrae"] == {g: len(s) for g, s in scores.items()}
    for group, values in scores.items():
        assert training["mean_r_score"][group] == pytest.approx(values.mean(), rel=1e-10)
    assert model.risk_index_scale == pytest.approx(np.concatenate([*scores.values()]).std(ddof=1), rel=1e-10)
    covariance = np.array(training["z_covariance"])
    np.testing.assert_allclose(np.diagonal(covariance), 1.0, rtol=1e-9)
    assert np.linalg.eigvalsh(covariance).min() > -1e-9


def test_the_same_call_gives_the_same_bytes(tables, tmp_path):
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        arguments = ["--out", str(folder / "m.json"), "--figures", str(folder / "f"), "--seed", "3"]
        assert main(["train", *tables, *arguments]) == 0
    assert contents(folders[0]) == contents(folders[1])


def test_the_papers_eight_at_its_lambda_make_a_demonstration_of_simulated_data(tables, tmp_path):
    description = PAPER_PROTOCOL.to_dict() | {"is_simulated": True, "population": "simulated"}
    (tmp_path / "description.json").write_text(json.dumps(description))
    arguments = ["--features", "the-eight", "--lambda", "0.0315", "--family", "gaussian", "--positive-class", "NF"]
    assert main(["train", *tables, *arguments, "--out", str(tmp_path / "demo.json")]) == 0
    model = load_model(tmp_path / "demo.json")
    assert model.feature_names == FROZEN_FEATURES
    assert (model.status, model.positive_class, model.higher_is_risk) == ("demonstration", "NF", False)
    assert "never for a patient" in model.intended_use
    # a body of lower density never gets a lower risk index from coefficients that say so
    means = {term.name: term.mean for term in model.terms}
    density = next(term for term in model.terms if term.name == "original_firstorder_10Percentile")
    assert density.coefficient > 0
    thin = means | {density.name: density.mean - 2 * density.sd}
    assert model.risk_index(model.r_score(thin)) > model.risk_index(model.r_score(means))


def test_the_card_says_which_rule_chose_its_lambda(tables, tmp_path, capsys):
    out = ["--out", str(tmp_path / "m.json"), "--features", "the-eight"]
    for rule in ("1se", "min"):
        assert main(["train", *tables, *out, "--lambda", rule]) == 0
        log = json.loads((tmp_path / "training_log.json").read_text())
        model = load_model(tmp_path / "m.json")
        assert f"lambda {log['path']['lambda_' + rule]:.6g}, lambda.{rule}, 10 folds" in model.training["procedure"]
    capsys.readouterr()
    for wrong, message in (("median", "expected 1se, min or a positive number"), ("-1", "expected a positive number")):
        assert main(["train", *tables, *out, "--lambda", wrong]) == 2
        assert message in capsys.readouterr().err


def test_nothing_is_assumed_about_a_table_that_nobody_described(tables, tmp_path, capsys):
    out = tmp_path / "out"
    description = tmp_path / "description.json"
    whole = json.loads(description.read_text())
    description.unlink()
    assert main(["train", *tables, "--out", str(out / "m.json")]) == 2
    assert "nothing says how its features were extracted" in capsys.readouterr().err
    description.write_text(json.dumps({key: whole[key] for key in ("extraction", "contrast")}))
    assert main(["train", *tables, "--out", str(out / "m.json")]) == 2
    error = capsys.readouterr().err
    assert "nothing says what its card has to state, missing slice_thickness_range_mm, pixel_spacing_range_mm;" in error
    assert not out.exists()


def test_the_grid_of_the_table_is_the_grid_of_the_card_whatever_else_is_stated(tables, tmp_path, capsys):
    whole = json.loads((tmp_path / "description.json").read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"extraction": whole["extraction"] | {"resampled_spacing": None}}))
    out = tmp_path / "out"
    for statement in (["--description", str(other)], ["--protocol", "paper"]):
        assert main(["train", *tables, *statement, "--out", str(out / "m.json")]) == 2
        assert "but features.csv was extracted with" in capsys.readouterr().err
    assert not out.exists()


def test_the_papers_protocol_may_be_stated_for_a_table_that_says_nothing(tables, tmp_path):
    (tmp_path / "description.json").unlink()
    assert main(["train", *tables, "--protocol", "paper", "--out", str(tmp_path / "m.json")]) == 0
    model = load_model(tmp_path / "m.json")
    assert (model.settings.bin_width, model.settings.resampled_spacing) == (25.0, None)
    assert "stated by whoever trained the model" in model.training["population"]


def test_what_nobody_states_is_stated_as_unknown(tables, tmp_path, capsys):
    description = tmp_path / "description.json"
    kept = ("extraction", "slice_thickness_range_mm", "pixel_spacing_range_mm")  # as a batch of NIfTI writes it
    description.write_text(json.dumps({key: json.loads(description.read_text())[key] for key in kept}))
    assert main(["train", *tables, "--out", str(tmp_path / "m.json")]) == 0
    model = load_model(tmp_path / "m.json")
    model.require_complete()
    assert (model.training["kvp_range"], model.training["contrast"]) == (None, None)
    assert model.training["population"] == "not described by whoever trained the model"
    assert model.settings.resampled_spacing == (1.0, 1.0, 1.0)
    assert "nobody stated population, kvp_range, contrast; the card says so" in capsys.readouterr().err


def test_a_card_claims_a_reliability_only_where_a_second_observer_measured_it(tables, tmp_path):
    for arguments, name in ((tables, "two"), (tables[:1], "one")):
        assert main(["train", *arguments, "--out", str(tmp_path / name / "m.json")]) == 0
    two, one = (load_model(tmp_path / name / "m.json").training["procedure"] for name in ("two", "one"))
    assert "ICC(2,1) > 0.8 on " in two
    assert "ICC" not in one
    assert "reliability was not measured" in one


def test_only_the_bodies_of_the_cohort_are_learnt_from_with_its_outcomes(cohort_rows, write_rows, tmp_path):
    rows = cohort_rows()
    table = write_rows([{k: v for k, v in row.items() if k not in ("group", "age", "t_score")} for row in rows])
    lines = ["patient_id,level,group,age,t_score"]
    kept = [row for number, row in enumerate(rows) if number % 5]
    lines += [f"{r['patient_id']},{r['level']},{r['group']},{r['age']},{r['t_score']}" for r in kept]
    cohort = tmp_path / "study" / "cohort.csv"
    cohort.parent.mkdir()
    cohort.write_text("\n".join(lines) + "\n")
    (cohort.parent / "description.json").write_text(json.dumps({"population": "the study"}))
    assert main(["train", str(table), "--cohort", str(cohort), "--out", str(tmp_path / "m.json")]) == 0
    assert load_model(tmp_path / "m.json").training["population"] == "the study"
    with (tmp_path / "training_scores.csv").open() as file:
        scored = list(csv.DictReader(file))
    assert [(r["patient_id"], r["level"], r["group"]) for r in scored] == [
        (r["patient_id"], r["level"], r["group"]) for r in kept
    ]


def test_the_papers_way_says_what_it_costs(tables, tmp_path, capsys):
    assert main(["train", *tables, "--paper-faithful", "--out", str(tmp_path / "m.json")]) == 0
    printed = capsys.readouterr().out
    leakage = json.loads((tmp_path / "training_log.json").read_text(encoding="utf-8"))["leakage"]
    assert leakage["patients_in_both_sets"] > 0
    assert f"{leakage['patients_in_both_sets']} of {leakage['test_patients']} test patients" in printed
    assert f"{leakage['shuffled_outcome']['by_vertebra']:.3f} by vertebra" in printed
    model = load_model(tmp_path / "m.json")
    assert "optimistic" in model.training["procedure"]
    assert not model.higher_is_risk


def change(number, **cells):
    def apply(rows):
        rows[number] |= cells
        return rows

    return apply


MEDIAN = "original_firstorder_Median"


@pytest.mark.parametrize(
    ("spoil", "extra", "message"),
    [
        (
            change(3, **{MEDIAN: '"12,5"'}),
            [],
            f"line 5, column '{MEDIAN}': expected a number, got '12,5' with a decimal",
        ),
        (change(3, **{MEDIAN: ""}), [], f"line 5, column '{MEDIAN}': expected a number, got an empty cell"),
        (change(3, **{MEDIAN: "dense"}), [], f"line 5, column '{MEDIAN}'"),
        (lambda rows: [row | {MEDIAN: 7.0} for row in rows], [], f"column '{MEDIAN}': every row is 7"),
        (lambda rows: [row | {"original_glcm_Id": 2 * row[MEDIAN]} for row in rows], [], "'original_glcm_Id': it is c"),
        (lambda rows: [row | {"group": "OVCF"} for row in rows], [], "every row is OVCF"),
        (lambda rows: [*rows, rows[0]], [], "is a duplicate row of line 2"),
        (lambda rows: [row | {"split": "train" if row["level"] == "L1" else "test"} for row in rows], [], "'split'"),
        (lambda rows: rows, ["--folds", "60"], "cannot make 60 folds"),
        (lambda rows: rows, ["--seed", "-1"], "seed: expected 0 or a positive whole number, got -1"),
        (lambda rows: rows, ["--lambda", "0"], "lasso_lambda: expected a positive number"),
        (lambda rows: rows, ["--paper-faithful", "--family", "binomial"], "--paper-faithful means family gaussian"),
        (lambda rows: rows, ["--prevalence", "7"], "prevalence must lie between 0 and 1"),
        (lambda rows: rows, ["--second-observer", "absent.csv"], "'absent.csv' cannot be read"),
        (lambda rows: rows, ["--description", "absent.json"], "'absent.json' cannot be read"),
        (lambda rows: rows, ["--id", "two words"], "field 'id' must be a plain word"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(cohort_rows, write_rows, tmp_path, capsys, spoil, extra, message):
    table, out = write_rows(spoil(cohort_rows(40))), tmp_path / "out"
    assert main(["train", str(table), "--out", str(out / "m.json"), "--figures", str(out / "f"), *extra]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()


def test_the_first_table_is_no_second_observer(tables, tmp_path, capsys):
    copy = tmp_path / "copy.csv"
    copy.write_bytes(Path(tables[0]).read_bytes())
    for path in (tables[0], str(copy)):
        assert main(["train", tables[0], "--second-observer", path, "--out", str(tmp_path / "out" / "m.json")]) == 2
        assert "got the first table again" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_evidence_of_another_card_is_not_replaced_without_a_word(tables, tmp_path, capsys):
    said = []
    for name in ("one.json", "one.json", "two.json"):
        assert main(["train", *tables, "--out", str(tmp_path / name)]) == 0
        said.append("of another card are replaced" in capsys.readouterr().err)
    assert said == [False, False, True]


def test_an_id_of_ours_is_said_to_be_taken(tables, tmp_path, capsys):
    assert main(["train", *tables, "--id", "ovcfrisk-demonstration", "--out", str(tmp_path / "m.json")]) == 0
    assert "the id 'ovcfrisk-demonstration' belongs to a card of this version" in capsys.readouterr().err


def test_a_card_must_be_a_json_file(tables, tmp_path, capsys):
    assert main(["train", *tables, "--out", str(tmp_path)]) == 2
    assert "ending in .json" in capsys.readouterr().err


def test_a_description_survives_its_file(tmp_path):
    path = tmp_path / "description.json"
    path.write_text(json.dumps(PAPER_PROTOCOL.to_dict()))
    found = read_description(path)
    assert isinstance(found, DataDescription)
    assert found.to_dict() == PAPER_PROTOCOL.to_dict()


@pytest.mark.parametrize(
    ("change_to", "message"),
    [
        ({"contrast": "no"}, "key 'contrast' must be true or false"),
        ({"kvp_range": [140, 120]}, "key 'kvp_range' must be"),
        ({"population": " "}, "key 'population' must be text"),
        ({"scanner": "A"}, "unknown key 'scanner'"),
    ],
)
def test_a_wrong_description_is_refused(change_to, message):
    with pytest.raises(ValueError, match=message):
        description_from(PAPER_PROTOCOL.to_dict() | change_to, "d.json")
    for key in PAPER_PROTOCOL.to_dict():
        partial = {k: v for k, v in PAPER_PROTOCOL.to_dict().items() if k != key}
        with pytest.raises(ValueError, match=f"key '{key}' is missing"):
            description_from(partial, "d.json")
