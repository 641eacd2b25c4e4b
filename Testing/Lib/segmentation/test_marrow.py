"""Marrow and disc told apart by the patient's own levels, whichever is the brighter."""

import numpy as np
import pytest

from OVCFRiskLib.segmentation.marrow import likeness

BODY, DISC = slice(10, 40), slice(42, 50)


def profile(body_hu, disc_hu, plate_hu=250.0):
    """A body, its upper plate and a disc, a plane a millimetre."""
    out = np.full(60, plate_hu)
    out[BODY], out[DISC] = body_hu, disc_hu
    return out


@pytest.mark.parametrize(("body_hu", "disc_hu"), [(30.0, 90.0), (180.0, 90.0)], ids=["thin bone", "dense bone"])
def test_planes_are_like_what_they_are(body_hu, disc_hu):
    (found,) = likeness(profile(body_hu, disc_hu), np.array([25.0]), np.array([46.0]))
    assert (found[BODY] > 0.5).all()
    assert (found[DISC] < -0.5).all()
    assert np.abs(found).max() <= 1.0


def test_where_both_are_alike_nothing_is_said():
    (found,) = likeness(profile(85.0, 85.0), np.array([25.0]), np.array([46.0]))
    assert (found == 0).all()


def test_a_plate_speaks_for_neither():
    (found,) = likeness(profile(30.0, 90.0), np.array([25.0]), np.array([46.0]))
    assert (found[40:42] == 0).all()


def test_each_body_has_its_own_marrow_and_the_usual_disc_counts():
    hu = np.concatenate([profile(30.0, 90.0), profile(180.0, 90.0), profile(60.0, 400.0)])
    bodies = np.array([25.0, 85.0, 145.0])
    found = likeness(hu, bodies, np.array([46.0, 106.0, 166.0]))
    assert all(found[n, round(plane)] > 0.0 for n, plane in enumerate(bodies))
    assert (found[:2, DISC] < -0.3).all()


def test_out_of_view_nothing_is_said():
    hu = profile(30.0, 90.0)
    hu[:30] = np.nan
    (found,) = likeness(hu, np.array([25.0]), np.array([46.0]))
    assert (found[:30] == 0).all()
    assert (likeness(np.full(60, np.nan), np.array([25.0]), np.array([46.0])) == 0).all()
