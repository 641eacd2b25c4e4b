"""Walls and plates of drawn bodies, whose cortex stands 150 HU over the bone within."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.body_sampler import BodySampler
from OVCFRiskLib.quality.body_surface import measure_walls, weaker_plate_hu

L2 = LumbarLevel.L2


def place_of(ct, labels):
    return BodySampler(ct, cut_out_levels(labels, ct)[L2])


def test_walls_of_a_body_have_an_edge_and_a_cortex_at_every_height(spine):
    walls = measure_walls(place_of(spine.ct, spine.labels))
    assert walls.bony_fraction == 1.0
    assert walls.back_mm == pytest.approx(16, abs=1.0)
    assert walls.cortex_hu == pytest.approx((100, 100), abs=25)  # blurred by the mean over patches


def test_a_wall_without_cortex_is_told_by_its_band(spine, change):
    """The upper half of the body as bright as before, but even, like a disc with contrast."""
    array = sitk.GetArrayFromImage(spine.labels)
    middle = np.argwhere(array == L2)[:, 0].mean()
    upper = (array == L2) & (np.arange(array.shape[0])[:, None, None] > middle)

    def edit(hu):
        hu[upper] = 150

    walls = measure_walls(place_of(change(spine.ct, edit), spine.labels))
    assert walls.cortex_hu[0] < 20 < 60 < walls.cortex_hu[1]
    assert walls.bony_fraction == 1.0


def test_the_weaker_plate_counts(spine, change):
    whole = weaker_plate_hu(place_of(spine.ct, spine.labels))
    assert whole > 40

    def edit(labels):
        lowest = np.argwhere(labels == L2)[:, 0].min()
        labels[: lowest + 6][labels[: lowest + 6] == L2] = 0

    assert weaker_plate_hu(place_of(spine.ct, change(spine.labels, edit))) < 15


def test_walls_outside_of_the_field_are_unknown(spine):
    box = [slice(a, b) for a, b in ((20, 60), (0, 70), (0, 160))]
    assert not np.isnan(measure_walls(place_of(spine.ct[box], spine.labels[box])).back_mm)
