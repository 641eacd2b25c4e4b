import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.absence import reason_of_absence
from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.levels import LumbarLevel


def labels_with(centers_mm, size_mm=200):
    """Blocks of 24 mm at heights above the lower edge, on a grid of 2 mm with slices from feet to head."""
    array = np.zeros((size_mm // 2, 40, 40), np.uint8)
    for level, center in centers_mm.items():
        array[max((center - 12) // 2, 0) : (center + 12) // 2, 10:30, 10:30] = level
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((2, 2, 2))
    return image


L1, L2, L3, L4 = LumbarLevel


@pytest.mark.parametrize(
    ("centers", "level", "outside"),
    [
        ({L1: 60, L2: 24}, L3, True),  # would lie 12 mm below the lower edge
        ({L1: 60, L2: 24}, L4, True),
        ({L1: 150, L2: 114}, L3, False),
        ({L1: 150, L2: 114}, L4, False),
        ({L1: 100, L3: 28}, L2, False),  # between two that are there
        ({L3: 150, L4: 114}, L1, True),
        ({L2: 100}, L1, False),
        ({L2: 188}, L1, True),
        ({L1: 80, L2: 44}, L3, True),  # its centre is inside, its lower endplate is not
    ],
)
def test_a_level_without_a_mask_is_outside_or_was_not_marked(centers, level, outside):
    labels = labels_with(centers)
    reason = reason_of_absence(labels, cut_out_levels(labels), level)
    assert reason == "outside the field of view" if outside else reason.startswith("not marked")
