"""Width and depth that the bodies of one spine share.

A large woman's bodies are all large. A wall that is lost at one level (a muscle as bright as the bone, a vessel) is
held by its neighbours, and what bodies are like on average counts once for the spine, not once for each of its bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.body_template import WALL_HALF_DEPTHS
from OVCFRiskLib.segmentation.template_fit import MEAN, PRIOR_WEIGHT, TemplateSearch

# Half widths and depths that are tried, mm: the smallest woman's and the largest man's (Zhou 2000, Eur Spine J 9:242).
HALF_WIDTHS_MM = np.arange(15.0, 32.0, 1.5)
HALF_DEPTHS_MM = np.arange(11.0, 26.0, 1.5)
# Growth from one level to the next below, in width and in depth (Panjabi 1992, Spine 17:299; Zhou 2000).
GROWTH = np.array([0.037, 0.025])
# Between these two the mean body stands, as L1 = 0.
MEAN_LEVEL = 1.5
# SD of people's half width and depth about the mean, mm.
PEOPLE_SD_MM = np.array([4.5, 3.0])
# SD of a level about its own spine's, mm: vertebrae differ by 2-3 %, the template by as much from each of them.
LEVEL_SD_MM = np.array([1.3, 1.0])
# Departures cost as their square up to so many SDs, then in proportion: osteophytes and fractures are no noise.
SIZE_SQUARE_UP_TO_SD = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class SharedSize:
    """What is expected of a body's half width and half depth.

    Attributes
    ----------
    half_mm, sd_mm : numpy.ndarray (2,)
        Mean and SD of both.
    """

    half_mm: np.ndarray
    sd_mm: np.ndarray


# Of a body about which nothing is known but that it is one.
UNKNOWN_SIZE = SharedSize(MEAN[6:8], PEOPLE_SD_MM)
# No size is preferred.
ANY_SIZE = SharedSize(MEAN[6:8], np.full(2, np.inf))


@dataclass(frozen=True, slots=True, eq=False)
class SizedLevel:
    """A level as its neighbours see it.

    Attributes
    ----------
    size : SharedSize
    starts : numpy.ndarray (chains, 9)
        Where its search goes on.
    """

    size: SharedSize
    starts: np.ndarray


def share_sizes(
    searches: Mapping[LumbarLevel, TemplateSearch], costs: Mapping[LumbarLevel, Callable[[np.ndarray], np.ndarray]]
) -> dict[LumbarLevel, SizedLevel]:
    """The size that suits all levels best together.

    Parameters
    ----------
    searches : mapping of LumbarLevel to TemplateSearch
    costs : mapping of LumbarLevel to callable
        What templates cost of each level, whatever their size.
    """
    sizes = np.stack(np.meshgrid(HALF_WIDTHS_MM, HALF_DEPTHS_MM, indexing="ij"), axis=-1).reshape(-1, 2)
    spine = -PRIOR_WEIGHT * (((sizes - MEAN[6:8]) / PEOPLE_SD_MM) ** 2).sum(axis=1)
    worth, expected, own = {}, {}, {}
    for level, search in searches.items():
        chains = search.chains.mean
        drawn = np.array([_resized(chain, sizes) for chain in chains])
        flat = drawn.reshape(-1, drawn.shape[-1])
        worth[level] = (search.edges(flat) - costs[level](flat)).reshape(len(chains), -1)
        expected[level] = sizes * (1 + GROWTH * (level - LumbarLevel.L1 - MEAN_LEVEL))
        # [of the spine, of the level]
        own[level] = PRIOR_WEIGHT * _departure((sizes[None] - expected[level][:, None]) / LEVEL_SD_MM).sum(axis=-1)
        spine = spine + (worth[level].max(axis=0)[None] - own[level]).max(axis=1)
    best = int(spine.argmax())
    likelihood = np.exp((spine - spine[best]) / (2 * PRIOR_WEIGHT))
    likelihood /= likelihood.sum()
    return {
        level: SizedLevel(
            SharedSize(likelihood @ expected[level], LEVEL_SD_MM),
            _starts(searches[level], sizes, worth[level] - own[level][best]),
        )
        for level in searches
    }


def _starts(search: TemplateSearch, sizes: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """The chains, all but the best one in the size that suits them best: worth is (chains, sizes)."""
    chains = search.chains.mean
    resized = [_resized(chain, sizes[each.argmax()][None])[0] for chain, each in zip(chains, worth, strict=True)]
    order = np.argsort(-worth.max(axis=1), kind="stable")
    return np.array([chains[0], *(resized[n] for n in order)])[: len(chains)]


def _resized(chain: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """A template in other half widths and depths (n, 2), its posterior wall where it was; (n, 9)."""
    drawn = np.tile(chain, (len(sizes), 1))
    drawn[:, 6:8] = sizes
    drawn[:, 1] -= WALL_HALF_DEPTHS * (sizes[:, 1] - chain[7])
    return drawn


def _departure(sds: np.ndarray) -> np.ndarray:
    """Cost of a departure in SDs: its square, beyond a bound in proportion (Huber)."""
    away = np.abs(sds)
    return np.where(away <= SIZE_SQUARE_UP_TO_SD, away**2, SIZE_SQUARE_UP_TO_SD * (2 * away - SIZE_SQUARE_UP_TO_SD))
