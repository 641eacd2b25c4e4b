"""A small CT for reading tests."""

import numpy as np
import pytest
import SimpleITK as sitk


@pytest.fixture
def small_ct() -> sitk.Image:
    """12 axial slices of 20 x 24 voxels, -1000 to 900 HU, no two planes and rows alike."""
    rng = np.random.default_rng(7)
    image = sitk.GetImageFromArray(rng.integers(-1000, 900, size=(12, 20, 24)).astype(np.int16))
    image.SetSpacing((0.8, 0.7, 1.25))
    image.SetOrigin((-12.5, 31.0, -640.25))
    return image
