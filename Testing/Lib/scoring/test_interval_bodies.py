"""The rows of an interval are the features of its masks, whatever the body, the voxels and their direction."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import image_like, mask_box
from OVCFRiskLib.radiomics import FROZEN_FEATURES, ExtractionSettings, extract_features
from OVCFRiskLib.radiomics.grid import prepare_grid
from OVCFRiskLib.radiomics.grid_placement import placement
from OVCFRiskLib.radiomics.resampling import BSPLINE_REACH_VOXELS
from OVCFRiskLib.scoring.mask_variants import mask_variants, variants_reach_mm
from OVCFRiskLib.scoring.surface_depth import DEPTH_REACH_VOXELS
from OVCFRiskLib.scoring.uncertainty import perturbed_features
from OVCFRiskLib.volume_part import Part

OWN_GRID = ExtractionSettings()
RESAMPLED = ExtractionSettings(resampled_spacing=(1.0, 1.0, 1.0))
REPEATS = 5
# Axes of a CT with the table turned by some degrees about the patient's left-right axis.
TILTS = {"tilted by 8 degrees": 8.0, "oblique by 25 degrees": 25.0}


def draw_scene(spacing, radii_mm, margin_mm=9.0, cut=(), degrees=0.0, order=(0, 1, 2), flips=(False,) * 3):
    """CT and mask of an ellipsoid of bone; ``cut`` names sides (axis, -1 or 1) where the image ends within it."""
    random = np.random.default_rng(7)
    axes = []
    for axis, (step, radius) in enumerate(zip(spacing, radii_mm, strict=True)):
        low, high = (0.4 * radius if (axis, side) in cut else radius + margin_mm for side in (-1, 1))
        axes.append((np.arange(-np.floor(low / step), np.floor(high / step) + 1)) * step / radius)
    x, y, z = axes[0][None, None, :], axes[1][None, :, None], axes[2][:, None, None]
    radius = np.sqrt(x**2 + y**2 + z**2)
    inside = radius <= 1
    hu = np.where(inside, 130 + 250 * radius**6, 40.0) + random.normal(0, 45, inside.shape)
    images = []
    for array in (np.rint(hu).astype(np.int16), inside.astype(np.uint8)):
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(spacing)
        image.SetOrigin((-31.3, 12.7, -140.1))
        image.SetDirection(turned(degrees).ravel())
        images.append(sitk.Flip(sitk.PermuteAxes(image, list(order)), list(flips)))
    return images


def turned(degrees):
    """Directions of a CT turned about the left-right axis."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])


BODY = {"spacing": (0.7, 0.7, 1.25), "radii_mm": (20.0, 14.0, 12.0)}
SCENES = {
    "body": BODY,
    "thick slices": {"spacing": (0.35, 0.35, 5.0), "radii_mm": (14.0, 10.0, 12.0)},
    "slices thinner than pixels": {"spacing": (1.2, 0.9, 0.5), "radii_mm": (14.0, 10.0, 9.0)},
    "tiny, 200 voxels": {"spacing": (1.0, 1.0, 1.0), "radii_mm": (4.0, 3.5, 3.4)},
    "a hundred voxels in three slices": {"spacing": (1.0, 1.0, 3.0), "radii_mm": (4.0, 3.0, 4.0)},
    "huge": {"spacing": (0.9, 0.9, 1.5), "radii_mm": (52.0, 41.0, 38.0)},
    "in the CT's corner": {**BODY, "cut": ((0, -1), (1, -1), (2, -1))},
    **{f"cut at side {side} of axis {axis}": {**BODY, "cut": ((axis, side),)} for axis in range(3) for side in (-1, 1)},
    "wider than the CT": {**BODY, "cut": tuple((axis, side) for axis in (0, 1) for side in (-1, 1))},
    "axes permuted and flipped": {**BODY, "order": (2, 0, 1), "flips": (True, False, True)},
    **{name: {**BODY, "degrees": degrees} for name, degrees in TILTS.items()},
    "oblique, axes permuted": {**BODY, "degrees": 30.0, "order": (1, 2, 0), "flips": (False, True, False)},
}


@pytest.mark.parametrize("settings", [OWN_GRID, RESAMPLED], ids=["own grid", "resampled"])
@pytest.mark.parametrize("scene", SCENES)
def test_the_rows_of_an_interval_are_those_of_a_full_extraction(single_mask, scene, settings):
    ct, mask = draw_scene(**SCENES[scene])
    rows = perturbed_features(ct, mask, FROZEN_FEATURES, settings, REPEATS)
    variants = list(mask_variants(mask, REPEATS))
    assert len(rows) == len({variant.tobytes() for variant in variants}) == REPEATS
    is_interpolated = settings is RESAMPLED or "oblique" in scene
    grid = prepare_grid(ct, mask_box(sitk.GetArrayViewFromImage(mask)), settings, variants_reach_mm(mask))
    for row, variant in zip(rows, variants, strict=True):
        alone = single_mask.features_alone(grid, placement(grid)(variant[grid.box]), settings)
        assert row == pytest.approx(alone, rel=1e-12, abs=0)
        # interpolated HU that are whole but for rounding are cut to either side, as ITK does, by where a grid begins
        whole = extract_features(ct, image_like(variant.astype(np.uint8), mask), FROZEN_FEATURES, settings)
        assert row == pytest.approx(whole, rel=0.03 if is_interpolated else 1e-12, abs=0)


@pytest.mark.parametrize("settings", [OWN_GRID, RESAMPLED], ids=["own grid", "resampled"])
@pytest.mark.parametrize("scene", [name for name in SCENES if name != "huge"])
def test_an_interval_does_not_depend_on_how_much_of_the_ct_is_held(scene, settings):
    ct, mask = draw_scene(**SCENES[scene])
    before, after = ([38 * ((axis, side) not in SCENES[scene].get("cut", ())) for axis in range(3)] for side in (-1, 1))
    if "order" in SCENES[scene]:
        before = after = [38] * 3
    whole_ct, whole_mask = sitk.ConstantPad(ct, before, after, -1000), sitk.ConstantPad(mask, before, after)
    expected = perturbed_features(whole_ct, whole_mask, FROZEN_FEATURES, settings, REPEATS)
    # what a part must hold: the redrawn masks, and what HU and depths depend on
    reach = variants_reach_mm(mask) / np.array(mask.GetSpacing()[::-1]) + BSPLINE_REACH_VOXELS + DEPTH_REACH_VOXELS
    box = mask_box(sitk.GetArrayViewFromImage(whole_mask))
    near = tuple(slice(int(axis.start - n), int(axis.stop + n)) for axis, n in zip(box, np.ceil(reach), strict=True))
    held, held_mask = (Part.of(image).narrowed(near) for image in (whole_ct, whole_mask))
    assert not held.is_whole
    assert perturbed_features(held, held_mask.image, FROZEN_FEATURES, settings, REPEATS) == expected
