"""The document, the checklists and the frame of an evaluation hold its numbers and no patient."""

import json

import pytest

from OVCFRiskLib.evaluation.checklist import TO_WRITE, checklist_markdown
from OVCFRiskLib.evaluation.document import evaluation_document
from OVCFRiskLib.evaluation.evaluation_files import write_evaluation
from OVCFRiskLib.evaluation.results import Evaluation
from OVCFRiskLib.evaluation.scored_bodies import read_score_table
from OVCFRiskLib.evaluation.validation import evaluate


@pytest.fixture
def evaluation(score_rows, write_scores, meaning) -> Evaluation:
    return evaluate(read_score_table(write_scores(score_rows(60))), meaning, draws=40)


def test_the_document_is_json_without_patients(evaluation):
    document = evaluation_document(evaluation)
    text = json.dumps(document, allow_nan=False)
    assert "P00" not in text
    test = document["sets"]["test"]
    assert test["discriminations"][0]["auc"]["value"] == evaluation.sets[1].discriminations[0].auc.value
    assert document["bootstrap"] == {"unit": "patient", "draws": 40, "seed": evaluation.seed}


def test_the_frame_has_a_row_per_set_and_marker(evaluation):
    frame = evaluation.to_frame()
    assert list(zip(frame["set"], frame["marker"], strict=True)) == [
        (part.name, found.marker) for part in evaluation.sets for found in part.discriminations
    ]
    assert frame["auc"].between(frame["by_patient_lower"] - 1e-9, frame["by_patient_upper"] + 1e-9).all()


def test_the_checklist_fills_what_the_table_knows_and_marks_the_rest(evaluation):
    text = checklist_markdown(evaluation, None)
    bodies = sum(len(part.table.scores) for part in evaluation.sets)
    assert f"{bodies} evaluated" in text
    assert text.count(TO_WRITE) >= 10
    assert "no woman in two sets" in text


def test_every_table_is_written_without_figures(evaluation, tmp_path):
    written = write_evaluation(evaluation, None, tmp_path / "out", with_figures=False)
    assert written[0].name == "evaluation.md"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {path.name for path in written}
    assert not any(path.suffix in (".png", ".svg") for path in written)
