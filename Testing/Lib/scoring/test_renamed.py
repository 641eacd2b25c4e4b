"""A name wrong by one: which bodies leave the assessment, which one enters it, and with what risk index."""

import re

import pytest
import SimpleITK as sitk

from OVCFRiskLib.assess import assess
from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.data.json_document import assessment_document
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.scoring.renamed import change_by_renaming
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel


@pytest.fixture(scope="module")
def phantom():
    """Ribs of T12 and four bodies, in a field too low for the sacrum."""
    return make_phantom(PhantomSettings(spacing_mm=(1.0, 1.0, 1.5), field_mm=(150.0, 140.0, 225.0)))


def moved_names(labels, by):
    """Labels with names so many vertebrae further towards the feet; what leaves L1-L4 is dropped."""
    array = sitk.GetArrayFromImage(labels)
    moved = (array + by) * (array > 0)
    moved[(moved < L1) | (moved > L4)] = 0
    image = sitk.GetImageFromArray(moved.astype("uint8"))
    image.CopyInformation(labels)
    return image


@pytest.fixture(scope="module")
def right(phantom):
    """Names as they are."""
    return assess(phantom.ct, phantom.labels)


@pytest.fixture(scope="module")
def too_low(phantom):
    """L1-L3 named L2-L4."""
    return assess(phantom.ct, moved_names(phantom.labels, 1))


def test_right_names_are_not_doubted(right):
    assert [finding for finding in right.findings if finding.code == "naming"] == []


def test_a_rib_at_the_body_above_the_named_ones_is_a_warning(right, too_low):
    (finding,) = [finding for finding in too_low.findings if finding.code == "naming"]
    assert finding.severity is Severity.WARNING
    assert "ribs leave the body counted as L1 on both sides" in finding.message
    assert summarise(too_low).startswith("Check the names of the levels: L1-L4 may be T12-L3")
    risk = float(re.search(r"become L4 \(risk index (0\.\d+)\)", finding.text).group(1))
    assert risk == pytest.approx(right["L4"].score.risk_index, abs=0.05)


def test_a_wrong_name_stops_nothing_and_changes_no_score(right, too_low):
    for level in (L2, L3, L4):
        assert too_low[level].score.risk_index == right[LumbarLevel(level - 1)].score.risk_index


def test_the_finding_is_in_the_document(too_low):
    document = assessment_document(too_low)
    assert "naming" in [finding["name"] for finding in document["findings"]]


def test_bodies_that_would_leave(phantom):
    """The field ends above L1: the body that would become L1 is not found."""
    low = phantom.ct[:, :, : round((phantom.points[L1][2] + 22 - phantom.ct.GetOrigin()[2]) / 1.5)]
    labels = sitk.Resample(phantom.labels, low, sitk.Transform(), sitk.sitkNearestNeighbor)
    bodies = cut_out_levels(labels, low)
    change = change_by_renaming(low, bodies, -1, load_model(), {L4: 0.4})
    assert "what is now L4 (risk index 0.40) would leave the assessment" in change
    assert "become L1 (not found) would enter it" in change
