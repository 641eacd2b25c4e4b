"""`ovcfrisk evaluate`: all files or none, the same bytes for the same input."""

import json
import re

import pytest

from OVCFRiskLib.cli import main
from OVCFRiskLib.scoring.freezing import freeze, write_card

EVIDENCE = {"checklist.md", "metrics.md", "model_card.md", "model_card.xml"}
TABLES = EVIDENCE | {"evaluation.md", "evaluation.json", "roc.csv", "decision_curves.csv", "subgroups.csv"}
FIGURES = ("scores_by_group", "roc", "decision_curves", "subgroups", "calibration")


@pytest.fixture
def card(tmp_path):
    """A card whose score means what the simulated scores mean."""
    path = tmp_path / "card.json"
    write_card(
        freeze(
            {
                "id": "simulated",
                "title": "t",
                "status": "demonstration",
                "intended_use": "Demonstration on simulated data.",
                "reference": "r",
                "features": [{"name": "original_firstorder_Median", "mean": 0.0, "sd": 1.0, "coefficient": -1.0}],
                "intercept": 0.0,
                "link": "logit",
                "cutoff": 0.25,
                "positive_class": "OVCF",
                "higher_is_risk": True,
                "risk_index_scale": 1.0,
                "extraction": {
                    "bin_width": 25,
                    "resampled_spacing": None,
                    "interpolator": "linear",
                    "resegment_range": None,
                },
                "training": {
                    "population": "nobody",
                    "procedure": "p",
                    "patients": 30,
                    "vertebrae": {"OVCF": 40, "NF": 20},
                    "mean_r_score": {"OVCF": 1.0, "NF": -1.0},
                    "auc": 0.8,
                    "slice_thickness_range_mm": [1, 1.25],
                    "pixel_spacing_range_mm": [0.3, 0.9],
                    "kvp_range": [120, 120],
                    "contrast": False,
                    "z_covariance": [[1.0]],
                    "input_sha256": {},
                    "software": {"ovcfrisk": "0"},
                },
            }
        ),
        path,
    )
    return path


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_every_file_is_written_and_repeats_to_the_byte(score_rows, write_scores, card, tmp_path, capsys):
    arguments = ["evaluate", str(write_scores(score_rows())), "--model", str(card), "--bootstrap", "50"]
    assert main([*arguments, "--out", str(tmp_path / "one")]) == 0
    found = contents(tmp_path / "one")
    assert set(found) == TABLES | {name + suffix for name in FIGURES for suffix in (".svg", ".png")}
    assert all(found[f"{name}.png"].startswith(b"\x89PNG") for name in FIGURES)
    assert main([*arguments, "--out", str(tmp_path / "two")]) == 0
    assert contents(tmp_path / "two") == found
    assert "sensitivity for OVCF" in capsys.readouterr().out


def test_bodies_outside_the_model_are_said_and_told_apart(score_rows, write_scores, card, tmp_path, capsys):
    rows = [row | {"category": "outside the model" if n % 2 else "lower risk"} for n, row in enumerate(score_rows())]
    arguments = ["evaluate", str(write_scores(rows)), "--model", str(card), "--bootstrap", "50", "--no-figures"]
    assert main([*arguments, "--out", str(tmp_path / "out")]) == 0
    assert f"of {len(rows)} bodies {len(rows) // 2} lie outside the model" in capsys.readouterr().err
    assert ",model,outside the model," in (tmp_path / "out" / "subgroups.csv").read_text(encoding="utf-8")


def test_report_checklist_and_json_agree(score_rows, write_scores, card, tmp_path):
    out = tmp_path / "out"
    arguments = [str(write_scores(score_rows())), "--model", str(card), "--bootstrap", "50", "--prevalence", "0.05"]
    assert main(["evaluate", *arguments, "--out", str(out), "--no-figures"]) == 0
    document = json.loads((out / "evaluation.json").read_text(encoding="utf-8"))
    report, checklist = (
        (out / "evaluation.md").read_text(encoding="utf-8"),
        (out / "checklist.md").read_text(encoding="utf-8"),
    )
    assert document["score"]["model_sha256"] == json.loads(card.read_text(encoding="utf-8"))["sha256"]
    assert "Demonstration on simulated data." in report
    assert "not a medical device" in report
    for part in document["sets"].values():
        assert part["decision"]["prevalence"] == 0.05
        auc = part["discriminations"][0]["auc"]["value"]
        assert f"{auc:.4f}" in report
        assert f"{auc:.3f}" in checklist
        at = part["operating_points"][0]["confusion"]["sensitivity"]
        assert f"{at['count']}/{at['total']}" in report
    assert "Prevalence 0.05 (stated)" in report
    assert document["training_against_test"]["delong"]["df"] > 0
    tripod = checklist.split("## CLEAR")[0]
    numbers = [int(n) for n in re.findall(r"^\| (\d+)", tripod, re.MULTILINE)]
    assert numbers == sorted(numbers)
    assert {*range(5, 17), *range(20, 25)} <= set(numbers)
    assert not [patient for patient in ("P000", "P001") if patient in report + checklist + json.dumps(document)]


def test_a_risk_index_needs_no_card(score_rows, write_scores, tmp_path):
    rows = [row | {"risk_index": 1 / (1 + 2.718 ** -row["r_score"])} for row in score_rows()]
    rows = [{key: cell for key, cell in row.items() if key != "r_score"} for row in rows]
    arguments = [str(write_scores(rows)), "--bootstrap", "20", "--out", str(tmp_path / "out"), "--no-figures"]
    assert main(["evaluate", *arguments]) == 0
    document = json.loads((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert document["score"]["cutoff"] == 0.5
    assert document["sets"]["test"]["calibration"] is None


@pytest.mark.parametrize(
    ("spoil", "extra", "message"),
    [
        (lambda rows: rows, [], "stand in its card; give it with --model"),
        (lambda rows: rows, ["--model", "unheard-of"], "unknown model 'unheard-of'"),
        (lambda rows: rows, ["--model", "yu-2025-as-published"], "cannot score"),
        (lambda rows: [row | {"model_id": "another"} for row in rows], ["card"], "made by another, not by 'simulated'"),
        (
            lambda rows: [row | {"model_id": row["level"]} for row in rows],
            [],
            "column 'model_id': scores of 4 models",
        ),
        (lambda rows: rows, ["card", "--prevalence", "5"], "prevalence must lie between 0 and 1"),
        (lambda rows: rows, ["card", "--bootstrap", "1"], "at least 2 draws"),
        (lambda rows: [row | {"group": "NF"} for row in rows], ["card"], "every scored row is NF"),
    ],
)
def test_bad_input_is_told_and_nothing_is_written(
    score_rows, write_scores, card, tmp_path, capsys, spoil, extra, message
):
    extra = [*(["--model", str(card)] if "card" in extra else []), *(word for word in extra if word != "card")]
    out = tmp_path / "out"
    assert main(["evaluate", str(write_scores(spoil(score_rows(15)))), "--out", str(out), *extra]) == 2
    assert message in capsys.readouterr().err
    assert not out.exists()
