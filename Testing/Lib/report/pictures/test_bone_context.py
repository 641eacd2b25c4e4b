"""The bone around the bodies: what it is, where, and that it is not the bodies."""

import numpy as np
import pytest
import SimpleITK as sitk
from vtkmodules.util.numpy_support import vtk_to_numpy

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.report.pictures.bone_context import CONTEXT_SAMPLE_MM, bone_context


@pytest.fixture(scope="module")
def context(contour):
    """Points of the bone's surface, LPS mm."""
    return lambda ct, bodies: vtk_to_numpy(contour(bone_context(ct, bodies)).GetPoints().GetData()) * (-1, -1, 1)


def test_context_is_the_arches_and_not_the_bodies(case, bodies, context):
    where = context(case.ct, bodies)
    for body in bodies.values():
        arch = np.add(body.center_lps, (0.0, 30.0, -4.0))
        assert (np.abs(where - arch).max(axis=1) < 16).any()
        inside = np.abs(where - body.center_lps) < (body.high_lps - body.low_lps) / 2 - 3
        assert not inside.all(axis=1).any()


def test_oblique_ct_turns_the_context(case, bodies, context, turned):
    (ct, matrix), (labels, _) = turned(case.ct), turned(case.labels)
    straight = context(case.ct, bodies)
    oblique = context(ct, cut_out_levels(labels)) @ matrix
    np.testing.assert_allclose(oblique.min(axis=0), straight.min(axis=0), atol=1.5)
    np.testing.assert_allclose(oblique.max(axis=0), straight.max(axis=0), atol=1.5)


def test_no_bone_no_context(case, bodies):
    soft = np.full(case.ct.GetSize()[::-1], 40, np.int16)
    assert bone_context(image_like(soft, case.ct), bodies) is None


@pytest.mark.parametrize("spacing", [(0.5, 0.5, 0.8), (0.7, 0.7, 3.0), (1.5, 1.5, 5.0)])
def test_whatever_the_voxels_the_bone_lies_at_its_place(case, bodies, context, spacing):
    def on_grid(image, interpolator):
        size = [int(n * old / new) for n, old, new in zip(image.GetSize(), image.GetSpacing(), spacing, strict=True)]
        place = image.GetOrigin(), spacing, image.GetDirection()
        return sitk.Resample(
            image, size, sitk.Transform(), interpolator, *place, -1000 if interpolator == sitk.sitkLinear else 0
        )

    ct, labels = on_grid(case.ct, sitk.sitkLinear), on_grid(case.labels, sitk.sitkNearestNeighbor)
    expected, found = context(case.ct, bodies), context(ct, cut_out_levels(labels))
    coarse = max(CONTEXT_SAMPLE_MM, *spacing)
    np.testing.assert_allclose(found.min(axis=0), expected.min(axis=0), atol=coarse)
    np.testing.assert_allclose(found.max(axis=0), expected.max(axis=0), atol=coarse)


@pytest.mark.filterwarnings("error")
def test_what_has_no_number_is_no_bone_and_hides_none(case, bodies, context):
    array = sitk.GetArrayFromImage(case.ct).astype(np.float32)
    where = context(case.ct, bodies)
    array[0, 0, :] = array[:, -1, -1] = np.nan
    array[array.shape[0] // 2, 2, 2] = np.inf
    found = bone_context(image_like(array, case.ct), bodies)
    assert np.isfinite(found.values).all()
    np.testing.assert_allclose(context(image_like(array, case.ct), bodies).min(axis=0), where.min(axis=0), atol=1e-3)
