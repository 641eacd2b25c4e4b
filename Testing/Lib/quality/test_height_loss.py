"""Height loss from six-point heights whose loss can be worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.height_loss import NORMAL_MIDDLE, POSTERIOR_PATTERN, find_loss, loss_uncertainty
from OVCFRiskLib.quality.height_profile import SixPointHeights

L1, L2, L3, L4 = LumbarLevel


def six(anterior, middle, posterior) -> SixPointHeights:
    return SixPointHeights(anterior, middle, posterior, 32.0)


def whole(levels=tuple(LumbarLevel)) -> dict[LumbarLevel, SixPointHeights]:
    """Bodies of 27 mm whose posterior heights follow the pattern of the levels."""
    heights = {level: 27.0 * POSTERIOR_PATTERN[level] for level in levels}
    return {level: six(height, NORMAL_MIDDLE * height, height) for level, height in heights.items()}


@pytest.mark.parametrize("level", [L1, L2, L3])
@pytest.mark.parametrize(
    ("kept", "deformity"),
    [((0.7, 0.85, 1.0), "wedge"), ((1.0, 0.7, 1.0), "biconcave"), ((0.7, 0.7, 0.7), "crush")],
)
def test_thirty_percent_of_each_kind_is_thirty_percent(level, kept, deformity):
    points = whole()
    own = points[level]
    points[level] = six(own.anterior_mm * kept[0], own.middle_mm * kept[1], own.posterior_mm * kept[2])
    loss, found = find_loss(level, points)
    assert found == deformity
    assert loss == pytest.approx(0.3, abs=0.01)


@pytest.mark.parametrize("levels", [list(LumbarLevel), [L3]])
def test_bodies_that_are_all_crushed_or_alone_are_low_for_their_depth(levels):
    points = {level: six(0.7 * h.anterior_mm, 0.7 * h.middle_mm, 0.7 * h.posterior_mm) for level, h in whole().items()}
    for level in levels:
        loss, deformity = find_loss(level, {other: points[other] for other in levels})
        assert deformity == "crush"
        # 0.7 of 27 mm is 0.59 of the depth, the lowest of whole bodies 0.72
        assert loss == pytest.approx(1 - 0.7 * 27.0 * POSTERIOR_PATTERN[level] / (0.72 * 32.0), abs=0.01)


@pytest.mark.parametrize("level", list(LumbarLevel))
def test_whole_bodies_have_lost_hardly_anything(level):
    assert find_loss(level, whole())[0] <= 0.02


def test_a_persons_own_wedge_is_no_loss():
    points = {level: six(24.5, 24.0, 27.0) for level in (L1, L2, L3)}
    assert find_loss(L2, points)[0] == pytest.approx(0.0, abs=1e-9)
    # the same body among upright ones has lost what it is lower in front
    upright = {level: six(27.0, 25.4, 27.0) for level in (L1, L3)}
    assert find_loss(L2, upright | {L2: six(24.5, 24.0, 27.0)})[0] == pytest.approx(1 - 24.5 / 27, abs=1e-9)


def test_deformed_neighbours_are_no_persons_normal():
    crushed = six(18.0, 20.0, 27.0)
    points = {L1: crushed, L2: six(27.0, 25.4, 27.0), L3: crushed}
    assert find_loss(L1, points)[0] == pytest.approx(1 - 18 / 27, abs=0.01)


def test_a_single_body_is_held_against_the_normal_shape():
    assert find_loss(L3, {L3: six(21.6, 24.3, 27.0)}) == (pytest.approx(0.2), "wedge")
    # without others its depth alone tells whether it is low as a whole
    assert find_loss(L3, {L3: six(23.5, 23.5 * NORMAL_MIDDLE, 23.5)})[0] == pytest.approx(0.0)
    assert find_loss(L3, {L3: six(15.0, 15.0 * NORMAL_MIDDLE, 15.0)})[0] > 0.2


def test_a_lordotic_body_is_no_loss_of_posterior_height():
    assert find_loss(L3, {L3: six(29.7, 25.4, 27.0)})[0] == pytest.approx(0.0)
    loss, deformity = find_loss(L3, {L3: six(33.0, 25.4, 24.0)})
    assert deformity == "crush"
    assert loss == pytest.approx(1 - 1.1 / (33 / 24))


@given(st.floats(10, 35), st.floats(10, 35), st.floats(10, 35), st.floats(0.5, 2.0))
def test_the_loss_is_at_least_0_below_1_and_knows_no_size(anterior, middle, posterior, scale):
    points = whole() | {L2: six(anterior, middle, posterior)}
    larger = {
        level: SixPointHeights(*(scale * x for x in (p.anterior_mm, p.middle_mm, p.posterior_mm, p.depth_mm)))
        for level, p in points.items()
    }
    loss, _ = find_loss(L2, points)
    assert 0 <= loss < 1
    assert find_loss(L2, larger)[0] == pytest.approx(loss, abs=1e-9)


def test_heights_that_are_open_altogether_leave_the_loss_open_and_no_more():
    points = {
        level: SixPointHeights(h.anterior_mm, h.middle_mm, h.posterior_mm, 32.0, 30.0, 30.0, 30.0)
        for level, h in whole().items()
    }
    assert loss_uncertainty(L2, points) == 1.0
