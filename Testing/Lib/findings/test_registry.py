"""Every check that can fire is in the registry, with everything a reader needs."""

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

from OVCFRiskLib.findings import About, Check
from OVCFRiskLib.findings.registry import CHECKS, codes_about
from OVCFRiskLib.levels import LumbarLevel

LIBRARY = Path(__file__).resolve().parents[3] / "OVCFRiskLib"
SLICER_SIDE = LIBRARY.parent / "OVCFRisk"


def calls(path):
    """(name called, name of the object it is called on) of a file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, ""
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            on = node.func.value
            yield node.func.attr, on.id if isinstance(on, ast.Name) else ""


def test_findings_come_from_the_registry_alone():
    """Nobody makes a `Check` beside the files of codes, and only the JSON reader makes a `Finding` by hand."""
    makers = {
        (path.name, name)
        for folder in (LIBRARY, SLICER_SIDE)
        for path in folder.rglob("*.py")
        if path.parent.name != "findings"
        for name, _ in calls(path)
        if name in ("Check", "Finding")
    }
    assert makers == {("json_reader.py", "Finding")}


def test_every_check_of_the_registry_is_fired_somewhere():
    """A code that no check uses is dead."""
    text = "\n".join(
        path.read_text(encoding="utf-8") for path in LIBRARY.rglob("*.py") if path.parent.name != "findings"
    )
    unused = [code for code in CHECKS if not re.search(rf"\b{code.upper()}\b", text)]
    assert unused == []


def test_names_of_constants_are_the_codes():
    from OVCFRiskLib.findings import acquisition_codes, bone_codes, level_codes, mask_codes, model_codes, surface_codes

    for module in (acquisition_codes, bone_codes, mask_codes, level_codes, model_codes, surface_codes):
        for name, value in vars(module).items():
            if isinstance(value, Check):
                assert name == value.code.upper()


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_a_check_is_complete(check):
    assert re.fullmatch(r"[a-z][a-z0-9_]*", check.code)
    assert check.severities
    assert check.source
    level = None if check.about is About.ACQUISITION else LumbarLevel.L2
    for variant, template in check.wordings.items():
        names = {name for _, name, _, _ in Formatter().parse(template + check.source) if name}
        values = dict.fromkeys(names - {"unit", "limit"}, 1) | ({"limit": 2} if check.limit is None else {})
        finding = check.finding(level, variant=variant, **values)
        assert "{" not in finding.text
        assert not re.match(r"L[1-4]\b", finding.text), "the level stands in the finding"
        assert finding.text.endswith((".", "?", "1")), "a complete sentence"


def test_what_speaks_of_masks():
    masks = codes_about(About.MASK)
    assert {"volume", "width", "depth", "height", "field_of_view", "not_finite", "low_voxels", "leak"} <= masks
    assert not masks & {"kernel", "height_loss", "feature_outside_training"}
