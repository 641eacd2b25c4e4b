import numpy as np
import pytest
import SimpleITK as sitk
from scipy.spatial.transform import Rotation

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import add_margin, image_like, mask_box
from OVCFRiskLib.radiomics import ExtractionSettings, extract_features, extract_many
from OVCFRiskLib.radiomics.grid import prepare_grid
from OVCFRiskLib.radiomics.grid_placement import placement

# of these spacings every few voxels of the grid lie midway between two of the CT, and rounding errors decide
TIES = [((0.7, 0.7, 1.25), (1.0, 1.0, 1.0)), ((0.5, 0.35, 2.5), (1.0, 0.7, 1.25)), ((1.5, 0.9, 5.0), (1.0, 1.0, 1.0))]


@pytest.fixture
def scene():
    """CT and mask with a ragged surface, for a spacing, a tilt about the left-right axis and a seed."""

    def draw(spacing, degrees=0.0, seed=0):
        random = np.random.default_rng(seed)
        inside = np.zeros((41, 47, 53), np.uint8)
        inside[12:30, 14:34, 15:38] = random.random((18, 20, 23)) > 0.3
        mask = sitk.GetImageFromArray(inside)
        mask.SetSpacing(spacing)
        mask.SetDirection(Rotation.from_euler("x", degrees, degrees=True).as_matrix().ravel())
        mask.SetOrigin(random.uniform(-300, 300, 3))
        return image_like(random.normal(120, 40, inside.shape).astype(np.int16), mask), mask

    return draw


def part_of(mask, box):
    return sitk.GetArrayFromImage(mask)[box] != 0


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("spacing", "resampled"), TIES)
@pytest.mark.parametrize("axes", ["LPS", "RAI", "SAR"])
def test_masks_take_the_voxels_that_the_mask_takes_alone(scene, spacing, resampled, axes, seed):
    ct, mask = (sitk.DICOMOrient(image, axes) for image in scene(spacing, seed=seed))
    settings = ExtractionSettings(resampled_spacing=resampled)
    box = mask_box(sitk.GetArrayViewFromImage(mask))
    alone = prepare_grid(ct, box, settings)
    grid = prepare_grid(ct, box, settings, margin_mm=3.0)
    assert np.array_equal(grid.hu, alone.hu)
    placed = placement(grid)(part_of(mask, add_margin(box, 3.0, ct)))
    assert np.array_equal(placed, alone.place(mask))
    assert np.count_nonzero(placed) > 0


@pytest.mark.parametrize(("spacing", "resampled"), TIES)
def test_a_mask_among_others_has_the_features_it_has_alone(scene, spacing, resampled):
    ct, mask = scene(spacing)
    settings = ExtractionSettings(resampled_spacing=resampled)
    box = mask_box(sitk.GetArrayViewFromImage(mask))
    part = part_of(mask, add_margin(box, 2.0, ct))
    first, other, again = extract_many(ct, [part, np.ones_like(part), part], settings=settings, box=box, margin_mm=2.0)
    assert first == again == extract_features(ct, mask, settings=settings) != other


@pytest.mark.parametrize("margin_mm", [1.0, 9.0])  # within the grid's padding, and beyond it
@pytest.mark.parametrize("degrees", [0.0, 6.0, 30.0])
@pytest.mark.parametrize("resampled", [None, (1.03, 0.97, 1.01)])
def test_masks_that_reach_beyond_the_box_are_whole(scene, margin_mm, degrees, resampled):
    ct, mask = scene((0.8, 0.8, 1.3), degrees)
    settings = ExtractionSettings(resampled_spacing=resampled)
    box = mask_box(sitk.GetArrayViewFromImage(mask))
    room = add_margin(box, margin_mm, ct)
    filled = np.zeros(ct.GetSize()[::-1], np.uint8)
    filled[room] = 1
    grown = placement(prepare_grid(ct, box, settings, margin_mm))(filled[room] != 0)
    expected = prepare_grid(ct, room, settings).place(image_like(filled, ct))
    assert np.count_nonzero(grown) == pytest.approx(np.count_nonzero(expected), rel=2e-3)


def test_a_mask_of_another_box_is_refused(scene):
    ct, mask = scene((1.0, 1.0, 1.0))
    box = mask_box(sitk.GetArrayViewFromImage(mask))
    with pytest.raises(OVCFRiskError, match=r"shape \(18, 20, 23\), expected \(22, 24, 27\)"):
        next(extract_many(ct, [part_of(mask, box)], box=box, margin_mm=2.0))
