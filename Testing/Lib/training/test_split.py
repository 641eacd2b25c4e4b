"""No woman on both sides of a split or in two folds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.training.split import make_folds, split_patients


def cohort(fractures, others, seed):
    """Patients with one to four bodies each, in random order, and their class."""
    rng = np.random.default_rng(seed)
    names = [f"F{i}" for i in range(fractures)] + [f"N{i}" for i in range(others)]
    patients = rng.permutation(np.repeat(names, rng.integers(1, 5, len(names))))
    return patients, np.char.startswith(patients, "F")


@given(st.integers(2, 40), st.integers(2, 40), st.floats(0.05, 0.95), st.integers(0, 999))
def test_split_keeps_patients_whole_and_both_classes_on_both_sides(fractures, others, share, seed):
    patients, is_fracture = cohort(fractures, others, seed)
    is_training = split_patients(patients, is_fracture, share, seed)
    assert not set(patients[is_training]) & set(patients[~is_training])
    for rows in (is_training, ~is_training):
        assert is_fracture[rows].any()
        assert not is_fracture[rows].all()
    tested = len(set(patients[~is_training & is_fracture]))
    assert abs(tested - share * fractures) <= 1


@given(st.integers(1, 40), st.integers(1, 40), st.integers(2, 12), st.integers(0, 999))
def test_folds_keep_patients_whole_and_are_alike(fractures, others, count, seed):
    patients, is_fracture = cohort(fractures, others, seed)
    if fractures + others < count:
        with pytest.raises(OVCFRiskError, match=rf"{count} folds? .* 2 to {fractures + others},"):
            make_folds(patients, is_fracture, count, seed)
        return
    folds = make_folds(patients, is_fracture, count, seed)
    assert set(folds) == set(range(1, count + 1))
    sizes = []
    for fold in range(1, count + 1):
        inside = set(patients[folds == fold])
        assert not inside & set(patients[folds != fold])
        sizes.append((sum(p.startswith("F") for p in inside), len(inside)))
    assert np.ptp(sizes, axis=0).max() <= 1


def test_same_seed_same_split_other_seed_another():
    patients, is_fracture = cohort(20, 20, 1)
    one = split_patients(patients, is_fracture, 0.3, 5)
    np.testing.assert_array_equal(one, split_patients(patients, is_fracture, 0.3, 5))
    assert (one != split_patients(patients, is_fracture, 0.3, 6)).any()


def test_impossible_splits_are_told():
    patients, is_fracture = cohort(1, 5, 0)
    with pytest.raises(OVCFRiskError, match=r"a class has 1 patient;"):
        split_patients(patients, is_fracture, 0.3, 0)
    with pytest.raises(OVCFRiskError, match="between 0 and 1, got 30"):
        split_patients(*cohort(5, 5, 0), 30, 0)
    with pytest.raises(OVCFRiskError, match=r"cannot make 1 fold by"):
        make_folds(*cohort(5, 5, 0), 1, 0)
