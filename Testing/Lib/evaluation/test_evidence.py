"""What travels with a card: every item answered or open, the XML as CHAI's schema wants it, no patient named."""

import json
from xml.etree import ElementTree

import pytest

from OVCFRiskLib.cli import main
from OVCFRiskLib.evaluation.applied_card import (
    NAMESPACE,
    TO_BE_WRITTEN,
    applied_card,
    applied_card_markdown,
    applied_card_xml,
)
from OVCFRiskLib.evaluation.evidence import evidence_texts
from OVCFRiskLib.evaluation.metrics_items import NO, NOT_APPLICABLE, YES, metrics_items
from OVCFRiskLib.evaluation.score_meaning import RISK_INDEX, ScoreMeaning
from OVCFRiskLib.evaluation.scored_bodies import read_score_table
from OVCFRiskLib.evaluation.validation import evaluate
from OVCFRiskLib.scoring import load_model

# CHAI's applied model card, schema 0.2 (https://mc.chai.org/v0.2/schema.xsd): required elements in their order; "?" may
# be left out, "+" may be repeated.
METRIC = (
    "MetricGoal",
    ("Results", (("MetricResult+", ("Label", "ValueJson")),)),
    "Interpretation",
    "TestType",
    "TestingDataDescription",
    "ValidationProcessAndJustification",
)
CARD = (
    ("BasicInfo", ("ModelName", "ModelDeveloper", "DeveloperContact")),
    (
        "ReleaseInfo",
        (
            "ReleaseStage",
            "ReleaseDate",
            "ReleaseVersion",
            "GlobalAvailability",
            "EHRCompatibility?",
            "RegulatoryApproval?",
        ),
    ),
    ("ModelSummary", ("Summary", ("Keywords", ("Keyword+",)))),
    (
        "UsesAndDirections",
        (
            "IntendedUseAndWorkflow",
            "PrimaryIntendedUsers",
            "HowToUse",
            "TargetedPatientPopulation",
            "CautionedOutOfScopeSettings",
        ),
    ),
    ("Warnings", ("KnownRisksAndLimitations", "KnownBiasesOrEthicalConsiderations", "ClinicalRiskLevel")),
    (
        "TrustIngredients",
        (
            (
                "AISystemFacts",
                (
                    "OutcomesAndOutputs",
                    "ModelType",
                    "FoundationModels?",
                    "InputDataSource",
                    "OutputAndInputDataTypes",
                    "DevelopmentDataCharacterization",
                    "BiasMitigationApproaches",
                    "OngoingMaintenance",
                    "Security?",
                    "Transparency?",
                ),
            ),
            ("TransparencyInformation", ("FundingSource", "ThirdPartyInformation?", "StakeholdersConsulted")),
        ),
    ),
    (
        "KeyMetrics",
        (("UsefulnessUsabilityEfficacy", METRIC), ("FairnessEquity", METRIC), ("SafetyReliability", METRIC)),
    ),
    (
        "Resources",
        (
            "EvaluationReferences?",
            "ClinicalTrial?",
            "PeerReviewedPublications",
            "ReimbursementStatus?",
            "PatientConsentOrDisclosure",
        ),
    ),
    "Bibliography",
)


def check_element(element, expected):
    """The children of an element are those expected, in order; leaves hold text."""
    children = list(element)
    for item in expected:
        name, inner = (item, None) if isinstance(item, str) else item
        tag = f"{{{NAMESPACE}}}{name.rstrip('?+')}"
        found = [child for child in children if child.tag == tag]
        if name.endswith("?") and not found:
            continue
        assert found, f"{name} is missing in {element.tag}"
        assert len(found) == 1 or name.endswith("+")
        assert children[: len(found)] == found, f"{name} is out of order in {element.tag}"
        children = children[len(found) :]
        for child in found:
            check_element(child, inner) if inner else None
            assert inner or (child.text or "").strip()
    assert not children, f"unexpected {children[0].tag}"


@pytest.fixture
def model():
    return load_model()


@pytest.fixture
def evaluation(score_rows, write_scores, model):
    table = read_score_table(write_scores(score_rows(60, higher_is_risk=model.higher_is_risk)))
    return evaluate(table, ScoreMeaning.of_model(model), draws=50)


def test_the_xml_has_every_element_of_the_schema_in_order(evaluation, model):
    root = ElementTree.fromstring(applied_card_xml(applied_card(evaluation, model)))
    assert root.tag == f"{{{NAMESPACE}}}AppliedModelCard"
    check_element(root, CARD)


def test_numbers_of_the_card_are_those_of_the_evaluation(evaluation, model):
    fields = applied_card(evaluation, model)
    results = fields["KeyMetrics"]["UsefulnessUsabilityEfficacy"]["Results"]["MetricResult"]
    found = evaluation.sets[-1].discriminations[0]
    value = json.loads(results[0]["ValueJson"])
    assert (value["kind"], value["level"]) == ("estimate_ci", 95)
    assert value["estimate"] == pytest.approx(found.auc.value, abs=1e-6)
    assert (value["lower"], value["upper"]) == pytest.approx((found.by_patient.lower, found.by_patient.upper), abs=1e-6)
    text = applied_card_markdown(fields, model)
    assert f"AUC R-score: {found.auc.value:.3f}" in text
    assert text.startswith(f'---\nmodel_id: "{model.id}"\nsha256: "{model.sha256}"\n')
    assert text.count(TO_BE_WRITTEN) == 6


def test_thirty_items_each_answered_or_open(evaluation, model):
    items = metrics_items(evaluation, model)
    assert [number for number, *_ in items] == list(range(1, 31))
    answers = {number: answer for number, _, answer, _ in items}
    assert (answers[20], answers[21], answers[24], answers[26]) == (YES, YES, YES, YES)
    assert answers[27] == NO
    assert answers[17] == NOT_APPLICABLE
    assert all(evidence for *_, evidence in items)


def test_without_a_card_what_only_a_card_can_say_is_open(score_rows, write_scores):
    rows = [{key: row[key] for key in ("patient_id", "level", "group")} | {"risk_index": 0.5} for row in score_rows(20)]
    for number, row in enumerate(rows):
        row["risk_index"] = round(0.2 + 0.6 * (row["group"] == "OVCF") + 0.01 * (number % 7), 3)
    evaluation = evaluate(read_score_table(write_scores(rows)), RISK_INDEX, draws=50)
    answers = {number: answer for number, _, answer, _ in metrics_items(evaluation, None)}
    assert {answers[number] for number in (6, 11, 13, 14, 18, 30)} == {"open"}
    assert (answers[22], answers[24], answers[26], answers[27]) == (NO, NO, NO, "open")
    assert set(evidence_texts(evaluation, None)) == {"checklist.md", "metrics.md"}


def test_evidence_names_no_patient_and_is_written_beside_the_evaluation(score_rows, write_scores, model, tmp_path):
    scores = write_scores([row | {"model_id": model.id} for row in score_rows(60, higher_is_risk=model.higher_is_risk)])
    out = tmp_path / "out"
    assert main(["evaluate", str(scores), "--out", str(out), "--bootstrap", "20", "--no-figures"]) == 0
    for name in ("checklist.md", "metrics.md", "model_card.md", "model_card.xml"):
        assert "P01" not in (out / name).read_text(encoding="utf-8")
