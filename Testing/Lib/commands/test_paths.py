"""Folders whose names are not UTF-8, umlauts under a plain C locale: read and written, or refused in a sentence."""

import os
import shutil
import subprocess
import sys

import pytest

C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture(scope="module")
def tiny_files(tmp_path_factory, phantom):
    """A small DICOM-free case: CT and labels."""
    import SimpleITK as sitk

    folder = tmp_path_factory.mktemp("tiny")
    crop = [slice(40, 130), slice(20, 110), slice(60, 110)]
    sitk.WriteImage(phantom.ct[crop[0], crop[1], crop[2]], str(folder / "ct.nii.gz"))
    sitk.WriteImage(phantom.labels[crop[0], crop[1], crop[2]], str(folder / "labels.nii.gz"))
    return folder


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names as text")
@pytest.mark.parametrize("locale", [{}, C_LOCALE], ids=["own locale", "C locale"])
@pytest.mark.parametrize("name", [b"M\xfcller", "Müller".encode(), b"a b'c"])
def test_names_of_any_bytes_are_read_and_written(tiny_files, tmp_path, name, locale):
    folder = tmp_path / os.fsdecode(name)
    shutil.copytree(tiny_files, folder)
    command = [sys.executable, "-m", "OVCFRiskLib", "features", folder / "ct.nii.gz", folder / "labels.nii.gz"]
    run = subprocess.run([*command, "--out", folder / "f.csv"], env=os.environ | locale, capture_output=True)
    assert run.returncode == 1, run.stderr  # the field cuts a level, which is left out
    assert len((folder / "f.csv").read_text(encoding="utf-8").splitlines()) >= 2


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep names as text")
def test_a_manifest_with_umlauts_under_a_c_locale(tiny_files, tmp_path):
    archive = tmp_path / "archive"
    shutil.copytree(tiny_files, archive / "Müller")
    shutil.copytree(tiny_files, archive / os.fsdecode(b"M\xfcller"))
    environment = os.environ | C_LOCALE
    program = [sys.executable, "-m", "OVCFRiskLib"]
    manifest, out = tmp_path / "m.csv", tmp_path / "out"
    made = subprocess.run([*program, "manifest", archive, "--out", manifest], env=environment, capture_output=True)
    assert made.returncode == 1
    assert b"not UTF-8" in made.stderr
    assert "Müller" in manifest.read_text(encoding="utf-8")
    run = [*program, "batch", manifest, "--out", out, "--workers", "0"]
    batch = subprocess.run(run, env=environment, capture_output=True)
    assert batch.returncode in (0, 1), batch.stderr
    assert "failed" not in (out / "cases.csv").read_text(encoding="utf-8")
