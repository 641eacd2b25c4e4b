"""Tiny CTs of one body and programs that run batches of them."""

import contextlib
import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import SimpleITK as sitk

from OVCFRiskLib.batch import BatchOptions, run_batch
from OVCFRiskLib.batch.guard import ATTEMPT
from OVCFRiskLib.report.data.label_file import write_labels
from OVCFRiskLib.simulation.phantom import PhantomSettings, make_phantom


@pytest.fixture(scope="session")
def tiny_case(tmp_path_factory):
    """Folder with ``ct.nii.gz`` and ``labels.nii.gz``: one whole body, scored in a fraction of a second."""
    folder = tmp_path_factory.mktemp("tiny")
    phantom = make_phantom(
        PhantomSettings(spacing_mm=(2.0, 2.0, 2.5), field_mm=(80.0, 80.0, 60.0), shift_mm=(0.0, 0.0, 18.0))
    )
    sitk.WriteImage(phantom.ct, str(folder / "ct.nii.gz"))
    write_labels(phantom.labels, folder / "labels.nii.gz")
    return folder


@pytest.fixture
def make_manifest(tiny_case, tmp_path):
    """``make_manifest(ids, other rows) -> path``: rows of the tiny case, then others as given."""
    return lambda case_ids, *others: write_manifest(tmp_path / "manifest.csv", tiny_case, case_ids, others)


# Loaded by every Python that starts with its folder on the path: reading the file never ends.
BLOCKING = """
import sys, time

def block(event, arguments):
    if event == "open" and str(arguments[0]).endswith("endless.nii.gz"):
        time.sleep(600)

sys.addaudithook(block)
"""


@pytest.fixture(scope="session")
def blocking_path(tmp_path_factory):
    """A ``PYTHONPATH`` for workers that never come back from a CT called ``endless.nii.gz``."""
    folder = tmp_path_factory.mktemp("blocking")
    (folder / "sitecustomize.py").write_text(BLOCKING, encoding="utf-8")
    return os.pathsep.join(filter(None, (str(folder), os.environ.get("PYTHONPATH"))))


@pytest.fixture
def endless(tmp_path, tiny_case, blocking_path, monkeypatch):
    """A manifest's row whose CT is never read to its end by workers that are started from now on."""
    monkeypatch.setenv("PYTHONPATH", blocking_path)
    path = tmp_path / "endless.nii.gz"
    path.write_bytes(b"not looked at")
    return ("endless", path, tiny_case / "labels.nii.gz", "", "")


@pytest.fixture(scope="session")
def many_cases(tiny_case):
    """Manifest of four good cases and a bad one."""
    others = [("bad", "absent", "x", "", "")]
    return write_manifest(tiny_case / "many.csv", tiny_case, [f"case {n}" for n in range(4)], others)


@pytest.fixture(scope="session")
def undisturbed(many_cases, tmp_path_factory):
    """Folder of the many cases' tables, made one after the other in one process."""
    out = tmp_path_factory.mktemp("undisturbed")
    run_batch(many_cases, out, BatchOptions(workers=0, feature_set="frozen"))
    return out


def write_manifest(path, tiny_case, case_ids, others):
    """Rows of the tiny case under several ids, then others."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(("case_id", "ct", "labels", "points", "patient_id"))
        for case_id in case_ids:
            writer.writerow((case_id, tiny_case / "ct.nii.gz", tiny_case / "labels.nii.gz", "", f"patient {case_id}"))
        writer.writerows(others)
    return path


@pytest.fixture
def start_batch():
    """``start_batch(arguments) -> Popen`` of the program; what still runs is killed after the test."""
    started = []

    def start(*arguments, before=()):
        command = [*before, sys.executable, "-m", "OVCFRiskLib", "batch", *map(str, arguments)]
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, preexec_fn=heed_ctrl_c
        )
        started.append(process)
        return process

    def heed_ctrl_c():
        # a shell without job control starts what it leaves in the background, these tests too, with Ctrl-C ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def wait_for():
    """``wait_for(condition) -> its first true value``; fails after 30 s."""

    def wait(condition, seconds=30):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError("what was waited for did not come")

    return wait


@pytest.fixture
def attempts():
    """``attempts(out) -> process ids`` noted for the cases at work; a case that ends meanwhile takes its note along."""

    def read(out):
        found = []
        for path in out.glob("running/*.txt"):
            with contextlib.suppress(FileNotFoundError):
                found += [int(process) for process, _ in ATTEMPT.findall(path.read_text(encoding="utf-8"))]
        return found

    return read


@pytest.fixture
def read_rows():
    """``read_rows(path) -> list of dict``."""

    def read(path: Path):
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    return read
