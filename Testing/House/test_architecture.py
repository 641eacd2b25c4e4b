"""The rules of the house, computed from the source: `Docs/architecture.md` explains them.

Imports are read with `ast`, nothing is imported, so a rule also holds for what no test runs. Where a limit here has to
give way, change the limit and its reason in the same commit; never add an exception to get a change through.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections import defaultdict
from graphlib import CycleError, TopologicalSorter

import pytest

LIBRARY = "OVCFRiskLib"
# From the ground up: a room may use those named before it and none named after it.
GROUND = (
    "errors exit_codes numeric counts levels level_names mask_origin statements plain_text path_text kept_files files "
    "file_set memory json_text findings acquisition identity progress threads geometry volume_part "
    "spine_region "
    "assessment_views assessment"
)
# none of these knows a model
SUBJECTS = "statistics tables figures bodies reading ct points point_mapping radiomics segmentation quality"
PIPELINE = "scoring assess report scored_ct"
JOBS = "simulation cohort evaluation training estimators batch robustness commands cli __main__"
FLOORS = " ".join([GROUND, SUBJECTS, PIPELINE, JOBS]).split()
# What 3D Slicer bundles; all else is imported inside the function that needs it.
BUNDLED_WITH_SLICER = {"numpy", "scipy", "SimpleITK", "vtk", "vtkmodules"}
# Estimators inherit from scikit-learn's classes.
SCIKIT_LEARN_ROOM = "estimators"
SLICER_ONLY = {"slicer", "qt", "ctk", "PySide6", "PythonQt", "SampleData", "MRMLCorePython"}

LONGEST_FILE = 300
LONG_FUNCTION = 40
LONG_FUNCTIONS_FRACTION = 0.01
TEST_LINES_PER_CODE_LINE = 0.82


def room(module: str) -> str:
    """The room a file of the library belongs to."""
    return module.split(".")[1] if "." in module else ""


def test_every_room_stands_on_a_floor(source_tree):
    rooms = {room(name) for name in source_tree.by_module} - {""}
    assert rooms == set(FLOORS)


def test_imports_point_downwards(source_tree):
    upward = {
        f"{source} imports {target}"
        for source, target in source_tree.edges
        if room(source) and room(target) and FLOORS.index(room(target)) > FLOORS.index(room(source))
    }
    assert not upward


def children(edges, package):
    """Which files and packages directly in a package use which others of it."""
    depth = package.count(".") + 2
    graph = defaultdict(set)
    for source, target in edges:
        if source.startswith(f"{package}.") and target.startswith(f"{package}."):
            ends = [".".join(name.split(".")[:depth]) for name in (source, target)]
            if ends[0] != ends[1]:
                graph[ends[0]].add(ends[1])
    return graph


def circle(graph):
    """Some circle of a graph, or None."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_no_package_and_no_file_is_in_a_circle(source_tree):
    packages = {name.rpartition(".")[0] for name in source_tree.by_module} - {""}
    circles = {package: found for package in packages if (found := circle(children(source_tree.edges, package)))}
    assert not circles


def test_a_circle_and_an_upward_import_would_be_found():
    edges = {("L.a.x", "L.b.y"), ("L.b.z", "L.a.w"), ("L.b.z", "L.b.y")}
    assert circle(children(edges, "L")) is not None
    assert circle(children(edges - {("L.b.z", "L.a.w")}, "L")) is None
    assert FLOORS.index("report") > FLOORS.index("scoring") > FLOORS.index("errors")


def test_no_file_is_long(source_tree):
    long = {s.name: s.lines for s in source_tree.library + source_tree.module if s.lines > LONGEST_FILE}
    assert not long


def test_few_functions_are_long(source_tree):
    lengths = {
        f"{source.name}: {name}": length
        for source in source_tree.library + source_tree.module
        for name, length in source.functions()
    }
    long = {name: length for name, length in lengths.items() if length > LONG_FUNCTION}
    assert len(long) <= LONG_FUNCTIONS_FRACTION * len(lengths), long


def test_no_two_files_have_one_name(source_tree):
    names = defaultdict(list)
    for source in source_tree.library:
        if source.path.name != "__init__.py":
            names[source.path.name].append(source.name)
    assert not {name: files for name, files in names.items() if len(files) > 1}


def test_the_library_knows_no_slicer_and_no_qt(source_tree):
    found = {
        f"{source.name}: {name}"
        for source in source_tree.library
        for name in source.imports(file_scope_only=True)
        if name.split(".")[0] in SLICER_ONLY
    }
    assert not found


def test_importing_the_library_needs_only_what_slicer_bundles(source_tree):
    found = {
        f"{source.name}: {name}"
        for source in source_tree.library
        for name in source.imports(file_scope_only=True)
        if room(source.module) != SCIKIT_LEARN_ROOM
        and name.split(".")[0] not in sys.stdlib_module_names | BUNDLED_WITH_SLICER | {LIBRARY}
    }
    assert not found


def test_nobody_imports_the_room_of_scikit_learn(source_tree):
    # its classes inherit from scikit-learn's, so importing it needs scikit-learn; that is the researcher's own doing
    assert not [e for e in source_tree.edges if room(e[1]) == SCIKIT_LEARN_ROOM != room(e[0])]


def test_only_the_panel_knows_qt(source_tree):
    found = {
        f"{source.name}: {name}"
        for source in source_tree.module
        if "OVCFRiskScene" in source.path.parts
        for name in source.imports()
        if name.split(".")[0] in {"qt", "ctk", "PySide6", "PythonQt", "OVCFRiskPanel"}
    }
    assert not found


@pytest.mark.parametrize("folder", ["OVCFRiskLib", "OVCFRisk"])
def test_cmake_ships_every_file(repository, folder):
    specification = importlib.util.spec_from_file_location("update_lists", repository / "CMake" / "update_lists.py")
    lists = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(lists)
    assert lists.listed_files(folder) == lists.shipped_files(folder)


def test_every_file_is_imported_by_a_test(source_tree):
    imported = {
        source_tree.definer(name)
        for source in source_tree.tests
        for name in source.imports()
        if name.startswith(LIBRARY)
    }
    code = {source.module for source in source_tree.library if source.path.name != "__init__.py"}
    assert not code - imported


def test_tests_keep_up_with_the_code(source_tree):
    code = sum(source.code_lines for source in source_tree.library + source_tree.module)
    tests = sum(source.code_lines for source in source_tree.tests)
    assert tests >= TEST_LINES_PER_CODE_LINE * code, f"{tests} lines of tests, {code} of code"


def constants(tree):
    """Names and first lines of the constants a module defines, one set of names a statement."""
    for statement in tree.body:
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", None)]
        names = {node.id for target in targets if target for node in ast.walk(target) if isinstance(node, ast.Name)}
        if upper := {name for name in names if name.isupper()}:
            yield upper, statement.lineno


def test_a_line_defines_one_constant(source_tree):
    several = {
        f"{source.name}:{line}: {', '.join(sorted(names))}"
        for source in source_tree.library
        for names, line in constants(source.tree)
        if len(names) > 1
    }
    assert not several


def test_one_fact_has_one_name_and_one_owner(source_tree):
    owners = defaultdict(set)
    for source in source_tree.library:
        for names, _ in constants(source.tree):
            for name in names:
                owners[name].add(source.name)
    assert not {name: sorted(files) for name, files in owners.items() if len(files) > 1}


def is_explained(lines, line):
    """Whether a comment stands beside a line or above the block of lines without a gap that it is in."""
    if "#" in lines[line - 1]:
        return True
    above = line - 1
    while above and lines[above - 1].strip():
        above -= 1
        if lines[above].startswith("#"):
            return True
    return False


def test_constants_are_explained(source_tree):
    bare = [
        f"{source.name}:{line}: {', '.join(names)}"
        for source in source_tree.library
        for names, line in constants(source.tree)
        if not is_explained(source.text.splitlines(), line)
    ]
    assert not bare


def test_a_comment_beside_or_above_explains():
    lines = ["A = 1  # mm", "", "# Two lengths, mm.", "B = 1", "C = 2", "", "D = 3"]
    assert [is_explained(lines, line) for line in (1, 4, 5, 7)] == [True, True, True, False]
