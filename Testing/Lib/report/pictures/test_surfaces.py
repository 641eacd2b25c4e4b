"""Surfaces lie where the masks are, in RAS mm."""

import numpy as np
import pytest
import SimpleITK as sitk
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkFiltersCore import vtkMassProperties

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.pictures.bone_context import bone_context
from OVCFRiskLib.report.pictures.mask_field import mask_field
from OVCFRiskLib.report.pictures.surface_field import SurfaceField
from OVCFRiskLib.report.pictures.surfaces import contour_surface


def body_surface(mask):
    return contour_surface(mask_field(mask))


def points(surface):
    return vtk_to_numpy(surface.GetPoints().GetData())


def volume_ml(surface):
    mass = vtkMassProperties()
    mass.SetInputData(surface)
    return mass.GetVolume() / 1000


def turned(image, angles=(0.35, 0.2, 0.15)):
    """The same voxels in a CT that lies obliquely."""
    transform = sitk.Euler3DTransform()
    transform.SetRotation(*angles)
    matrix = np.array(transform.GetMatrix()).reshape(3, 3)
    image = sitk.Image(image)
    image.SetOrigin((matrix @ np.array(image.GetOrigin())).tolist())
    image.SetDirection(matrix.ravel().tolist())
    return image, matrix


@pytest.mark.parametrize("level", LumbarLevel)
def test_body_has_the_masks_volume_and_place(bodies, level):
    surface, body = body_surface(bodies[level].mask_image), bodies[level]
    mask_ml = sitk.GetArrayViewFromImage(body.mask_image).sum() * np.prod(body.mask_image.GetSpacing()) / 1000
    assert volume_ml(surface) == pytest.approx(mask_ml, rel=0.05)
    middle = (points(surface).min(axis=0) + points(surface).max(axis=0)) / 2
    np.testing.assert_allclose(middle, body.center_lps * (-1, -1, 1), atol=0.8)


def test_oblique_ct_turns_the_surface(case, bodies):
    labels, matrix = turned(case.labels)
    straight = body_surface(bodies[LumbarLevel.L3].mask_image)
    oblique = body_surface(cut_out_levels(labels)[LumbarLevel.L3].mask_image)
    flip = np.diag([-1.0, -1.0, 1.0])
    np.testing.assert_allclose(points(oblique), points(straight) @ (flip @ matrix @ flip).T, atol=1e-3)


def test_body_cut_by_the_edge_is_closed_there(case):
    cut = sitk.GetArrayFromImage(case.labels)[:-10]
    labels = sitk.GetImageFromArray(cut[60:])
    labels.SetSpacing(case.labels.GetSpacing())
    mask = cut_out_levels(labels)[LumbarLevel.L1].mask_image
    mask_ml = sitk.GetArrayViewFromImage(mask).sum() * np.prod(mask.GetSpacing()) / 1000
    assert volume_ml(body_surface(mask)) == pytest.approx(mask_ml, rel=0.06)


def test_thick_slices_make_no_steps(case):
    thick = sitk.Resample(case.labels, [72, 80, 40], sitk.Transform(), sitk.sitkNearestNeighbor,
                          case.labels.GetOrigin(), (1.5, 1.5, 5.0), case.labels.GetDirection(), 0)  # fmt: skip
    mask = cut_out_levels(thick)[LumbarLevel.L2].mask_image
    mask_ml = sitk.GetArrayViewFromImage(mask).sum() * np.prod(mask.GetSpacing()) / 1000
    assert volume_ml(body_surface(mask)) == pytest.approx(mask_ml, rel=0.1)


def test_context_is_the_arches_and_not_the_bodies(case, bodies):
    where = points(contour_surface(bone_context(case.ct, bodies))) * (-1, -1, 1)  # LPS
    for body in bodies.values():
        arch = np.add(body.center_lps, (0.0, 30.0, -4.0))
        assert (np.abs(where - arch).max(axis=1) < 16).any()
        inside = np.abs(where - body.center_lps) < (body.high_lps - body.low_lps) / 2 - 3
        assert not inside.all(axis=1).any()


def test_oblique_ct_turns_the_context(case, bodies):
    (ct, matrix), (labels, _) = turned(case.ct), turned(case.labels)
    straight = points(contour_surface(bone_context(case.ct, bodies))) * (-1, -1, 1)
    oblique = points(contour_surface(bone_context(ct, cut_out_levels(labels)))) * (-1, -1, 1) @ matrix
    np.testing.assert_allclose(oblique.min(axis=0), straight.min(axis=0), atol=1.5)
    np.testing.assert_allclose(oblique.max(axis=0), straight.max(axis=0), atol=1.5)


def test_no_bone_no_context(case, bodies):
    soft = np.full(case.ct.GetSize()[::-1], 40, np.int16)
    assert bone_context(image_like(soft, case.ct), bodies) is None


def test_a_sphere_of_a_field_lies_where_its_samples_do():
    k, j, i = np.indices((41, 41, 41)) - 20.0
    to_ras = np.array([[0.0, 0.0, 2.0, 5.0], [1.0, 0.0, 0.0, -3.0], [0.0, 1.0, 0.0, 8.0], [0.0, 0.0, 0.0, 1.0]])
    field = SurfaceField((12.0 - np.sqrt(k**2 + j**2 + i**2)).astype(np.float32), 0.0, to_ras)
    surface = contour_surface(field)
    assert volume_ml(surface) == pytest.approx(4 / 3 * np.pi * 12**3 * 2 / 1000, rel=0.02)
    np.testing.assert_allclose(surface.GetCenter(), (5.0 + 2 * 20, -3.0 + 20, 8.0 + 20), atol=0.1)
