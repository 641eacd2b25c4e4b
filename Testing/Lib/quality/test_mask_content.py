import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.mask_content import check_content
from OVCFRiskLib.quality.masks import check_masks

L1, L2, L3, L4 = LumbarLevel


@pytest.fixture(scope="module")
def center(spine):
    """[k, j, i] of the middle of L2."""
    return np.round(np.argwhere(sitk.GetArrayFromImage(spine.labels) == L2).mean(axis=0)).astype(int)


def found(spine, ct):
    return {finding.code: finding for finding in check_masks(ct, cut_out_levels(spine.labels, ct)).findings[L2]}


def block(center, size):
    return tuple(slice(c - size // 2, c - size // 2 + size) for c in center)


@pytest.mark.parametrize(("hu", "name"), [(-300, "low_voxels"), (1400, "high_voxels")])
def test_one_stray_voxel_is_found(spine, change, center, hu, name):
    def edit(array):
        array[tuple(center)] = hu

    findings = found(spine, change(spine.ct, edit))
    assert list(findings) == [name]
    assert findings[name].severity is Severity.WARNING
    assert findings[name].value == hu
    assert "L2: 1 voxel" in findings[name].message


def test_noise_is_no_outlier(draw_spine):
    spine = draw_spine(noise_hu=90.0)
    findings = check_masks(spine.ct, cut_out_levels(spine.labels, spine.ct)).findings
    assert not any(findings.values())


def test_a_cleft_of_gas_is_found(spine, change, center):
    def edit(array):
        array[block(center, 5)] = -400

    findings = found(spine, change(spine.ct, edit))
    assert list(findings) == ["gas"]
    assert "cleft" in findings["gas"].message


@pytest.mark.parametrize(("hu", "size", "name"), [(3000, 4, "metal_inside"), (1100, 8, "cement_inside")])
def test_metal_and_cement_stop_scoring(spine, change, center, hu, size, name):
    def edit(array):
        array[block(center, size)] = hu

    findings = found(spine, change(spine.ct, edit))
    assert list(findings) == [name]
    assert findings[name].severity is Severity.STOPS_SCORING
    assert findings[name].value == pytest.approx(size**3 * 1.25 / 1000)


def test_dense_cortex_is_no_cement(spine, change):
    inside = sitk.GetArrayFromImage(spine.labels) == L2
    eroded = sitk.GetArrayFromImage(sitk.BinaryErode(sitk.GetImageFromArray(inside.astype(np.uint8)), (2, 2, 2)))

    def edit(array):
        array[inside & (eroded == 0)] = 1000

    assert found(spine, change(spine.ct, edit)) == {}


def test_a_mask_off_the_bone_is_told(spine, change):
    def edit(array):
        array[:] = 50

    assert list(found(spine, change(spine.ct, edit))) == ["no_bone", "no_bone_edge"]


def test_values_that_are_not_finite_stop_scoring(spine, change, center):
    def edit(array):
        array = array.astype(np.float32)
        array[tuple(center)] = np.nan
        return array

    findings = found(spine, change(spine.ct, edit))
    assert findings["not_finite"].severity is Severity.STOPS_SCORING


@pytest.mark.parametrize("offset", [1024, -1024, 2048])
def test_a_forgotten_intercept_is_named_as_calibration_not_as_cement(spine, change, offset):
    def edit(array):
        array += offset

    names = found(spine, change(spine.ct, edit))
    assert names["hu_calibration"].severity is Severity.STOPS_SCORING
    assert not {"cement_inside", "metal_inside", "no_bone"} & set(names)
    assert "not calibrated in HU" in names["hu_calibration"].text


def test_the_check_alone_finds_nothing_in_whole_bodies(spine):
    for body in cut_out_levels(spine.labels, spine.ct).values():
        assert check_content(body) == []


def test_values_that_are_not_finite_are_counted_and_nothing_else_is_said(spine, change, center):
    def edit(array):
        array = array.astype(np.float32)
        array[block(center, 2)] = np.inf
        return array

    (finding,) = check_content(cut_out_levels(spine.labels, change(spine.ct, edit))[L2])
    assert (finding.code, finding.value) == ("not_finite", 8)


@pytest.mark.parametrize(("hu", "variant"), [(-700, "gas"), (2500, "metal_inside"), (650, "cement_inside")])
def test_what_a_mask_holds_is_told_beside_a_voxel_without_a_number(spine, change, center, hu, variant):
    """Sums along a line do not forget it."""

    def edit(array):
        array = array.astype(np.float32)
        array[block(center, 9)] = hu
        for place in np.argwhere(sitk.GetArrayFromImage(spine.labels) == L2):
            array[place[0], place[1], center[2] - 26] = np.nan
        return array

    found = check_content(cut_out_levels(spine.labels, change(spine.ct, edit))[L2])
    assert variant in {finding.code for finding in found}


@pytest.mark.parametrize(("hu", "size"), [(1400, 4), (790, 9)])
def test_dense_bone_short_of_metal_and_cement_is_neither(spine, change, center, hu, size):
    def edit(array):
        array[block(center, size)] = hu

    found = check_content(cut_out_levels(spine.labels, change(spine.ct, edit))[L2])
    stops = {finding.code for finding in found if finding.severity is Severity.STOPS_SCORING}
    assert not {"metal_inside", "cement_inside"} & stops  # a warning says that it is dense


@pytest.mark.parametrize(("hu", "size", "is_told"), [(650, 9, True), (650, 4, False), (420, 9, False)])
def test_a_dense_part_of_a_body_is_warned_of(spine, change, center, hu, size, is_told):
    def edit(array):
        array[block(center, size)] = hu

    found = check_content(cut_out_levels(spine.labels, change(spine.ct, edit))[L2])
    told = [(f.code, f.variant, f.severity) for f in found if f.code == "cement_inside"]
    assert told == ([("cement_inside", "sclerotic", Severity.WARNING)] if is_told else [])


def test_thin_cortex_raised_by_a_sharp_kernel_is_no_metal(spine, change):
    """A layer of one voxel of 1700 HU, as unsharp masking makes it of 900 HU."""

    def edit(array):
        mask = sitk.GetArrayFromImage(spine.labels) == L2
        array[mask & ~ndimage.binary_erosion(mask)] = 1700

    found = check_content(cut_out_levels(spine.labels, change(spine.ct, edit))[L2])
    assert "metal_inside" not in {finding.code for finding in found}
