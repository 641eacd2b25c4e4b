"""help() of what a person calls begins with an example, and the names in it exist."""

import ast
import importlib
import inspect
import textwrap

import pytest

import OVCFRiskLib
from OVCFRiskLib.assess import assess
from OVCFRiskLib.assessment import SpineAssessment
from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.points import read_points
from OVCFRiskLib.radiomics import extract_features
from OVCFRiskLib.segmentation import import_labels, segment_bodies

SHOWN = [OVCFRiskLib, assess, SpineAssessment, read_ct, import_labels, segment_bodies, extract_features]


@pytest.mark.parametrize("item", SHOWN, ids=lambda item: item.__name__)
def test_the_example_comes_first(item):
    document = inspect.getdoc(item)
    for later in ("Parameters\n", "Attributes\n", "Returns\n", "Importing this"):
        assert "Examples" in document.split(later)[0]


def test_points_have_an_example_that_runs():
    assert ">>> read_points(" in read_points.__doc__


@pytest.mark.parametrize("item", [OVCFRiskLib, assess], ids=lambda item: item.__name__)
def test_examples_are_python_and_import_what_there_is(item):
    document = inspect.getdoc(item)
    block = document.split("::\n", 1)[1].split("\nParameters")[0].split("\nImporting")[0]
    tree = ast.parse(textwrap.dedent(block))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module)
            assert all(hasattr(module, name.name) for name in node.names)
