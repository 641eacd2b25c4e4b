"""Markers: areas, differences and operating points with known answers."""

import numpy as np
import pytest

from OVCFRiskLib.evaluation.markers import Marker, compare_paired, compare_sets, discrimination, operating_point

PATIENTS = np.array([f"P{n}" for n in range(8)])
IS_FRACTURE = np.arange(8) < 4


def marker(name, values):
    return Marker(name, np.array(values, float), IS_FRACTURE, PATIENTS)


def test_a_perfect_marker_has_area_one_and_a_useless_one_half():
    perfect, useless = marker("perfect", [8, 7, 6, 5, 4, 3, 2, 1]), marker("useless", [1] * 8)
    found = discrimination(perfect, draws=50, seed=1)
    assert (found.auc.value, found.by_patient.lower, found.patients, found.fractures, found.controls) == (1, 1, 8, 4, 4)
    assert discrimination(useless, draws=50, seed=1).auc.value == 0.5
    compared = compare_paired(perfect, useless, draws=50, seed=1)
    assert compared.delong.difference == 0.5
    assert (compared.by_patient.lower, compared.by_patient.upper) == (0.5, 0.5)


def test_two_sets_of_patients_are_drawn_apart():
    first, second = marker("a", [8, 7, 2, 5, 4, 3, 6, 1]), marker("b", [8, 7, 6, 5, 4, 3, 2, 1])
    compared = compare_sets(first, second, draws=200, seed=3)
    # 12 of the 16 pairs are won by a, all by b
    assert compared.delong.difference == -0.25
    assert compared.delong.df is not None
    assert compared.by_patient.lower < compared.delong.difference < compared.by_patient.upper


@pytest.mark.parametrize(("higher", "cutoff", "rule"), [(True, 5.0, "x >= 5"), (False, -5.0, "x <= -5")])
def test_a_cutoff_is_on_the_markers_own_scale(higher, cutoff, rule):
    point = operating_point(marker("x", [8, 7, 6, 5, 4, 3, 2, 1]), cutoff, higher, "frozen")
    assert (point.rule, point.confusion.true_positives, point.confusion.true_negatives) == (rule, 4, 4)
