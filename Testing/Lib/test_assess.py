"""What goes wrong at one level is said there, and the others are scored."""

import numpy as np
import SimpleITK as sitk

from OVCFRiskLib.assess import assess
from OVCFRiskLib.assessment import Status
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel

L2 = LumbarLevel.L2


def test_a_redrawn_mask_that_cannot_be_measured_stops_its_level_alone(phantom):
    """Whole masks hold HU everywhere, but a redrawn one reaches a voxel beside them that has none."""
    labels, hu = (sitk.GetArrayFromImage(image) for image in (phantom.labels, phantom.ct))
    _, j, i = np.round(np.argwhere(labels == L2).mean(axis=0)).astype(int)
    array = hu.astype(np.float32)
    array[np.flatnonzero(labels[:, j, i] == L2).max() + 1, j, i] = np.nan
    assessment = assess(image_like(array, phantom.ct), phantom.labels)
    status = {row.level: row.status for row in assessment.levels}
    assert status == {level: Status.NOT_SCORED if level is L2 else Status.SCORED for level in LumbarLevel}
    assert "NaN" in assessment.level(L2).reason
    assert [finding.code for finding in assessment.level(L2).findings] == ["features_failed"]
