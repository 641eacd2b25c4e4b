import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import HU_CALIBRATION
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.hu_scale import scale_and_fat
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.quality.muscle import check_muscle, muscle_hu

STOPS, WARNS = Severity.STOPS_SCORING, Severity.WARNING


def shifted(image, slope, offset):
    return sitk.Cast(image, sitk.sitkFloat32) * slope + offset


def test_muscles_of_a_phantom_are_read(phantom):
    """They are drawn with 55 HU; a crop that ends at the bodies shows none."""
    assert muscle_hu(phantom.ct, cut_out_levels(phantom.labels, phantom.ct)) == pytest.approx(55, abs=3)
    behind = np.nonzero(sitk.GetArrayViewFromImage(phantom.labels))[1].max()
    cut, labels = (image[:, : int(behind) + 25, :] for image in (phantom.ct, phantom.labels))
    first = {LumbarLevel.L1: cut_out_levels(labels, cut)[LumbarLevel.L1]}
    assert muscle_hu(cut, first) is None


@pytest.mark.parametrize(
    ("hu", "fat", "found"),
    [
        (55, None, None),
        (10, None, None),
        (80, None, None),
        (-20, None, (WARNS, "muscle")),
        (100, None, (WARNS, "muscle")),
        (-60, None, (STOPS, "muscle")),
        (150, None, (STOPS, "muscle")),
        (-60, -105.0, None),  # fat is where it should be: these are no muscles
        (5, -147.0, (STOPS, "offset")),
        (40, -147.0, None),
        (95, -70.0, (STOPS, "offset")),
        (60, -70.0, None),
    ],
)
def test_muscle_speaks_where_fat_is_not_where_it_should_be(spine, hu, fat, found):
    """The drawn spine has 50 HU wherever there is no bone."""
    ct = shifted(spine.ct, 1.0, hu - 50.0)
    findings = check_muscle(ct, cut_out_levels(spine.labels, ct), fat)
    assert {(f.severity, f.variant) for f in findings.values()} == ({found} if found else set())
    assert set(findings) == (set(LumbarLevel) if found else set())


@pytest.mark.parametrize(
    ("slope", "offset"),
    [(1.0, 50.0), (1.0, -50.0), (1.0, -100.0), (1.0, 100.0), (1.05, 51.2), (1.1, 102.4), (0.95, -51.2), (0.9, -102.4)],
)
def test_stored_values_with_a_wrong_slope_or_intercept_stop_as_calibration(phantom, slope, offset):
    """A slope multiplies what is stored, so that water moves and air stays."""
    ct = shifted(phantom.ct, slope, offset)
    checks = check_masks(ct, cut_out_levels(phantom.labels, ct))
    codes = [{f.code for f in found if f.severity is STOPS} for found in checks.findings.values()]
    assert all("hu_calibration" in found for found in codes)


def test_a_crop_without_fat_is_judged_by_its_muscles(shared_data):
    folder = shared_data / "tptbox-l3"
    ct = sitk.ReadImage(str(folder / "sub-ct_label-22_ct.nii.gz"))
    assert scale_and_fat(ct)[1] is None
    vertebra, part = (sitk.ReadImage(str(folder / f"sub-ct_seg-{n}_label-22_msk.nii.gz")) for n in ("vert", "subreg"))
    values, parts = sitk.GetArrayFromImage(vertebra), sitk.GetArrayFromImage(part)
    body = sitk.GetImageFromArray(((values == 22) & np.isin(parts, (49, 50))).astype(np.uint8) * int(LumbarLevel.L3))
    body.CopyInformation(vertebra)
    for offset, severity in ((0, None), (50, WARNS), (-50, WARNS), (-100, STOPS)):
        moved = shifted(ct, 1.0, offset)
        found = check_masks(moved, cut_out_levels(body, moved)).findings[LumbarLevel.L3]
        assert [f.severity for f in found if f.code == HU_CALIBRATION.code] == ([severity] if severity else [])
