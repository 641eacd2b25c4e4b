"""Files of voxels that a header names: devices and pipes are refused, by whatever way they are named."""

from __future__ import annotations

import os
import sys

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.detached_data import require_plain_data
from OVCFRiskLib.reading.text_header import read_text_header

META = "ObjectType = Image\nNDims = 3\nDimSize = 4 5 3\nElementType = MET_SHORT\nElementSpacing = 1 1 1\n"
NRRD = "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 5 3\nspacings: 1 1 1\nencoding: raw\nendian: little\n"
VOXELS = np.random.default_rng(0).integers(-900, 900, (3, 5, 4)).astype("<i2")

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="pipes and devices are those of Linux")


@linux_only
@pytest.mark.parametrize(
    ("header", "line"),
    [
        (META, "ElementDataFile = {}\n"),
        (META, "ElementDataFile: {}\n"),
        (META, "ElementDataFile = LIST\nsound.raw\n{}\nsound.raw\n"),
        (META, "ElementDataFile = LIST 2\nsound.raw\nsound.raw\n{}\n"),
        (NRRD, "data file: {}\n"),
        (NRRD, "Datafile: {}\n\n"),
        (NRRD, "data file: LIST\nsound.raw\n{}\n"),
        (NRRD.replace("\n", "\r"), "data file: {}"),
    ],
)
@pytest.mark.parametrize("is_attached", [False, True], ids=["header alone", "name of a whole file"])
@pytest.mark.parametrize("target", ["/dev/zero", "pipe1"])
def test_devices_and_pipes_are_refused(tmp_path, header, line, is_attached, target):
    os.mkfifo(tmp_path / "pipe1")
    suffix = {(True, True): "nrrd", (True, False): "nhdr", (False, True): "mha", (False, False): "mhd"}
    path = tmp_path / f"ct.{suffix[header[0] == 'N', is_attached]}"
    path.write_bytes((header + line.format(target)).encode())
    with pytest.raises(OVCFRiskError, match=f"names '{target}' as the file of its voxels, which is a device, pipe"):
        read_ct(path)


@linux_only
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ct.mhd", f"{META}ElementDataFile = pipe%d 0 2 1\n"),
        ("ct.mhd", f"{META}ElementDataFile = pipe%01i -1 3 2\n"),
        ("ct.nhdr", f"{NRRD}data file: pipe%d 0 2 1\n"),
        ("ct.nhdr", f"{NRRD}data file: pipe%d 3 1 -1\n"),
        ("ct.nhdr", f"{NRRD}data file: pipe%d 1 3 1 2\n"),
    ],
)
def test_patterns_are_followed(tmp_path, name, text):
    os.mkfifo(tmp_path / "pipe1")
    (tmp_path / name).write_text(text)
    with pytest.raises(OVCFRiskError, match="names 'pipe1' as the file of its voxels"):
        read_ct(tmp_path / name)


@pytest.fixture
def planes(tmp_path):
    """Files of one plane each, of which the first three are those of `VOXELS`."""
    for number in range(9):
        (tmp_path / f"p{number}.raw").write_bytes(VOXELS[number % 3].tobytes())
    (tmp_path / "ct.raw").write_bytes(VOXELS.tobytes())


@pytest.mark.usefixtures("planes")
@pytest.mark.parametrize(
    "named",
    [
        *("p%d.raw 0 1 1", "p%d.raw 0 8 1", "p%d.raw 2 0 -1", "p%d.raw 0 2", "p%d.raw 0", "p%d.raw", "p%d.raw 0 2 1 2"),
        *("p%d.raw 0 2 0", "p%d.raw 2 0 1", "p%d.raw 0 9999999 1", "p%s.raw 0 2 1", "p%d%d.raw 0 2 1", "p%n.raw 0 2 1"),
        *("LIST", "LIST\np0.raw\np1.raw", "LIST\np0.raw\np1.raw\np2.raw\np3.raw", "LIST 1\np0.raw\np1.raw\np2.raw\n"),
        *("LIST 99\nct.raw", "LIST\np0.raw\np1.raw\n" + "x" * 5000),
    ],
)
def test_of_a_metaimage_each_plane_has_its_file(tmp_path, named):
    # ITK gives old memory for planes without a file, and ends the process at some of these
    (tmp_path / "ct.mhd").write_text(f"{META}ElementDataFile = {named}\n")
    with pytest.raises(OVCFRiskError, match="or of one for each plane"):
        read_ct(tmp_path / "ct.mhd")


def test_a_long_name_in_the_list_of_an_nrrd(tmp_path):
    (tmp_path / "ct.nhdr").write_text(f"{NRRD}data file: LIST\np0.raw\np1.raw\n{'x' * 5000}\n")  # ITK ends the process
    header = read_text_header(tmp_path / "ct.nhdr")
    with pytest.raises(OVCFRiskError, match="or of one for each plane"):
        require_plain_data(tmp_path / "ct.nhdr", header)


@pytest.mark.usefixtures("planes")
def test_planes_of_their_own_are_not_compressed(tmp_path):
    (tmp_path / "ct.mhd").write_text(f"{META}CompressedData = True\nElementDataFile = p%d.raw 0 2 1\n")
    with pytest.raises(OVCFRiskError, match="or of one for each plane"):
        read_ct(tmp_path / "ct.mhd")


@pytest.mark.usefixtures("planes")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ct.mhd", f"{META}ElementDataFile = ct.raw\n"),
        ("ct.mhd", f"{META}ElementDataFile = p%d.raw 0 2 1\n"),
        ("ct.mhd", f"{META}ElementDataFile = p%01d.raw 3 5 1\n"),
        ("ct.mhd", f"{META}ElementDataFile = LIST\np0.raw\np1.raw\np2.raw\n"),
        ("ct.mha", f"{META}ElementDataFile = LIST 2\np0.raw\np1.raw\np2.raw\n"),
        ("ct.nhdr", f"{NRRD}data file: ct.raw\n"),
        ("ct.nhdr", f"{NRRD}data file: p%d.raw 0 2 1 2\n"),
        ("ct.nhdr", f"{NRRD}data file: LIST 2\np0.raw\np1.raw\np2.raw\n"),
    ],
)
def test_sound_files_are_read(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    assert np.array_equal(sitk.GetArrayViewFromImage(read_ct(tmp_path / name)), VOXELS)


@pytest.mark.parametrize("named", ["LIST\np0.raw\np1.raw\np2.raw\n", "p%d.raw 0 2 1\n", "ct.raw\n"])
def test_a_metaimage_without_sizes_is_damaged(tmp_path, named):
    header = META.replace("DimSize = 4 5 3\n", "")
    (tmp_path / "ct.mhd").write_text(f"{header}ElementDataFile = {named}")
    with pytest.raises(OVCFRiskError, match=r"its header is damaged \(no sizes\)"):
        read_ct(tmp_path / "ct.mhd")
