"""overlay.png: what is where, and in which colour."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.assessment import Category
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.report.colors import NOT_SCORED_COLOR, risk_color
from OVCFRiskLib.report.pictures.mask_field import mask_field
from OVCFRiskLib.report.pictures.picture import (
    CONTEXT_COLOR,
    CONTEXT_OPACITY,
    CONTEXT_OPACITY_BEFORE,
    PICTURE_SIZE,
    OverlayShapes,
    draw_overlay,
    draw_shapes,
    overlay_shapes,
)
from OVCFRiskLib.report.pictures.png import png_bytes
from OVCFRiskLib.report.pictures.traced_surface import TracedSurface, trace_surface
from OVCFRiskLib.report.pictures.view import view_of


@pytest.fixture(scope="module")
def pixels(case, bodies):
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


def test_says_when_there_is_nothing_to_draw(case):
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


def test_a_body_behind_another_is_hidden_by_it(case, bodies):
    """Seen from the front right, a copy of L1's mask behind L1 changes nothing that is seen of L1."""
    from_view = np.array([0.72, 0.80, 0.16])
    body = bodies[LumbarLevel.L1]
    behind = sitk.Image(body.mask_image)
    shift = 60 * from_view / np.linalg.norm(from_view) * (-1, -1, 1)  # LPS
    behind.SetOrigin((np.array(behind.GetOrigin()) - shift).tolist())
    fields = {LumbarLevel.L1: mask_field(body.mask_image), LumbarLevel.L2: mask_field(behind)}
    points = np.concatenate([field.inner_points() for field in fields.values()])
    view = view_of(points.min(axis=0), points.max(axis=0), (600, 800))
    traced = {level: trace_surface(field, view) for level, field in fields.items()}
    for order in (list(traced), list(reversed(traced))):
        shapes = OverlayShapes(view, {level: traced[level] for level in order}, {}, None)
        drawn = draw_shapes(case.assessment, shapes)[:600, :800]
        surface = traced[LumbarLevel.L1]
        whole = drawn[surface.box][surface.cover == 1]
        assert (hue_distance(whole, risk_color(case.assessment.levels[0].score.risk_index)) < 5).mean() > 0.99


def test_bone_before_a_body_leaves_it_seen(case, bodies):
    """A wall of bone between viewer and body is laid over it thinly, and over the paper more."""
    shapes = overlay_shapes(case.ct, bodies)
    height, width = shapes.view.size
    ones = np.ones((height, width), np.float32)
    wall = TracedSurface((slice(0, height), slice(0, width)), ones, 1000 * ones, ones, 0 * ones)
    alone = draw_shapes(case.assessment, replace(shapes, context=None)).astype(float)
    before = draw_shapes(case.assessment, replace(shapes, context=wall)).astype(float)
    behind = draw_shapes(case.assessment, replace(shapes, context=replace(wall, near=-wall.near))).astype(float)
    body = shapes.bodies[LumbarLevel.L1]
    rows, columns = np.nonzero(body.cover == 1)
    rows, columns = rows + body.box[0].start, columns + body.box[1].start
    bone = 255 * np.array(CONTEXT_COLOR)
    expected = alone[rows, columns] + CONTEXT_OPACITY_BEFORE * (bone - alone[rows, columns])
    np.testing.assert_allclose(before[rows, columns], expected, atol=1)
    np.testing.assert_array_equal(behind[rows, columns], alone[rows, columns])
    np.testing.assert_allclose(before[30, 5], 255 + CONTEXT_OPACITY * (bone - 255), atol=1)
