import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.quality.clipping import ceiling_hu, check_clipping, floor_hu


@pytest.mark.parametrize(
    ("low", "high", "variants"),
    [
        (-2000, 3000, []),
        (-2000, 250, ["above in masks"]),
        (-200, 1200, ["below"]),
        (-160, 240, ["above in masks", "below"]),
        (70, 3000, ["below in masks"]),
    ],
)
def test_a_window_is_told_and_where_it_cuts_bodies_they_are_outside_the_model(phantom, low, high, variants):
    array = sitk.GetArrayFromImage(phantom.ct)
    array[:, :30] = -1000  # air in front of the patient
    ct = sitk.GetImageFromArray(np.clip(array, low, high))
    ct.CopyInformation(phantom.ct)
    findings = check_clipping(ct, cut_out_levels(phantom.labels, ct))
    assert [finding.variant for finding in findings] == variants
    for finding in findings:
        is_in_masks = finding.variant.endswith("in masks")
        assert finding.is_outside_model == is_in_masks
        assert finding.severity is (Severity.WARNING if is_in_masks else Severity.NOTE)
        assert f"{low if 'below' in finding.variant else high} are cut off" in finding.message
        assert ("outside of the masks" in finding.message) != is_in_masks


def test_without_bodies_a_window_is_noted(phantom):
    """Where it cuts is not known then: the panel asks before there are masks."""
    (finding,) = check_clipping(sitk.Clamp(phantom.ct, upperBound=240))
    assert (finding.variant, finding.severity) == ("above", Severity.NOTE)
    assert finding.message.endswith("HU above 240 are cut off in the CT, as by a display window.")


@pytest.mark.parametrize("kind", [sitk.sitkFloat32, sitk.sitkFloat64])
def test_a_window_that_ends_at_a_fraction_is_found_in_masks_of_every_type(phantom, kind):
    ct = sitk.Clamp(sitk.Cast(phantom.ct, kind), kind, -2000.0, 240.3)
    assert [finding.variant for finding in check_clipping(ct, cut_out_levels(phantom.labels, ct))] == ["above in masks"]


def test_single_voxels_and_air_are_no_window():
    values = np.arange(10000.0) / 10 - 300
    assert floor_hu(values) is None
    assert ceiling_hu(values) is None
    values[:500] = -1000
    assert floor_hu(values) is None
    values[:500] = -300
    assert floor_hu(values) == -300
    assert floor_hu(np.empty(0)) is None
