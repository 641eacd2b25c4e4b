"""The FHIR bundle, as the models of fhir.resources accept it."""

import datetime
import json
from dataclasses import replace

import pytest
from fhir.resources import bundle as bundle_r5
from fhir.resources.R4B import bundle as bundle_r4b

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.findings.model_codes import FEATURE_OUTSIDE_TRAINING
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.archive.fhir import fhir_bundle, write_fhir
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, LIMITS, RESEARCH_ONLY


def observations(bundle):
    return [entry["resource"] for entry in bundle["entry"]]


def quantities(observation):
    """Value and unit by code."""
    found = {}
    for component in observation.get("component", []):
        if "valueQuantity" in component:
            value = component["valueQuantity"]
            found[component["code"]["coding"][0]["code"]] = (value["value"], value["code"])
    return found


@pytest.mark.parametrize("models", [bundle_r5, bundle_r4b])
@pytest.mark.parametrize("which", ["case", "unscored"])
def test_valid_in_both_releases(models, which, request):
    assessment = request.getfixturevalue(which).assessment
    checked = models.Bundle.model_validate_json(json.dumps(fhir_bundle(assessment, Identity("P-7"))))
    assert [entry.resource.get_resource_type() for entry in checked.entry] == ["Observation"] * 4


@pytest.mark.parametrize("models", [bundle_r5, bundle_r4b])
def test_valid_with_everything_that_can_be_named(models, case):
    bundle = fhir_bundle(grave(case.assessment), WHOLE, "1.2.3.9")
    checked = models.Bundle.model_validate_json(json.dumps(bundle))
    first = checked.entry[0].resource
    assert first.derivedFrom[0].identifier.value == "urn:oid:1.2.3"
    assert first.focus[0].identifier.value == "urn:oid:1.2.3.9"
    assert first.contained[0].get_resource_type() == "Device"


def test_every_number_with_code_and_unit(case):
    for observation, row in zip(observations(fhir_bundle(case.assessment)), case.assessment.levels, strict=True):
        told = quantities(observation)
        assert told["anterior_mm"] == (row.heights.anterior_mm, "mm")
        assert told["118565006"] == (row.volume_ml, "mL")
        if row.score is not None:
            assert told["r_score"] == (row.score.r_score, "1")
            assert [told[name][0] for name in ("risk_low", "risk_index", "risk_high")] == [
                row.score.risk_low,
                row.score.risk_index,
                row.score.risk_high,
            ]
            assert told["JN9H"] == (row.features["original_glcm_Imc2"], "1")
            assert told["trabecular_hu"] == (row.trabecular.mean_hu, "[hnsf'U]")


def test_levels_are_coded_and_those_without_score_say_why(case):
    for observation, row in zip(observations(fhir_bundle(case.assessment)), case.assessment.levels, strict=True):
        assert observation["bodySite"]["coding"][0]["code"] == row.level.snomed_code
        assert RESEARCH_ONLY in [note["text"] for note in observation["note"]]
        said = [part["valueString"] for part in observation["component"] if "valueString" in part]
        assert f"model SHA-256: {case.assessment.provenance.model_sha256}" in said
        assert said[:2] == ["OVCFRisk", case.assessment.provenance.software_version]
        assert ("dataAbsentReason" in observation) == (row.score is None)
    last = observations(fhir_bundle(case.assessment))[-1]
    assert last["dataAbsentReason"]["text"] == case.assessment.level(LumbarLevel.L4).reason


def test_names_nobody_unless_asked(case):
    assert "subject" not in json.dumps(fhir_bundle(case.assessment))
    for observation in observations(fhir_bundle(case.assessment, Identity("P-7"))):
        assert observation["subject"] == {"identifier": {"value": "P-7"}}


def test_same_input_same_bytes(case, tmp_path):
    for name in ("a.json", "b.json"):
        write_fhir(case.assessment, tmp_path / name)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    ids = [entry["fullUrl"] for entry in fhir_bundle(case.assessment)["entry"]]
    assert len(set(ids)) == 4


def test_a_number_that_is_not_finite_is_refused(case, tmp_path):
    first, *rest = case.assessment.levels
    broken = replace(case.assessment, levels=(replace(first, volume_ml=float("nan")), *rest))
    with pytest.raises(OVCFRiskError, match="finite"):
        write_fhir(broken, tmp_path / "bundle.json")
    assert list(tmp_path.iterdir()) == []


WHOLE = Identity(
    "P-7",
    datetime.date(2024, 3, 1),
    datetime.datetime(2024, 3, 1, 10, 15, 30, tzinfo=datetime.timezone(datetime.timedelta(hours=1))),
    "Abdomen",
    4,
    "1.2.3",
    "1.2.3.4",
)


def grave(assessment):
    """A suspected fracture at L1, L2 outside the model."""
    first, second, *rest = assessment.levels
    fracture = HEIGHT_LOSS.finding(first.level, variant="fracture", value=0.32, deformity="wedge", grade=2)
    outside = FEATURE_OUTSIDE_TRAINING.finding(second.level, value=4.0, features="Imc2 (+4.0 SD)", model="m")
    score = replace(second.score, category=Category.OUTSIDE_MODEL)
    rows = (replace(first, findings=(fracture,)), replace(second, score=score, findings=(outside,)), *rest)
    return replace(assessment, levels=rows)


def test_says_what_the_screen_says(case):
    first, second, *_ = observations(fhir_bundle(grave(case.assessment)))
    notes = [[note["text"] for note in observation["note"]] for observation in (first, second)]
    assert notes[0][0] == "Suspected fracture: height loss of 32% (wedge, grade 2): look at this level."
    assert notes[1][0] == "Outside the model: do not rely on this score (feature outside training)."
    for found in notes:
        assert {DEMONSTRATION_NOTICE, RESEARCH_ONLY, LIMITS} <= set(found)
    answers = [
        component["valueCodeableConcept"]["coding"][0]["code"]
        for component in first["component"]
        if "valueCodeableConcept" in component
    ]
    assert "52101004" in answers
    assert first["meta"]["tag"][0]["code"] == "HTEST"


def test_one_concept_each_under_a_proper_address(case):
    def concepts(value):
        if isinstance(value, dict):
            if "coding" in value:
                yield value["coding"]
            for item in value.values():
                yield from concepts(item)
        elif isinstance(value, list):
            for item in value:
                yield from concepts(item)

    for coding in concepts(fhir_bundle(case.assessment)):
        assert len(coding) == 1
        assert coding[0]["system"].startswith(("http://", "https://", "urn:oid:"))


@pytest.mark.parametrize(
    ("identity", "when"),
    [
        (WHOLE, "2024-03-01T10:15:30+01:00"),
        (replace(WHOLE, acquired=datetime.datetime(2024, 3, 1, 10)), "2024-03-01"),
        (replace(WHOLE, acquired=None), "2024-03-01"),
    ],
)
def test_effective_when_the_ct_was_acquired(case, identity, when):
    assert {o["effectiveDateTime"] for o in observations(fhir_bundle(case.assessment, identity))} == {when}


@pytest.mark.parametrize(("identity", "why"), [(None, "masked"), (Identity("7"), "unknown")])
def test_says_why_there_is_no_time(case, identity, why):
    for observation in observations(fhir_bundle(case.assessment, identity)):
        assert observation["_effectiveDateTime"]["extension"][0]["valueCode"] == why


def test_no_study_and_no_time_unless_somebody_is_named(case):
    text = json.dumps(fhir_bundle(case.assessment))
    assert case.assessment.provenance.ct_sha256 in text
    assert "urn:dicom:uid" not in text
    assert "2024-" not in text
