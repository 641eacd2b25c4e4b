"""What a cohort is, in words and keys."""

import csv
import io

import pytest

from OVCFRiskLib.cohort.cohort_description import cohort_title, describe_cohort
from OVCFRiskLib.cohort.cohort_files import BODY_COLUMNS, write_cohort
from OVCFRiskLib.cohort.cohort_rules import CohortRules
from OVCFRiskLib.cohort.design import select_cohort
from OVCFRiskLib.cohort.verse_tables import read_verse_tables
from OVCFRiskLib.errors import OVCFRiskError


def test_a_title_names_every_rule_in_force():
    assert cohort_title(CohortRules(), "verse") == "VerSe 2019: women of 50 years and over"
    rules = CohortRules(2, True, 1.0, frozenset("FM"), 60)
    assert cohort_title(rules, "table") == (
        "Cohort: women and men of 60 years and over, cases of grade 2 and over, without contrast, voxels up to 1 mm"
    )


def test_contrast_is_stated_where_it_is_known(small_verse):
    grades, people = small_verse()
    series = read_verse_tables(grades, people)
    assert describe_cohort(select_cohort(series, CohortRules(), False), "verse")["contrast"] is True
    plain = select_cohort(series, CohortRules(is_contrast_excluded=True), False)
    assert describe_cohort(plain, "verse")["contrast"] is False
    unknown = select_cohort(read_verse_tables(grades, None), CohortRules(sexes=frozenset("FM")), False)
    assert "contrast" not in describe_cohort(unknown, "verse")


def test_a_tree_that_states_nonsense_of_itself_is_refused(small_verse, tmp_path):
    cohort = select_cohort(read_verse_tables(*small_verse()), CohortRules(), False)
    (tmp_path / "description.json").write_text("[1]")
    with pytest.raises(OVCFRiskError, match="expected a JSON object, got list"):
        describe_cohort(cohort, "verse", tmp_path)


def test_the_same_cohort_gives_the_same_bytes(small_verse, tmp_path):
    cohort = select_cohort(read_verse_tables(*small_verse()), CohortRules(), False)
    for name in ("one", "two"):
        write_cohort(cohort, "t", {}, tmp_path / name, has_files=False)
    one, two = ({p.name: p.read_bytes() for p in (tmp_path / name).iterdir()} for name in ("one", "two"))
    assert one == two
    header = next(csv.reader(io.StringIO(one["cohort.csv"].decode())))
    assert tuple(header) == BODY_COLUMNS
