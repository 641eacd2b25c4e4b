"""Marrow and disc told apart by the patient's own levels, whichever is the brighter."""

import numpy as np
import pytest

from OVCFRiskLib.segmentation.marrow import UNKNOWN_LEVELS, OwnLevels, own_levels

BODY, DISC = slice(10, 40), slice(42, 50)
BODY_AT, DISC_AT = np.array([25.0]), np.array([46.0])


def profile(body_hu, disc_hu, plate_hu=250.0):
    """A body, its upper plate and a disc, a plane a millimetre."""
    out = np.full(60, plate_hu)
    out[BODY], out[DISC] = body_hu, disc_hu
    return out


@pytest.mark.parametrize(("body_hu", "disc_hu"), [(30.0, 90.0), (180.0, 90.0)], ids=["thin bone", "dense bone"])
def test_places_are_like_what_they_are(body_hu, disc_hu):
    hu = profile(body_hu, disc_hu)
    (own,) = own_levels(hu, BODY_AT, DISC_AT)
    assert own == OwnLevels(body_hu, disc_hu)
    found = own.likeness(hu)
    assert (found[BODY] > 0.5).all()
    assert (found[DISC] < -0.5).all()
    assert np.abs(found).max() <= 1.0
    assert own.is_dark == (body_hu < disc_hu)


def test_where_both_are_alike_nothing_is_said():
    own = OwnLevels(85.0, 85.0)
    assert not own.is_dark
    assert (own.likeness(profile(85.0, 85.0)) == 0).all()


def test_a_plate_speaks_for_neither():
    assert (OwnLevels(30.0, 90.0).likeness(profile(30.0, 90.0))[40:42] == 0).all()


def test_each_body_has_its_own_marrow_and_the_usual_disc_counts():
    hu = np.concatenate([profile(30.0, 90.0), profile(180.0, 90.0), profile(60.0, 400.0)])
    found = own_levels(hu, np.array([25.0, 85.0, 145.0]), np.array([46.0, 106.0, 166.0]))
    assert found == [OwnLevels(30.0, 90.0), OwnLevels(180.0, 90.0), OwnLevels(60.0, 90.0)]


def test_out_of_view_nothing_is_known():
    hu = profile(30.0, 90.0)
    hu[:30] = np.nan
    (own,) = own_levels(hu, BODY_AT, DISC_AT)
    assert (own.likeness(hu)[:30] == 0).all()
    (nothing,) = own_levels(np.full(60, np.nan), BODY_AT, DISC_AT)
    assert not nothing.is_dark
    assert (nothing.likeness(hu) == 0).all()
    assert (UNKNOWN_LEVELS.likeness(hu) == 0).all()
