"""What faces the light is bright."""

import numpy as np
import pytest

from OVCFRiskLib.report.pictures.lighting import AMBIENT, DIFFUSE, LIGHTS, SPECULAR, brightness


def lit(*normals):
    vectors = np.array(normals, float)
    return brightness((vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).T.astype(np.float32))


def test_a_surface_turned_away_has_the_ambient_light_alone():
    np.testing.assert_allclose(lit((0, 0, -1)), [[AMBIENT], [0.0]], atol=1e-6)


def test_the_key_light_comes_from_above_and_left_and_fades_with_the_angle():
    key = np.array(LIGHTS[0][0])
    away = np.array((-1.0, 0.0, 0.0))
    light = lit(key, key + 0.8 * away, key + 2 * away, (-1, -1, -1))[0]
    assert (np.diff(light) < 0).all()
    other = LIGHTS[1][1] * DIFFUSE * key @ LIGHTS[1][0] / np.linalg.norm(key) / np.linalg.norm(LIGHTS[1][0])
    assert light[0] == pytest.approx(AMBIENT + DIFFUSE * LIGHTS[0][1] + max(other, 0), rel=1e-5)


def test_a_surface_halfway_between_light_and_viewer_shines_most():
    key = np.array(LIGHTS[0][0]) / np.linalg.norm(LIGHTS[0][0])
    half = key + np.array((0, 0, 1))
    shine = lit(half, half + np.array((0.5, -0.5, 0)), (1, -1, 0.1))[1]
    assert shine[0] == pytest.approx(SPECULAR * LIGHTS[0][1], rel=0.05)
    assert shine[0] > shine[1] > shine[2]
