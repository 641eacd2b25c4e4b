"""What an assessment holds: plain, frozen results that tables, reports and scenes only show."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from OVCFRiskLib import assessment_views
from OVCFRiskLib.findings import Finding, Severity, above_note, outside_model
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin

if TYPE_CHECKING:
    import pandas


class Status(enum.Enum):
    """Whether a level carries a score."""

    SCORED = "scored"
    NOT_SCORED = "not scored"


class Category(enum.Enum):
    """Side of the model's cut-off; neither when the interval crosses it or the model does not apply to the body."""

    LOWER_RISK = "lower risk"
    HIGHER_RISK = "higher risk"
    INDETERMINATE = "indeterminate"
    OUTSIDE_MODEL = "outside the model"


@dataclass(frozen=True, slots=True)
class Contribution:
    """One feature's share of an R-score.

    Attributes
    ----------
    feature : str
        pyradiomics' full name.
    value : float
        The feature on the card's extraction grid.
    z : float
        ``(value - mean) / sd`` with the card's training mean and SD.
    r_score : float
        ``coefficient * z``, the addend of the R-score.
    risk : float
        The same with the sign turned so that positive always means more risk.
    sentence : str
        What the feature measures, whether it is high or low here, which way it moves risk.
    """

    feature: str
    value: float
    z: float
    r_score: float
    risk: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Score:
    """The numbers of a scored vertebra.

    Attributes
    ----------
    r_score : float
        ``sum(C_i * z_i) + b``.
    risk_index : float
        In (0, 1), higher = more risk, 0.5 = at the cut-off. Not a probability of fracture.
    risk_low, risk_high : float
        Interval of the risk index under redrawn masks (2.5 % to 97.5 %), centred on it (`scoring.interval`).
    r_score_low, r_score_high : float
        The same of the R-score.
    category : Category
    category_change_probability : float
        Share of the redrawn masks on the other side of the cut-off, centred like the interval.
    contributions : tuple of Contribution
        In the card's order.
    redrawn_shift : float
        By how much the median R-score of the redrawn masks differs from ``r_score``, which the interval leaves out.
    """

    r_score: float
    risk_index: float
    risk_low: float
    risk_high: float
    r_score_low: float
    r_score_high: float
    category: Category
    category_change_probability: float
    contributions: tuple[Contribution, ...]
    redrawn_shift: float


@dataclass(frozen=True, slots=True)
class TrabecularDensity:
    """Attenuation of the trabecular region, for context only.

    Attributes
    ----------
    mean_hu, sd_hu : float
    volume_ml : float
    """

    mean_hu: float
    sd_hu: float
    volume_ml: float


@dataclass(frozen=True, slots=True)
class BodyHeights:
    """Heights of a vertebral body in its own axes, mm; uncertainties are half the width of a 95 % interval.

    Attributes
    ----------
    anterior_mm, middle_mm, posterior_mm : float
    anterior_uncertainty_mm, middle_uncertainty_mm, posterior_uncertainty_mm : float
    loss : float
        Largest height loss, as a part of 1, against the other heights and the neighbours.
    loss_uncertainty : float
        Of the loss, as a part of 1, from those of all heights that it was found from.
    grade : int
        Genant's semiquantitative grade, 0-3, from ``loss``.
    deformity : str
        ``"none"``, ``"wedge"``, ``"biconcave"`` or ``"crush"``.
    measured_on : str
        ``"CT"`` where the CT showed the endplates, ``"mask"`` where only the mask could be measured.
    """

    anterior_mm: float
    middle_mm: float
    posterior_mm: float
    anterior_uncertainty_mm: float
    middle_uncertainty_mm: float
    posterior_uncertainty_mm: float
    loss: float
    loss_uncertainty: float
    grade: int
    deformity: str
    measured_on: str


@dataclass(frozen=True, slots=True)
class LevelAssessment:
    """Everything known about one level, scored or not.

    Attributes
    ----------
    level : LumbarLevel
    status : Status
    reason : str
        Why the level is not scored, without the level's name; empty when it is.
    score : Score or None
    features : mapping of str to float
        The card's features; empty when they could not be computed.
    volume_ml : float or None
    center_lps : tuple of float or None
        Centre of the body, LPS mm.
    trabecular : TrabecularDensity or None
    heights : BodyHeights or None
    findings : tuple of Finding
    mask_origin : MaskOrigin or None
        How the mask was drawn; None without a mask.
    """

    level: LumbarLevel
    status: Status
    reason: str = ""
    score: Score | None = None
    features: Mapping[str, float] | None = None
    volume_ml: float | None = None
    center_lps: tuple[float, float, float] | None = None
    trabecular: TrabecularDensity | None = None
    heights: BodyHeights | None = None
    findings: tuple[Finding, ...] = ()
    mask_origin: MaskOrigin | None = None

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings of severity warning or above."""
        return above_note(self.findings)

    @property
    def stops(self) -> tuple[Finding, ...]:
        """Findings that keep the level from being scored."""
        return tuple(finding for finding in self.findings if finding.severity is Severity.STOPS_SCORING)

    @property
    def is_outside_model(self) -> bool:
        """True when the level has numbers, but its model does not apply to it: no risk colour, do not rely on it."""
        return self.score is not None and self.score.category is Category.OUTSIDE_MODEL

    @property
    def suspected_fracture(self) -> Finding | None:
        """The height loss that looks like a fracture, whether it stops scoring or thick slices leave it open.

        A crushed body that the CT shows under a mask that is no body is one too.
        """
        losses = (finding for finding in self.warnings if finding.code == HEIGHT_LOSS.code)
        return next((finding for finding in losses if finding.values["grade"]), None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What is needed to get the same numbers again.

    Attributes
    ----------
    software_version : str
    model_id, model_sha256, model_status : str
    settings : mapping
        Extraction settings and the seed of the perturbations.
    ct_sha256, labels_sha256 : str
        Of voxels and geometry, not of files.
    libraries : mapping of str to str
        Versions of numpy, scipy, SimpleITK.
    """

    software_version: str
    model_id: str
    model_sha256: str
    model_status: str
    settings: Mapping[str, object]
    ct_sha256: str
    labels_sha256: str
    libraries: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SpineAssessment:
    """One CT, one model, four levels.

    Examples
    --------
    ``assessment["L1"].score.risk_index`` is a number, ``assessment["L1"].reason`` says why there is none;
    ``for level in assessment`` goes from L1 to L4; ``assessment.to_frame()`` is a pandas table, a row per level.

    Attributes
    ----------
    levels : tuple of LevelAssessment
        Always L1, L2, L3, L4.
    findings : tuple of Finding
        Of the acquisition, valid for all levels.
    cutoff_risk_index : float
        Where the category changes on the risk index.
    provenance : Provenance
    """

    levels: tuple[LevelAssessment, ...]
    findings: tuple[Finding, ...]
    cutoff_risk_index: float
    provenance: Provenance

    def level(self, level: LumbarLevel) -> LevelAssessment:
        """The row of one level."""
        return next(row for row in self.levels if row.level is level)

    def __getitem__(self, level: LumbarLevel | str | int) -> LevelAssessment:
        """The row of one level, named ``"L1"``, by its label value or by itself."""
        for row in self.levels:
            if level in (row.level, row.level.name):
                return row
        raise KeyError(f"expected a level L1, L2, L3 or L4, got {level!r}")

    def __iter__(self) -> Iterator[LevelAssessment]:
        """The levels from L1 to L4."""
        return iter(self.levels)

    def to_dict(self) -> dict[str, Any]:
        """Everything as plain dictionaries, lists, numbers and texts, under the names of the attributes."""
        return assessment_views.to_dict(self)

    def to_frame(self) -> pandas.DataFrame:
        """A pandas frame with a row per level: score, interval, category, measurements, codes of findings."""
        return assessment_views.to_frame(self)

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        return assessment_views.to_html(self)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """Findings about the CT as a whole that qualify every level's score."""
        return above_note(self.findings)

    def reasons_outside_model(self, level: LumbarLevel) -> tuple[Finding, ...]:
        """Findings of the CT and of a level that put the level outside the model."""
        return outside_model((*self.findings, *self.level(level).findings))

    @property
    def is_complete(self) -> bool:
        """True when every level is scored."""
        return all(row.status is Status.SCORED for row in self.levels)
