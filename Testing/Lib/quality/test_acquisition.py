import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.quality.acquisition_checks import check_acquisition

TRAINING = {
    "slice_thickness_range_mm": [0.6, 1.25],
    "pixel_spacing_range_mm": [0.3, 1.0],
    "kvp_range": [120, 120],
    "contrast": False,
}
GOOD = Acquisition("dicom", kvp=120.0, kernel="Br40", patient_sex="F", patient_age_years=68.0, slice_thickness_mm=1.25)


def found(ct, acquisition=GOOD, training=TRAINING, labels=None):
    """By code, but for the note that a spine drawn without fat and air shows no scale."""
    bodies = None if labels is None else cut_out_levels(labels)
    findings = check_acquisition(ct, acquisition, training, bodies)
    return {finding.code: finding for finding in findings if finding.code != "hu_unchecked"}


def with_facts(**facts):
    return Acquisition(**{name: getattr(GOOD, name) for name in Acquisition.__slots__} | facts)


def test_an_acquisition_as_the_method_wants_it_has_no_finding(spine):
    assert found(spine.ct, labels=spine.labels) == {}


@pytest.mark.parametrize(
    ("facts", "name", "severity", "value"),
    [
        ({"slice_thickness_mm": 5.0}, "slice_thickness", Severity.WARNING, 5.0),
        ({"kvp": 100.0}, "tube_voltage", Severity.WARNING, 100.0),
        ({"contrast_agent": "Iomeprol", "contrast_route": "IV"}, "contrast", Severity.WARNING, "named in the header"),
        ({"kernel": "B70f"}, "kernel", Severity.WARNING, "B70f"),
        ({"patient_sex": "M"}, "patient_sex", Severity.WARNING, "M"),
        ({"patient_age_years": 44.0}, "patient_age", Severity.WARNING, 44.0),
        (
            {"image_kinds": ("subtraction", "rescale type US")},
            "computed_image",
            Severity.WARNING,
            "subtraction; rescale type US",
        ),
        ({"kvp": None, "kernel": None}, "header_incomplete", Severity.NOTE, "tube voltage, kernel"),
    ],
)
def test_each_fact_of_the_header_is_checked(spine, facts, name, severity, value):
    findings = found(spine.ct, with_facts(**facts))
    assert list(findings) == [name]
    assert (findings[name].severity, findings[name].value) == (severity, value)


def test_a_file_without_a_header_is_checked_by_its_grid_alone(spine):
    findings = found(spine.ct, None)
    assert list(findings) == ["header_incomplete"]
    assert "tube voltage, kernel, sex, age" in findings["header_incomplete"].message


def test_oral_contrast_is_no_contrast_in_the_blood(spine):
    assert found(spine.ct, with_facts(contrast_agent="Barium", contrast_route="Oral")) == {}


@pytest.mark.parametrize("agent", ["NONE", "none", " No ", "Without"])
def test_a_header_that_says_none_names_no_contrast(spine, agent):
    assert found(spine.ct, with_facts(contrast_agent=agent)) == {}


def test_contrast_is_only_noted_when_the_model_was_trained_with_it(spine):
    findings = found(spine.ct, with_facts(contrast_agent="Iomeprol"), TRAINING | {"contrast": True})
    assert findings["contrast"].severity is Severity.NOTE


def test_a_voltage_the_model_knows_is_still_noted_because_of_the_literature(spine):
    findings = found(spine.ct, with_facts(kvp=100.0), TRAINING | {"kvp_range": [80, 140]})
    assert findings["tube_voltage"].severity is Severity.NOTE


@pytest.mark.parametrize(
    ("spacing", "name", "value"),
    [
        ((1.0, 1.0, 3.0), "slice_thickness", 3.0),
        ((1.0, 1.0, 0.4), "slice_thickness", 0.4),
        ((1.2, 1.2, 1.0), "pixel_spacing", 1.2),
        ((0.2, 0.2, 1.0), "pixel_spacing", 0.2),
    ],
)
def test_the_grid_is_held_against_method_and_training(spacing, name, value):
    ct = sitk.Image(24, 24, 24, sitk.sitkInt16)
    ct.SetSpacing(spacing)
    findings = found(ct, with_facts(slice_thickness_mm=None))
    assert list(findings) == [name]
    assert findings[name].value == pytest.approx(value)


def test_slices_are_found_in_permuted_axes(spine):
    permuted = sitk.PermuteAxes(spine.ct, [2, 0, 1])
    assert found(permuted) == {}
    thick = sitk.Image(10, 24, 24, sitk.sitkInt16)
    thick.SetSpacing((4.0, 0.8, 0.8))
    thick.SetDirection((0, 1, 0, 0, 0, 1, 1, 0, 0))
    assert found(thick)["slice_thickness"].value == pytest.approx(4.0)


def test_missing_ranges_of_a_card_are_not_checked(spine):
    empty = dict.fromkeys(TRAINING)
    assert found(spine.ct, with_facts(kvp=120.0), empty) == {}


@pytest.mark.parametrize(("tilt_deg", "names"), [(5, []), (20, ["slice_tilt"])])
def test_tilted_slices_are_told(tilt_deg, names):
    ct = sitk.Image(24, 24, 24, sitk.sitkInt16)
    angle = np.deg2rad(tilt_deg)
    ct.SetDirection((1, 0, 0, 0, np.cos(angle), -np.sin(angle), 0, np.sin(angle), np.cos(angle)))
    findings = found(ct)
    assert list(findings) == names
    assert all(finding.value == pytest.approx(tilt_deg) for finding in findings.values())


@pytest.mark.parametrize(("size", "near"), [(3, True), (1, False)])
def test_metal_counts_when_it_is_more_than_a_voxel(spine, change, size, near):
    def edit(array):
        array[60 : 60 + size, 5 : 5 + size, 5 : 5 + size] = 3000

    assert ("metal" in found(change(spine.ct, edit), labels=spine.labels)) == near


def test_metal_far_from_the_bodies_does_not_count(spine, change):
    def keep_l1(array):
        array[array != 20] = 0

    def edit(array):
        array[5:10, 5:10, 5:10] = 3000

    ct = change(spine.ct, edit)
    assert "metal" in found(ct)
    assert "metal" not in found(ct, labels=change(spine.labels, keep_l1))
