"""What documents, workflow and pins say about the repository is so."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

DOCUMENTS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Docs")
# `[text](target)` and `![text](target)`
LINK = re.compile(r"\]\(([^)\s]+)\)")
# a path in backticks: a folder of the repository, then names
PATH = re.compile(r"`((?:OVCFRiskLib|OVCFRisk|Testing|Docs|CMake|requirements|Resources|\.ci|\.github)/[\w./-]*)`")
MAKE = re.compile(r"\bmake ([a-z][a-z-]+)\b")
VERSIONS = ("3.10", "3.11", "3.12")
PATIENT_DATA = re.compile(r"patient data|by which a patient", re.IGNORECASE)


@pytest.fixture(scope="module")
def documents(repository):
    """Every document people read, path to text."""
    paths = [path for name in DOCUMENTS for path in ((repository / name).rglob("*.md") if "." not in name else ())]
    paths += [repository / name for name in DOCUMENTS if "." in name]
    return {path: path.read_text(encoding="utf-8") for path in paths if path.is_file()}


def test_links_lead_somewhere(documents):
    dead = {
        f"{path.name}: {target}"
        for path, text in documents.items()
        for target in LINK.findall(text)
        if not target.startswith(("http", "mailto:", "#")) and not (path.parent / target.split("#")[0]).exists()
    }
    assert not dead


def test_no_document_waits_for_a_text(documents):
    waiting = {
        f"{path.name}: {line}"
        for path, text in documents.items()
        for line in map(str.strip, text.splitlines())
        if re.fullmatch(r"[A-Z]+(_[A-Z]+)+", line)
    }
    assert not waiting


def test_links_to_sections_have_a_section(documents):
    dead = set()
    for path, text in documents.items():
        for target in LINK.findall(text):
            file, _, section = target.partition("#")
            if section and not target.startswith("http"):
                other = (path.parent / file).resolve() if file else path
                heads = re.findall(r"^#+ (.+)$", other.read_text(encoding="utf-8"), re.MULTILINE)
                anchors = {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
                if section not in anchors:
                    dead.add(f"{path.name}: {target}")
    assert not dead


def test_files_that_documents_name_exist(documents, repository):
    missing = {
        f"{path.name}: {name}"
        for path, text in documents.items()
        for name in PATH.findall(text)
        if not (repository / name).exists()
    }
    assert not missing


def test_make_targets_that_documents_name_exist(documents, repository):
    targets = set(re.findall(r"^([a-z-]+):", (repository / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    # words of a sentence ("make sure") are no targets: only what stands in code counts
    in_code = {
        f"{path.name}: make {name}"
        for path, text in documents.items()
        for code in re.findall(r"`([^`\n]+)`|^(make .+)$", text, re.MULTILINE)
        for name in MAKE.findall(" ".join(code))
        if name not in targets
    }
    assert not in_code


def test_the_changelog_takes_new_lines(repository):
    text = (repository / "CHANGELOG.md").read_text(encoding="utf-8")
    assert "## [Unreleased]" in text


def test_the_workflow_tests_every_python_that_is_pinned(repository):
    workflow = (repository / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    assert tuple(re.findall(r'"(3\.\d+)"', workflow)) == VERSIONS
    assert "run: make test" in workflow
    assert {path.name for path in (repository / "requirements").glob("python*.txt")} == {
        f"python{version}.txt" for version in VERSIONS
    }
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={VERSIONS[0]},<3.{int(VERSIONS[-1].split('.')[1]) + 1}"


@pytest.mark.parametrize("version", VERSIONS)
def test_every_package_is_pinned(repository, version):
    names = re.findall(
        r"^([A-Za-z][\w.-]*)", (repository / "requirements" / "packages.in").read_text("utf-8"), re.MULTILINE
    )
    pins = (repository / "requirements" / f"python{version}.txt").read_text(encoding="utf-8").splitlines()[1:]
    assert all(re.fullmatch(r"[A-Za-z0-9][\w.-]*==[\w.!+]+", pin) for pin in pins)
    pinned = {plain(pin.split("==")[0]) for pin in pins}
    assert {plain(name) for name in names} - pinned <= {"setuptools", "wheel"}  # venv or pip bring these along
    assert pins == sorted(pins, key=str.lower)


def test_limits_of_versions_hold_for_users_too(repository):
    """What development may not install, `pip install ovcfrisk` may not either."""
    limits = re.findall(
        r"^([A-Za-z][\w.-]*)(<[\d.]+)", (repository / "requirements" / "packages.in").read_text("utf-8"), re.M
    )
    text = (repository / "pyproject.toml").read_text(encoding="utf-8")
    asked = dict(re.findall(r'"([A-Za-z][\w.-]*)[^"<]*(<[\d.]+)"', text))
    assert limits
    assert {name: asked.get(name) for name, _ in limits} == dict(limits)


def test_the_map_names_every_room(repository):
    text = (repository / "Docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = [
        path.stem
        for path in (repository / "OVCFRiskLib").iterdir()
        if (path.suffix == ".py" or (path / "__init__.py").is_file()) and not path.stem.startswith("__")
    ]
    assert len(rooms) > 30
    assert not [room for room in rooms if not re.search(rf"\b{room}\b", text)]


def plain(name: str) -> str:
    """A package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_issue_forms_ask_for_no_patient_data(repository):
    forms = [path for path in (repository / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml"]
    assert len(forms) >= 3
    for form in forms:
        assert PATIENT_DATA.search(form.read_text(encoding="utf-8")), form.name


@pytest.mark.parametrize("script", ["requirements/set_up.sh", ".ci/run"])
def test_shell_scripts_parse(repository, script):
    assert subprocess.run(["bash", "-n", script], cwd=repository, check=False).returncode == 0
