"""Trabecular bone: the mean that was asked for, a texture that belongs to the bone."""

import numpy as np
import pytest

from OVCFRiskLib.simulation.bone_texture import ENDPLATE_GAIN, SUBCORTICAL_MM, subcortical_hu, trabecular_hu

HALF = (20.0, 15.0, 12.0)


def points(step=1.0):
    axes = [np.arange(-half + 1, half - 1, step) for half in HALF]
    return tuple(axis.ravel().astype(np.float32) for axis in np.meshgrid(*axes, indexing="ij"))


def bone(mean=100.0, scale=1.0, seed=0, at=None):
    return trabecular_hu(points() if at is None else at, HALF, mean, scale, np.random.default_rng(seed))


@pytest.mark.parametrize("mean", [20.0, 100.0, 220.0])
def test_the_mean_is_that_asked_for(mean):
    assert bone(mean).mean() == pytest.approx(mean * (1 + ENDPLATE_GAIN / 3), abs=1.5)


def test_without_texture_only_the_gain_towards_the_endplates_is_left():
    w = points()[2]
    hu = bone(scale=0.0)
    assert hu[np.abs(w) < 1.5] == pytest.approx(100.0, abs=0.2)
    assert hu.max() == pytest.approx(100 * (1 + ENDPLATE_GAIN), rel=0.02)


def test_the_texture_grows_with_density_and_scale():
    assert bone(200.0).std() > bone(40.0).std() > 10
    assert bone(scale=2.0, mean=20.0).std() > 1.8 * bone(scale=1.0, mean=20.0).std()


def test_the_texture_belongs_to_the_bone_not_to_the_grid():
    u, v, w = points()
    some = np.random.default_rng(1).permutation(u.size)[:500]
    whole, few = bone(), bone(at=(u[some], v[some], w[some]))
    # the same field; its mean over the points is taken off
    assert np.corrcoef(whole[some], few)[0, 1] > 0.999


def test_another_seed_is_another_bone():
    assert abs(np.corrcoef(bone(seed=1), bone(seed=2))[0, 1]) < 0.3


def test_density_differs_over_longer_ways_along_the_body_than_across():
    """Upright trabeculae are lost last: at equal distance, places above each other are more alike."""
    u, v, w = points(1.0)
    grid = [len(np.unique(axis)) for axis in (u, v, w)]
    fields = np.stack([bone(seed=seed).reshape(grid) for seed in range(6)])
    fields -= fields.mean(axis=(1, 2, 3), keepdims=True)
    alike = [
        np.mean(np.take(fields, range(n - 5), axis=a) * np.take(fields, range(5, n), axis=a))
        for a, n in zip((1, 2, 3), grid, strict=True)
    ]
    assert alike[2] > 1.5 * max(alike[:2])


def test_a_few_trabeculae_stand_out_of_much_marrow():
    hu = bone(mean=60.0)
    skewness = np.mean((hu - hu.mean()) ** 3) / hu.std() ** 3
    assert skewness > 0.2


def test_bone_beneath_the_shell_falls_to_a_third_over_its_depth():
    hu = subcortical_hu(np.array([-1.0, 0.0, SUBCORTICAL_MM, 20.0]), 150.0)
    assert hu.tolist() == pytest.approx([150.0, 150.0, 150 / np.e, 0.0], abs=0.01)
