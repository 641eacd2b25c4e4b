"""A model card for people: the CHAI applied model card as XML, and as Markdown with YAML front matter.

The Coalition for Health AI publishes an XML schema of an applied model card (https://mc.chai.org, version 0.2). Its
fields are filled from the frozen card and its evaluation; what only the developer or the deploying centre knows is
marked open.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from OVCFRiskLib import __version__
from OVCFRiskLib.evaluation.report_text import share_text
from OVCFRiskLib.evaluation.results import Evaluation, SetEvaluation
from OVCFRiskLib.evaluation.subgroups import Subgroup
from OVCFRiskLib.figures.style import has_width
from OVCFRiskLib.scoring.model import RScoreModel
from OVCFRiskLib.statements import RESEARCH_ONLY

# Of the XML schema, version 0.2, which the card is written for.
NAMESPACE = "https://mc.chai.org/v0.2/schema.xsd"
# Answers that this library cannot know, by who has to give them.
TO_BE_WRITTEN = "Open: to be written by the developer."
OPEN_FOR_CENTRE = "Open: to be written by the centre that uses it."
# What a catalogue of cards finds this one by: chosen.
KEYWORDS = ("vertebral fracture", "osteoporosis", "CT", "radiomics", "lumbar spine")
# Of the intervals of the evaluation, %.
PERCENT_CONFIDENCE = 95
# A field is text, or a field of fields; a list repeats its element.
Field = str | Mapping[str, Any]


def applied_card(evaluation: Evaluation, model: RScoreModel) -> dict[str, Field]:
    """The card's fields in the schema's order.

    Parameters
    ----------
    evaluation : Evaluation
    model : RScoreModel
    """
    return {
        "BasicInfo": {
            "ModelName": f"{model.title} ({model.id})",
            "ModelDeveloper": TO_BE_WRITTEN,
            "DeveloperContact": TO_BE_WRITTEN,
        },
        "ReleaseInfo": {
            "ReleaseStage": f"{model.status}; not a medical device",
            "ReleaseDate": TO_BE_WRITTEN,
            "ReleaseVersion": f"SHA-256 {model.sha256}, OVCFRisk {__version__}",
            "GlobalAvailability": TO_BE_WRITTEN,
            "RegulatoryApproval": "None. " + RESEARCH_ONLY,
        },
        "ModelSummary": {
            "Summary": f"{model.intended_use} {model.reference}",
            "Keywords": {"Keyword": list(KEYWORDS)},
        },
        "UsesAndDirections": _uses(model),
        "Warnings": {
            "KnownRisksAndLimitations": "A number without its checks misleads: a score outside the training's ranges "
            "carries "
            "a warning, masks have to be reviewed. It does not replace DXA and cannot rule out low density or a "
            "fracture.",
            "KnownBiasesOrEthicalConsiderations": f"Trained on one population: {model.training['population']}. "
            "Performance by age and T-score is below; ethnic groups and sexes not in the training data are untested.",
            "ClinicalRiskLevel": OPEN_FOR_CENTRE,
        },
        "TrustIngredients": _trust(model),
        "KeyMetrics": _key_metrics(evaluation),
        "Resources": {
            "EvaluationReferences": "evaluation.md, checklist.md (TRIPOD+AI, CLEAR) and metrics.md (METRICS) of "
            "`ovcfrisk evaluate`",
            "PeerReviewedPublications": model.reference,
            "PatientConsentOrDisclosure": OPEN_FOR_CENTRE,
        },
        "Bibliography": "@article{yu2025, doi = {10.3389/fragi.2025.1472060}, journal = {Front. Aging}, year = {2025}, "
        "author = {Yu, Q. and An, H. and Chen, J. and others}}",
    }


def applied_card_xml(fields: Mapping[str, Field]) -> str:
    """The card as an instance of CHAI's schema."""
    ElementTree.register_namespace("", NAMESPACE)
    root = ElementTree.Element(f"{{{NAMESPACE}}}AppliedModelCard")
    _append(root, fields)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def applied_card_markdown(fields: Mapping[str, Field], model: RScoreModel) -> str:
    """The same for reading, with what machines look for in front."""
    front = {
        "model_id": model.id,
        "sha256": model.sha256,
        "status": model.status,
        "software": f"ovcfrisk {__version__}",
        "schema": NAMESPACE,
        "features": list(model.feature_names),
        "training_patients": model.training["patients"],
    }
    # JSON is YAML, so text in quotation marks is safe whatever it holds
    lines = ["---", *(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in front.items()), "---", ""]
    lines += [f"# {model.title}", ""]
    for name, field in fields.items():
        lines += [f"## {_words(name)}", "", *_paragraphs(field, 3)]
    return "\n".join(lines).rstrip() + "\n"


def _uses(model: RScoreModel) -> dict[str, Field]:
    return {
        "IntendedUseAndWorkflow": model.intended_use,
        "PrimaryIntendedUsers": "Researchers and radiologists who review the masks.",
        "HowToUse": "Four points or a label map of L1-L4; masks are reviewed; every level is scored or says why not "
        "(`ovcfrisk score CT --points P --model CARD`).",
        "TargetedPatientPopulation": model.training["population"],
        "CautionedOutOfScopeSettings": f"Slices outside {model.training['slice_thickness_range_mm']} mm, pixels "
        "outside "
        f"{model.training['pixel_spacing_range_mm']} mm, tube voltages outside "
        f"{model.training['kvp_range'] or 'unknown'} kV, "
        f"contrast other than {model.training['contrast']}; fractured bodies; men and women before menopause unless "
        "trained on.",
    }


def _trust(model: RScoreModel) -> dict[str, Field]:
    training = model.training
    side = "higher" if model.higher_is_risk else "lower"
    return {
        "AISystemFacts": {
            "OutcomesAndOutputs": f"R-score per vertebral body ({side} = more risk, cut-off {model.cutoff:.6g}), risk "
            "index 0 to 1 "
            "(0.5 at the cut-off, no probability), interval under redrawn masks, reasons.",
            "ModelType": f"Linear score of {len(model.terms)} radiomics features, LASSO, link {model.link}: "
            f"{training['procedure']}",
            "InputDataSource": "CT of the lumbar spine and masks of the bodies L1-L4",
            "OutputAndInputDataTypes": f"Features {', '.join(model.feature_names)}; extraction "
            f"{model.settings.to_dict()}",
            "DevelopmentDataCharacterization": f"{training['population']}; {training['patients']} patients, "
            f"{training['vertebrae']['OVCF']} OVCF and {training['vertebrae']['NF']} NF bodies",
            "BiasMitigationApproaches": "Split, folds and bootstrap by patient; scaling learnt on training rows only.",
            "OngoingMaintenance": "Frozen: the card is verified by its SHA-256 and refuses to score when altered.",
            "Security": "Nothing leaves the machine; identifiers are written only where the user asks.",
            "Transparency": "All coefficients, means, SDs and the extraction are in the card.",
        },
        "TransparencyInformation": {"FundingSource": TO_BE_WRITTEN, "StakeholdersConsulted": TO_BE_WRITTEN},
    }


def _key_metrics(evaluation: Evaluation) -> dict[str, Field]:
    part = evaluation.sets[-1]
    first = part.discriminations[0]
    data = f"{part.name} set of {evaluation.table.name}: {first.patients} patients, {first.fractures} OVCF and "
    f"{first.controls} NF bodies"
    process = (
        f"Frozen cut-off, nothing refitted; bootstrap of patients, {evaluation.draws} draws, seed {evaluation.seed}."
    )
    point = part.operating_points[0].confusion
    areas = [
        _result(f"AUC {found.marker}", found.auc.value, found.by_patient.lower, found.by_patient.upper)
        for found in part.discriminations
    ]
    groups = [result for group in part.subgroups if (result := _subgroup_result(group)) is not None]
    return {
        "UsefulnessUsabilityEfficacy": _metric(
            "Tell bodies of women with an osteoporotic vertebral fracture from bodies of women without.",
            areas,
            f"Sensitivity {share_text(point.sensitivity)}, specificity {share_text(point.specificity)} at the frozen "
            "cut-off.",
            data,
            process,
        ),
        "FairnessEquity": _metric(
            "The same discrimination at every level, age and T-score.",
            groups or [_count("subgroups with an AUC", 0)],
            "Small subgroups have wide intervals; see subgroups.csv.",
            data,
            process,
        ),
        "SafetyReliability": _metric(
            "Probabilities as large as the frequencies observed, and no body scored silently.",
            [*_calibration_results(part), _count("bodies not scored, with a reason", len(evaluation.table.not_scored))],
            "Slope 1 and intercept 0 are ideal.",
            data,
            process,
        ),
    }


def _metric(goal: str, results: list[dict[str, str]], interpretation: str, data: str, process: str) -> dict[str, Field]:
    return {
        "MetricGoal": goal,
        "Results": {"MetricResult": results},
        "Interpretation": interpretation,
        "TestType": "Retrospective",
        "TestingDataDescription": data,
        "ValidationProcessAndJustification": process,
    }


def _result(label: str, value: float, lower: float, upper: float) -> dict[str, str]:
    """A number with its interval, where it has one."""
    if not has_width(lower, upper):
        return _count(label, round(value, 6))
    interval = {"estimate": round(value, 6), "lower": round(lower, 6), "upper": round(upper, 6)}
    return _valued(label, {"kind": "estimate_ci", **interval, "level": PERCENT_CONFIDENCE})


def _count(label: str, value: float) -> dict[str, str]:
    return _valued(label, {"kind": "single", "value": value})


def _valued(label: str, value: Mapping[str, Any]) -> dict[str, str]:
    return {"Label": label, "ValueJson": json.dumps(value)}


def _subgroup_result(group: Subgroup) -> dict[str, str] | None:
    if group.auc is None or group.by_patient is None:
        return None
    return _result(f"AUC {group.kind}: {group.name}", group.auc.value, group.by_patient.lower, group.by_patient.upper)


def _calibration_results(part: SetEvaluation) -> list[dict[str, str]]:
    found = part.calibration
    if found is None:
        return []
    values = {"calibration slope": found.slope, "calibration intercept": found.intercept, "Brier score": found.brier}
    return [_count(label, round(value, 6)) for label, value in values.items() if value == value]


def _append(parent: ElementTree.Element, fields: Mapping[str, Any]) -> None:
    for name, field in fields.items():
        for item in field if isinstance(field, list) else [field]:
            element = ElementTree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
            if isinstance(item, Mapping):
                _append(element, item)
            else:
                element.text = str(item)


def _paragraphs(field: Any, depth: int) -> list[str]:
    if not isinstance(field, Mapping):
        return [str(field), ""]
    lines: list[str] = []
    for name, item in field.items():
        if name == "MetricResult":
            lines += [*(f"* {_shown(result)}" for result in item), ""]
        elif isinstance(item, list):
            lines += [", ".join(map(str, item)), ""]
        else:
            lines += [f"{'#' * depth} {_words(name)}", "", *_paragraphs(item, depth + 1)]
    return lines


def _shown(result: Mapping[str, str]) -> str:
    value = json.loads(result["ValueJson"])
    if value["kind"] == "single":
        return f"{result['Label']}: {value['value']:g}"
    return f"{result['Label']}: {value['estimate']:.3f} ({value['lower']:.3f}-{value['upper']:.3f})"


def _words(name: str) -> str:
    """``BasicInfo`` as ``Basic info``."""
    spaced = "".join(
        f" {c.lower()}" if c.isupper() and not name[i - 1 : i].isupper() else c for i, c in enumerate(name)
    )
    return spaced.strip().capitalize()
