"""Findings gravest first, and what is needed to get the same numbers again."""

from dataclasses import replace

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.report.page.page_checks import check_table, provenance_table


def test_findings_are_listed_gravest_first_with_where_they_are(case, read_page):
    page = read_page(check_table(case.assessment))
    badges = [a["class"] for a in page.tags("span") if a.get("class", "").startswith("badge")]
    order = ["badge stops", "badge warns", "badge notes"]
    assert badges == sorted(badges, key=order.index)
    assert set(badges) == set(order)
    found = [*case.assessment.findings, *(f for row in case.assessment.levels for f in row.findings)]
    assert len(page.tags("tr")) == 1 + len(found)
    for finding in found:
        assert finding.text in page.text
        assert finding.code in page.text
    assert any(finding.severity is Severity.STOPS_SCORING for finding in found)


def test_a_finding_shows_what_was_measured_and_its_limit_with_units(case, read_page):
    text = read_page(check_table(replace(case.assessment, levels=case.assessment.levels[:1], findings=()))).text
    assert "L1" in text
    assert "-410 HU -200 HU" in text


def test_without_findings_a_sentence_says_so(unscored, read_page):
    nothing = replace(unscored.assessment, findings=())
    page = read_page(check_table(nothing))
    assert page.tags("table") == []
    assert page.text == "No check of the acquisition or of the masks found anything to report."


def test_provenance_names_model_hashes_libraries_and_nested_settings(case, read_page):
    provenance = case.assessment.provenance
    text = read_page(provenance_table(provenance, None)).text
    for expected in (
        "demonstration-1 (demonstration)",
        provenance.model_sha256,
        provenance.ct_sha256,
        provenance.labels_sha256,
        "SimpleITK 2.5.2, numpy 2.4.0, scipy 1.17.0",
        "Setting: extraction, resampled spacing 1.0 × 1.0 × 1.0",
        "Setting: interval percentiles 2.5, 97.5",
        "Setting: perturbation seed 20250601",
    ):
        assert expected in text
    assert "Acquisition" not in text


def test_a_setting_that_is_none_says_none(case, read_page):
    provenance = replace(case.assessment.provenance, settings={"resegment_range": None})
    assert "Setting: resegment range none" in read_page(provenance_table(provenance, None)).text


def test_acquisition_shows_what_the_header_gives_and_no_age_above_89_without_a_name(case, read_page):
    acquisition = Acquisition("dicom", spacing_mm=(0.8, 0.8, 1.0), kvp=120.0, kernel="B40f", patient_age_years=93.0)
    provenance = case.assessment.provenance
    text = read_page(provenance_table(provenance, acquisition)).text
    assert "Acquisition: tube voltage 120 kV" in text
    assert "Acquisition: convolution kernel B40f" in text
    assert "Acquisition: age 90 years or more" in text
    assert "exposure" not in text
    assert "Acquisition: age 93 years" in read_page(provenance_table(provenance, acquisition, is_named=True)).text
