"""Measurements joined with a cohort: rows, outcomes, and what cannot be joined."""

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.tables.cohort_join import notes_of_join, read_joined
from OVCFRiskLib.tables.table_reader import read_table

COHORT = "case_id,patient_id,level,group,age\nc1,A,L1,NF,66\nc1,A,L2,NF,66\nc2,B,L1,OVCF,71\n"
SCORES = "case_id,level,r_score,age\nc1,L1,0.1,\nc1,L3,0.2,\nc2,L1,0.3,\n"


@pytest.fixture
def write(tmp_path):
    """Write both tables and give their paths."""

    def write_both(scores=SCORES, cohort=COHORT):
        paths = tmp_path / "scores.csv", tmp_path / "cohort.csv"
        for path, text in zip(paths, (scores, cohort), strict=True):
            path.write_text(text)
        return paths

    return write_both


def test_rows_of_the_cohort_stay_with_their_line_and_get_its_outcomes(write):
    scores, cohort = write()
    table = read_joined(scores, cohort)
    assert table.columns == ("case_id", "level", "r_score", "patient_id", "group", "age")
    assert table.rows == (("c1", "L1", "0.1", "A", "NF", "66"), ("c2", "L1", "0.3", "B", "OVCF", "71"))
    assert table.lines == (2, 4)
    assert notes_of_join(scores, cohort) == (
        "1 of 3 bodies of the cohort are not in scores.csv (not scored, or not measured)",
    )
    assert notes_of_join(scores, None) == ()


def test_a_complete_join_needs_no_note(write):
    assert notes_of_join(*write(scores=SCORES + "c1,L2,0.2,\n")) == ()


def test_without_a_cohort_the_table_is_as_it_is(write):
    scores, _ = write()
    assert read_joined(scores, None) == read_table(scores)


def test_the_patient_joins_where_a_table_has_no_series(write):
    scores, cohort = write(scores="patient_id,level,r_score\nB,L1,0.3\n")
    assert read_joined(scores, cohort).rows == (("L1", "0.3", "B", "OVCF", "71"),)


@pytest.mark.parametrize("key", ["patient_id", "case_id"])
def test_a_row_for_each_patient_stands_for_all_her_bodies(write, key):
    scores = "patient_id,case_id,level,r_score\nA,c1,L1,0.1\nB,c2,L1,0.3\nA,c1,L3,0.2\nC,c3,L1,0.4\n"
    people = "patient_id,case_id,group,t_score\nA,c1,NF,-1.2\nB,c2,OVCF,-3.1\nD,c4,NF,-0.4\n"
    if key == "patient_id":
        people = people.replace("case_id", "first_scan")
    scores, cohort = write(scores, people)
    table = read_joined(scores, cohort)
    assert [dict(zip(table.columns, row, strict=True))["group"] for row in table.rows] == ["NF", "OVCF", "NF"]
    assert table.cells("t_score") == ("-1.2", "-3.1", "-1.2")
    assert table.lines == (2, 3, 4)
    which, missing = notes_of_join(scores, cohort)
    assert which.startswith("cohort.csv names patients, not bodies: every body of theirs in scores.csv counts")
    assert missing == "1 of 3 patients of the cohort are not in scores.csv (not scored, or not measured)"


@pytest.mark.parametrize(
    ("scores", "cohort", "message"),
    [
        (
            SCORES,
            COHORT + "c2,B,L1,OVCF,71\n",
            r"cohort.csv, line 5, column 'case_id': c2 L1 is a duplicate row of line 4",
        ),
        (SCORES.replace("c1", "x").replace("c2", "y"), COHORT, r"scores.csv and cohort.csv have no body in common"),
        (SCORES.replace("case_id", "scan"), COHORT, "expected the columns level and case_id"),
        (SCORES, COHORT.replace("group", "outcome"), "missing column 'group'"),
        (SCORES, "patient_id,group\nA,NF\n", "scores.csv: expected the columns patient_id, or case_id, as cohort.csv"),
        (
            SCORES,
            "patient_id,case_id,group\nA,c1,NF\nA,c1,NF\n",
            "line 3.*c1 is a duplicate row of line 2; keep one row per p",
        ),
        (SCORES, "patient_id,case_id,group\nA,x,NF\n", "have no patient in common; both must name the same case_id$"),
        (SCORES, "patient_id,group,bodies\nA,NF,3\n", "expected a row for each body.*give the cohort.csv beside it"),
        (SCORES, "patient_id,group,worst_grade\nA,OVCF,2\n", r"chosen one by one \(column worst_grade\)"),
    ],
)
def test_what_cannot_be_joined_is_refused(write, scores, cohort, message):
    with pytest.raises(OVCFRiskError, match=message):
        read_joined(*write(scores, cohort))


def test_bodies_of_another_scan_of_a_listed_patient_count_too(write):
    scores = "patient_id,case_id,level,r_score\nA,c1,L1,0.1\nA,c9,L2,0.2\n"
    table = read_joined(*write(scores, "patient_id,case_id,group\nA,c1,NF\n"))
    assert table.lines == (2, 3)
    assert table.cells("group") == ("NF", "NF")


def test_a_patient_in_two_groups_is_refused(write):
    scores = "patient_id,case_id,level,r_score\nA,c1,L1,0.1\nA,c9,L2,0.2\n"
    people = "patient_id,case_id,group\nA,c1,NF\nA,c9,OVCF\n"
    with pytest.raises(OVCFRiskError, match=r"line 3.*A is a duplicate row of line 2; keep one row per patient"):
        read_joined(*write(scores, people))
