"""FHIR: the numbers of an assessment as a bundle of Observations, one per level, valid in R4B and R5."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from OVCFRiskLib.assessment import LevelAssessment, SpineAssessment, Status
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import write_text
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.report.archive.measurements import (
    CATEGORY,
    CATEGORY_CODES,
    DEFORMITY,
    IBSI,
    PRIVATE,
    SNOMED,
    UCUM,
    VERTEBRA,
    Code,
    deformity_code,
    level_measurements,
)
from OVCFRiskLib.statements import RESEARCH_ONLY

Json = dict[str, Any]

# Code systems: HL7's registry for SNOMED CT and UCUM, PS3.16 table 8-1 for IBSI's.
SYSTEMS = {
    SNOMED: "http://snomed.info/sct",
    UCUM: "http://unitsofmeasure.org",
    IBSI: "urn:oid:1.2.840.10008.2.16.13",
    PRIVATE: "urn:ovcfrisk:measurements",
}
HL7 = "http://terminology.hl7.org/CodeSystem"
LEVEL_OBSERVATION = Code("body_assessment", PRIVATE, "Radiomics assessment of a vertebral body from CT")


def fhir_bundle(assessment: SpineAssessment, identity: Identity | None = None) -> Json:
    """The assessment as a FHIR Bundle.

    Parameters
    ----------
    assessment : SpineAssessment
    identity : Identity, optional
        Subject of the Observations; without it nothing identifies a person.

    Returns
    -------
    dict
        A collection of four Observations, L1 to L4: preliminary, with every number as a component, the warnings and
        the research-only statement as notes, and a reason where a level is not scored. Same input, same bundle.
    """
    provenance = assessment.provenance
    parts = (provenance.ct_sha256, provenance.labels_sha256, provenance.model_sha256, provenance.software_version)
    name = ":".join((*parts, (identity and identity.patient_id) or ""))
    return {
        "resourceType": "Bundle",
        "id": str(uuid.uuid5(uuid.NAMESPACE_OID, name)),
        "type": "collection",
        "entry": [
            {
                "fullUrl": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, f'{name}:{row.level.name}')}",
                "resource": _observation(assessment, row, identity),
            }
            for row in assessment.levels
        ],
    }


def write_fhir(assessment: SpineAssessment, path: str | Path, identity: Identity | None = None) -> None:
    """Write `fhir_bundle` as JSON.

    Raises
    ------
    OVCFRiskError
        If a number is not finite or the file cannot be written.
    """
    try:
        text = json.dumps(fhir_bundle(assessment, identity), ensure_ascii=False, allow_nan=False, indent=1)
    except ValueError as error:
        raise OVCFRiskError(f"'{path}': expected finite numbers, got others ({error}); not written") from error
    write_text(path, text + "\n")


def _observation(assessment: SpineAssessment, row: LevelAssessment, identity: Identity | None) -> Json:
    """One level."""
    provenance = assessment.provenance
    software = f"OVCFRisk {provenance.software_version}"
    model = f"model {provenance.model_id} ({provenance.model_status}), SHA-256 {provenance.model_sha256}"
    region = Code(row.level.snomed_code, SNOMED, row.level.snomed_meaning)
    observation: Json = {
        "resourceType": "Observation",
        "status": "preliminary",
        "category": [{"coding": [{"system": f"{HL7}/observation-category", "code": "imaging", "display": "Imaging"}]}],
        "code": _concept(LEVEL_OBSERVATION),
        "bodySite": {"coding": [_coding(region), _coding(VERTEBRA)], "text": f"{row.level.name} vertebral body"},
        "method": {"text": f"{software}, {model}, settings {json.dumps(provenance.settings, sort_keys=True)}"},
        "device": {"display": software},
        "note": [{"text": text} for text in _notes(assessment, row)],
    }
    if identity is not None and identity.patient_id:
        observation["subject"] = {"identifier": {"value": identity.patient_id}}
    if row.status is Status.NOT_SCORED:
        reason = {"system": f"{HL7}/data-absent-reason", "code": "not-performed", "display": "Not Performed"}
        observation["dataAbsentReason"] = {"coding": [reason], "text": row.reason}
    components = list(_components(row))
    return observation | ({"component": components} if components else {})


def _notes(assessment: SpineAssessment, row: LevelAssessment) -> tuple[str, ...]:
    """Statement and warnings, each once."""
    findings = (*row.warnings, *assessment.warnings)
    return tuple(dict.fromkeys((RESEARCH_ONLY, *(finding.message for finding in findings))))


def _components(row: LevelAssessment) -> Iterator[Json]:
    """Numbers, category and deformity."""
    for item in level_measurements(row):
        unit = {"unit": item.unit.value, "system": SYSTEMS[UCUM], "code": item.unit.value}
        yield {"code": _concept(item.name), "valueQuantity": {"value": float(item.value), **unit}}
    if row.score is not None:
        yield {"code": _concept(CATEGORY), "valueCodeableConcept": _concept(CATEGORY_CODES[row.score.category])}
    if row.heights is not None:
        yield {"code": _concept(DEFORMITY), "valueCodeableConcept": _concept(deformity_code(row.heights))}


def _concept(code: Code) -> Json:
    return {"coding": [_coding(code)], "text": code.meaning}


def _coding(code: Code) -> Json:
    return {"system": SYSTEMS[code.scheme], "code": code.value, "display": code.meaning}
