"""The parameters of a cohort: each has a source or the word that it is assumed; scans are changes of known ones."""

import dataclasses

import pytest

from OVCFRiskLib.simulation.cohort.cohort_model import (
    ASSUMPTION_SOURCES,
    ROUTINE_SCAN,
    SCANS,
    STATEMENT,
    CohortModel,
    parameters_document,
)


def test_every_parameter_has_a_source():
    named = [name.strip() for names in ASSUMPTION_SOURCES for name in names.split(",")]
    assert len(named) == len(set(named))
    assert set(named) == set(CohortModel.__slots__)


@pytest.mark.parametrize("scan", SCANS)
def test_a_scan_changes_the_scan_alone(scan):
    changed = dataclasses.replace(CohortModel(), **SCANS[scan])
    different = {name for name in CohortModel.__slots__ if getattr(changed, name) != getattr(CohortModel(), name)}
    assert different == set(SCANS[scan])
    assert different <= {"contrast_fraction", "blur_fwhm_mm", "edge_gain", "slices_mm", "kvp"}
    assert (scan == ROUTINE_SCAN) == (not different)


def test_the_document_says_that_nobody_is_behind_it():
    document = parameters_document(CohortModel(), 10, 3)
    assert document["statement"] == STATEMENT
    assert "Simulated" in STATEMENT
    assert (document["patients"], document["seed"]) == (10, 3)
    assert document["parameters"]["hu_at_t_zero"] == CohortModel().hu_at_t_zero
