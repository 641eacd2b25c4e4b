"""report.html as a browser reads it."""

import re
from dataclasses import fields, is_dataclass, replace
from enum import Enum

import pytest

from OVCFRiskLib.acquisition import Acquisition
from OVCFRiskLib.assessment import Category, Contribution
from OVCFRiskLib.findings import Finding
from OVCFRiskLib.findings.acquisition_codes import KERNEL
from OVCFRiskLib.findings.mask_codes import HEIGHT_LOSS
from OVCFRiskLib.findings.model_codes import FEATURE_OUTSIDE_TRAINING
from OVCFRiskLib.identity import Identity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.page.page import report_page
from OVCFRiskLib.report.page.page_pictures import PagePictures, page_pictures
from OVCFRiskLib.report.summary import summarise
from OVCFRiskLib.report.wording import feature_title
from OVCFRiskLib.statements import DEMONSTRATION_NOTICE, LIMITS, RESEARCH_ONLY

NO_PICTURES = PagePictures(None, None, ())
ATTACK = """<script>alert(1)</script><img src=x onerror=alert(1)>"'&</style></svg>"""
ONE_PIXEL = bytes.fromhex("89504e470d0a1a0a")


@pytest.fixture(scope="module")
def page(case, bodies, read_page):
    pictures = page_pictures(case.assessment, case.ct, bodies, ONE_PIXEL)
    return read_page(report_page(case.assessment, pictures))


def test_needs_nothing_from_outside(page):
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "form"}
    for _, attributes in page.elements:
        for name in ("src", "href", "xlink:href", "srcset", "action"):
            assert attributes.get(name, "data:image/png;base64,").startswith("data:image/png;base64,")
        assert not [name for name in attributes if name.startswith("on")]


def test_style_fetches_nothing(case):
    text = report_page(case.assessment, NO_PICTURES)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL).group(1)
    assert "@media print" in style
    assert not re.search(r"url\(|@import|http|<", style)


def test_forbids_what_it_does_not_need(page):
    policies = [m["content"] for m in page.tags("meta") if m.get("http-equiv") == "Content-Security-Policy"]
    assert policies == ["default-src 'none'; img-src data:; style-src 'unsafe-inline'"]


def test_says_what_a_number_must_not_stand_without(page, case):
    for words in (
        RESEARCH_ONLY,
        DEMONSTRATION_NOTICE,
        "Higher risk index = more risk.",
        summarise(case.assessment),
        "Slices of 5 mm: the method needs 1.25 mm",
        case.assessment.provenance.model_sha256,
        case.assessment.provenance.ct_sha256,
        "numpy 2.4.0",
        "20250601",
    ):
        assert words in page.text


def test_research_model_is_not_called_a_demonstration(case, read_page):
    provenance = replace(case.assessment.provenance, model_status="research")
    text = read_page(report_page(replace(case.assessment, provenance=provenance), NO_PICTURES)).text
    assert "Demonstration model" not in text


def test_table_has_every_level_with_its_numbers(page):
    for words in (
        "L1 scored 0.78 0.66 to 0.86",
        "▲ higher risk",
        "0.41 to 0.63",
        "◆ indeterminate 40% of redrawn masks",
        "▼ lower risk",
        "92 ± 31",
        "26.1 / 25.2 / 27.0 ± 0.7 / 0.6 / 0.7 loss 7% ± 3%, grade 0",
        "Warning: 14 voxels below -200 HU",
        "L4 not scored not scored – – – 31.8",
        "Not scored, because: the body is cut by the field of view",
    ):
        assert words in page.text


def test_interval_is_drawn_where_it_lies(page, case):
    bars = [a for a in page.tags("svg") if a.get("aria-label", "").startswith("risk index")]
    assert len(bars) == 3
    dots = [float(a["cx"]) for a in page.tags("circle")]
    risks = [row.score.risk_index for row in case.assessment.levels[:3]]
    scale = (dots[0] - dots[2]) / (risks[0] - risks[2])
    assert dots[1] - dots[2] == pytest.approx(scale * (risks[1] - risks[2]), abs=0.02)
    assert scale > 0


def test_every_share_has_a_bar_to_its_side(page, case):
    shares = [share for row in case.assessment.levels[:3] for share in row.score.contributions]
    shown = [a["aria-label"] for a in page.tags("svg") if a.get("aria-label", "").endswith("to the risk")]
    assert sorted(shown) == sorted(f"{share.risk:+.3f} to the risk" for share in shares)
    for share in shares:
        assert feature_title(share.feature) in page.text
        assert share.sentence in page.text


def test_shares_and_intercept_make_the_r_score(page):
    sums = re.findall(r"R-score (-?[\d.]+) = intercept (-?[\d.]+) \+ sum of the shares (-?\d+\.\d+)", page.text)
    assert len(sums) == 3
    for r_score, intercept, shares in sums:
        assert float(intercept) + float(shares) == pytest.approx(float(r_score), abs=0.0011)


def test_findings_stand_with_value_limit_and_source_gravest_first(page):
    checks = page.text[page.text.index("Checks Where") :]
    assert "5 mm 1.25 mm warning" in checks
    assert "slice_thickness · Yu et al. 2025" in checks
    order = [checks.index(word) for word in ("stops scoring", "slice_thickness", "header_incomplete")]
    assert order == sorted(order)


def test_says_when_no_check_found_anything(case, read_page):
    rows = tuple(replace(row, findings=()) for row in case.assessment.levels)
    quiet = replace(case.assessment, levels=rows, findings=())
    assert "No check of the acquisition" in read_page(report_page(quiet, NO_PICTURES)).text


def test_pictures_have_text_alternatives(page):
    assert [a["alt"] for a in page.tags("img")] == [
        "Vertebral bodies in 3D: L1 ▲ 0.78, L2 ◆ 0.52, L3 ▼ 0.24, L4 not scored"
    ]
    assert all(a.get("aria-label") for a in page.tags("svg") if a.get("role") == "img")
    assert sum(a.get("class") == "slice" for a in page.tags("svg")) == 5


def test_without_3d_picture_the_sagittal_slice_leads_and_the_note_says_why(case, bodies, read_page):
    pictures = page_pictures(case.assessment, case.ct, bodies, None)
    reader = read_page(report_page(case.assessment, pictures, ("no 3D picture, because of a test",)))
    assert not reader.tags("img")
    assert sum(a.get("class") == "slice" for a in reader.tags("svg")) == 5
    assert "no 3D picture, because of a test" in reader.text


def test_nothing_scored_and_no_mask(unscored, read_page):
    reader = read_page(report_page(unscored.assessment, page_pictures(unscored.assessment, unscored.ct, {}, None)))
    assert reader.text.count("Not scored, because: no mask of this level") == 4
    assert "What moved each score" not in reader.text


def test_same_input_same_page(case, bodies):
    pages = {report_page(case.assessment, page_pictures(case.assessment, case.ct, bodies, None)) for _ in range(2)}
    assert len(pages) == 1


def test_patient_id_only_when_given(case, read_page):
    assert "Patient ID, study, series not named" in read_page(report_page(case.assessment, NO_PICTURES)).text
    named = report_page(case.assessment, NO_PICTURES, identity=Identity(patient_id="007"))
    assert "Patient ID 007 Study date" in read_page(named).text


def attacked(value):
    """The same object with an attack in every string."""
    if isinstance(value, Enum) or value is None:
        return value
    if isinstance(value, str):
        return value + ATTACK
    if isinstance(value, Finding):
        return replace(value, values={name: attacked(item) for name, item in value.values.items()})
    if is_dataclass(value):
        return replace(value, **{f.name: attacked(getattr(value, f.name)) for f in fields(value)})
    if isinstance(value, dict):
        return {attacked(key): attacked(item) for key, item in value.items()}
    return type(value)(attacked(item) for item in value) if isinstance(value, tuple | list) else value


def test_every_string_is_escaped(case, bodies, read_page):
    assessment = attacked(case.assessment)
    acquisition = attacked(Acquisition("dicom", kernel="B30f", manufacturer="SIEMENS", model="x", patient_sex="F"))
    clean = report_page(case.assessment, page_pictures(case.assessment, case.ct, bodies, ONE_PIXEL))
    pictures = page_pictures(assessment, case.ct, bodies, ONE_PIXEL)
    reader = read_page(
        report_page(assessment, pictures, (ATTACK,), acquisition, attacked(Identity("7", series_description="CT")))
    )
    assert not reader.tags("script")
    assert len(reader.tags("img")) == 1
    assert len(reader.tags("svg")) == len(read_page(clean).tags("svg"))
    assert reader.text.count("<script>alert(1)</script>") > 50


def test_characters_html_forbids_do_no_harm(case):
    finding = KERNEL.finding(value="B\x00\x1b[2J\ud83d")
    text = report_page(replace(case.assessment, findings=(finding,)), NO_PICTURES)
    assert "kernel &#x27;B\ufffd\ufffd[2J\ufffd&#x27;" in text
    assert text.encode("utf-8")


def test_extreme_scores_stay_inside_the_bar(case, read_page):
    score = replace(
        case.assessment.levels[0].score, risk_index=1.0, risk_low=0.0, risk_high=1.0, category=Category.HIGHER_RISK
    )
    rows = (replace(case.assessment.levels[0], score=score), *case.assessment.levels[1:])
    reader = read_page(report_page(replace(case.assessment, levels=rows), NO_PICTURES))
    bar = next(a for a in reader.tags("svg") if a.get("aria-label", "").startswith("risk index 1.00"))
    width = float(bar["viewbox"].split()[2])
    assert max(float(a["cx"]) + float(a["r"]) for a in reader.tags("circle")) <= width


def test_features_without_a_share_are_named_in_one_line(case, read_page):
    nothing = (Contribution("original_firstorder_Median", 1.0, 0.0, 0.0, 0.0, "Nothing."),)
    rows = tuple(
        replace(row, score=row.score and replace(row.score, contributions=nothing)) for row in case.assessment.levels
    )
    text = read_page(report_page(replace(case.assessment, levels=rows), NO_PICTURES)).text
    assert text.count("sum of the shares 0.000. Without a share: Median (attenuation).") == 3


def outside(assessment):
    """The first level outside the model."""
    score = replace(assessment.levels[0].score, category=Category.OUTSIDE_MODEL)
    finding = FEATURE_OUTSIDE_TRAINING.finding(LumbarLevel.L1, value=4.0, features="Imc2 (+4.0 SD)", model="m")
    row = replace(assessment.levels[0], score=score, findings=(finding,))
    return replace(assessment, levels=(row, *assessment.levels[1:]))


def test_outside_the_model_the_headline_warns_and_the_number_is_left_to_the_details(case, bodies, read_page):
    assessment = outside(case.assessment)
    reader = read_page(report_page(assessment, page_pictures(assessment, case.ct, bodies, ONE_PIXEL)))
    headline = "Do not rely on the score of L1: it is outside the model"
    assert reader.text.index(headline) < reader.text.index("Demonstration model")
    before_details = reader.text[: reader.text.index("What moved each score")]
    assert "0.78" not in before_details
    assert "▨ outside the model" in before_details
    assert "Outside the model, because: Outside what the model has seen: Imc2 (+4.0 SD)" in before_details
    assert "L1: risk index 0.78 0.66 to 0.86, ▨ outside the model, do not rely on it" in reader.text
    assert next(a["class"] for a in reader.tags("i")) == "chip outside"


def test_a_suspected_fracture_is_the_headline(case, read_page):
    finding = HEIGHT_LOSS.finding(LumbarLevel.L1, variant="fracture", value=0.32, deformity="wedge", grade=2)
    row = replace(case.assessment.levels[0], findings=(finding,))
    text = read_page(report_page(replace(case.assessment, levels=(row, *case.assessment.levels[1:])), NO_PICTURES)).text
    assert "Date L1: height loss of 32% (wedge, grade 2): look at this level. Demonstration model" in text


def test_without_anything_to_warn_of_there_is_no_headline(case):
    assert 'role="alert"' not in report_page(case.assessment, NO_PICTURES)


def test_limits_stand_beside_the_notice(page):
    assert page.text.count(LIMITS) == 2
