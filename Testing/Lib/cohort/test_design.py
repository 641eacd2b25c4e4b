"""Who enters: on a small cohort in which every rule excludes somebody, and on the real tables."""

from dataclasses import replace

import pytest

from OVCFRiskLib.cohort.cohort_rules import CohortRules
from OVCFRiskLib.cohort.design import select_cohort
from OVCFRiskLib.cohort.flow_diagram import counted
from OVCFRiskLib.cohort.verse_tables import read_verse_tables
from OVCFRiskLib.errors import OVCFRiskError


def yields(cohort):
    """((OVCF bodies, patients), (NF bodies, patients))."""
    return cohort.counts("OVCF"), cohort.counts("NF")


def test_every_rule_excludes_and_is_counted(small_verse):
    cohort = select_cohort(read_verse_tables(*small_verse()), CohortRules(), needs_files=False)
    assert yields(cohort) == ((5, 3), (8, 2))
    flow = {step.text: counted(step) for step in cohort.flow}
    assert flow == {
        "in the tables": "8 patients, 9 series",
        "men": "1 patient, 1 series",
        "younger than 50 years": "1 patient, 1 series",
        "no graded vertebra": "1 patient, 1 series",
        "meet the rules": "5 patients, 6 series",
        "L1-L4 in view": "16 bodies",
        "fractured": "1 body",
        "foreign material": "1 body",
        "in a finer series of the patient already": "1 body",
        "OVCF": "5 bodies, 3 patients",
        "NF": "8 bodies, 2 patients",
    }


def test_of_a_body_in_two_series_the_finer_counts(small_verse):
    cohort = select_cohort(read_verse_tables(*small_verse()), CohortRules(), needs_files=False)
    of = {body.level: body.series.case_id for body in cohort.bodies if body.series.patient_id == "sub-verse401"}
    assert of == {"L1": "verse201", "L2": "verse201", "L3": "verse202", "L4": "verse202"}


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"fracture_grade": 2}, ((4, 2), (8, 2))),
        ({"fracture_grade": 3}, ((2, 1), (8, 2))),
        ({"is_contrast_excluded": True}, ((4, 2), (8, 2))),
        ({"largest_voxel_mm": 2}, ((5, 3), (6, 2))),
        ({"sexes": frozenset("FM")}, ((5, 3), (12, 3))),
        ({"youngest_years": 40}, ((5, 3), (12, 3))),
    ],
)
def test_rules_change_what_they_name(small_verse, rules, expected):
    assert yields(select_cohort(read_verse_tables(*small_verse()), CohortRules(**rules), False)) == expected


def test_a_body_fractured_in_one_series_and_not_in_another_does_not_enter(small_verse, make_rows):
    rows = make_rows.grade_rows()
    rows[7]["L3_fx-g"] = 1  # series 202, the other series of its patient says 0
    cohort = select_cohort(read_verse_tables(*small_verse(grades=rows)), CohortRules(), needs_files=False)
    assert {(b.level, b.group) for b in cohort.bodies if b.series.patient_id == "sub-verse401"} == {
        ("L1", "OVCF"),
        ("L2", "OVCF"),
        ("L4", "OVCF"),
    }


def test_numbers_of_a_patient_are_means_of_the_series_that_meet_the_rules(small_verse, make_rows):
    people = make_rows.people_rows()
    people[6]["Phantomless Calibration vBMD [mg/cc]"] = 60.0
    tables = read_verse_tables(*small_verse(people=people))
    means = []
    for rules in (CohortRules(), CohortRules(largest_voxel_mm=2)):
        (patient,) = [p for p in select_cohort(tables, rules, False).patients if p.patient_id == "sub-verse401"]
        means.append(patient.mean("vbmd"))
    assert means == [75.0, 90.0]


def test_what_the_tables_do_not_know_cannot_be_a_rule(small_verse):
    grades, _ = small_verse()
    series = read_verse_tables(grades, None)
    with pytest.raises(OVCFRiskError, match=r"sex of some patients is unknown.*--people"):
        select_cohort(series, CohortRules(), False)
    everybody = CohortRules(sexes=frozenset("FM"))
    assert yields(select_cohort(series, everybody, False)) == ((5, 3), (12, 3))
    with pytest.raises(OVCFRiskError, match=r"contrast of some series is unknown"):
        select_cohort(series, CohortRules(sexes=frozenset("FM"), is_contrast_excluded=True), False)


def test_a_study_without_one_of_the_groups_is_refused_with_the_flow(small_verse):
    with pytest.raises(OVCFRiskError, match=r"no body of group OVCF is left.*younger than 90 years: 7"):
        select_cohort(read_verse_tables(*small_verse()), CohortRules(youngest_years=90), False)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ({"fracture_grade": 4}, "1, 2 or 3"),
        ({"largest_voxel_mm": 0}, "above 0 mm"),
        ({"largest_voxel_mm": float("nan")}, "above 0 mm"),
        ({"youngest_years": float("nan")}, "from 0 to 122 years, got nan"),
        ({"youngest_years": 200}, "from 0 to 122 years, got 200"),
    ],
)
def test_rules_that_are_none_are_refused(rules, message):
    with pytest.raises(OVCFRiskError, match=message):
        CohortRules(**rules)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({}, ((120, 48), (73, 20))),
        ({"is_contrast_excluded": True}, ((97, 40), (42, 12))),
        ({"largest_voxel_mm": 2}, ((111, 44), (61, 17))),
        ({"largest_voxel_mm": 1}, ((52, 21), (45, 12))),
    ],
)
def test_the_real_tables_yield_what_a_count_by_hand_yields(verse_tables, rules, expected):
    # counted from the two tables apart from this software: unfractured L1-L4 of women of 50 and over
    assert yields(select_cohort(read_verse_tables(*verse_tables), CohortRules(**rules), False)) == expected


def test_a_patient_whose_series_state_both_groups_is_refused(small_verse):
    first, second, *_ = read_verse_tables(*small_verse())
    mixed = [replace(first, group="OVCF"), replace(second, patient_id=first.patient_id, group="NF", sex=first.sex)]
    with pytest.raises(
        OVCFRiskError, match=f"patient {first.patient_id} is in both groups; a patient has a fracture or"
    ):
        select_cohort(mixed, CohortRules(), needs_files=False)
