"""A small spine with a made-up assessment: what a report shows does not depend on how the numbers came about."""

from dataclasses import dataclass, replace
from html.parser import HTMLParser

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.assessment import (
    BodyHeights,
    Category,
    Contribution,
    LevelAssessment,
    Provenance,
    Score,
    SpineAssessment,
    Status,
    TrabecularDensity,
)
from OVCFRiskLib.bodies.cut_out import LevelCutOut, cut_out_levels
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.acquisition_codes import HEADER_INCOMPLETE, METHOD, SLICE_THICKNESS
from OVCFRiskLib.findings.mask_codes import FIELD_OF_VIEW, LOW_VOXELS
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.mask_origin import MaskOrigin
from OVCFRiskLib.report.markup import VOID_TAGS
from OVCFRiskLib.scoring.reasons import MEANINGS, reason_sentence

SPACING_MM = (1.5, 1.5, 2.0)
SIZE = (72, 80, 100)  # i, j, k
BODY_HALF_AXES_MM = np.array([22.0, 16.0, 13.0])
# LevelCutOut centres, LPS mm: a lordosis, and a little scoliosis so that a straight sagittal plane would miss.
CENTERS_LPS = {
    LumbarLevel.L1: (-6.0, 4.0, 54.0),
    LumbarLevel.L2: (-2.0, -1.0, 18.0),
    LumbarLevel.L3: (3.0, -4.0, -18.0),
    LumbarLevel.L4: (8.0, -2.0, -54.0),
}


@dataclass(frozen=True)
class Case:
    """What a report is made of."""

    assessment: SpineAssessment
    ct: sitk.Image
    labels: sitk.Image


@pytest.fixture(scope="session")
def case() -> Case:
    """Three scored levels, L4 cut by the field of view."""
    ct, labels = small_spine()
    return Case(sample_assessment(), ct, labels)


@pytest.fixture(scope="session")
def unscored(case: Case) -> Case:
    """No level scored, and nothing measured."""
    rows = tuple(LevelAssessment(level, Status.NOT_SCORED, "no mask of this level") for level in LumbarLevel)
    return replace(case, assessment=replace(case.assessment, levels=rows))


@pytest.fixture(scope="session")
def bodies(case: Case) -> dict[LumbarLevel, LevelCutOut]:
    """The case's bodies, cut out."""
    return cut_out_levels(case.labels)


class PageReader(HTMLParser):
    """What a browser makes of a page: elements with their attributes, and the text outside of styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID_TAGS:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data):
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        """Words of the page with single spaces between them."""
        return " ".join(" ".join(self.words).split())

    def tags(self, name: str) -> list[dict[str, str]]:
        """Attributes of all elements of a name."""
        return [attributes for tag, attributes in self.elements if tag == name]


@pytest.fixture(scope="session")
def read_page():
    """Reads a page, which must nest properly."""

    def read(page: str) -> PageReader:
        reader = PageReader()
        reader.feed(page)
        reader.close()
        assert reader.open == []
        return reader

    return read


def small_spine() -> tuple[sitk.Image, sitk.Image]:
    """CT in HU and labels 20..23: barrel-shaped bodies with a cortex, an arch behind each, soft tissue, air."""
    k, j, i = np.indices(SIZE[::-1])
    points = np.stack([i, j, k], axis=-1) * np.array(SPACING_MM)
    origin = -np.array(SPACING_MM) * (np.array(SIZE) - 1) / 2
    points = points + origin
    hu = np.where(np.hypot(points[..., 0] / 52, points[..., 1] / 58) < 1, 45, -1000).astype(np.int16)
    values = np.zeros(hu.shape, np.uint8)
    for level, center in CENTERS_LPS.items():
        across = np.abs((points - center) / BODY_HALF_AXES_MM)
        radius = np.maximum(np.hypot(across[..., 0], across[..., 1]), across[..., 2])
        values[radius < 1] = level
        hu[radius < 1] = 420
        hu[radius < 0.88] = 90 + 25 * (int(level) - 20)
        behind = np.abs((points - np.add(center, (0.0, 30.0, -4.0))) / (7.0, 14.0, 9.0)).max(axis=-1)
        hu[behind < 1] = 500
    ct, labels = sitk.GetImageFromArray(hu), sitk.GetImageFromArray(values)
    for image in (ct, labels):
        image.SetSpacing(SPACING_MM)
        image.SetOrigin(origin.tolist())
    return ct, labels


def sample_assessment() -> SpineAssessment:
    """Higher risk, indeterminate, lower risk, not scored."""
    cut = FIELD_OF_VIEW.finding(LumbarLevel.L4, how="touches the first slice of the CT")
    rows = (
        scored_level(LumbarLevel.L1, 0.78, 0.66, 0.86, Category.HIGHER_RISK, findings=(stray_voxels(),)),
        scored_level(LumbarLevel.L2, 0.52, 0.41, 0.63, Category.INDETERMINATE),
        replace(scored_level(LumbarLevel.L3, 0.24, 0.17, 0.33, Category.LOWER_RISK), mask_origin=MaskOrigin.EDITED),
        LevelAssessment(
            LumbarLevel.L4,
            Status.NOT_SCORED,
            cut.text,
            volume_ml=31.75,
            center_lps=CENTERS_LPS[LumbarLevel.L4],
            trabecular=None,
            heights=BodyHeights(21.0, 20.5, 24.0, 1.6, 0.8, 1.5, 0.146, 0.07, 0, "none", "mask"),
            findings=(cut,),
            mask_origin=MaskOrigin.IMPORTED,
        ),
    )
    thick = SLICE_THICKNESS.finding(variant="method", value=5.0, source=METHOD)
    return SpineAssessment(
        levels=rows,
        findings=(thick, HEADER_INCOMPLETE.finding(value="sex")),
        cutoff_risk_index=0.5,
        provenance=Provenance(
            software_version="0.1.0",
            model_id="demonstration-1",
            model_sha256="ab" * 32,
            model_status="demonstration",
            settings={
                "extraction": {"bin_width": 25.0, "resampled_spacing": [1.0, 1.0, 1.0], "interpolator": "linear"},
                "perturbation_repeats": 30,
                "perturbation_seed": 20250601,
                "interval_percentiles": [2.5, 97.5],
            },
            ct_sha256="12" * 32,
            labels_sha256="34" * 32,
            libraries={"numpy": "2.4.0", "scipy": "1.17.0", "SimpleITK": "2.5.2"},
        ),
    )


def stray_voxels() -> Finding:
    """A warning of one level."""
    values = {"voxels": "14 voxels", "side": "below", "what": "gas"}
    return LOW_VOXELS.finding(LumbarLevel.L1, value=-410.0, limit=-200.0, **values)


def scored_level(
    level: LumbarLevel, risk: float, low: float, high: float, category: Category, findings: tuple[Finding, ...] = ()
) -> LevelAssessment:
    """A level with a score and all measurements."""
    shares = np.array([0.05, 0.04, 0.01, 0.02, -0.01, 0.03, -0.02, -0.015]) * (risk - 0.45) * 6
    contributions = tuple(
        Contribution(
            feature=name,
            value=100.0 + 10 * number,
            z=-float(share) * 20,
            r_score=-float(share),
            risk=float(share),
            sentence=reason_sentence(name, -float(share) * 20, float(share)),
        )
        for number, (name, share) in enumerate(zip(MEANINGS, shares, strict=True))
    )
    score = Score(
        r_score=0.9 - risk,
        risk_index=risk,
        risk_low=low,
        risk_high=high,
        r_score_low=0.9 - high,
        r_score_high=0.9 - low,
        category=category,
        category_change_probability=0.4 if category is Category.INDETERMINATE else 0.0,
        contributions=contributions,
        redrawn_shift=0.02,
    )
    return LevelAssessment(
        level,
        Status.SCORED,
        score=score,
        features={item.feature: item.value for item in contributions},
        volume_ml=33.0 + 2.5 * (int(level) - 20),
        center_lps=CENTERS_LPS[level],
        trabecular=TrabecularDensity(92.4, 31.2, 8.1),
        heights=BodyHeights(26.1, 25.2, 27.0, 0.7, 0.6, 0.7, 0.067, 0.03, 0, "none", "CT"),
        findings=findings,
        mask_origin=MaskOrigin.SOFTWARE,
    )
