"""The one pipeline: a CT and its labels become a `SpineAssessment`; panel, command line and batch call it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import SimpleITK as sitk

from OVCFRiskLib import __version__
from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.assessment import BodyHeights, Category, LevelAssessment, Provenance, Score, SpineAssessment, Status
from OVCFRiskLib.bodies.absence import reason_of_absence
from OVCFRiskLib.bodies.cut_out import Bodies, LevelCutOut, cut_out_levels
from OVCFRiskLib.bodies.own_masks import origins_of_image
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.findings import Finding, Severity, outside_model
from OVCFRiskLib.findings.model_codes import CARD_UNSTATED, FEATURES_FAILED
from OVCFRiskLib.geometry import array_view, require_images, require_same_grid
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.progress import Progress, report_progress
from OVCFRiskLib.quality.acquisition_checks import check_acquisition
from OVCFRiskLib.quality.masks import MaskChecks, check_masks
from OVCFRiskLib.quality.naming import NamingDoubt, doubt_of_names
from OVCFRiskLib.quality.trabecular import measure_trabecular
from OVCFRiskLib.radiomics import extract_features
from OVCFRiskLib.reading.hounsfield import whole_hu_as_integers
from OVCFRiskLib.scoring import RScoreModel, load_model
from OVCFRiskLib.scoring.distribution import check_distribution
from OVCFRiskLib.scoring.interval import INTERVAL_PERCENTILES, centred_interval
from OVCFRiskLib.scoring.masks_of_card import check_origins, with_origins
from OVCFRiskLib.scoring.model import CUTOFF_RISK_INDEX
from OVCFRiskLib.scoring.renamed import change_by_renaming
from OVCFRiskLib.scoring.uncertainty import perturbed_features, surroundings
from OVCFRiskLib.spine_region import around_bodies
from OVCFRiskLib.threads import beside, side_by_side
from OVCFRiskLib.volume_part import Part, sparse_sha256, whole_sha256

# How many masks that another observer could have drawn are scored: chosen, each costs the features once more. The seed
# (any would do) is fixed, so that a CT gets the same interval at every run.
PERTURBATION_REPEATS = 30
PERTURBATION_SEED = 20250601


def assess(
    ct: sitk.Image,
    labels: sitk.Image,
    model: RScoreModel | str | Path | None = None,
    progress: Progress | None = None,
    acquisition: Acquisition | None = None,
    mask_findings: Mapping[LumbarLevel, Sequence[Finding]] | None = None,
    checked: MaskChecks | None = None,
    origins: Mapping[LumbarLevel, MaskOrigin] | None = None,
) -> SpineAssessment:
    """Check, measure and score the vertebral bodies L1-L4.

    Examples
    --------
    From a file and four points to a table::

        from OVCFRiskLib.assess import assess
        from OVCFRiskLib.ct import read_ct
        from OVCFRiskLib.points import read_points
        from OVCFRiskLib.segmentation import segment_bodies

        ct = read_ct("ct.nii.gz")
        assessment = assess(ct, segment_bodies(ct, read_points("points.mrk.json")))
        print(assessment["L1"].score.risk_index)
        assessment.to_frame()

    Parameters
    ----------
    ct : SimpleITK.Image
        3D CT in HU.
    labels : SimpleITK.Image
        Vertebral bodies as 20 (L1) .. 23 (L4) on the CT's grid; other values are ignored.
    model : RScoreModel, str or Path, optional
        A model, the id of a bundled one or the file of a card; the demonstration model if None.
    progress : callable, optional
        ``progress(fraction, message) -> bool``; False cancels.
    acquisition : Acquisition, optional
        Header facts of the CT, for the acquisition checks.
    mask_findings : mapping of LumbarLevel to sequence of Finding, optional
        What is known of the masks beyond the label image, e.g. overlaps found while they were apart
        (`quality.overlap.check_overlap`); it counts like the checks made here.
    checked : MaskChecks, optional
        What `check_masks` has found of these labels on this CT with some of these ``mask_findings``, where it was asked
        before.
    origins : mapping of LumbarLevel to MaskOrigin, optional
        How the masks were drawn; where it is left out, as the labels say of themselves (`segment_bodies` notes it).

    Returns
    -------
    SpineAssessment
        Four levels, scored or with the reason why not.

    Raises
    ------
    OVCFRiskError
        If CT or labels are not images, the labels do not lie on the CT's grid or hold none of the levels, or the model
        cannot score.
    CancelledError
        If ``progress`` returned False.
    """
    require_images(ct=ct, labels=labels)
    require_same_grid(ct, labels)
    ct = whole_hu_as_integers(ct)
    origins = origins_of_image(labels) if origins is None else origins
    return assess_part(Part.of(ct), Part.of(labels), model, progress, acquisition, mask_findings, checked, origins)


def assess_part(
    ct: Part,
    labels: Part,
    model: RScoreModel | str | Path | None = None,
    progress: Progress | None = None,
    acquisition: Acquisition | None = None,
    mask_findings: Mapping[LumbarLevel, Sequence[Finding]] | None = None,
    checked: MaskChecks | None = None,
    origins: Mapping[LumbarLevel, MaskOrigin] | None = None,
    bodies: Bodies | None = None,
) -> SpineAssessment:
    """As `assess`, of parts of CT and labels that hold the `region_of_labels`; outside, the labels are 0.

    Results do not depend on how much the parts hold beyond it: everything looks at that region alone, but for the
    field of view and the hashes, which are those of the whole. ``bodies`` are the levels cut out of these parts, where
    the CT is `narrowed_to_bodies`, if that was done before.

    Raises
    ------
    OVCFRiskError
        As `assess`.
    """
    model = model if isinstance(model, RScoreModel) else load_model(model)
    model.require_complete()
    ct_sha256, labels_sha256 = beside(whole_sha256, ct), beside(sparse_sha256, labels)
    if bodies is None:
        ct, labels = around_bodies(ct, labels)
        bodies = cut_out_levels(labels, ct, None if acquisition is None else acquisition.slice_thickness_mm)
    if not bodies:
        raise OVCFRiskError(
            f"labels hold none of the levels: expected values 20 (L1) to 23 (L4), got {_values(labels.image)}; "
            "segment the bodies, or import the labels with their names"
        )
    report_progress(progress, 0.0, "checking acquisition and masks")
    findings = (*check_acquisition(ct.image, acquisition, model.applicability.scans, bodies), *_unstated(model))
    known = {} if mask_findings is None else mask_findings
    checked = check_masks(ct.image, bodies, known) if checked is None else checked.with_known(known)
    report_progress(progress, 0.1, "scoring")

    def row_of(level: LumbarLevel) -> LevelAssessment:
        if level not in bodies:
            found = tuple(known.get(level, ()))
            reason = _reason_of_stops(found) or reason_of_absence(ct.whole, bodies, level)
            return LevelAssessment(level, Status.NOT_SCORED, reason, findings=found)
        measured = checked.findings[level], checked.heights.get(level)
        return _assess_level(ct, bodies[level], model, measured, findings)

    sound = {level: bodies[level] for level in checked.heights}
    # ribs and sacrum take as long as two bodies
    jobs: list[Callable[[], Any]] = [partial(doubt_of_names, ct.image, sound)]
    jobs += [partial(row_of, level) for level in LumbarLevel]
    doubt, *results = _in_turn(side_by_side(lambda job: job(), jobs), progress)
    rows = with_origins(results, origins or {})
    findings = (*findings, *_doubt_of_names(doubt, ct, sound, rows, model), *check_origins(rows, model))
    report_progress(progress, 1.0, "assessment done")
    return SpineAssessment(
        levels=rows,
        findings=findings,
        cutoff_risk_index=CUTOFF_RISK_INDEX,
        provenance=_provenance(ct_sha256.result(), labels_sha256.result(), model),
    )


def _unstated(model: RScoreModel) -> tuple[Finding, ...]:
    """A note of what the card does not state of its applicability."""
    unstated = model.applicability.unstated
    return (CARD_UNSTATED.finding(value=", ".join(unstated), model=model.id),) if unstated else ()


def _doubt_of_names(
    doubt: NamingDoubt | None, ct: Part, sound: Bodies, rows: Sequence[LevelAssessment], model: RScoreModel
) -> tuple[Finding, ...]:
    """Names that ribs or sacrum speak against, with what a renaming changes."""
    if doubt is None:
        return ()
    risks = {row.level: row.score.risk_index for row in rows if row.score is not None}
    return (doubt.finding(change_by_renaming(ct, sound, doubt.shift, model, risks)),)


def _in_turn(results: Iterator[Any], progress: Progress | None) -> Iterator[Any]:
    """Results as they come, rows with their progress."""
    rows = 0
    for result in results:
        if isinstance(result, LevelAssessment):
            rows += 1
            report_progress(progress, 0.1 + 0.22 * rows, f"{result.level.name} assessed")
        yield result


def _assess_level(
    ct: Part,
    body: LevelCutOut,
    model: RScoreModel,
    measured: tuple[tuple[Finding, ...], BodyHeights | None],
    of_ct: tuple[Finding, ...],
) -> LevelAssessment:
    """Measure one body that has a mask; score it unless a check stops that."""
    findings, heights = measured
    level = body.level
    common: dict[str, Any] = {
        "volume_ml": body.volume_ml,
        "center_lps": tuple(body.center_lps.tolist()),
        "trabecular": measure_trabecular(body),
        "heights": heights,
    }
    if reason := _reason_of_stops(findings):
        return LevelAssessment(level, Status.NOT_SCORED, reason, findings=findings, **common)
    ct, mask = surroundings(ct, body, model.settings)
    try:
        features = extract_features(ct, mask, model.feature_names, model.settings)
        unlike = check_distribution(features, model, level, model.applicability)
        score = _score(ct, mask, features, model, bool(outside_model((*of_ct, *findings, *unlike))))
    except OVCFRiskError as error:  # also of a redrawn mask, which may reach what the mask does not
        findings = (*findings, FEATURES_FAILED.finding(level, reason=str(error)))
        return LevelAssessment(level, Status.NOT_SCORED, str(error), findings=findings, **common)
    findings = (*findings, *unlike)
    return LevelAssessment(level, Status.SCORED, score=score, features=features, findings=findings, **common)


def _reason_of_stops(findings: Sequence[Finding]) -> str:
    """Why findings stop the scoring of their level, without its name; empty when none does."""
    reasons = [finding.text for finding in findings if finding.severity is Severity.STOPS_SCORING]
    return "; ".join([*(reason.rstrip(".") for reason in reasons[:-1]), *reasons[-1:]])


def _score(
    ct: Part,
    mask: sitk.Image,
    features: Mapping[str, float],
    model: RScoreModel,
    is_outside: bool,
) -> Score:
    """R-score, risk index, and their interval under perturbed masks."""
    r_score = model.r_score(features)
    # what no coefficient weighs moves no score
    weighted = [term.name for term in model.terms if term.coefficient != 0]
    repeats = perturbed_features(ct, mask, weighted, model.settings, PERTURBATION_REPEATS, PERTURBATION_SEED)
    redrawn = [model.r_score({**features, **values}) for values in repeats]
    interval = centred_interval(r_score, redrawn)
    low, high = sorted((model.risk_index(interval.low), model.risk_index(interval.high)))
    index = model.risk_index(r_score)
    is_higher = [model.risk_index(r) >= CUTOFF_RISK_INDEX for r in interval.r_scores]
    return Score(
        r_score=r_score,
        risk_index=index,
        risk_low=low,
        risk_high=high,
        r_score_low=interval.low,
        r_score_high=interval.high,
        category=Category.OUTSIDE_MODEL if is_outside else model.category(index, low, high),
        category_change_probability=float(np.mean([side != (index >= CUTOFF_RISK_INDEX) for side in is_higher])),
        contributions=model.contributions(features),
        redrawn_shift=interval.shift,
    )


def _provenance(ct_sha256: str, labels_sha256: str, model: RScoreModel) -> Provenance:
    """Versions, settings and input hashes."""
    return Provenance(
        software_version=__version__,
        model_id=model.id,
        model_sha256=model.sha256,
        model_status=model.status,
        settings={
            "extraction": model.settings.to_dict(),
            "perturbation_repeats": PERTURBATION_REPEATS,
            "perturbation_seed": PERTURBATION_SEED,
            "interval_percentiles": list(INTERVAL_PERCENTILES),
        },
        ct_sha256=ct_sha256,
        labels_sha256=labels_sha256,
        libraries={
            "numpy": np.__version__,
            "scipy": scipy.__version__,
            "SimpleITK": sitk.Version.VersionString(),
        },
    )


def _values(labels: sitk.Image) -> str:
    """The values a label image holds, for messages."""
    values = [str(v) for v in np.unique(array_view(labels))]
    return ", ".join(values[:12]) + (", ..." if len(values) > 12 else "")
