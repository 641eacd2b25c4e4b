"""Templates of all levels fitted together: each looks for its own place, all share one size."""

from __future__ import annotations

from collections.abc import Mapping

import SimpleITK as sitk

from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.body_template import BodyTemplate
from OVCFRiskLib.segmentation.placement import Placement, placed_prior
from OVCFRiskLib.segmentation.shared_size import ANY_SIZE, share_sizes
from OVCFRiskLib.segmentation.template_fit import TemplateSearch, begin_search
from OVCFRiskLib.threads import side_by_side


def fit_together(ct: sitk.Image, placed: Mapping[LumbarLevel, Placement]) -> dict[LumbarLevel, BodyTemplate]:
    """Fit the templates of placed levels.

    Parameters
    ----------
    ct : SimpleITK.Image
        HU.
    placed : mapping of LumbarLevel to Placement

    Returns
    -------
    dict of LumbarLevel to BodyTemplate
        In the order of ``placed``.
    """
    levels = list(placed)

    def begin(level: LumbarLevel) -> TemplateSearch:
        return begin_search(ct, placed_prior(placed[level]))

    searches = dict(zip(levels, side_by_side(begin, levels), strict=True))
    sized = share_sizes(searches, {level: placed_prior(placed[level], ANY_SIZE).cost for level in levels})

    def finish(level: LumbarLevel) -> BodyTemplate:
        return searches[level].finish(placed_prior(placed[level], sized[level].size), sized[level].starts)

    return dict(zip(levels, side_by_side(finish, levels), strict=True))
