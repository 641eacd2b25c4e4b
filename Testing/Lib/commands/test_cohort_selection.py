"""`ovcfrisk cohort`: what the arguments become, and which are refused."""

import argparse

import pytest

from OVCFRiskLib.cohort.cohort_rules import CohortRules
from OVCFRiskLib.commands import cohort_selection
from OVCFRiskLib.errors import OVCFRiskError


@pytest.fixture
def parse():
    parser = argparse.ArgumentParser()
    cohort_selection.add_arguments(parser)
    return lambda *words: parser.parse_args(words)


def test_the_defaults_are_those_of_the_rules(parse):
    arguments = parse("table", "people.csv", "--out", "out")
    assert cohort_selection._rules(arguments) == CohortRules()
    assert (arguments.source, arguments.people, arguments.out) == ("table", "people.csv", "out")


def test_every_rule_can_be_set(parse):
    words = ("--fracture-grade", "2", "--no-contrast", "--finest", "1.5", "--men", "--youngest", "60")
    rules = cohort_selection._rules(parse("verse", "--grades", "g.xlsx", "--out", "out", *words))
    assert rules == CohortRules(2, True, 1.5, frozenset("FM"), 60.0)


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--fracture-grade", "4"), "must be 1, 2 or 3"),
        (("--youngest", "-1"), "youngest age must be from 0"),
        (("--finest", "0"), "largest voxel must be above 0 mm"),
    ],
)
def test_rules_that_make_no_sense_are_refused_before_any_file_is_read(parse, words, reason):
    with pytest.raises(OVCFRiskError, match=reason):
        cohort_selection.run(parse("table", "does-not-exist.csv", "--out", "out", *words))


@pytest.mark.parametrize("words", [(), ("table", "people.csv"), ("verse", "--out", "out"), ("other", "--out", "out")])
def test_arguments_that_are_missing_are_asked_for(parse, words, capsys):
    with pytest.raises(SystemExit) as caught:
        parse(*words)
    assert caught.value.code == 2
    assert "usage:" in capsys.readouterr().err
