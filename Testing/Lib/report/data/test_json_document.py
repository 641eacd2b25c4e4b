"""assessment.json: its schema, its determinism, and the way back."""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.report.data.json_document import (
    ASSESSMENT_SCHEMA_VERSION,
    SCHEMA_FILE,
    assessment_document,
    assessment_text,
    write_assessment,
)
from OVCFRiskLib.report.data.json_reader import parse_assessment
from OVCFRiskLib.report.terminal import format_table


@pytest.fixture(scope="module")
def validator():
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def test_the_schema_says_its_version():
    assert json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))["title"].endswith(f"version {ASSESSMENT_SCHEMA_VERSION}")


def test_fulfils_its_schema(case, validator):
    validator.validate(json.loads(assessment_text(case.assessment)))


def test_fulfils_its_schema_without_any_score(unscored, validator):
    validator.validate(json.loads(assessment_text(unscored.assessment)))


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda d: d["levels"].pop(), "$.levels"),
        (lambda d: d["levels"].reverse(), "$.levels[0].level"),
        (lambda d: d["levels"][0]["score"].pop("risk_low"), "$.levels[0].score"),
        (lambda d: d["levels"][0]["score"].update(risk_index=1.2), "$.levels[0].score"),
        (lambda d: d["levels"][0].update(score=None), "$.levels[0].score"),
        (lambda d: d["levels"][3].update(reason=""), "$.levels[3].reason"),
        (lambda d: d.update(statement="certified"), "$.statement"),
        (lambda d: d.update(patient_name="DOE"), "$"),
        (lambda d: d["provenance"].update(ct_sha256="?"), "$.provenance.ct_sha256"),
    ],
)
def test_schema_refuses(case, validator, spoil, where):
    document = json.loads(assessment_text(case.assessment))
    spoil(document)
    assert where in {error.json_path for error in validator.iter_errors(document)}


def test_same_input_same_bytes_whatever_the_order_of_mappings(case):
    provenance = case.assessment.provenance
    turned = replace(
        provenance,
        settings=dict(reversed(provenance.settings.items())),
        libraries=dict(reversed(provenance.libraries.items())),
    )
    assert assessment_text(replace(case.assessment, provenance=turned)) == assessment_text(case.assessment)


def test_comes_back_equal(case, tmp_path):
    write_assessment(case.assessment, tmp_path / "assessment.json")
    assert parse_assessment((tmp_path / "assessment.json").read_text(encoding="utf-8")) == case.assessment


def test_comes_back_equal_without_any_score(unscored):
    assert parse_assessment(assessment_text(unscored.assessment)) == unscored.assessment


def test_centres_are_ras(case):
    document = assessment_document(case.assessment)
    left, posterior, superior = case.assessment.levels[0].center_lps
    assert document["levels"][0]["center_ras_mm"] == [-left, -posterior, superior]


def test_numpy_numbers_become_json_numbers(case):
    rows = (replace(case.assessment.levels[0], volume_ml=np.float32(31.5)), *case.assessment.levels[1:])
    assert json.loads(assessment_text(replace(case.assessment, levels=rows)))["levels"][0]["volume_ml"] == 31.5


@pytest.mark.parametrize("number", [float("nan"), float("inf"), np.float64("nan")])
def test_names_a_number_that_is_not_finite(case, number):
    rows = (replace(case.assessment.levels[0], volume_ml=number), *case.assessment.levels[1:])
    with pytest.raises(OVCFRiskError, match=r"assessment\.levels\[0\]\.volume_ml"):
        assessment_text(replace(case.assessment, levels=rows))


def test_failed_write_leaves_the_old_file(case, tmp_path):
    path = tmp_path / "assessment.json"
    write_assessment(case.assessment, path)
    before = path.read_bytes()
    rows = (replace(case.assessment.levels[0], volume_ml=float("nan")), *case.assessment.levels[1:])
    with pytest.raises(OVCFRiskError):
        write_assessment(replace(case.assessment, levels=rows), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "score the CT again"),
        ("[1]", "expected schema"),
        ('{"schema": "ovcfrisk-assessment", "schema_version": 99}', "version 99"),
        ('{"schema": "ovcfrisk-assessment", "schema_version": 4}', "levels"),
        ('{"schema": "ovcfrisk-assessment", "schema_version": 4, "levels": []}', "L1, L2, L3, L4"),
        ("[" * 100_000, "score the CT again"),
    ],
)
def test_says_what_is_wrong_with_a_foreign_file(text, message):
    with pytest.raises(OVCFRiskError, match=message):
        parse_assessment(text)


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda d: d["levels"][0]["score"].update(risk_index="0.7"), "risk_index"),
        (lambda d: d["levels"][0].update(volume_ml=[1]), "volume_ml"),
        (lambda d: d["levels"][0]["heights"].update(grade=True), "grade"),
        (lambda d: d["levels"][0]["features"].update(a="b"), "features"),
        (lambda d: d["findings"][0].update(message=None), "message"),
        (lambda d: d["provenance"].update(settings=[]), "settings"),
        (lambda d: d["findings"][0]["values"].update(value=4.0), "slice_thickness"),
        (lambda d: d["findings"][0].update(name="unheard_of"), "unheard_of"),
        (lambda d: d["levels"][0].update(center_ras_mm=[1, 2]), "'s'"),
        (lambda d: d["levels"][0].update(score=None), "L1"),
    ],
)
def test_names_a_field_of_the_wrong_kind(case, spoil, where):
    document = json.loads(assessment_text(case.assessment))
    spoil(document)
    with pytest.raises(OVCFRiskError, match=where):
        parse_assessment(json.dumps(document))


def shown_or_refused(text):
    """What a panel that restores a saved result gets."""
    try:
        return format_table(parse_assessment(text))
    except OVCFRiskError as error:
        return str(error)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_damaged_documents_are_shown_or_refused(case, data):
    text = assessment_text(case.assessment)
    start = data.draw(st.integers(0, len(text)))
    stop = data.draw(st.integers(start, min(len(text), start + 40)))
    assert shown_or_refused(text[:start] + data.draw(st.text(max_size=8)) + text[stop:])
