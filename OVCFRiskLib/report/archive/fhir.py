"""FHIR: the numbers of an assessment as a bundle of Observations, one per level, valid in R4B and R5."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from OVCFRiskLib.assessment import LevelAssessment, Provenance, SpineAssessment, Status
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import write_text
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.report.archive.coding import MANUFACTURER, PRODUCT, algorithm_parameters
from OVCFRiskLib.report.archive.level_notes import level_notes
from OVCFRiskLib.report.archive.measurements import (
    CATEGORY,
    CATEGORY_CODES,
    DCM,
    DEFORMITY,
    IBSI,
    PRESENT,
    PRIVATE,
    SNOMED,
    SUSPECTED_FRACTURE,
    UCUM,
    Code,
    deformity_code,
    level_measurements,
)
from OVCFRiskLib.report.wording import is_demonstration

Json = dict[str, Any]

# Code systems: HL7's registry for SNOMED CT and UCUM, PS3.16 table 8-1 for IBSI's.
SYSTEMS = {
    SNOMED: "http://snomed.info/sct",
    UCUM: "http://unitsofmeasure.org",
    IBSI: "urn:oid:1.2.840.10008.2.16.13",
    DCM: "http://dicom.nema.org/resources/ontology/DCM",
    PRIVATE: "https://github.com/OVCFRisk/SlicerOVCFRisk/fhir/CodeSystem/measurements",
}
HL7 = "http://terminology.hl7.org/CodeSystem"
DATA_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
SOFTWARE_ID = "software"
UNATTENDED = "OVCFRisk, software without a reviewer"
# PS3.16, TID 4019.
ALGORITHM_NAME = Code("111001", DCM, "Algorithm Name")
ALGORITHM_VERSION = Code("111003", DCM, "Algorithm Version")
ALGORITHM_PARAMETERS = Code("111002", DCM, "Algorithm Parameters")
LEVEL_OBSERVATION = Code("body_assessment", PRIVATE, "Radiomics assessment of a vertebral body from CT")


def fhir_bundle(
    assessment: SpineAssessment, identity: Identity | None = None, segmentation_uid: str | None = None
) -> Json:
    """The assessment as a FHIR Bundle.

    Parameters
    ----------
    assessment : SpineAssessment
    identity : Identity, optional
        Subject, study and time of the Observations; without it nothing identifies a person.
    segmentation_uid : str, optional
        SOPInstanceUID of the DICOM segmentation that was written beside.

    Returns
    -------
    dict
        A collection of four Observations, L1 to L4: preliminary, with every number as a component, what the screen says
        as notes, and a reason where a level is not scored. Same input, same bundle.
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
                "resource": _observation(assessment, row, identity, segmentation_uid),
            }
            for row in assessment.levels
        ],
    }


def write_fhir(assessment: SpineAssessment, path: str | Path, identity: Identity | None = None) -> None:
    """Write `fhir_bundle` as JSON; a DICOM segmentation in the same folder is referred to where somebody is named.

    Raises
    ------
    OVCFRiskError
        If a number is not finite or the file cannot be written.
    """
    try:
        segmentation = _segmentation_uid(Path(path).with_name("segmentation.dcm")) if identity is not None else None
        text = json.dumps(
            fhir_bundle(assessment, identity, segmentation), ensure_ascii=False, allow_nan=False, indent=1
        )
    except ValueError as error:
        raise OVCFRiskError(f"'{path}': expected finite numbers, got others ({error}); not written") from error
    write_text(path, text + "\n")


def _segmentation_uid(path: Path) -> str | None:
    """SOPInstanceUID of a DICOM segmentation, or None where there is none."""
    if not path.is_file():
        return None
    from pydicom import dcmread

    return str(dcmread(path, specific_tags=["SOPInstanceUID"]).SOPInstanceUID)


def _observation(
    assessment: SpineAssessment, row: LevelAssessment, identity: Identity | None, segmentation_uid: str | None
) -> Json:
    """One level."""
    provenance = assessment.provenance
    observation: Json = {
        "resourceType": "Observation",
        "contained": [_software(provenance)],
        "status": "preliminary",
        "category": [{"coding": [{"system": f"{HL7}/observation-category", "code": "imaging", "display": "Imaging"}]}],
        "code": _concept(LEVEL_OBSERVATION),
        "bodySite": {
            "coding": [_coding(Code(row.level.snomed_code, SNOMED, row.level.snomed_meaning))],
            "text": f"{row.level.name} vertebral body",
        },
        "performer": [{"type": "Organization", "display": UNATTENDED}],
        "method": {"text": f"OVCFRisk {provenance.software_version}, model {provenance.model_id}"},
        "device": {"reference": f"#{SOFTWARE_ID}", "display": f"OVCFRisk {provenance.software_version}"},
        "derivedFrom": [_study(provenance, identity)],
        "note": [{"text": text} for text in level_notes(assessment, row)],
        **_effective(identity),
    }
    if identity is not None and identity.patient_id:
        observation["subject"] = {"identifier": {"value": identity.patient_id}}
    if segmentation_uid is not None:
        observation["focus"] = [{"display": "DICOM segmentation of the CT", "identifier": _uid(segmentation_uid)}]
    if is_demonstration(assessment):
        observation["meta"] = {
            "tag": [{"system": f"{HL7}/v3-ActReason", "code": "HTEST", "display": "test health data"}]
        }
    if row.status is Status.NOT_SCORED:
        reason = {"system": f"{HL7}/data-absent-reason", "code": "not-performed", "display": "Not Performed"}
        observation["dataAbsentReason"] = {"coding": [reason], "text": row.reason}
    return observation | {"component": [*_components(row), *_algorithm(provenance)]}


def _software(provenance: Provenance) -> Json:
    """The program as a device, in the fields that R4 and R5 share."""
    version = [{"value": provenance.software_version}]
    maker = {"manufacturer": MANUFACTURER, "modelNumber": PRODUCT, "version": version}
    return {"resourceType": "Device", "id": SOFTWARE_ID, **maker}


def _study(provenance: Provenance, identity: Identity | None) -> Json:
    """The CT: by its content always, by its study where identities are asked for."""
    study: Json = {"type": "ImagingStudy", "display": f"CT, SHA-256 {provenance.ct_sha256} of voxels and geometry"}
    if identity is not None and identity.study_uid:
        study["identifier"] = _uid(identity.study_uid)
    return study


def _uid(uid: str) -> Json:
    """A DICOM UID as an identifier."""
    return {"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"}


def _effective(identity: Identity | None) -> Json:
    """When the CT was acquired; a time needs its zone in FHIR, without it the date is all that can be said."""
    if identity is None or (identity.acquired is None and identity.study_date is None):
        why = "masked" if identity is None else "unknown"
        return {"_effectiveDateTime": {"extension": [{"url": DATA_ABSENT, "valueCode": why}]}}
    if identity.acquired is not None and identity.acquired.tzinfo is not None:
        return {"effectiveDateTime": identity.acquired.isoformat()}
    date = identity.acquired.date() if identity.acquired is not None else identity.study_date
    assert date is not None
    return {"effectiveDateTime": date.isoformat()}


def _algorithm(provenance: Provenance) -> Iterator[Json]:
    """Algorithm identification as DICOM has it (PS3.16, TID 4019)."""
    named = ((ALGORITHM_NAME, PRODUCT), (ALGORITHM_VERSION, provenance.software_version))
    for code, text in (*named, *((ALGORITHM_PARAMETERS, parameter) for parameter in algorithm_parameters(provenance))):
        yield {"code": _concept(code), "valueString": text}


def _components(row: LevelAssessment) -> Iterator[Json]:
    """Numbers, category and deformity."""
    for item in level_measurements(row):
        unit = {"unit": item.unit.value, "system": SYSTEMS[UCUM], "code": item.unit.value}
        yield {"code": _concept(item.name), "valueQuantity": {"value": float(item.value), **unit}}
    if row.score is not None:
        yield {"code": _concept(CATEGORY), "valueCodeableConcept": _concept(CATEGORY_CODES[row.score.category])}
    if row.heights is not None:
        yield {"code": _concept(DEFORMITY), "valueCodeableConcept": _concept(deformity_code(row.heights))}
    if row.suspected_fracture is not None:
        yield {"code": _concept(SUSPECTED_FRACTURE), "valueCodeableConcept": _concept(PRESENT)}


def _concept(code: Code) -> Json:
    return {"coding": [_coding(code)], "text": code.meaning}


def _coding(code: Code) -> Json:
    return {"system": SYSTEMS[code.scheme], "code": code.value, "display": code.meaning}
