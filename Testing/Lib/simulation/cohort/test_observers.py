"""Observers click, and what the software draws from that is measured."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.radiomics import extract_features
from OVCFRiskLib.segmentation import segment_bodies
from OVCFRiskLib.simulation.cohort import observers
from OVCFRiskLib.simulation.cohort.cohort_model import CohortModel
from OVCFRiskLib.simulation.cohort.observers import (
    CLICK_RADIUS_MM,
    EXTRACTION,
    draw_as_observer,
    measure_as_observer,
)
from OVCFRiskLib.simulation.cohort.woman import draw_woman
from OVCFRiskLib.simulation.phantom import make_phantom
from OVCFRiskLib.statistics.dice import dice

MEDIAN = "original_firstorder_Median"


@pytest.fixture(scope="module")
def woman():
    woman = draw_woman(0, 2, 1, CohortModel())
    # coarse voxels, for the time it takes
    return replace(woman, phantom=replace(woman.phantom, spacing_mm=(1.0, 1.0, 1.5)))


@pytest.fixture(scope="module")
def phantom(woman):
    return make_phantom(woman.phantom)


def test_each_observer_clicks_elsewhere_within_the_body(woman, phantom, monkeypatch):
    clicked = []
    monkeypatch.setattr(observers, "segment_bodies", lambda ct, points: clicked.append(points))
    for observer in (0, 1, 0):
        draw_as_observer(woman, phantom, observer)
    assert clicked[0] == clicked[2] != clicked[1]
    for points in clicked:
        assert list(points) == list(LumbarLevel)
        apart = [np.linalg.norm(np.subtract(point, phantom.points[level])) for level, point in points.items()]
        assert 0 < max(apart) <= CLICK_RADIUS_MM


def test_what_is_measured_is_what_the_segmentation_draws_from_the_clicks(woman, phantom, monkeypatch):
    drawn = segment_bodies(phantom.ct, phantom.points)
    monkeypatch.setattr(observers, "segment_bodies", lambda ct, points: drawn)
    measured = measure_as_observer(woman, phantom, 0, [MEDIAN])
    assert list(measured) == list(woman.trabecular_hu)
    for level, features in measured.items():
        assert features == extract_features(phantom.ct, drawn == int(level), [MEDIAN], EXTRACTION)
        masks = (sitk.GetArrayViewFromImage(labels) == level for labels in (drawn, phantom.labels))
        assert dice(*masks) > 0.9


def test_a_mask_of_something_else_is_not_accepted(woman, phantom, monkeypatch):
    beside = sitk.GetArrayFromImage(phantom.labels)
    beside = sitk.GetImageFromArray(np.roll(beside, 20, axis=2))
    beside.CopyInformation(phantom.labels)
    monkeypatch.setattr(observers, "segment_bodies", lambda ct, points: beside)
    assert set(measure_as_observer(woman, phantom, 0, [MEDIAN]).values()) == {None}
