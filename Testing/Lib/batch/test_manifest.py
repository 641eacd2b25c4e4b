"""Manifests: what is read, what is refused, and where."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from OVCFRiskLib.batch.case import report_folder
from OVCFRiskLib.batch.manifest_table import Case, Manifest
from OVCFRiskLib.errors import OVCFRiskError


@pytest.fixture
def manifest(tmp_path):
    """``manifest(text) -> Manifest``."""

    def make(text, reserved=frozenset()):
        path = tmp_path / "manifest.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8-sig"))
        return Manifest(path, reserved)

    return make


def test_reads_rows_again_and_again_and_carries_further_columns(manifest):
    cases = manifest('case_id,points,ct,age,series\na,"L1=1,2,3;L2=1,2,40",x.nii,61,1.2\n\nb,p.mrk.json,dir,,\n')
    assert len(cases) == 2
    assert cases.carried == ("age",)
    for _ in range(2):
        first, second = cases
        assert first == Case("a", "x.nii", "L1=1,2,3;L2=1,2,40", "", "1.2", ("61",))
        assert (second.case_id, second.labels, second.series, second.carried) == ("b", "", "", ("",))


def test_what_a_spreadsheet_adds_is_taken_away_again(manifest):
    (case,) = manifest('"sep=,"\r\ncase_id,ct,points\r\n\'-17,-data/x.nii,p.mrk.json\r\n')
    assert (case.case_id, case.ct) == ("-17", "-data/x.nii")


def test_columns_that_were_cleared_in_a_spreadsheet_are_no_columns(manifest):
    (case,) = manifest("case_id,ct,points,age,,\r\na,x.nii,p.mrk.json,61,,\r\n,,,,,\r\n")
    assert case == Case("a", "x.nii", "p.mrk.json", "", "", ("61",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("case_id,ct,,points\na,b,,c\n", "names that differ, got one without a name"),
        ("case_id,ct,points,\na,b,c,d\n", "expected 3 cells, got 4"),
        ("", "got an empty file"),
        ("id,ct,points\na,b,c\n", "expected columns case_id"),
        ("case_id,ct\na,b\n", "points or labels"),
        ("case_id;ct;points\na;b;c\n", "separated by semicolons"),
        ("sep=;\ncase_id;ct;points\na;b;c\n", "separated by ';'"),
        ("sep=,\ncase_id,ct,points\na,b,c\na,d,e\n", "line 4: case_id 'a' comes twice"),
        ("case_id,ct,points\n", "holds no case"),
        ("case_id,ct,points\na,b,c\na,d,e\n", "line 3: case_id 'a' comes twice"),
        ("case_id,ct,points\n ,b,c\n", "line 2: expected a case_id"),
        ("case_id,ct,points\na,b,L1=1,2,3\n", "line 2: expected 3 cells, got 5; put points with commas"),
        ("case_id,ct,points,ct\na,b,c,d\n", "names that differ, got 'ct' twice"),
        ("case_id,ct,points,status\na,b,c,d\n", "'status' has the name of a column of the results"),
        ('case_id,ct,points\na,"b"c,d\n', "line 2: cannot be read as CSV"),
        ("case_id,ct,points\nä,b,c\n".encode("latin-1"), "not UTF-8"),
    ],
)
def test_refuses_with_the_line(manifest, text, message):
    with pytest.raises(OVCFRiskError, match=message.replace("(", r"\(")):
        manifest(text, frozenset({"status"}))


def test_a_manifest_that_is_not_there_is_told(tmp_path):
    with pytest.raises(OVCFRiskError, match="cannot be read"):
        Manifest(tmp_path / "absent.csv")


@given(st.text(min_size=1, max_size=120))
def test_a_case_id_never_leaves_the_output_folder(tmp_path_factory, case_id):
    out = tmp_path_factory.getbasetemp()
    folder = report_folder(out, case_id)
    assert folder.parent == out / "reports"
    assert folder.resolve().parent == (out / "reports").resolve()
    assert len(folder.name) <= 80
    assert set(Case(case_id, "", "", "", "", ()).key) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "case_id", ["..", "../../x", "/etc/x", "a/b", "a\\b", "C:x", "con", "nul", ".", "~", "A", "a "]
)
def test_names_with_a_meaning_for_file_systems_are_replaced(tmp_path, case_id):
    name = report_folder(tmp_path, case_id).name
    assert name != case_id
    assert not {"/", "\\", ":", "."} & set(name)


def test_a_fingerprint_follows_the_inputs_alone():
    case = Case("a", "ct", "p", "", "", ("x",))
    assert case.fingerprint == Case("b", "ct", "p", "", "", ("y",)).fingerprint
    others = [
        Case("a", *inputs, ("x",)) for inputs in (("ct2", "p", "", ""), ("ct", "", "p", ""), ("ct", "p", "", "1"))
    ]
    assert len({case.fingerprint, *(other.fingerprint for other in others)}) == 4
