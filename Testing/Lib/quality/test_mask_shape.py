import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.bodies.cut_out import cut_out_levels
from OVCFRiskLib.findings import Severity
from OVCFRiskLib.findings.mask_codes import LOW
from OVCFRiskLib.findings.proportion_codes import LEAST_FILLED_HULL
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.quality.mask_shape import check_shape, filled_hull
from OVCFRiskLib.quality.masks import check_masks

L1, L2, L3, L4 = LumbarLevel


def box_of(array, level):
    hits = np.argwhere(array == level)
    return hits.min(axis=0), hits.max(axis=0)


def found(spine, change, edit, level=L2):
    findings = check_masks(spine.ct, cut_out_levels(change(spine.labels, edit), spine.ct)).findings
    return {finding.code: finding for finding in findings[level]}


def test_a_flake_as_wide_as_a_body_may_be_a_flat_body(spine, change):
    def edit(array):
        low, high = box_of(array, L2)
        part = array[low[0] + 6 : high[0] + 1]
        part[part == L2] = 0

    findings = found(spine, change, edit)
    assert findings["height"].severity is Severity.STOPS_SCORING
    said = findings["height"].message
    assert "no lumbar body of an adult has a height of 6 mm (8 to 46 mm): the body is crushed flat" in said
    assert "volume" not in findings, "it says to add the rest, which a flat body does not have"


def test_a_flake_of_a_part_of_a_body_is_a_part(spine, change):
    def edit(array):
        low, high = box_of(array, L2)
        array[low[0] + 6 : high[0] + 1][array[low[0] + 6 : high[0] + 1] == L2] = 0
        rest = array[:, low[1] + 12 : high[1] + 1]
        rest[rest == L2] = 0

    findings = found(spine, change, edit)
    assert findings["volume"].severity is Severity.STOPS_SCORING
    assert "covers a part of the body; add the rest" in findings["volume"].message
    assert "crushed flat" not in findings["height"].message


def test_a_mask_with_its_arch_is_too_deep(spine, change):
    def edit(array):
        low, high = box_of(array, L2)
        middle = (low + high) // 2
        array[middle[0] - 5 : middle[0] + 6, high[1] - 2 : high[1] + 20, middle[2] - 3 : middle[2] + 4] = L2

    findings = found(spine, change, edit)
    assert "does it hold the arch" in findings["depth"].message
    assert findings["depth"].value == pytest.approx(50, abs=2)


@pytest.mark.parametrize(("size", "severity"), [(2, Severity.NOTE), (8, Severity.WARNING)])
def test_islands_weigh_by_their_size(spine, change, size, severity):
    def edit(array):
        low, _ = box_of(array, L2)
        array[low[0] : low[0] + size, 2 : 2 + size, 2 : 2 + size] = L2

    findings = found(spine, change, edit)
    assert findings["islands"].severity is severity
    assert "2 pieces" in findings["islands"].message


@pytest.mark.parametrize(("size", "severity"), [(2, Severity.NOTE), (6, Severity.WARNING)])
def test_holes_weigh_by_their_size(spine, change, size, severity):
    def edit(array):
        low, high = box_of(array, L2)
        k, j, i = (low + high) // 2
        array[k : k + size, j : j + size, i : i + size] = 0

    findings = found(spine, change, edit)
    assert findings["holes"].severity is severity
    assert f"holes of {size**3} voxels" in findings["holes"].message


def test_a_corner_contact_is_one_piece(spine, change):
    def edit(array):
        low, _ = box_of(array, L2)
        first = np.argwhere(array[low[0]] == L2)[0]
        array[low[0] - 1, first[0], first[1] - 1] = L2

    assert "islands" not in found(spine, change, edit)


def test_a_whole_body_has_its_shape(spine):
    for body in cut_out_levels(spine.labels, spine.ct).values():
        assert check_shape(body) == []


def test_a_spur_of_single_voxels_is_no_extent(spine, change):
    def edit(array):
        low, high = box_of(array, L2)
        middle = (low + high) // 2
        array[middle[0], high[1] : high[1] + 18, middle[2]] = L2

    assert not any(f.code == "depth" for f in check_shape(cut_out_levels(change(spine.labels, edit), spine.ct)[L2]))


def shape_points(radius_mm=20.0, height_mm=26.0, missing=lambda x, y, z: False, step_mm=0.8):
    """Voxels of an elliptic cylinder in its own axes, without a part."""
    x, y, z = np.meshgrid(*[np.arange(-25, 25, step_mm)] * 2, np.arange(0, height_mm, step_mm), indexing="ij")
    inside = (x / radius_mm) ** 2 + (y / (0.75 * radius_mm)) ** 2 < 1
    return np.stack([x, y, z], axis=-1)[inside & ~np.vectorize(missing)(x, y, z)]


@pytest.mark.parametrize("step_mm", [0.8, 1.5, 3.0])
@pytest.mark.parametrize(
    ("missing", "is_whole"),
    [
        (lambda x, y, z: False, True),
        (lambda x, y, z: y > 11 and abs(x) < 10, True),  # the wall is concave in front of the canal
        (lambda x, y, z: x > 0 and y < 0, False),
        (lambda x, y, z: abs(x) < 6 and y < 2, False),
    ],
)
def test_a_body_fills_the_hull_of_its_outline_and_one_without_a_quarter_does_not(missing, is_whole, step_mm):
    filled = filled_hull(shape_points(missing=missing, step_mm=step_mm), step_mm)
    assert (filled >= LEAST_FILLED_HULL) == is_whole


def test_a_body_without_a_corner_stops(spine, change):
    def edit(array):
        low, high = box_of(array, L2)
        middle = (low + high) // 2
        part = array[:, : middle[1], middle[2] :]
        part[part == L2] = 0

    finding = found(spine, change, edit)["outline"]
    assert finding.severity is Severity.STOPS_SCORING
    assert "a part of the body is missing" in finding.message


def test_lines_and_planes_of_voxels_have_no_outline():
    line = np.stack([np.arange(600.0), np.zeros(600), np.zeros(600)], axis=1)
    assert filled_hull(line, 1.0) == 0.0
    assert filled_hull(line[:, [2, 1, 0]], 1.0) == 0.0


@pytest.mark.parametrize("step", [2, 3])
def test_every_second_slice_is_no_body(spine, change, step):
    def edit(array):
        array[::step][array[::step] == L2] = 0

    (finding,) = (f for f in found(spine, change, edit).values() if f.severity is Severity.STOPS_SCORING)
    assert (finding.code, finding.variant) == ("islands", "scattered")


def test_a_checkerboard_is_no_body(spine, change):
    def edit(array):
        array[(np.indices(array.shape).sum(axis=0) % 2 == 0) & (array == L2)] = 0

    stops = {f.code for f in found(spine, change, edit).values() if f.severity is Severity.STOPS_SCORING}
    assert stops == {"holes"}


def turned(spine, axis, degrees, level=L2):
    """The mask of one level turned about an axis of its body: 0 sideways, 2 along it."""
    body = cut_out_levels(spine.labels, spine.ct)[level]
    turn = sitk.VersorTransform(np.array(body.frame.axes)[axis].tolist(), float(np.deg2rad(degrees)))
    turn.SetCenter(body.center_lps.tolist())
    mask = sitk.Resample(spine.labels == int(level), spine.labels, turn, sitk.sitkNearestNeighbor, 0)
    return cut_out_levels(mask * int(level), spine.ct)[level]


@pytest.mark.parametrize(
    ("axis", "degrees", "severity", "variant"),
    [
        (2, 0, None, None),
        (2, 20, None, None),
        (2, 45, Severity.WARNING, ""),
        (2, 90, Severity.STOPS_SCORING, ""),
        (0, 90, Severity.STOPS_SCORING, "tipped"),
    ],
)
def test_a_mask_that_is_turned_is_deeper_than_wide_or_higher_than_deep(spine, axis, degrees, severity, variant):
    findings = {f.code: f for f in check_shape(turned(spine, axis, degrees))}
    if severity is None:
        assert "turned" not in findings
    else:
        assert (findings["turned"].severity, findings["turned"].variant) == (severity, variant)


@pytest.mark.parametrize("is_front", [True, False])
def test_half_of_a_body_is_too_shallow(spine, change, is_front):
    def edit(array):
        low, high = box_of(array, L2)
        middle = (low[1] + high[1]) // 2
        half = array[:, middle:] if is_front else array[:, :middle]
        half[half == L2] = 0

    shallow = [f for f in check_shape(cut_out_levels(change(spine.labels, edit), spine.ct)[L2]) if f.code == "shallow"]
    assert [f.severity for f in shallow] == [Severity.STOPS_SCORING]


def test_half_a_height_stops_where_slices_are_too_thick_to_measure_it(spine, change):
    def edit(array):
        low, high = box_of(array, L2)
        upper = array[low[0] + 10 : high[0] + 1]
        upper[upper == L2] = 0

    labels = change(spine.labels, edit)
    thin, thick = (cut_out_levels(labels, spine.ct, slice_mm)[L2] for slice_mm in (None, 4.0))
    assert all(f.variant != LOW for f in check_shape(thin))
    low = [f for f in check_shape(thick) if f.variant == LOW]
    assert [f.severity for f in low] == [Severity.STOPS_SCORING]
    assert "the body is crushed, or the mask covers a part of it" in low[0].text
    whole = cut_out_levels(spine.labels, spine.ct, 4.0)[L2]
    assert all(f.variant != LOW for f in check_shape(whole))


@pytest.mark.parametrize(
    ("degrees", "spacing"),
    [
        ((90, 0, 0), (0.9, 0.9, 3.0)),
        ((0, 90, 0), (0.9, 0.9, 4.0)),
        ((25, 0, 0), (2.0, 2.0, 1.0)),
        ((15, 15, 25), (1.5, 1.5, 3)),
    ],
)
def test_outlines_have_no_gaps_in_sagittal_coronal_and_oblique_slices(spine, degrees, spacing):
    turn = sitk.Euler3DTransform()
    turn.SetRotation(*(float(np.deg2rad(angle)) for angle in degrees))
    directions = np.array(turn.GetMatrix()).reshape(3, 3)
    body = cut_out_levels(spine.labels, spine.ct)[L2]
    size = [round(90 / mm) for mm in spacing]
    grid = sitk.Image(size, sitk.sitkUInt8)
    grid.SetSpacing(spacing)
    grid.SetDirection(directions.ravel().tolist())
    grid.SetOrigin((body.center_lps - directions @ (np.array(size) * spacing / 2)).tolist())
    labels = sitk.Resample(spine.labels, grid, sitk.Transform(), sitk.sitkNearestNeighbor, 0)
    assert "outline" not in [finding.code for finding in check_shape(cut_out_levels(labels)[L2])]


SHEETS = {
    "sagittal": np.s_[20:60, 20:60, 40:41],
    "coronal": np.s_[20:60, 40:41, 20:60],
    "axial": np.s_[40:41, 20:60, 20:60],
    "column": np.s_[10:70, 38:41, 38:41],
    "line": np.s_[10:70, 40:41, 40:41],
    "voxel": np.s_[40:41, 40:41, 40:41],
}


@pytest.mark.parametrize("turned", [False, True], ids=["straight", "oblique grid"])
@pytest.mark.parametrize("shape", [*SHEETS, "oblique", "oblique line"])
def test_sheets_and_lines_of_voxels_stop(shape, turned):
    array = np.zeros((80, 80, 80), np.uint8)
    k, j, i = np.indices(array.shape)
    inside = (abs(k - 40) < 20) & (abs(j - 40) < 20)
    if shape == "oblique":
        array[inside & (i == j)] = L2
    elif shape == "oblique line":
        array[(i == j) & (j == k)] = L2
    else:
        array[SHEETS[shape]] = L2
    hu = np.random.default_rng(3).normal(50, 20, array.shape).astype(np.float32)
    ct, labels = sitk.GetImageFromArray(hu), sitk.GetImageFromArray(array)
    if turned:
        turn = sitk.Euler3DTransform((0, 0, 0), 0.3, 0.2, 0.4).GetMatrix()
        for image in (ct, labels):
            image.SetDirection(turn)
    bodies = cut_out_levels(labels, ct)
    findings = check_masks(ct, bodies).findings[L2]
    assert any(finding.severity is Severity.STOPS_SCORING for finding in findings)
    assert all(finding.text for finding in (*findings, *check_shape(bodies[L2])))


def test_half_a_body_stops_as_a_part_of_it(spine, change):
    def edit(array):
        low, high = box_of(array, L2)
        array[:, : (low[1] + high[1]) // 2][array[:, : (low[1] + high[1]) // 2] == L2] = 0

    bodies = cut_out_levels(change(spine.labels, edit), spine.ct)
    (shallow,) = (finding for finding in check_shape(bodies[L2]) if finding.code == "shallow")
    assert shallow.severity is Severity.STOPS_SCORING
    assert "at least 50% are needed: the mask covers a part of the body; add the rest" in shallow.message
