"""overlay.png: what is where, and in which colour."""

from dataclasses import replace

import numpy as np
import pytest

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.colors import NOT_SCORED_COLOR, risk_color
from OVCFRiskLib.report.pictures import picture
from OVCFRiskLib.report.pictures.picture import PICTURE_SIZE, draw_overlay
from OVCFRiskLib.report.pictures.png import png_bytes


@pytest.fixture(scope="module")
def pixels(case, bodies, drawing):
    return draw_overlay(case.assessment, case.ct, bodies)


def hue_distance(pixels, rgb):
    """Angle between colours, degrees: light and shade leave it as it is."""
    lit = pixels.astype(float) + 1e-9
    cosine = lit @ np.array(rgb) / np.linalg.norm(lit, axis=-1) / np.linalg.norm(rgb)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def place(pixels, rgb):
    """Middle row of the pixels of a colour left of the labels, as a part of the height."""
    left = pixels[: int(0.75 * len(pixels)), : int(0.55 * pixels.shape[1])]
    rows, _ = np.nonzero((hue_distance(left, rgb) < 4) & (np.ptp(left, axis=-1) > 40))
    assert len(rows) > 5000
    return rows.mean() / len(pixels)


def test_has_its_size_and_paper(pixels):
    assert pixels.shape == (PICTURE_SIZE[1], PICTURE_SIZE[0], 3)
    assert (pixels[5, 5] == 255).all()


def test_bodies_have_the_colour_of_their_risk_from_head_to_foot(pixels, case):
    places = [place(pixels, risk_color(row.score.risk_index)) for row in case.assessment.levels[:3]]
    assert places == sorted(places)


def test_body_without_score_is_grey_and_the_colour_is_not_used_otherwise(pixels, case, bodies):
    grey = hue_distance(pixels, NOT_SCORED_COLOR) < 2
    dark = pixels.max(axis=-1) < 160
    area = int(0.55 * PICTURE_SIZE[0])
    row = np.nonzero((grey & dark)[: int(0.75 * len(pixels)), :area])[0].mean() / len(pixels)
    assert row > place(pixels, risk_color(case.assessment.levels[2].score.risk_index))


def test_level_without_a_mask_is_not_drawn(case, bodies, pixels):
    fewer = {level: body for level, body in bodies.items() if level is not LumbarLevel.L1}
    colour = risk_color(case.assessment.levels[0].score.risk_index)
    left = draw_overlay(case.assessment, case.ct, fewer)[: int(0.75 * PICTURE_SIZE[1]), : int(0.55 * PICTURE_SIZE[0])]
    assert ((hue_distance(left, colour) < 4) & (np.ptp(left, axis=-1) > 40)).sum() < 100


def test_same_input_same_pixels(case, bodies, pixels):
    assert png_bytes(draw_overlay(case.assessment, case.ct, bodies)) == png_bytes(pixels)


def test_demonstration_is_named(case, bodies, pixels):
    provenance = replace(case.assessment.provenance, model_status="research")
    research = draw_overlay(replace(case.assessment, provenance=provenance), case.ct, bodies)
    rows = np.nonzero((research != pixels).any(axis=(1, 2)))[0]
    assert len(rows)
    assert rows.min() > 0.95 * len(pixels)


def test_says_why_it_cannot_draw(case, bodies, monkeypatch):
    monkeypatch.setattr(picture, "why_no_picture", lambda: "OpenGL is missing")
    with pytest.raises(OVCFRiskError, match="no 3D picture, because OpenGL is missing"):
        draw_overlay(case.assessment, case.ct, bodies)


def test_says_when_there_is_nothing_to_draw(case, monkeypatch):
    monkeypatch.setattr(picture, "why_no_picture", lambda: "")
    with pytest.raises(OVCFRiskError, match="no level has a mask"):
        draw_overlay(case.assessment, case.ct, {})


def with_outside(case):
    """The first level outside the model."""
    first, *rest = case.assessment.levels
    score = replace(first.score, category=Category.OUTSIDE_MODEL)
    return replace(case.assessment, levels=(replace(first, score=score), *rest))


def test_outside_the_model_a_body_is_hatched_and_has_no_risk_colour(case, bodies, pixels):
    outside = draw_overlay(with_outside(case), case.ct, bodies)
    colour = risk_color(case.assessment.levels[0].score.risk_index)
    body = (hue_distance(pixels, colour) < 4) & (np.ptp(pixels, axis=-1) > 40)
    body[:, int(0.55 * PICTURE_SIZE[0]) :] = False
    inside = outside[body].astype(int)
    assert np.ptp(inside, axis=-1).max() < 40, "grey only"
    dark = (inside.max(axis=-1) < 90).mean()
    assert 0.02 < dark < 0.3, "hatched"
    assert (outside != pixels).any(axis=-1)[:, int(0.62 * PICTURE_SIZE[0]) :].any(), "the label says it, too"


def test_high_and_low_are_told_apart_without_colour(case, bodies):
    """In grey the two pictures differ only where the marks, numbers and words stand."""
    first, *rest = case.assessment.levels

    def grey_label(category):
        score = replace(first.score, category=category)
        levels = (replace(first, score=score), *rest)
        drawn = draw_overlay(replace(case.assessment, levels=levels), case.ct, bodies)
        return drawn.astype(float).mean(axis=-1)

    higher, lower = grey_label(Category.HIGHER_RISK), grey_label(Category.LOWER_RISK)
    columns = np.nonzero((higher != lower).any(axis=0))[0]
    assert columns.min() > 0.6 * PICTURE_SIZE[0]
    assert (np.abs(higher - lower) > 100).sum() > 300
