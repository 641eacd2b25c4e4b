import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.masks import check_masks

L1, L2, L3, L4 = LumbarLevel


def cut_levels(ct, labels):
    return {
        level
        for level, findings in check_masks(ct, cut_out_levels(labels, ct)).findings.items()
        if any(f.code == "field_of_view" and f.severity is Severity.STOPS_SCORING for f in findings)
    }


def test_a_body_cut_by_the_first_slice_is_found(draw_spine):
    spine = draw_spine(shift_mm=(0, 0, -40))
    assert cut_levels(spine.ct, spine.labels) == {L4}


@pytest.mark.parametrize("shift", [(25, 0, 0), (-25, 0, 0), (0, 25, 0), (0, -22, 0)])
def test_bodies_cut_by_a_side_are_found(draw_spine, shift):
    spine = draw_spine(shift_mm=shift)
    assert cut_levels(spine.ct, spine.labels) == set(LumbarLevel)


@pytest.mark.parametrize("padding_hu", [-1024, -2000, -3024])
def test_a_body_cut_by_the_reconstruction_circle_is_found(spine, change, padding_hu):
    first, last = np.flatnonzero((sitk.GetArrayFromImage(spine.labels) == L2).any(axis=(1, 2)))[[0, -1]]

    def pad(array):
        array[first : last + 1, :, 55:] = padding_hu

    def cut(array):
        array[first : last + 1, :, 55:] = 0

    assert cut_levels(change(spine.ct, pad), change(spine.labels, cut)) == {L2}


def test_padding_away_from_the_bodies_is_no_cut(spine, change):
    def pad(array):
        array[:, :, 75:] = -1024

    assert cut_levels(change(spine.ct, pad), spine.labels) == set()


def test_a_vacuum_disc_is_no_cut(spine, change):
    inside = sitk.GetArrayFromImage(spine.labels) == L2
    below = int(np.flatnonzero(inside.any(axis=(1, 2)))[0]) - 1

    def add_gas(array):
        array[below - 2 : below + 1, 28:36, 34:46] = -990  # 0.36 ml under the endplate

    assert cut_levels(change(spine.ct, add_gas), spine.labels) == set()


def test_an_image_cropped_at_the_mask_cuts_it(spine):
    hits = np.argwhere(sitk.GetArrayFromImage(spine.labels) == L1)
    low, high = int(hits[:, 1].min()), int(hits[:, 1].max())
    tight = (slice(None), slice(low, high + 1), slice(None))
    wide = (slice(None), slice(low - 1, high + 2), slice(None))
    assert cut_levels(spine.ct[tight], spine.labels[tight]) == set(LumbarLevel)
    assert cut_levels(spine.ct[wide], spine.labels[wide]) == set()
