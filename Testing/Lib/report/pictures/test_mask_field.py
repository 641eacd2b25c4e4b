"""Surfaces of bodies lie where the masks are, in RAS mm."""

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkFiltersCore import vtkMassProperties

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.pictures.mask_field import mask_field, signed_distance


@pytest.fixture(scope="module")
def body_surface(contour):
    return lambda mask: contour(mask_field(mask))


def points(surface):
    return vtk_to_numpy(surface.GetPoints().GetData())


def volume_ml(surface):
    mass = vtkMassProperties()
    mass.SetInputData(surface)
    return mass.GetVolume() / 1000


@pytest.mark.parametrize("level", LumbarLevel)
def test_body_has_the_masks_volume_and_place(bodies, level, body_surface):
    surface, body = body_surface(bodies[level].mask_image), bodies[level]
    mask_ml = sitk.GetArrayViewFromImage(body.mask_image).sum() * np.prod(body.mask_image.GetSpacing()) / 1000
    assert volume_ml(surface) == pytest.approx(mask_ml, rel=0.05)
    middle = (points(surface).min(axis=0) + points(surface).max(axis=0)) / 2
    np.testing.assert_allclose(middle, body.center_lps * (-1, -1, 1), atol=0.8)


def test_oblique_ct_turns_the_surface(case, bodies, body_surface, turned):
    labels, matrix = turned(case.labels)
    straight = body_surface(bodies[LumbarLevel.L3].mask_image)
    oblique = body_surface(cut_out_levels(labels)[LumbarLevel.L3].mask_image)
    flip = np.diag([-1.0, -1.0, 1.0])
    np.testing.assert_allclose(points(oblique), points(straight) @ (flip @ matrix @ flip).T, atol=1e-3)


def test_body_cut_by_the_edge_is_closed_there(case, body_surface):
    cut = sitk.GetArrayFromImage(case.labels)[:-10]
    labels = sitk.GetImageFromArray(cut[60:])
    labels.SetSpacing(case.labels.GetSpacing())
    mask = cut_out_levels(labels)[LumbarLevel.L1].mask_image
    mask_ml = sitk.GetArrayViewFromImage(mask).sum() * np.prod(mask.GetSpacing()) / 1000
    assert volume_ml(body_surface(mask)) == pytest.approx(mask_ml, rel=0.06)


def test_thick_slices_make_no_steps(case, body_surface):
    thick = sitk.Resample(case.labels, [72, 80, 40], sitk.Transform(), sitk.sitkNearestNeighbor,
                          case.labels.GetOrigin(), (1.5, 1.5, 5.0), case.labels.GetDirection(), 0)  # fmt: skip
    mask = cut_out_levels(thick)[LumbarLevel.L2].mask_image
    mask_ml = sitk.GetArrayViewFromImage(mask).sum() * np.prod(mask.GetSpacing()) / 1000
    assert volume_ml(body_surface(mask)) == pytest.approx(mask_ml, rel=0.1)


@pytest.mark.parametrize("spacing", [(0.7, 0.7, 1.25), (0.35, 0.35, 5.0), (1.0, 1.0, 1.0)])
def test_distances_are_those_of_scipy(spacing):
    """Inside, and outside negative, of a mask without smoothing."""
    random = np.random.default_rng(5)
    mask = ndimage.gaussian_filter(random.normal(size=(14, 30, 32)), 2) > 0
    edges = spacing[::-1]
    expected = ndimage.distance_transform_edt(mask, sampling=edges) - ndimage.distance_transform_edt(
        ~mask, sampling=edges
    )
    np.testing.assert_allclose(signed_distance(mask, np.array(edges)), expected, atol=1e-4)
