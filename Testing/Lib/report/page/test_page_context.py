"""The small table of trabecular attenuation."""

import re
from dataclasses import replace

import pytest

from OVCFRiskLib.report.page.page_context import context_table


@pytest.mark.parametrize(("hu", "column"), [(40.0, 0), (110.0, 0), (110.1, 1), (135.0, 1), (150.0, 2), (160.5, 3)])
def test_the_mark_stands_between_the_thresholds(case, hu, column):
    row = case.assessment.levels[0]
    row = replace(row, trabecular=replace(row.trabecular, mean_hu=hu))
    table = context_table(replace(case.assessment, levels=(row,)))
    cells = re.findall(r'<td class="mark">(.*?)</td>', table)
    assert [bool(cell) for cell in cells] == [number == column for number in range(4)]


def test_levels_without_a_measurement_have_no_row(case, unscored):
    measured = sum(row.trabecular is not None for row in case.assessment.levels)
    assert context_table(case.assessment).count("<tr>") == measured + 1
    assert context_table(unscored.assessment) == ""
