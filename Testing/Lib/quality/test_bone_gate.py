"""Right masks pass and wrong ones are stopped, on phantoms of ordinary and of thin bone."""

from dataclasses import replace

import numpy as np
import pytest
import SimpleITK as sitk
from scipy import ndimage

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality import bone_gate
from OVCFRiskLib.quality.bone_gate import check_bone, lies_before_a_canal, reason_against
from OVCFRiskLib.quality.bone_surroundings import BoneSurroundings, measure_surroundings
from OVCFRiskLib.quality.masks import check_masks
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom

L1, L2, L3, L4 = LumbarLevel
SMALL = {"field_mm": (140.0, 140.0, 180.0), "spacing_mm": (1.0, 1.0, 1.25)}
BONES = {
    "osteopenic": {},
    "thin": {"trabecular_hu": 30.0, "cortex_mm": 0.2, "seed": 1},
    "thin on thick slices": {"trabecular_hu": 40.0, "cortex_mm": 0.2, "seed": 2, "spacing_mm": (1.0, 1.0, 5.0)},
    "dense, contrast": {"trabecular_hu": 200.0, "contrast_hu": 300.0, "seed": 3},
}
# LPS mm by which the masks are moved; they leave a Dice with the truth below 0.6.
WRONG = [
    (18, 0, 0),
    (-25, 0, 0),
    (40, 0, 0),
    (0, -13, 0),
    (0, 13, 0),
    (0, 20, 0),
    (0, 0, 13.75),
    (0, 0, -13.75),
    (9, 9, 7.5),
    (0, -28, 0),
]


@pytest.fixture(scope="module", params=list(BONES.values()), ids=list(BONES))
def phantom(request):
    return make_phantom(PhantomSettings(**{**SMALL, **request.param}))


def moved(labels, millimetres):
    """The labels displaced by whole voxels; what leaves the image is gone."""
    array = sitk.GetArrayFromImage(labels)
    steps = [round(mm / s) for mm, s in zip(millimetres[::-1], labels.GetSpacing()[::-1], strict=True)]
    shifted = np.roll(array, steps, axis=(0, 1, 2))
    image = sitk.GetImageFromArray(shifted)
    image.CopyInformation(labels)
    return image


def stopped(ct, labels, levels=(L2, L3)):
    """Levels that the gate stops."""
    bodies = cut_out_levels(labels, ct)
    return [level for level in levels if check_bone(ct, bodies[level])]


def test_right_masks_pass(phantom):
    assert stopped(phantom.ct, phantom.labels, tuple(LumbarLevel)) == []


@pytest.mark.parametrize("millimetres", WRONG)
def test_wrong_masks_are_stopped(phantom, millimetres):
    assert stopped(phantom.ct, moved(phantom.labels, millimetres)) == [L2, L3]


def disc_below(labels, upper, beyond_mm):
    """A mask of the disc between two bodies that takes so much of each plate with it."""
    array = sitk.GetArrayFromImage(labels)
    beyond = round(beyond_mm / labels.GetSpacing()[2])
    place = np.arange(array.shape[0])[:, None, None]
    above, below = array == upper, array == upper + 1
    lowest = above.argmax(axis=0)
    highest = array.shape[0] - 1 - below[::-1].argmax(axis=0)
    between = (place > highest - beyond) & (place < lowest + beyond) & above.any(axis=0) & below.any(axis=0)
    image = sitk.GetImageFromArray(between.astype(np.uint8) * int(upper))
    image.CopyInformation(labels)
    return image


@pytest.mark.parametrize("beyond_mm", [1.25, 2.5, 5.0])
def test_a_disc_between_two_plates_is_no_body(phantom, beyond_mm):
    ct, labels = phantom.ct, disc_below(phantom.labels, L2, beyond_mm)
    assert stopped(ct, labels, (L2,)) == [L2]


def test_a_disc_between_plates_that_are_seen_has_no_cortex():
    """Points in discs gave such masks: both ends stand out as plates do, and a canal and pedicles lie behind."""
    phantom = make_phantom(PhantomSettings(**SMALL))
    found = measure_surroundings(phantom.ct, cut_out_levels(disc_below(phantom.labels, L2, 2.5), phantom.ct)[L2])
    right = measure_surroundings(phantom.ct, cut_out_levels(phantom.labels, phantom.ct)[L2])
    assert found.plate_hu > 90
    assert found.cortex_hu[0] < 30 < 100 < right.cortex_hu[0]
    assert reason_against(found) == "cortex"


@pytest.mark.parametrize(
    ("change", "value", "limit", "unit"),
    [
        ({"wall_fraction": 0.5}, 0.5, 0.6, "part of 1"),
        ({"cortex_hu": (22.0, 42.0)}, 22.0, 35.0, "HU"),
        ({"cortex_hu": (50.0, 120.0)}, 50.0, 60.0, "HU"),
        ({"canal_hu": 120.0}, 120.0, "-150 to 60", "HU"),
        ({"wall_offset_mm": -12.0}, -12.0, 9.0, "mm"),
        ({"pedicle_hu": 70.0}, 70.0, 130.0, "HU"),
        ({"pedicle_hu": 150.0, "canal_hu": 40.0}, 150.0, 160.0, "HU"),
        ({"inner_low_hu": 10.0, "inner_high_hu": 700.0, "plate_hu": 50.0}, 690.0, 320.0, "HU"),
        ({"plate_hu": 35.0}, 35.0, 40.0, "HU"),
        ({"pedicle_offset_mm": 14.0, "plate_hu": 50.0}, 14.0, "-4.5 to 10", "mm"),
    ],
)
def test_a_finding_has_the_limit_and_the_unit_of_its_own_part(spine, monkeypatch, change, value, limit, unit):
    monkeypatch.setattr(bone_gate, "measure_surroundings", lambda ct, body: replace(RIGHT, **change))
    (finding,) = check_bone(spine.ct, cut_out_levels(spine.labels, spine.ct)[L2])
    assert (finding.value, finding.limit, finding.unit) == (value, limit, unit)
    assert finding.text


@pytest.mark.parametrize(
    ("plate_hu", "slice_mm", "severity"),
    [
        (82.0, 2.5, None),  # the lowest of right masks of thin bone
        (50.0, 2.5, Severity.WARNING),
        (39.0, 2.5, Severity.STOPS_SCORING),  # a mask that ends in a disc
        (28.0, 3.0, None),  # a real L1
        (18.0, 3.0, Severity.WARNING),
        (3.0, 3.0, Severity.STOPS_SCORING),  # the first sacral body, clicked as a lumbar one
        (0.0, 5.0, None),  # a real L3
        (-35.0, 5.0, Severity.STOPS_SCORING),
        (np.nan, 1.0, None),
    ],
)
def test_thin_slices_show_plates(draw_spine, monkeypatch, plate_hu, slice_mm, severity):
    spine = draw_spine(spacing=(1.0, 1.0, slice_mm), size=(80, 70, round(200 / slice_mm)))
    monkeypatch.setattr(bone_gate, "measure_surroundings", lambda ct, body: replace(RIGHT, plate_hu=plate_hu))
    found = check_bone(spine.ct, cut_out_levels(spine.labels, spine.ct)[L2])
    assert [f.severity for f in found] == ([] if severity is None else [severity])
    assert {f.code for f in found} <= {"no_bone", "plate_not_seen"}


@pytest.mark.parametrize(("mm", "variant"), [(-2.5, "inside"), (0.0, None), (2.5, "outside")])
def test_masks_too_small_or_too_large_all_around_are_said_to_be(phantom, mm, variant):
    labels = sitk.GetArrayFromImage(phantom.labels)
    spacing = phantom.labels.GetSpacing()[::-1]
    body = labels == L3
    depth = ndimage.distance_transform_edt(body, spacing) - ndimage.distance_transform_edt(~body, spacing)
    image = sitk.GetImageFromArray((depth > -mm + np.sign(-mm) * 0.5).astype(np.uint8) * int(L3))
    image.CopyInformation(phantom.labels)
    found = [f for f in check_bone(phantom.ct, cut_out_levels(image, phantom.ct)[L3]) if f.code == "edge_offset"]
    assert [f.variant for f in found] == ([variant] if variant else [])
    assert all(f.value == pytest.approx(2.5, abs=1.2) for f in found)


@pytest.mark.parametrize(
    ("offset_mm", "severity"),
    [(1.2, None), (-1.4, None), (1.5, Severity.WARNING), (3.5, Severity.WARNING), (4.4, Severity.STOPS_SCORING)],
)
def test_the_core_of_a_body_is_not_scored(spine, monkeypatch, offset_mm, severity):
    monkeypatch.setattr(bone_gate, "measure_surroundings", lambda ct, body: replace(RIGHT, edge_offset_mm=offset_mm))
    found = check_bone(spine.ct, cut_out_levels(spine.labels, spine.ct)[L2])
    assert [f.severity for f in found] == ([] if severity is None else [severity])


def test_the_finding_says_what_is_missing_and_what_to_do(phantom):
    (finding,) = check_bone(phantom.ct, cut_out_levels(moved(phantom.labels, (40, 0, 0)), phantom.ct)[L2])
    assert (finding.code, finding.severity) == ("no_bone", Severity.STOPS_SCORING)
    assert "segment again, or correct the mask" in finding.text


def test_a_wall_that_is_short_is_measured(phantom):
    """The posterior 6 mm of a mask taken away in front of the canal: everything else is right."""
    array = sitk.GetArrayFromImage(phantom.labels)
    back = phantom.labels.GetSize()[1] - 1 - (array == L3)[:, ::-1].argmax(axis=1)
    place = np.arange(array.shape[1])[None, :, None]
    middle = np.argwhere(array == L3)[:, 2].mean()
    before_canal = np.abs(np.arange(array.shape[2]) - middle) < 12
    array[(array == L3) & (place > back[:, None, :] - 6) & before_canal] = 0
    labels = sitk.GetImageFromArray(array)
    labels.CopyInformation(phantom.labels)
    (finding,) = check_bone(phantom.ct, cut_out_levels(labels, phantom.ct)[L3])
    assert (finding.code, finding.variant) == ("posterior_wall", "short")
    assert finding.value == pytest.approx(6, abs=1.5)


def test_where_a_right_mask_ends_and_its_pedicles_leave(phantom):
    for body in cut_out_levels(phantom.labels, phantom.ct).values():
        found = measure_surroundings(phantom.ct, body)
        assert abs(found.wall_offset_mm) <= 2
        assert 0 <= found.pedicle_offset_mm <= 10
        assert found.canal_hu < 40 < found.pedicle_hu


RIGHT = BoneSurroundings(1.0, (120.0, 160.0), 0.0, 150.0, 10.0, 0.5, 400.0, 80.0, 5.0, 8.0, 60.0, 200.0)


def upside_down(image, relabel=lambda array: array):
    array = np.flip(sitk.GetArrayFromImage(image), 0).copy()
    flipped = sitk.GetImageFromArray(relabel(array))
    flipped.CopyInformation(image)
    return flipped


def test_a_ct_with_head_and_feet_exchanged_is_stopped_though_its_levels_are_in_order(phantom):
    """Named from above, as somebody does who does not notice; left and right exchanged leave nothing to see."""

    def named_from_above(array):
        return np.where(array > 0, L1 + L4 - array, 0).astype(np.uint8)

    ct, labels = upside_down(phantom.ct), upside_down(phantom.labels, named_from_above)
    checks = check_masks(ct, cut_out_levels(labels, ct))
    found = {level: [f.variant for f in checks.findings[level] if f.code == "no_bone"] for level in LumbarLevel}
    assert list(found.values()) == 4 * [["upside down"]]


def test_the_gap_between_spinous_processes_lies_above_the_middle(phantom):
    for body in cut_out_levels(phantom.labels, phantom.ct).values():
        assert 3 <= measure_surroundings(phantom.ct, body).spinous_gap_mm <= 16


def test_without_processes_there_is_no_gap(phantom):
    """After a laminectomy, or where the field of view ends behind the canal."""
    behind = int(np.nonzero(sitk.GetArrayViewFromImage(phantom.labels))[1].max()) + 12
    array = sitk.GetArrayFromImage(phantom.ct)
    array[:, behind:] = 40
    ct = sitk.GetImageFromArray(array)
    ct.CopyInformation(phantom.ct)
    cut, labels = (image[:, :behind, :] for image in (phantom.ct, phantom.labels))
    assert np.isnan(measure_surroundings(ct, cut_out_levels(phantom.labels, ct)[L2]).spinous_gap_mm)
    assert np.isnan(measure_surroundings(cut, cut_out_levels(labels, cut)[L2]).spinous_gap_mm)


@pytest.mark.parametrize(
    ("change", "variant"),
    [
        ({}, ""),
        ({"wall_fraction": 0.5}, "walls"),
        ({"wall_fraction": 0.65}, ""),
        ({"wall_fraction": 0.65, "plate_hu": 10.0}, "walls"),
        ({"cortex_hu": (64.0, 87.0)}, ""),  # a real L1 in voxels of 3 mm
        ({"cortex_hu": (125.0, 200.0)}, ""),
        ({"cortex_hu": (22.0, 42.0)}, "cortex"),
        ({"cortex_hu": (66.0, 170.0)}, "cortex"),
        ({"cortex_hu": (np.nan, np.nan)}, ""),
        ({"canal_hu": 120.0}, "canal"),
        ({"canal_hu": -900.0}, "canal"),
        ({"wall_offset_mm": 12.0}, "wall"),
        ({"wall_offset_mm": np.nan}, "canal"),
        ({"pedicle_hu": 70.0}, "pedicles"),
        ({"inner_low_hu": 10.0, "inner_high_hu": 700.0}, ""),  # an island of dense bone in a body that is sure
        ({"inner_low_hu": 10.0, "inner_high_hu": 700.0, "plate_hu": 50.0}, "inside"),
        ({"inner_low_hu": 10.0, "inner_high_hu": 700.0, "pedicle_offset_mm": -15.0}, "inside"),
        ({"inner_low_hu": 10.0, "inner_high_hu": 700.0, "wall_fraction": 0.9}, "inside"),
        ({"pedicle_offset_mm": -20.0, "plate_hu": 89.0, "cortex_hu": (128.0, 151.0)}, ""),  # beside a narrow disc
        ({"inner_low_hu": -20.0, "inner_high_hu": 250.0}, ""),
        ({"inner_low_hu": -20.0, "inner_high_hu": 250.0, "wall_fraction": 0.7}, "inside"),
        ({"plate_hu": -50.0}, "plates"),
        ({"pedicle_offset_mm": 10.5, "plate_hu": 55.0}, "height"),
        ({"pedicle_offset_mm": -4.0, "plate_hu": 35.0}, ""),
        ({"pedicle_offset_mm": -4.0, "plate_hu": 28.0}, ""),  # a real L1 in voxels of 3 mm
        ({"pedicle_offset_mm": -4.0, "plate_hu": -5.0}, "height"),
        ({"pedicle_offset_mm": -8.0}, ""),
        ({"pedicle_offset_mm": -5.0, "spinous_gap_mm": -8.0}, "upside down"),
        ({"pedicle_offset_mm": 5.0, "spinous_gap_mm": -8.0}, ""),
        ({"pedicle_offset_mm": -5.0, "spinous_gap_mm": np.nan}, ""),
        ({"pedicle_offset_mm": 20.0, "cortex_hu": (70.0, 125.0)}, "height"),  # a disc with 5 mm of both its neighbours
        ({"pedicle_offset_mm": -8.0, "plate_hu": 10.0}, "height"),
        ({"pedicle_offset_mm": 18.0, "plate_hu": np.nan}, "height"),
        ({"pedicle_offset_mm": 18.0, "plate_hu": 10.0, "pedicle_foramen_hu": 380.0}, ""),
        ({"canal_hu": np.nan, "wall_offset_mm": np.nan, "pedicle_hu": np.nan, "pedicle_offset_mm": np.nan}, ""),
    ],
)
def test_each_part_of_the_rule(change, variant):
    assert reason_against(replace(RIGHT, **change)) == variant


@pytest.mark.parametrize(
    ("change", "is_so"),
    [
        ({}, True),
        ({"cortex_hu": (5.0, 60.0)}, True),
        ({"wall_fraction": 0.5}, False),
        ({"canal_hu": np.nan}, False),
        # 12 mm behind a body: canal and laminae lie within, and it was called a crushed body
        ({"wall_fraction": 0.67, "inner_low_hu": -48.0, "inner_high_hu": 268.0}, False),
        ({"wall_fraction": 0.67, "inner_low_hu": 20.0, "inner_high_hu": 180.0}, True),
    ],
)
def test_what_lies_before_a_canal(change, is_so):
    assert lies_before_a_canal(replace(RIGHT, **change)) == is_so


def test_a_mask_open_at_the_back_is_measured_without_a_warning_of_numpy(phantom):
    array = sitk.GetArrayFromImage(phantom.labels)
    middle = np.argwhere(array == L3).mean(axis=0).astype(int)
    array[:, middle[1] - 6 :, middle[2] - 10 : middle[2] + 10] = 0
    labels = sitk.GetImageFromArray(array)
    labels.CopyInformation(phantom.labels)
    assert np.isfinite(measure_surroundings(phantom.ct, cut_out_levels(labels, phantom.ct)[L3]).canal_hu)


@pytest.mark.parametrize("degrees", [15, 30, -30])
def test_a_tipped_mask_is_told_and_a_right_one_is_not(phantom, degrees):
    body = cut_out_levels(phantom.labels, phantom.ct)[L2]
    turn = sitk.VersorTransform(np.array(body.frame.axes)[0].tolist(), float(np.deg2rad(degrees)))
    turn.SetCenter(body.center_lps.tolist())
    tipped = sitk.Resample(phantom.labels == int(L2), phantom.labels, turn, sitk.sitkNearestNeighbor, 0) * int(L2)
    found = check_bone(phantom.ct, cut_out_levels(tipped, phantom.ct)[L2])
    assert {"posture", "no_bone"} & {finding.code for finding in found}
    assert "posture" not in {finding.code for finding in check_bone(phantom.ct, body)}
