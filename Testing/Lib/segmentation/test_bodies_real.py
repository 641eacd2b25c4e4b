"""Bodies from points on real CTs."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.geometry import index_to_lps, mask_box
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.points import read_points
from OVCFRiskLib.segmentation import segment_bodies

# TPTBox's values: vertebra L3, corpus border and corpus.
L3_VERTEBRA, CORPUS = 22, (49, 50)


def dice(a: np.ndarray, b: np.ndarray) -> float:
    """Overlap of two masks."""
    return 2 * np.count_nonzero(a & b) / (np.count_nonzero(a) + np.count_nonzero(b))


@pytest.fixture(scope="module")
def l3_crop(shared_data) -> tuple[sitk.Image, np.ndarray]:
    """A CT with permuted axes, and L3's body as others drew it."""
    folder = shared_data / "tptbox-l3"
    ct = sitk.ReadImage(str(folder / "sub-ct_label-22_ct.nii.gz"))
    vertebra, part = (
        sitk.GetArrayFromImage(sitk.ReadImage(str(folder / f"sub-ct_seg-{name}_label-22_msk.nii.gz")))
        for name in ("vert", "subreg")
    )
    return ct, (vertebra == L3_VERTEBRA) & np.isin(part, CORPUS)


@pytest.mark.parametrize("click_error", [(0, 0, 0), (5, 0, 0), (0, 0, 5)], ids=str)
def test_l3_agrees_with_the_mask_of_others(l3_crop, click_error):
    ct, body = l3_crop
    click = index_to_lps(ct, np.argwhere(body)).mean(axis=0) + click_error
    labels = sitk.GetArrayFromImage(segment_bodies(ct, {LumbarLevel.L3: tuple(click)}))
    assert dice(labels == LumbarLevel.L3, body) >= 0.90


def test_contrast_and_thick_slices(shared_data):
    ct = read_ct(shared_data / "crlm-ct-1006-dicom")
    points = read_points(shared_data / "crlm-ct-1006-points.mrk.json")
    labels = sitk.GetArrayFromImage(segment_bodies(ct, points))
    voxel_ml = np.prod(ct.GetSpacing()) / 1000
    for level in (LumbarLevel.L1, LumbarLevel.L2, LumbarLevel.L3):
        assert 20 <= np.count_nonzero(labels == level) * voxel_ml <= 50
    assert mask_box(labels == LumbarLevel.L4)[0].start == 0, "L4 is cut by the field of view and reaches its border"
