import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.trabecular import describe_density, measure_trabecular

L1, L2, L3, L4 = LumbarLevel


def test_mean_and_sd_are_those_of_the_trabecular_bone(draw_spine):
    spine = draw_spine(bone_hu=87.0, noise_hu=20.0)
    found = measure_trabecular(cut_out_levels(spine.labels, spine.ct)[L2])
    assert found.mean_hu == pytest.approx(87.0, abs=1.5)
    assert found.sd_hu == pytest.approx(20.0, abs=1.5)
    assert 1.0 < found.volume_ml < 15.0


def test_cortex_and_what_lies_outside_do_not_count(spine, change):
    inside = sitk.GetArrayFromImage(spine.labels) == L2
    shell = inside & ~ndimage.binary_erosion(inside, iterations=3)

    def edit(array):
        array[shell] = 900
        array[~inside] = 400

    expected = measure_trabecular(cut_out_levels(spine.labels, spine.ct)[L2])
    assert measure_trabecular(cut_out_levels(spine.labels, change(spine.ct, edit))[L2]) == expected


def test_the_basivertebral_vein_does_not_count(spine, change):
    hits = np.argwhere(sitk.GetArrayFromImage(spine.labels) == L2)
    low, high = hits.min(axis=0), hits.max(axis=0)
    middle = (low + high) // 2

    def edit(array):
        # a channel from the back to the end of the posterior third, 8 mm wide
        array[middle[0] - 3 : middle[0] + 4, high[1] - 9 : high[1] + 1, middle[2] - 4 : middle[2] + 5] = -50

    expected = measure_trabecular(cut_out_levels(spine.labels, spine.ct)[L2])
    assert measure_trabecular(cut_out_levels(spine.labels, change(spine.ct, edit))[L2]) == expected


def test_small_bodies_have_no_region(spine, change):
    def edit(array):
        small = np.zeros_like(array, bool)
        small[5:12, 5:12, 5:12] = True
        array[array == L2] = 0
        array[small] = L2

    labels = change(spine.labels, edit)
    assert measure_trabecular(cut_out_levels(labels, spine.ct)[L2]) is None


@pytest.mark.parametrize(
    ("mean_hu", "words"),
    [
        (80, "at or below 110 HU, the specific"),
        (110, "at or below 110 HU, the specific"),
        (120, "between 110 HU (specific) and 135 HU (balanced)"),
        (150, "between 135 HU (balanced) and 160 HU (sensitive)"),
        (161, "above 160 HU"),
    ],
)
def test_the_context_names_threshold_source_and_caveats(mean_hu, words):
    context = describe_density(mean_hu, L1)
    assert words in context
    assert all(
        part in context for part in ("Pickhardt 2013", "120 kVp", "contrast medium raises", "not part of the score")
    )
    assert "made for L1" not in context
    assert "made for L1, not L3" in describe_density(mean_hu, L3)
