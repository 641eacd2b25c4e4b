"""The files of a study of markers: one story in Markdown, JSON and CSV, and nothing half-written."""

import csv
import io
import json

import numpy as np
import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.evaluation.marker_files import markers_table, study_document, study_markdown, write_marker_study
from OVCFRiskLib.evaluation.marker_study import evaluate_markers
from OVCFRiskLib.evaluation.marker_table import read_marker_table
from OVCFRiskLib.statements import RESEARCH_ONLY


@pytest.fixture
def study(tmp_path):
    """40 patients; density separates but for two, age is noise."""
    rng = np.random.default_rng(8)
    lines = ["patient_id,group,density,age"]
    for number in range(40):
        is_fracture = number % 2 == 0
        group, density = "OVCF" if is_fracture else "NF", 60 + 40 * (not is_fracture) + 12 * rng.normal()
        lines.append(f"P{number:02d},{group},{density:.1f},{70 + 6 * rng.normal():.1f}")
    path = tmp_path / "women.csv"
    path.write_text("\n".join(lines) + "\n")
    return evaluate_markers(read_marker_table(path, {"density": False, "age": True}), folds=4, draws=60, seed=3)


def read(path):
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_the_files_are_written_in_their_order_and_agree(study, tmp_path):
    written = write_marker_study(study, tmp_path / "out", with_figures=False)
    names = ["markers.md", "markers.json", "markers.csv", "comparisons.csv", "folds.csv"]
    assert [path.name for path in written] == names
    rows = read(tmp_path / "out" / "markers.csv")
    assert [float(row["auc"]) for row in rows] == [found.auc.value for found in study.discriminations]
    (compared,) = read(tmp_path / "out" / "comparisons.csv")
    assert float(compared["difference"]) == pytest.approx(float(rows[0]["auc"]) - float(rows[1]["auc"]))
    assert float(compared["delong_lower"]) < float(compared["difference"]) < float(compared["delong_upper"])
    assert int(compared["rows"]) == 40


def test_folds_are_one_row_per_patient_in_the_order_of_the_table(study, tmp_path):
    write_marker_study(study, tmp_path, with_figures=False)
    rows = read(tmp_path / "folds.csv")
    assert [row["patient_id"] for row in rows] == [f"P{n:02d}" for n in range(40)]
    assert {row["fold"] for row in rows} == {"1", "2", "3", "4"}


def test_the_document_names_its_input_and_draws_but_no_patient(study):
    document = json.loads(json.dumps(study_document(study), allow_nan=False))
    assert document["input"]["sha256"] == study.table.sha256
    assert document["bootstrap"] == {"unit": "patient", "draws": 60, "seed": 3}
    assert [marker["marker"] for marker in document["markers"]] == ["density", "age"]
    assert "P00" not in json.dumps(document)


def test_the_report_says_how_intervals_were_made_and_that_nothing_was_fitted(study):
    text = study_markdown(study, has_figure=False)
    assert text.startswith("# Markers of women.csv\n")
    assert RESEARCH_ONLY in text
    assert "draws 60 times (seed 3)" in text
    assert "Nothing was fitted" in text
    assert f"| density - age | 40 | {study.comparisons[0].delong.difference:+.3f} |" in text
    assert "markers.png" not in text
    assert study_markdown(study, has_figure=True).endswith("![ROC curves and areas](markers.png)\n")


def test_the_table_states_direction_counts_and_spread_over_folds(study):
    header, _, density, age = markers_table(study).splitlines()
    assert "4 folds" in header
    assert density.startswith("| density | low | 20 | 20 |")
    assert age.startswith("| age | high | 20 | 20 |")
    aucs = study.fold_aucs["density"]
    assert f"{aucs.mean():.3f} ± {aucs.std(ddof=1):.3f}" in density


def test_one_marker_has_no_comparison(study, tmp_path):
    (tmp_path / "one.csv").write_text("patient_id,group,age\nA,OVCF,80\nB,OVCF,75\nC,NF,60\nD,NF,78\n")
    alone = evaluate_markers(read_marker_table(tmp_path / "one.csv", {"age": True}), folds=2, draws=20)
    assert "Differences" not in study_markdown(alone, has_figure=False)
    write_marker_study(alone, tmp_path / "out", with_figures=False)
    assert (tmp_path / "out" / "comparisons.csv").read_text().splitlines() == ["first,second"]


def test_nothing_is_written_when_the_figure_cannot_be_drawn(study, tmp_path, monkeypatch):
    def fail(_):
        raise OVCFRiskError("matplotlib is missing")

    monkeypatch.setattr("OVCFRiskLib.evaluation.marker_files.draw", fail)
    with pytest.raises(OVCFRiskError, match="matplotlib is missing"):
        write_marker_study(study, tmp_path / "out")
    assert not (tmp_path / "out").exists()
