"""What a feature table's description says of the CTs behind it: ranges over all, null where one does not say."""

from __future__ import annotations

import pytest
import SimpleITK as sitk

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.radiomics.feature_description import describe_table, scan_facts, widened
from OVCFRiskLib.radiomics.settings import ExtractionSettings

SETTINGS = ExtractionSettings(resampled_spacing=(1.0, 1.0, 1.0))


def scan(spacing=(0.7, 0.8, 1.25), direction=None, **facts):
    image = sitk.Image(4, 4, 4, sitk.sitkInt16)
    image.SetSpacing(spacing)
    if direction:
        image.SetDirection(direction)
    return scan_facts(image, Acquisition(source="dicom", spacing_mm=spacing, **facts))


def test_facts_of_one_ct():
    assert scan(kvp=120.0, contrast_agent="yes") == {
        "slice_mm": 1.25,
        "pixel_mm": [0.7, 0.8],
        "kvp": 120.0,
        "has_contrast": True,
    }
    assert scan()["kvp"] is None
    assert scan()["has_contrast"] is None


def test_the_thicker_of_thickness_and_distance_counts():
    assert scan(slice_thickness_mm=3.0)["slice_mm"] == 3.0
    assert scan(slice_thickness_mm=0.6)["slice_mm"] == 1.25


def test_slices_are_across_the_patient_whatever_axis_they_lie_on():
    """Head and feet along the second axis of the file."""
    found = scan(spacing=(0.7, 2.5, 0.8), direction=(1, 0, 0, 0, 0, -1, 0, 1, 0))
    assert (found["slice_mm"], found["pixel_mm"]) == (2.5, [0.7, 0.8])


def test_ranges_over_all_cts():
    scans = [scan(kvp=100.0), scan((0.5, 0.5, 0.6), kvp=120.0, contrast_agent="x")]
    assert describe_table(scans, SETTINGS) == {
        "extraction": SETTINGS.to_dict(),
        "slice_thickness_range_mm": [0.6, 1.25],
        "pixel_spacing_range_mm": [0.5, 0.8],
        "kvp_range": [100.0, 120.0],
        "contrast": True,
    }


def test_one_ct_that_does_not_say_its_voltage_leaves_the_range_open():
    found = describe_table([scan(kvp=100.0), scan()], SETTINGS)
    assert found["kvp_range"] is None
    assert "contrast" not in found
    assert describe_table([], SETTINGS) == {"extraction": SETTINGS.to_dict()}


def test_a_folder_with_one_more_table_has_the_wider_ranges():
    one, other = (
        describe_table([scan(spacing, kvp=kvp)], SETTINGS)
        for spacing, kvp in (
            ((0.7, 0.7, 1.25), 120.0),
            ((0.9, 0.9, 0.625), 100.0),
        )
    )
    found = widened(one, other, "out")
    assert found["slice_thickness_range_mm"] == [0.625, 1.25]
    assert found["pixel_spacing_range_mm"] == [0.7, 0.9]
    assert found["kvp_range"] == [100.0, 120.0]


def test_tables_of_two_grids_do_not_lie_in_one_folder():
    one = describe_table([scan()], SETTINGS)
    with pytest.raises(OVCFRiskError, match="'out' holds features extracted with"):
        widened(one, describe_table([scan()], ExtractionSettings()), "out")
