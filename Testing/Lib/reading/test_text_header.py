"""Text headers that end ITK's process are refused first; every header that ITK writes is let through."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.text_header import FIRST_PIECE_BYTES, LONGEST_HEADER_BYTES, read_text_header


@pytest.fixture
def ct():
    image = sitk.GetImageFromArray(np.random.default_rng(0).integers(-1000, 1500, (6, 12, 10)).astype(np.int16))
    image.SetSpacing((0.7, 0.7, 1.25))
    image.SetOrigin((-1.5e2, 3e-7, 4.0))
    return image


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.nhdr", "ct.mha", "ct.mhd"])
@pytest.mark.parametrize("compress", [False, True])
@pytest.mark.parametrize("kind", [sitk.sitkInt16, sitk.sitkFloat32, sitk.sitkVectorUInt8])
def test_what_itk_writes_is_sound(ct, tmp_path, name, compress, kind):
    image = sitk.Cast(ct, kind) if kind != sitk.sitkVectorUInt8 else sitk.Compose([sitk.Cast(ct, sitk.sitkUInt8)] * 3)
    sitk.WriteImage(image, str(tmp_path / name), compress)
    header = read_text_header(tmp_path / name)
    assert header.fields["sizes" if header.is_nrrd else "dimsize"].endswith("10 12 6")
    assert bool(header.data_file) == name.endswith("hd" + "r" * header.is_nrrd)


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.mha"])
def test_fields_of_ones_own_may_be_long(ct, tmp_path, name):
    ct.SetMetaData("Segment0_Tags", "Segmentation.Status:inprogress|" * 50)
    ct.SetMetaData("0008|0060", "CT")
    sitk.WriteImage(ct, str(tmp_path / name))
    assert read_ct(tmp_path / name).GetSize() == ct.GetSize()


def test_other_files_have_no_such_header(tmp_path):
    (tmp_path / "ct.nii").write_bytes(b"anything")
    (tmp_path / "folder.mha").mkdir()
    for name in ("ct.nii", "absent.mha", "folder.mha"):
        assert read_text_header(tmp_path / name) is None


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_fields_of_an_nrrd(tmp_path, end):
    lines = [
        "NRRD0005",
        "# sizes: 1",
        "Type:  short ",
        "dimension: 2",
        "key:=type: double",
        "sizes: 4 5",
        "encoding: raw",
        "",
        "",
    ]
    (tmp_path / "ct.nrrd").write_bytes(end.join(lines).encode() + b"type: float")
    header = read_text_header(tmp_path / "ct.nrrd")
    assert header.is_nrrd
    assert header.fields == {"type": "short", "dimension": "2", "sizes": "4 5", "encoding": "raw"}
    assert header.end == len(end.join(lines))
    assert header.data_file == ""


@pytest.mark.parametrize("sign", [" = ", ": ", "="])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_fields_of_a_metaimage(tmp_path, end, sign):
    lines = [f"{name}{sign}{value}" for name, value in (("NDims", "2"), ("DimSize", "4 5"), ("Comment", "a = b: c"))]
    text = end.join([*lines, f"ElementDataFile{sign}LOCAL", ""])
    (tmp_path / "ct.MHA").write_bytes(text.encode() + b"NDims = 9\n")
    header = read_text_header(tmp_path / "ct.MHA")
    assert not header.is_nrrd
    assert header.fields == {"ndims": "2", "dimsize": "4 5", "comment": "a = b: c", "elementdatafile": "LOCAL"}
    assert header.end == len(text)
    assert header.data_file == ""


@pytest.mark.parametrize("sign", [" = ", ": "])
def test_a_colon_does_for_the_sign_as_it_does_for_itk(ct, tmp_path, sign):
    path = tmp_path / "ct.mha"
    sitk.WriteImage(ct, str(path))
    header, end, voxels = path.read_bytes().partition(b"LOCAL\n")
    path.write_bytes(header.replace(b" = ", sign.encode()) + end + voxels)
    for image in (sitk.ReadImage(str(path)), read_ct(path)):
        assert np.array_equal(sitk.GetArrayViewFromImage(image), sitk.GetArrayViewFromImage(ct))


@pytest.mark.parametrize("length", [1, FIRST_PIECE_BYTES - 40, FIRST_PIECE_BYTES, 5 * FIRST_PIECE_BYTES])
def test_the_end_of_a_long_header_is_found(tmp_path, length):
    start, end = b"NRRD0004\n# " + b"x" * length, b"\ndimension: 1\nsizes: 4\n\n"
    (tmp_path / "ct.nrrd").write_bytes(start + end + b"voxels")
    assert read_text_header(tmp_path / "ct.nrrd").end == len(start + end)


def test_no_more_is_read_than_the_longest_header_has(tmp_path):
    with (tmp_path / "ct.mha").open("wb") as file:
        file.write(b"NDims = 3\nDimSize = 1 1 1\n" + b"A = \n" * 1000)
        file.seek(2 * LONGEST_HEADER_BYTES)
        file.write(b"\nElementDataFile = LOCAL\n")
    with pytest.raises(OVCFRiskError, match="its header is damaged"):
        read_text_header(tmp_path / "ct.mha")


@pytest.mark.parametrize(
    ("name", "lines", "file", "listed"),
    [
        ("ct.nhdr", "data file: a.raw", "a.raw", ()),
        ("ct.nrrd", "datafile: a.raw\nspacings: 1 1 1\n", "a.raw", ()),
        ("ct.nhdr", "data file: LIST 2\na.raw\nb: c.raw\n", "LIST 2", ("a.raw", "b: c.raw")),
        ("ct.nhdr", "data file: LIST\na.raw", "LIST", ("a.raw",)),
        ("ct.mhd", "ElementDataFile = a b.raw\n", "a b.raw", ()),
        ("ct.mha", "ElementDataFile = a.raw", "a.raw", ()),
        ("ct.mha", "ElementDataFile = LIST 2\na.raw\n b.raw\n\nc.raw", "LIST 2", ("a.raw", "b.raw")),
        ("ct.mhd", "elementdatafile = local\n", "", ()),
    ],
)
def test_files_of_voxels_are_named(tmp_path, name, lines, file, listed):
    is_nrrd = name[3] == "n"
    start = "NRRD0004\ndimension: 3\nsizes: 1 1 1\n" if is_nrrd else "NDims = 3\nDimSize = 1 1 1\n"
    (tmp_path / name).write_text(start + lines)
    header = read_text_header(tmp_path / name)
    assert (header.data_file, header.data_list) == (file, listed)
    assert header.is_list == bool(listed)


def refuse_damaged(ct, path, old, new):
    """Write a CT, damage one field of its header, and expect the refusal."""
    sitk.WriteImage(ct, str(path))
    data = path.read_bytes()
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new.encode(), 1))
    with pytest.raises(OVCFRiskError, match="its header is damaged"):
        read_ct(path)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("NDims = 3", "NDims = " + "9" * 40),
        ("NDims = 3", "NDims = -1"),
        ("NDims = 3", "NDims = 100"),
        ("DimSize = 10 12 6", "DimSize = 10 12"),
        ("DimSize = 10 12 6", "DimSize = 10 12 " + "9" * 40),
        ("DimSize = 10 12 6", "DimSize = 10 12 -6"),
        ("TransformMatrix = 1 0 0 0 1 0 0 0 1", "TransformMatrix = 1 0"),
        ("TransformMatrix = 1 0 0 0 1 0 0 0 1", "TransformMatrix = " + "1 " * 20),
        ("CenterOfRotation = 0 0 0", "CenterOfRotation = 0 0 " + "x" * 20_000),
        ("CenterOfRotation = 0 0 0", "CenterOfRotation = 0 0 1e308"),
        ("BinaryData = True", "\x00\x01 = True"),
        ("BinaryData = True", "BinaryData = " + "T" * 5000),
        ("NDims = 3\n", ""),
    ],
)
def test_metaimage(ct, tmp_path, old, new):
    refuse_damaged(ct, tmp_path / "ct.mha", old, new)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("dimension: 3", "dimension: " + "9" * 40),
        ("dimension: 3", "dimension: 16"),
        ("sizes: 10 12 6", "sizes: 10 12"),
        ("sizes: 10 12 6", "sizes: 10 12 " + "9" * 30),
        ("space directions: ", "space directions: " + "[" * 300),
        ("space directions: ", "space directions: (nonsense,0,0) "),
        ("space origin: ", "space origin: (1e400,0,0) "),
        ("encoding: ", "encoding: " + "x" * 20_000),
        ("type: short", "\x07type: short"),
        ("dimension: 3", "dimension: " + "9" * 40 + " :="),
    ],
)
def test_nrrd(ct, tmp_path, old, new):
    refuse_damaged(ct, tmp_path / "ct.nrrd", old, new)
