"""Columns through bodies: they run in front of the wall, and know what is out of view."""

import numpy as np

from OVCFRiskLib.segmentation.plate_columns import FRONT_FROM_MM, columns_through_bodies


def test_a_plane_has_the_hu_of_its_body_or_disc(tubes):
    spine = tubes.spine((40,), 80, 130.0)
    columns = columns_through_bodies(spine, np.full(80, tubes.wall_mm))
    profile = columns.profile()
    assert profile[40] == 130.0
    assert profile[10] == 70.0
    assert columns.is_seen.all()
    np.testing.assert_allclose(columns.offsets.mean(axis=0), 0.0, atol=1e-9)


def test_columns_follow_the_wall(tubes):
    spine = tubes.empty(60)
    tubes.box(spine, slice(None), (-60, -20), (-24, 24), 200.0)
    nearest = [
        columns_through_bodies(spine, np.full(60, wall)).hu[30].min() for wall in (-20.0, -20.0 + FRONT_FROM_MM + 4)
    ]
    assert nearest[0] == 200.0
    assert nearest[1] < 200.0


def test_planes_out_of_view_have_no_profile(tubes):
    spine = tubes.spine((40,), 80)
    spine.is_seen[60:] = False
    columns = columns_through_bodies(spine, np.full(80, tubes.wall_mm))
    assert np.isnan(columns.profile()[60:]).all()
    assert np.isfinite(columns.profile()[:60]).all()
