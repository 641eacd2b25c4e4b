"""A small CT in HU that tests damage, and what reading it may come to."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import open_ct, read_ct_and_acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import whole_box

SPACING, ORIGIN = (0.7, 0.8, 1.25), (-100.5, 20.25, -900.125)


def hu():
    """Air, fat, soft tissue, bone: (40, 26, 24)."""
    array = np.random.default_rng(3).normal(0, 300, (40, 26, 24)).round().clip(-1024, 2000).astype(np.int16)
    array[:, :6], array[:, 6:9], array[:, 12:18, 8:16] = -1000, -90, 300
    return array


def sound_ct():
    """The CT on its grid."""
    image = sitk.GetImageFromArray(hu())
    image.SetSpacing(SPACING)
    image.SetOrigin(ORIGIN)
    return image


def read_as_stream(path):
    """A CT with its acquisition, as the program reads it."""
    opened = open_ct(path)
    part, acquisition = opened.read(whole_box(opened.grid))
    return part.image, acquisition


def assert_outcome(path, expected, place=ORIGIN):
    """``expected`` is "same", or what the error says; both ways of reading agree."""
    for read in (read_ct_and_acquisition, read_as_stream):
        if expected != "same":
            with pytest.raises(OVCFRiskError, match=expected):
                read(path)
            continue
        image, _ = read(path)
        assert np.array_equal(sitk.GetArrayFromImage(image), hu())
        assert image.GetSpacing() == pytest.approx(SPACING)
        assert image.GetOrigin() == pytest.approx(place, abs=1e-3)
        assert image.GetDirection() == pytest.approx(np.eye(3).ravel(), abs=1e-5)
