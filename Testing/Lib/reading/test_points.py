"""Level points from markups files and text."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.point_mapping import as_points
from OVCFRiskLib.points import read_points, read_points_and_notes, write_points

L1, L2, L3, L4 = LumbarLevel

FCSV = """# Markups fiducial file version = 4.10
# CoordinateSystem = {system}
# columns = id,x,y,z,ow,ox,oy,oz,vis,sel,lock,label,desc,associatedNodeID
vtkMRMLMarkupsFiducialNode_0,1.5,-2,3,0,0,0,1,1,1,0,L2,"a, b",
vtkMRMLMarkupsFiducialNode_1,4,5,6e1,0,0,0,1,1,1,0,L1,,
"""


def markups(tmp_path, *lists, name="points.mrk.json"):
    """Write markups; each list is (system, points), a point is (label, position[, status])."""
    content = [
        {
            "type": "Fiducial",
            "coordinateSystem": system,
            "controlPoints": [
                {"id": "1", "label": label, "position": position, "positionStatus": (*status, "defined")[0]}
                for label, position, *status in points
            ],
        }
        for system, points in lists
    ]
    path = tmp_path / name
    path.write_text(json.dumps({"@schema": "markups", "markups": content}), encoding="utf-8")
    return path


def test_text_is_ras():
    assert read_points("L3=1,2,3; l1 = -4.5, 5e0 ,6;") == {L1: (4.5, -5, 6), L3: (-1, -2, 3)}
    assert list(read_points("L3=1,2,3;L1=4,5,6")) == [L1, L3]


@pytest.mark.parametrize(
    ("system", "expected"),
    [("LPS", (1, 2, 3)), ("RAS", (-1, -2, 3)), (1, (1, 2, 3)), (0, (-1, -2, 3)), ("0", (-1, -2, 3))],
)
def test_coordinate_system_is_honoured(tmp_path, system, expected):
    assert read_points(markups(tmp_path, (system, [("L2", [1, 2, 3])]))) == {L2: expected}


@pytest.mark.parametrize(("system", "sign"), [("0", -1), ("RAS", -1), ("1", 1), ("LPS", 1)])
def test_old_fiducial_lists(tmp_path, system, sign):
    path = tmp_path / "points.fcsv"
    path.write_text(FCSV.format(system=system), encoding="utf-8")
    assert read_points(path) == {L1: (sign * 4, sign * 5, 60), L2: (sign * 1.5, sign * -2, 3)}


def test_several_lists_are_joined_and_unplaced_points_skipped(tmp_path):
    path = markups(
        tmp_path,
        ("RAS", [("L1", [1, 2, 3]), ("L4", "", "undefined"), ("P-1", None, "undefined")]),
        ("LPS", [("L2", [1, 2, 3]), ("L3", [0, 0, 0], "preview")]),
    )
    assert read_points(str(path)) == {L1: (-1, -2, 3), L2: (1, 2, 3)}


def test_real_markups(shared_data):
    points = read_points(shared_data / "crlm-ct-1006-points.mrk.json")
    assert points[L1] == (16.6, 76.6, -266.4)
    assert list(points) == [L1, L2, L3, L4]


coordinate = st.floats(-2000, 2000, allow_nan=False)


@given(st.dictionaries(st.sampled_from(LumbarLevel), st.tuples(coordinate, coordinate, coordinate), min_size=1))
def test_written_points_come_back(tmp_path_factory, points):
    path = tmp_path_factory.mktemp("points") / "p.mrk.json"
    write_points(points, path)
    assert read_points(path) == points
    turned = ";".join(f"{level.name}={-x!r},{-y!r},{z!r}" for level, (x, y, z) in points.items())
    assert read_points(turned) == points


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("L1=1,2,3;L1=4,5,6", "two named L1"),
        ("L5=1,2,3", "got 'L5'"),
        ("F-1=1,2,3", "got 'F-1'"),
        ("L-1=1,2,3", "got 'L-1'"),
        ("L1=1,2", "got 'L1=1,2'"),
        ("L1=1,2,x", "got 'L1=1,2,x'"),
        ("L1=1,2,nan", "not a finite number"),
        ("L1=1,2,1e999", "not a finite number"),
        ("=1,2,3", "got ''"),
        ("L1", "cannot be read"),
        ("", "cannot be read"),
        (";=;", "expected points as"),
        ("nowhere.mrk.json", "cannot be read"),
        ("L1=1,2,3\0", "expected points as"),
    ],
)
def test_bad_text(text, expected):
    with pytest.raises(OVCFRiskError, match=expected):
        read_points(text)


@pytest.mark.parametrize(
    ("system", "points", "expected"),
    [
        ("LPS", [], "got none"),
        ("LPS", [("L1", [1, 2, 3], "undefined")], "got none"),
        ("LPS", [("F-1", [1, 2, 3])], "got 'F-1'"),
        ("LPS", [("L1", [1, 2, 3]), ("l1", [4, 5, 6])], "two named L1"),
        ("LPS", [("L1", [1, 2])], "three coordinates"),
        ("LPS", [("L1", [1, 2, "a"])], "three coordinates"),
        ("LPS", [("L1", [True, 2, 3])], "three coordinates"),
        ("LPS", [("L1", [math.nan, 2, 3])], "not a finite number"),
        ("LPS", [("L1", [10**400, 2, 3])], "three coordinates"),
        ("IJK", [("L1", [1, 2, 3])], "LPS or RAS, got 'IJK'"),
        ("", [("L1", [1, 2, 3])], "LPS or RAS, got ''"),
    ],
)
def test_bad_markups(tmp_path, system, points, expected):
    with pytest.raises(OVCFRiskError, match=expected):
        read_points(markups(tmp_path, (system, points)))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "3",
        '{"markups": 3}',
        '{"markups": [3]}',
        '{"markups": [{"controlPoints": {"a": 1}}]}',
        "[" * 100000,
    ],
)
def test_damaged_json(tmp_path, content):
    path = tmp_path / "points.mrk.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(OVCFRiskError, match=r"damaged JSON|got none"):
        read_points(path)


def test_files_that_are_no_points(tmp_path):
    (tmp_path / "a.mrk.json").write_bytes(b"\xff\xfe\0\1")
    with pytest.raises(OVCFRiskError, match="not text"):
        read_points(tmp_path / "a.mrk.json")
    (tmp_path / "b.fcsv").write_text("x,y,z\n1,2,3\n", encoding="utf-8")
    with pytest.raises(OVCFRiskError, match=r"save the points as \.mrk\.json"):
        read_points(tmp_path / "b.fcsv")
    with pytest.raises(OVCFRiskError, match="cannot be read"):
        read_points(tmp_path)


def test_units_are_mm(tmp_path):
    path = markups(tmp_path, ("LPS", [("L1", [1, 2, 3])]))
    content = json.loads(path.read_text(encoding="utf-8"))
    content["markups"][0]["coordinateUnits"] = ["mm", "UCUM", "millimeter"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert read_points(path) == {L1: (1, 2, 3)}
    content["markups"][0]["coordinateUnits"] = "cm"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(OVCFRiskError, match="in mm, got cm"):
        read_points(path)


@given(st.text(max_size=60))
def test_any_text_is_points_or_an_error(text):
    try:
        points = read_points(text)
    except OVCFRiskError:
        return
    assert points
    assert all(math.isfinite(x) for point in points.values() for x in point)


@pytest.mark.parametrize(
    "names",
    [("L 1", "l2"), ("LWK1", "LWK 2"), ("L1_body", "vertebrae_L2 (1)"), ("L01", "Lumbar 2"), ("L1 center", "LV2")],
)
def test_levels_as_people_write_them(tmp_path, names):
    points = [(name, [n, 2, 3]) for n, name in enumerate(names)]
    assert read_points(markups(tmp_path, ("LPS", points))) == {L1: (0, 2, 3), L2: (1, 2, 3)}


def test_other_vertebrae_are_left_out_with_a_note(tmp_path):
    path = markups(tmp_path, ("LPS", [("T12", [0, 0, 9]), ("L1", [1, 2, 3]), ("L5", [0, 0, 0])]))
    points, notes = read_points_and_notes(path)
    assert points == {L1: (1, 2, 3)}
    assert "L1-L4 only: 'T12', 'L5'" in notes[0]


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("L1/2", "several levels"),
        ("L1-L2 disc", "another structure"),
        ("L1?", "unsure"),
        ("L10", "no level"),
        ("pedicle L1", "another structure"),
        ("L1L2", "several levels"),
        ("point", "no level"),
    ],
)
def test_doubtful_names_are_refused_by_name(tmp_path, name, why):
    with pytest.raises(OVCFRiskError, match=why) as error:
        read_points(markups(tmp_path, ("LPS", [("L2", [1, 2, 3]), (name, [1, 2, 3])])))
    assert f"'{name}'" in str(error.value)


def test_points_written_in_python():
    assert as_points({"l1": [1, 2, 3], 21: (4, 5, 6), L3: (7, 8, 9)}) == {L1: (1, 2, 3), L2: (4, 5, 6), L3: (7, 8, 9)}


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ("L1=1,2,3", "got str; files and texts are read by"),
        ([(1, 2, 3)], "got list"),
        ({"T12": (1, 2, 3)}, "got 'T12'"),
        ({"L1": (1, 2)}, "three coordinates"),
        ({"L1": 5}, "three coordinates"),
        ({"L1": (1, 2, math.nan)}, "not a finite number"),
        ({"L1": (1, 2, 3), 20: (1, 2, 3)}, "two for L1"),
        ({1.5: (1, 2, 3)}, r"got 1\.5"),
    ],
)
def test_what_is_not_points_is_refused_in_a_sentence(points, expected):
    with pytest.raises(OVCFRiskError, match=expected):
        as_points(points)
