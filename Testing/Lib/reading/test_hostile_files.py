"""Files made to harm: they are refused in little time and memory, and what lacks is named."""

from __future__ import annotations

import gzip
import os
import resource
import socket
import struct
import subprocess
import sys
import time

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib import memory
from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.errors import OVCFRiskError, is_out_of_memory
from OVCFRiskLib.files import input_size, is_file, special_kind
from OVCFRiskLib.json_text import read_json
from OVCFRiskLib.points import read_points
from OVCFRiskLib.reading.dicom_lengths import DEEPEST, lengths_fit
from OVCFRiskLib.scoring import load_model
from OVCFRiskLib.segmentation import import_labels
from OVCFRiskLib.tables.table_reader import read_table

QUICK_S = 5.0
EXPLICIT, IMPLICIT = "1.2.840.10008.1.2.1", "1.2.840.10008.1.2"


@pytest.fixture
def ct():
    image = sitk.GetImageFromArray(np.random.default_rng(0).integers(-1000, 1500, (8, 16, 16)).astype(np.int16))
    image.SetSpacing((0.8, 0.8, 1.25))
    return image


@pytest.fixture
def nifti(ct, tmp_path):
    """Bytes of a sound NIfTI file."""
    sitk.WriteImage(ct, str(tmp_path / "sound.nii"))
    return (tmp_path / "sound.nii").read_bytes()


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def refused(action, match, most_bytes=200e6):
    """The action ends in one of our errors, soon, without taking memory."""
    before, start = peak_bytes(), time.perf_counter()
    with pytest.raises(OVCFRiskError, match=match):
        action()
    assert time.perf_counter() - start < QUICK_S
    assert peak_bytes() - before < most_bytes


@pytest.mark.parametrize("offset", [2e9, 1e8, -1.0, float("nan"), float("inf")])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_an_offset_far_behind_the_header(nifti, tmp_path, offset, suffix):
    data = nifti[:108] + struct.pack("<f", offset) + nifti[112:]
    path = tmp_path / f"ct{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    refused(lambda: read_ct(path), "NIfTI header|cannot be read")


@pytest.mark.parametrize("dims", [(3, 30000, 30000, 30000), (3, 2000, 2000, 1000), (7, 9, 9, 9, 9, 9, 9, 9)])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_more_voxels_announced_than_there_are(nifti, tmp_path, dims, suffix):
    data = nifti[:40] + struct.pack(f"<{len(dims)}h", *dims) + nifti[40 + 2 * len(dims) :]
    path = tmp_path / f"ct{suffix}"
    path.write_bytes(gzip.compress(data) if suffix.endswith("gz") else data)
    refused(lambda: read_ct(path), "is cut|damaged|cannot be read")


def test_a_stream_that_goes_on_behind_the_voxels(nifti, tmp_path):
    path = tmp_path / "ct.nii.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(nifti)
        for _ in range(400):
            file.write(bytes(1 << 20))
    refused(lambda: read_ct(path), "beyond them; the header is damaged")


def test_a_stream_without_its_end(nifti, tmp_path):
    path = tmp_path / "ct.nii.gz"
    path.write_bytes(gzip.compress(nifti)[:-9])
    refused(lambda: read_ct(path), "cut or damaged")


def test_an_image_larger_than_the_memory_is_told_as_that(ct, tmp_path, monkeypatch):
    sitk.WriteImage(ct, str(tmp_path / "ct.nrrd"))
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    refused(lambda: read_ct(tmp_path / "ct.nrrd"), r"not enough memory: 'ct\.nrrd' needs 0\.0 GB")


def test_a_series_larger_than_the_memory_is_told_as_that(ct, tmp_path, monkeypatch, dicom_factory):
    dicom_factory.write_series(tmp_path / "series", ct)
    monkeypatch.setattr(memory, "available_bytes", lambda: 1000)
    refused(lambda: read_ct(tmp_path / "series"), "not enough memory: the series needs")


def test_available_memory_is_that_of_the_system_and_of_the_container(tmp_path, monkeypatch):
    (tmp_path / "meminfo").write_text("MemTotal: 9 kB\nMemAvailable:   4000 kB\nSwapFree:  1000 kB\n")
    (tmp_path / "max").write_text("3000000\n")
    (tmp_path / "now").write_text("1000000\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CONTAINER_LIMITS", ((tmp_path / "absent", tmp_path / "now"),))
    assert memory.available_bytes() == 5000 * 1024
    monkeypatch.setattr(memory, "CONTAINER_LIMITS", ((tmp_path / "max", tmp_path / "now"),))
    assert memory.available_bytes() == 2_000_000
    (tmp_path / "max").write_text("max\n")
    assert memory.available_bytes() == 5000 * 1024
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "absent")
    assert memory.available_bytes() is None
    memory.require_memory(10**18, "anything")  # where the system does not say, the reader will


def test_lack_of_memory_in_a_reader_is_not_called_damage():
    with pytest.raises(OVCFRiskError, match="not enough memory: 'x' could not be held") as told:
        memory.require_no_lack(RuntimeError("Failed to allocate memory for image."), "'x'")
    assert is_out_of_memory(told.value)
    memory.require_no_lack(RuntimeError("file is damaged"), "'x'")


def nested(depth, is_implicit, is_defined):
    """A DICOM file of sequences within sequences."""
    content = b""
    for _ in range(depth):
        length = len(content) if is_defined else 0xFFFFFFFF
        item = struct.pack("<HHI", 0xFFFE, 0xE000, length) + content
        item += b"" if is_defined else struct.pack("<HHI", 0xFFFE, 0xE00D, 0)
        length = len(item) if is_defined else 0xFFFFFFFF
        head = struct.pack("<HH", 0x0008, 0x1140) + (b"" if is_implicit else b"SQ\0\0") + struct.pack("<I", length)
        content = head + item + (b"" if is_defined else struct.pack("<HHI", 0xFFFE, 0xE0DD, 0))
    syntax = (IMPLICIT if is_implicit else EXPLICIT).encode()
    syntax += b"\0" * (len(syntax) % 2)
    meta = struct.pack("<HH2sH", 2, 0x10, b"UI", len(syntax)) + syntax
    meta = struct.pack("<HH2sHI", 2, 0, b"UL", 4, len(meta)) + meta
    return b"\0" * 128 + b"DICM" + meta + content


@pytest.mark.parametrize("is_implicit", [False, True])
@pytest.mark.parametrize("is_defined", [False, True])
def test_sequences_within_sequences(tmp_path, is_implicit, is_defined):
    path = tmp_path / "deep.dcm"
    syntax = IMPLICIT if is_implicit else EXPLICIT
    # GDCM does not look into sequences of defined length without a VR
    is_followed = not (is_implicit and is_defined)
    for depth, is_too_deep in ((3, False), (DEEPEST, False), (DEEPEST + 1, True), (3000, True)):
        path.write_bytes(nested(depth, is_implicit, is_defined))
        assert lengths_fit(path, syntax) is not (is_too_deep and is_followed), depth


@pytest.mark.parametrize("is_implicit", [False, True])
@pytest.mark.parametrize("is_defined", [False, True])
def test_twenty_thousand_sequences_do_not_end_the_process(tmp_path, is_implicit, is_defined):
    folder = tmp_path / "series"
    folder.mkdir()
    (folder / "1.dcm").write_bytes(nested(20_000, is_implicit, is_defined))
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "OVCFRiskLib",
            "score",
            str(folder),
            "--points",
            "L1=0,0,0",
            "--out",
            str(tmp_path / "o"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 2, run.stderr
    assert run.stderr.startswith("ovcfrisk score: error: ")


@pytest.fixture(params=["pipe", "socket", "device"])
def special(request, tmp_path):
    """A path that never ends or waits for ever."""
    path = tmp_path / "input.json"
    if request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "socket":
        folder = os.open(tmp_path, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(f"/proc/self/fd/{folder}/input.json")
        os.close(folder)
    else:
        path.symlink_to("/dev/zero")
    return path


@pytest.mark.skipif(sys.platform != "linux", reason="pipes, sockets and devices are those of Linux")
@pytest.mark.parametrize(
    "action",
    [
        read_ct,
        read_points,
        load_model,
        read_table,
        lambda path: import_labels(path, sitk.Image(4, 4, 4, sitk.sitkInt16)),
        lambda path: read_json(path, "record", "run again"),
        lambda path: input_size(path, "file"),
    ],
    ids=["ct", "points", "card", "table", "labels", "json", "size"],
)
def test_devices_pipes_and_sockets_are_refused(action, special):
    assert special_kind(special) is not None
    refused(lambda: action(special), "a device, pipe or socket")


def test_a_pipe_within_a_folder_of_dicom_is_passed_over(ct, tmp_path, dicom_factory):
    dicom_factory.write_series(tmp_path / "series", ct)
    os.mkfifo(tmp_path / "series" / "pipe.dcm")
    assert read_ct(tmp_path / "series").GetSize() == ct.GetSize()


@pytest.mark.parametrize("name", ["x" * 5000, "nul\0byte", "a/" * 3000])
def test_paths_that_no_system_takes(name):
    assert not is_file(name)
    for action in (read_ct, read_points, load_model, read_table, lambda path: input_size(path, "file")):
        with pytest.raises(OVCFRiskError) as told:
            action(name)
        assert len(str(told.value)) < 1000
