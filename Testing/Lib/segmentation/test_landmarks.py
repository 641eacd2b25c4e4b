"""Ribs and sacrum give a vertebra its number whatever name it was given, and say nothing where they are not seen."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import image_like
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.landmarks import S1, T12, Landmarks, find_landmarks
from OVCFRiskLib.segmentation.placement import along_canal
from OVCFRiskLib.segmentation.rib_path import rib_strength
from OVCFRiskLib.segmentation.sacral_wing import wing_strength
from OVCFRiskLib.segmentation.straightened import BESIDE_CANAL
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
from OVCFRiskLib.simulation.spine import stack_vertebrae

# From T11 to the sacrum, thin bone.
SETTINGS = PhantomSettings(
    seed=12,
    trabecular_hu=30.0,
    cortex_mm=0.3,
    spacing_mm=(1.0, 1.0, 2.0),
    field_mm=(150.0, 130.0, 330.0),
    shift_mm=(0.0, 15.0, 0.0),
)


@pytest.fixture(scope="module")
def long_field() -> sitk.Image:
    """A field with ribs and sacrum."""
    return make_phantom(SETTINGS).ct


def centers(shift=0):
    """Middles of the bodies that names shifted by some vertebrae call L1-L4."""
    bodies = {int(name): vertebra.body_center for name, vertebra in stack_vertebrae(SETTINGS).items()}
    return {level: bodies[level - shift] for level in LumbarLevel if level - shift in bodies}


@pytest.mark.parametrize("shift", [-1, 0, 1])
def test_vertebrae_are_counted_from_ribs_and_sacrum(long_field, shift):
    assert find_landmarks(long_field, centers(shift)) == Landmarks(T12 + shift, 2, S1 + shift)


@pytest.mark.parametrize("names", ["L1 L2", "L3 L4", "L2 L4"])
def test_some_levels_are_enough(long_field, names):
    some = {level: centers()[level] for level in map(LumbarLevel.__getitem__, names.split())}
    found = find_landmarks(long_field, some)
    assert found.lowest_rib in (T12, None)
    assert found.first_sacral in (S1, None)
    assert (found.lowest_rib, found.first_sacral) != (None, None)


def test_a_field_of_four_bodies_says_nothing(long_field):
    top, bottom = centers()[LumbarLevel.L1][2] + 20, centers()[LumbarLevel.L4][2] - 20
    first, last = (int((z - long_field.GetOrigin()[2]) / 2.0) for z in (bottom, top))
    assert find_landmarks(long_field[:, :, first:last], centers()) == Landmarks()


def test_a_narrow_field_says_nothing_of_ribs(long_field):
    narrow = long_field[30:-30]
    assert find_landmarks(narrow, centers()).lowest_rib is None


def test_a_skipped_vertebra_is_not_counted_on(long_field):
    skipped = {LumbarLevel.L1: centers()[LumbarLevel.L1], LumbarLevel.L2: centers()[LumbarLevel.L3]}
    assert find_landmarks(long_field, skipped) == Landmarks()


def test_nothing_in_soft_tissue(long_field):
    soft = image_like(np.full(long_field.GetSize()[::-1], 50.0, np.float32), long_field)
    assert find_landmarks(soft, centers()) == Landmarks()


def test_ribs_stand_out_of_transverse_processes_and_wings_of_all_else(long_field):
    spine = along_canal(long_field, centers(), 150.0, BESIDE_CANAL)
    ribs, wings = rib_strength(spine), wing_strength(spine)
    pitch = (spine.clicks[LumbarLevel.L1] - spine.clicks[LumbarLevel.L4]) / 3
    plane = np.arange(len(spine.frames))
    is_t12 = np.abs(plane - spine.clicks[LumbarLevel.L1] - pitch) < pitch / 2
    is_lumbar = (plane > spine.clicks[LumbarLevel.L4] - pitch / 2) & (plane < spine.clicks[LumbarLevel.L1] + pitch / 3)
    assert ribs[:, is_t12].max(axis=1).min() > 4 * ribs[:, is_lumbar].max()
    assert wings.max() > 2 * wings[is_lumbar].max()


def test_a_large_organ_beside_the_spine_is_no_rib(long_field):
    """A kidney full of contrast medium reaches into the corridor of the ribs."""
    values = sitk.GetArrayFromImage(long_field)
    z, y, x = (origin + np.arange(size) * step for origin, size, step in _axes(long_field))
    left, back, up = centers()[LumbarLevel.L1] + (0.0, 14.0, -10.0)
    away = np.abs(x[None, None, :] - left) - 50
    is_kidney = ((z[:, None, None] - up) / 55) ** 2 + ((y[None, :, None] - back) / 25) ** 2 + (away / 28) ** 2 < 1
    values[is_kidney] = np.maximum(values[is_kidney], 190.0)
    found = find_landmarks(image_like(values, long_field), centers())
    assert found.lowest_rib == T12


def _axes(ct):
    """Origin, size and step along z, y, x."""
    return list(zip(ct.GetOrigin(), ct.GetSize(), ct.GetSpacing(), strict=True))[::-1]
