"""Features under another observer's masks, for the ICC of `ovcfrisk train`.

Where the manifest names a second observer's points or labels, these are taken. Otherwise another observer is imitated:
points are moved within a ball and the bodies segmented again, as `ovcfrisk robustness` does; masks that were imported
are redrawn with smooth noise of their outline, as the simulated cohort's observers draw. An imitated observer shows
how much a feature depends on the outline; it does not replace a person.
"""

from __future__ import annotations

import hashlib

import numpy as np

from OVCFRiskLib.batch.case_inputs import body_source
from OVCFRiskLib.batch.case_settings import CaseSettings
from OVCFRiskLib.batch.manifest_table import Case
from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.geometry import array_view
from OVCFRiskLib.points import jitter_point
from OVCFRiskLib.radiomics import extract_features
from OVCFRiskLib.scored_ct import BodySource, ScoredCT
from OVCFRiskLib.scoring.mask_variants import mask_variants
from OVCFRiskLib.scoring.model import RScoreModel
from OVCFRiskLib.spine_region import around_bodies
from OVCFRiskLib.tables.table_writer import Row
from OVCFRiskLib.volume_part import Part

# How far an imitated observer's points lie from the first one's, as `ovcfrisk robustness` moves them by default.
JITTER_MM = 5.0
# The third variant: the first pair is growth by half a voxel, not an observer.
OBSERVER_VARIANT = 3


def second_observer_features(
    case: Case, scored: ScoredCT, source: BodySource, settings: CaseSettings, names: tuple[str, ...], model: RScoreModel
) -> tuple[Row, ...]:
    """Features of the scored levels under a second observer's masks.

    Parameters
    ----------
    case : Case
    scored : ScoredCT
        Of the first observer.
    source : BodySource
        The first observer's points or labels.
    settings : CaseSettings
        With the folder of the manifest.
    names : tuple of str
        pyradiomics' full names.
    model : RScoreModel
        With the extraction grid.

    Returns
    -------
    tuple of mapping
        ``level`` and the features; levels that the second observer does not have are left out.

    Raises
    ------
    OVCFRiskError
        If the second observer's points or labels cannot be used.
    """
    ct, labels = around_bodies(scored.ct, _second_labels(case, scored, source, settings))
    array = array_view(labels.image)
    levels = [row.level for row in scored.assessment.levels if row.score and (array == row.level).any()]
    return tuple(
        {"level": level.name, **extract_features(ct, labels.image == int(level), names, model.settings)}
        for level in levels
    )


def _second_labels(case: Case, scored: ScoredCT, source: BodySource, settings: CaseSettings) -> Part:
    """The second observer's bodies."""
    series_uid = scored.acquisition.series_uid if scored.acquisition else None
    if case.points2 or case.labels2:
        numbering = case.numbering or settings.numbering
        second = body_source(case.points2, case.labels2, numbering, settings.manifest_folder)
        return second.located(scored.ct.whole, series_uid).bodies(scored.ct)
    # the same for the same case, whatever the order of the cases
    seed = int.from_bytes(hashlib.sha256(case.case_id.encode()).digest()[:8], "little")
    if source.points is not None:
        random = np.random.default_rng(seed)
        moved = {level: jitter_point(point, JITTER_MM, random) for level, point in sorted(source.points.items())}
        return BodySource(moved).bodies(scored.ct)
    return _redrawn(scored.labels.widened(scored.ct.box), seed)


def _redrawn(labels: Part, seed: int) -> Part:
    """Bodies with other outlines; where two meet, the upper one keeps the voxel."""
    drawn = np.zeros(labels.image.GetSize()[::-1], np.uint8)
    for level, body in cut_out_levels(labels).items():
        *_, variant = mask_variants(body.grid == int(level), OBSERVER_VARIANT, seed=seed + int(level))
        around = drawn[body.box]
        around[variant & (around == 0)] = level
    return labels.like(drawn)
