"""A centre's own table: its columns, and every complaint by line and column."""

import pytest

from OVCFRiskLib.cohort.cohort_rules import CohortRules
from OVCFRiskLib.cohort.design import select_cohort
from OVCFRiskLib.cohort.people_table import read_people_table
from OVCFRiskLib.errors import OVCFRiskError

HEADER = "patient_id,case_id,ct,labels,sex,age,t_score,contrast,group,T12_grade,L1_grade,L2_grade,L3_grade,L4_grade"
ROWS = (
    "A,A1,,,F,66,-2.1,none,,0,0,0,0,0",
    "B,B1,,,F,71,-3.0,none,,1,0,x,,2",
    "C,C1,,,M,80,,venous,,,0,0,0,0",
    "D,D1,,,F,58,-1.0,none,OVCF,,0,0,0,0",
)


@pytest.fixture
def write(tmp_path):
    """Write a table and give its path."""

    def write_rows(rows=ROWS, header=HEADER):
        path = tmp_path / "people.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return path

    return write_rows


def test_grades_decide_unless_a_group_is_stated(write):
    cohort = select_cohort(read_people_table(write()), CohortRules(), needs_files=False)
    assert {(b.series.patient_id, b.level, b.group) for b in cohort.bodies} == {
        *(("A", level, "NF") for level in ("L1", "L2", "L3", "L4")),
        ("B", "L1", "OVCF"),
        *(("D", level, "OVCF") for level in ("L1", "L2", "L3", "L4")),
    }


def test_files_are_found_relative_to_the_table(write, tmp_path):
    (tmp_path / "ct.nii.gz").touch()
    (tmp_path / "labels.nii.gz").touch()
    (item,) = read_people_table(write([ROWS[0].replace("A1,,", "A1,ct.nii.gz,labels.nii.gz")]))
    assert (item.ct, item.labels) == (tmp_path / "ct.nii.gz", tmp_path / "labels.nii.gz")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,A1,,,F,66,,none,,0,0,0,0,9", r"line 2, column 'L4_grade': expected a grade"),
        ("A,A1,,,X,66,,none,,0,0,0,0,0", r"line 2, column 'sex': expected F or M, got 'X'"),
        ("A,A1,,,F,66,,none,case,0,0,0,0,0", r"line 2, column 'group': expected OVCF or NF, got 'case'"),
        (
            'A,A1,,,F,"66,5",,none,,0,0,0,0,0',
            r"line 2, column 'age': expected a number, got '66,5' with a decimal comma",
        ),
        ("A,A1,gone.nii.gz,,F,66,,none,,0,0,0,0,0", r"line 2, column 'ct': 'gone.nii.gz' is not there"),
        (",A1,,,F,66,,none,,0,0,0,0,0", r"line 2, column 'patient_id': the cell is empty"),
    ],
)
def test_cells_are_refused_by_line_and_column(write, row, message):
    with pytest.raises(OVCFRiskError, match=message):
        read_people_table(write([row]))


def test_labels_without_a_ct_are_refused(write, tmp_path):
    (tmp_path / "labels.nii.gz").touch()
    with pytest.raises(OVCFRiskError, match=r"line 2, column 'ct': labels without a CT"):
        read_people_table(write([ROWS[0].replace("A1,,", "A1,,labels.nii.gz")]))


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ("A,A1,,,F,66,-2.1,none,,0,0,0,0,0", r"line 3, column 'case_id': 'A1' is a duplicate of line 2"),
        ("A,A2,,,M,66,-2.1,none,,0,0,0,0,0", r"line 3, column 'sex': patient A is M here and F"),
        ("A,A2,,,F,67,-2.1,none,,0,0,0,0,0", r"line 3, column 'age': patient A is 67.0 here and 66.0"),
        ("A,A2,,,F,66,-2.1,none,OVCF,0,0,0,0,0", r"line 3, column 'group': patient A is OVCF here"),
    ],
)
def test_rows_of_one_patient_agree(write, second, message):
    with pytest.raises(OVCFRiskError, match=message):
        read_people_table(write([ROWS[0], second]))


def test_a_patient_in_both_groups_is_refused(write):
    rows = [ROWS[0].replace("none,,", "none,NF,"), ROWS[0].replace("A1", "A2").replace("none,,", "none,OVCF,")]
    with pytest.raises(OVCFRiskError, match=r"line 3, column 'group': patient A is OVCF here and NF"):
        read_people_table(write(rows))


def test_missing_columns_are_named(write):
    with pytest.raises(OVCFRiskError, match=r"missing column 'L4_grade'"):
        read_people_table(write(["A,0,0,0"], "patient_id,L1_grade,L2_grade,L3_grade"))
