"""The FHIR bundle, as the models of fhir.resources accept it."""

import json
from dataclasses import replace

import pytest
from fhir.resources import bundle as bundle_r5
from fhir.resources.R4B import bundle as bundle_r4b

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.archive.fhir import fhir_bundle, write_fhir
from OVCFRiskLib.statements import RESEARCH_ONLY


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
        assert case.assessment.provenance.model_sha256 in observation["method"]["text"]
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
