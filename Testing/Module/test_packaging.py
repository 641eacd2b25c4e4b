"""What a Slicer build would install: every file, in a tree that imports and scores in a fresh interpreter."""

import json
import os
import re
import runpy
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LISTS = runpy.run_path(str(REPOSITORY / "CMake" / "update_lists.py"))
# A fake compiler: the project has nothing to compile, and the machine may have none.
NO_COMPILER = [f"-DCMAKE_{lang}_COMPILER{rest}" for lang in ("C", "CXX") for rest in ("=/bin/true", "_FORCED=1")]

SCORE = """
import sys
sys.path.insert(0, {modules!r})
import OVCFRiskLib
assert OVCFRiskLib.__file__.startswith({modules!r}), OVCFRiskLib.__file__
from OVCFRiskLib.assess import assess
from OVCFRiskLib.cli import main
from OVCFRiskLib.report.data.json_document import assessment_text
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom
field = dict(field_mm=(110.0, 130.0, 120.0), shift_mm=(0.0, 15.0, 0.0), spacing_mm=(0.9, 0.9, 2.0))
phantom = make_phantom(PhantomSettings(seed=22, **field))  # a spine: the guards refuse a mere cylinder
assessment = assess(phantom.ct, phantom.labels)
assert assessment.levels[2].score is not None, assessment.levels[2].reason
assert assessment_text(assessment)
assert main(["models"]) == 0
"""


class ListsTest(unittest.TestCase):
    def test_every_tracked_file_is_listed(self):
        for folder in LISTS["FOLDERS"]:
            with self.subTest(folder):
                listed, there = LISTS["listed_files"](folder), LISTS["shipped_files"](folder)
                self.assertEqual(listed, there, "run: python CMake/update_lists.py")

    def test_every_module_test_is_a_ctest(self):
        text = (REPOSITORY / "Testing/Module/CMakeLists.txt").read_text(encoding="utf-8")
        listed = set(re.findall(r"^  (test_\w+\.py)$", text, re.M))
        there = {path.name for path in (REPOSITORY / "Testing/Module").glob("test_*.py")}
        # these start Python, CMake and other programs themselves and need no Slicer
        self.assertEqual(listed, there - {"test_packaging.py", "test_headless.py", "test_slicer_test.py"})

    def test_only_the_module_itself_lies_where_slicer_looks_for_modules(self):
        self.assertEqual([path.name for path in (REPOSITORY / "OVCFRisk").glob("*.py")], ["OVCFRisk.py"])


class InstalledTreeTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="ovcfrisk-install-")
        self.addCleanup(shutil.rmtree, self.folder)

    def install(self):
        import cmake

        program = str(Path(cmake.CMAKE_BIN_DIR) / "cmake")
        build, prefix = f"{self.folder}/build", f"{self.folder}/prefix"
        stub = f"-DSlicer_DIR={REPOSITORY / 'Testing/Module/packaging'}"
        configure = [program, "-S", str(REPOSITORY), "-B", build, stub, "-DBUILD_TESTING=ON", *NO_COMPILER]
        for command in (configure, [program, "--install", build, "--prefix", prefix]):
            done = subprocess.run(command, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return Path(prefix) / "qt-scripted-modules"

    def test_installed_tree_is_whole_and_scores(self):
        modules = self.install()
        there = {path.relative_to(modules).as_posix() for path in modules.rglob("*") if path.is_file()}
        library, module = (LISTS["shipped_files"](folder) for folder in ("OVCFRiskLib", "OVCFRisk"))
        expected = {f"OVCFRiskLib/{name}" for files in library for name in files} | {
            n for files in module for n in files
        }
        self.assertEqual(there, expected)
        self.assertTrue(any(name.startswith("OVCFRiskLib/models/") for name in there))
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
        done = subprocess.run(
            [sys.executable, "-c", SCORE.format(modules=str(modules))],
            capture_output=True, text=True, cwd=self.folder, env=environment,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class ExtensionIndexTest(unittest.TestCase):
    """The checks of Slicer's extension index that need no network."""

    def setUp(self):
        self.entry = json.loads((REPOSITORY / "OVCFRisk.json").read_text(encoding="utf-8"))
        self.cmake = (REPOSITORY / "CMakeLists.txt").read_text(encoding="utf-8")

    def test_entry_has_the_fields_of_the_schema(self):
        allowed = {"$schema", "category", "scm_url", "scm_revision", "scm_type", "build_dependencies",
                   "dicom_support_rule", "build_subdirectory", "enabled", "tier"}  # fmt: skip
        self.assertLessEqual({"$schema", "category", "scm_url"}, set(self.entry))
        self.assertLessEqual(set(self.entry), allowed)
        self.assertIn("slicer-extension-catalog-entry-schema-v1.0.2.json", self.entry["$schema"])
        self.assertEqual(self.entry["category"], "Quantification")
        self.assertEqual(self.entry["build_dependencies"], [])
        self.assertIn(self.entry["tier"], range(1, 6))
        self.assertNotIn(b"\r", (REPOSITORY / "OVCFRisk.json").read_bytes())

    def test_names_follow_the_rules(self):
        self.assertRegex(self.entry["scm_url"], r"^https://.*/SlicerOVCFRisk\.git$")
        self.assertEqual(re.findall(r"project\s*\(\s*([^\s\)]+)", self.cmake), ["OVCFRisk"])

    def test_icon_and_screenshots_are_files_of_the_repository(self):
        urls = self.value("EXTENSION_ICONURL") + self.value("EXTENSION_SCREENSHOTURLS")
        self.assertGreaterEqual(len(urls), 2)
        for url in urls:
            path = REPOSITORY / url.partition("/main/")[2]
            with self.subTest(path.name):
                self.assertEqual(path.read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    def test_icon_is_128_pixels_wide(self):
        for path in ("Resources/OVCFRisk.png", "OVCFRisk/Resources/Icons/OVCFRisk.png"):
            self.assertEqual(struct.unpack(">II", (REPOSITORY / path).read_bytes()[16:24]), (128, 128))

    def test_licence_and_readme_exist(self):
        for name in ("LICENSE", "README.md", "Docs/tutorial.md"):
            self.assertTrue((REPOSITORY / name).is_file(), name)

    def value(self, name):
        return re.search(rf'set\({name} "([^"]+)"\)', self.cmake).group(1).split()
