"""One size for all bodies of a spine, on levels whose worth by size is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.body_template import WALL_HALF_DEPTHS
from OVCFRiskLib.segmentation.shared_size import GROWTH, MEAN_LEVEL, share_sizes
from OVCFRiskLib.segmentation.template_fit import MEAN

L1, L2, L3, L4 = LumbarLevel
LARGE_MM = np.array([27.0, 21.5])
GRID_MM = 1.5


def size_at(level: LumbarLevel, size: np.ndarray) -> np.ndarray:
    """The size of a level in a spine."""
    return size * (1 + GROWTH * (level - L1 - MEAN_LEVEL))


def searched(best: np.ndarray, sharpness: np.ndarray) -> SimpleNamespace:
    """A search that fell short by some mm, whose edges are best at a size; sharp in width and in depth, or not."""
    chains = np.tile(MEAN, (3, 1))
    return SimpleNamespace(
        chains=SimpleNamespace(mean=chains),
        edges=lambda drawn: 0.8 - (sharpness * np.minimum(np.abs(drawn[:, 6:8] - best), 4.0)).sum(axis=1),
    )


def no_cost(drawn: np.ndarray) -> np.ndarray:
    """Every place is as good as any other."""
    return np.zeros(len(drawn))


@pytest.fixture(scope="module")
def large_spine() -> dict:
    """A large woman; the anterior wall of L4 is lost in a muscle."""
    searches = {level: searched(size_at(level, LARGE_MM), np.full(2, 0.03)) for level in (L1, L2, L3)}
    searches[L4] = searched(size_at(L4, LARGE_MM), np.array([0.03, 0.0]))
    return share_sizes(searches, dict.fromkeys(searches, no_cost))


def test_a_large_spine_is_large_at_every_level(large_spine):
    for level, sized in large_spine.items():
        assert sized.size.half_mm == pytest.approx(size_at(level, LARGE_MM), abs=GRID_MM)


def test_a_lost_wall_is_held_by_the_neighbours(large_spine):
    depths = large_spine[L4].starts[1:, 7]
    assert depths == pytest.approx(size_at(L4, LARGE_MM)[1], abs=GRID_MM)


def test_the_posterior_wall_stays_where_it_was(large_spine):
    for sized in large_spine.values():
        wall = sized.starts[:, 1] + WALL_HALF_DEPTHS * sized.starts[:, 7]
        assert wall == pytest.approx(WALL_HALF_DEPTHS * MEAN[7])


def test_one_level_alone_is_taken_for_a_usual_one_where_nothing_is_seen():
    alone = share_sizes({L2: searched(LARGE_MM, np.zeros(2))}, {L2: no_cost})[L2]
    assert alone.size.half_mm == pytest.approx(size_at(L2, MEAN[6:8]), abs=GRID_MM)


def test_a_level_that_differs_clearly_keeps_its_own_size():
    searches = {level: searched(size_at(level, MEAN[6:8]), np.full(2, 0.1)) for level in (L1, L2, L4)}
    searches[L3] = searched(MEAN[6:8] + 5.0, np.full(2, 0.2))
    sized = share_sizes(searches, dict.fromkeys(searches, no_cost))
    assert sized[L3].starts[1, 6:8] == pytest.approx(MEAN[6:8] + 5.0, abs=GRID_MM)
    assert sized[L2].size.half_mm == pytest.approx(size_at(L2, MEAN[6:8]), abs=GRID_MM)
