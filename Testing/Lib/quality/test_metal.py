"""Metal is found where its streaks reach the bodies, by its volume; single bright voxels are none."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings.acquisition_codes import METAL_MIN_MM3
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.metal import METAL_HU, STREAK_MM, check_metal_nearby


def scene(metal_at=None, edge=3, hu=3000.0):
    """A CT of 1 mm voxels with a body of 20 mm at its middle, and a cube of metal."""
    ct = np.full((140, 140, 140), 40.0, np.float32)
    labels = np.zeros(ct.shape, np.uint8)
    labels[60:80, 60:80, 60:80] = LumbarLevel.L2
    if metal_at is not None:
        ct[tuple(slice(at, at + edge) for at in metal_at)] = hu
    ct, labels = (sitk.GetImageFromArray(array) for array in (ct, labels))
    return ct, cut_out_levels(labels, ct)


def test_a_screw_beside_a_body_is_found_with_its_volume():
    (finding,) = check_metal_nearby(*scene((70, 70, 90)))
    assert finding.value == pytest.approx(27.0)
    assert "near the vertebral bodies" in finding.text


@pytest.mark.parametrize(("distance", "found"), [(STREAK_MM - 5, True), (STREAK_MM + 5, False)])
def test_what_is_farther_than_streaks_reach_is_no_finding(distance, found):
    ct, bodies = scene((70, 70, 80 + int(distance)))
    assert bool(check_metal_nearby(ct, bodies)) is found
    assert check_metal_nearby(ct), "without bodies the whole CT counts"


@pytest.mark.parametrize(("edge", "found"), [(2, False), (3, True)])
def test_single_bright_voxels_are_calcifications(edge, found):
    """Cubes of 8 and of 27 mm3 around the limit of 10 mm3."""
    assert 8 < METAL_MIN_MM3 < 27
    assert bool(check_metal_nearby(*scene((70, 70, 90), edge))) is found


@pytest.mark.parametrize(("hu", "found"), [(METAL_HU - 1, False), (METAL_HU, True)])
def test_dense_bone_is_no_metal(hu, found):
    assert bool(check_metal_nearby(*scene((70, 70, 90), hu=hu))) is found


def test_a_ct_without_metal():
    assert check_metal_nearby(*scene()) == []


def with_cement(up_mm, hu=1800.0, edge=10):
    """Cement a little in front of the middle of a vertebra above or below the body."""
    at = 70 + up_mm - edge // 2
    return check_metal_nearby(*scene((at, 64, 64), edge, hu))


@pytest.mark.parametrize(("up_mm", "where"), [(36, "above L2"), (-36, "below L2")])
def test_cement_in_the_next_vertebra_is_told(up_mm, where):
    (finding,) = with_cement(up_mm)
    assert where in finding.text
    assert finding.value == pytest.approx(1000.0)


def test_dense_plates_and_small_islands_are_no_cement():
    assert with_cement(36, hu=1200.0) == []
    assert with_cement(36, edge=7) == []


def test_contrast_medium_beside_the_spine_is_no_cement():
    assert check_metal_nearby(*scene((100, 64, 100), 10, 1800.0)) == []
    assert check_metal_nearby(*scene((100, 30, 64), 10, 1800.0)) == []
