"""NIfTI files that are wrong in one thing: read as they were meant, or refused; never other voxels or places."""

import gzip
import math
import struct

import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import read_ct_and_acquisition


@pytest.fixture(scope="module")
def ct(damaged_ct):
    return damaged_ct.sound_ct()


NAN, INF = math.nan, math.inf
REST = "more behind them that are not 0"
POSITIVE = "sizes of voxels above 0"
SCALE = "expected a slope above 0"
# name -> (offset and format and values, what comes of it)
NIFTI = {
    "columns, one less": ([(42, "h", 23)], REST),
    "rows, one less": ([(44, "h", 25)], REST),
    "slices, one less": ([(46, "h", 39)], REST),
    "slices, one more": ([(46, "h", 41)], "is cut"),
    "no columns": ([(42, "h", 0)], "header"),
    "columns below 0": ([(42, "h", -24)], "header"),
    "two axes": ([(40, "h", 2)], "one 3D volume|" + REST),
    "two times": ([(40, "h", 4), (46, "h", 20), (48, "h", 2)], "one 3D volume"),
    "a size of 0 beside the sform": ([(80, "f", 0.0)], "same"),
    "a size below 0": ([(80, "f", -0.7)], POSITIVE),
    "an infinite size beside the sform": ([(88, "f", INF)], "same"),
    "no form and a size of 0": ([(252, "hh", 0, 0), (80, "f", 0.0)], "expected the size of the voxels"),
    "no form and a size below 0": ([(252, "hh", 0, 0), (88, "f", -1.25)], POSITIVE),
    "no form and a size of NaN": ([(252, "hh", 0, 0), (88, "f", NAN)], "expected the size of the voxels"),
    "empty sform": ([(280, "12f", *[0.0] * 12)], "same"),
    "NaN in the sform": ([(280, "f", NAN)], "same"),
    "a place beyond any room": ([(252, "h", 0), (292, "f", 1e20)], "within 100 m|cannot be read"),
    "a place beyond any room, and the qform's": ([(292, "f", 1e20)], "within 100 m"),
    "a quaternion that is none": ([(254, "h", 0), (256, "f", 2.0)], "expected a rotation"),
    "a quaternion of NaN": ([(254, "h", 0), (256, "f", NAN)], "perpendicular|rotation"),
    "no slope": ([(112, "ff", 0.0, 0.0)], "same"),
    "no slope, an intercept": ([(112, "ff", 0.0, 5.0)], "same"),
    "a scale of less than can be told": ([(112, "ff", 1.0, 1e-41)], "same"),
    "a slope below 0": ([(112, "ff", -1.0, 0.0)], SCALE),
    "a slope of NaN, as nibabel's headers begin": ([(112, "ff", NAN, NAN)], "same"),
    "a slope of NaN, an intercept": ([(112, "ff", NAN, 5.0)], "same"),
    "no slope, an intercept of NaN": ([(112, "ff", 0.0, NAN)], "same"),
    "an infinite slope": ([(112, "ff", INF, 0.0)], SCALE),
    "an intercept of NaN": ([(112, "ff", 1.0, NAN)], SCALE),
    "a slope of nothing": ([(112, "ff", 1e-30, 0.0)], SCALE),
    "a slope of 1000": ([(112, "ff", 1000.0, 0.0)], "denser than bone"),
    "unsigned": ([(70, "hh", 512, 16)], "intercept"),
    "one byte": ([(70, "hh", 2, 8)], REST),
    "one byte said to be two": ([(70, "hh", 2, 16)], "expected|cannot be read"),
    "four bytes": ([(70, "hh", 8, 32)], "is cut"),
    "colours": ([(70, "hh", 128, 24)], "expected|cannot be read"),
    "no type": ([(70, "hh", 0, 16)], "expected|cannot be read"),
    "voxels begin in the header": ([(108, "f", 350.0)], "header"),
    "voxels begin nowhere": ([(108, "f", 0.0)], "header"),
    "voxels begin later": ([(108, "f", 354.0)], "is cut"),
    "voxels begin between bytes": ([(108, "f", 352.5)], "header"),
    "metres": ([(80, "3f", 0.0007, 0.0008, 0.00125), (252, "hh", 0, 0)], "expected voxels of"),
    "micrometres": ([(80, "3f", 700.0, 800.0, 1250.0), (252, "hh", 0, 0)], "expected voxels of"),
}


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("name", NIFTI)
def test_nifti(ct, tmp_path, name, is_compressed, damaged_ct):
    changes, expected = NIFTI[name]
    sitk.WriteImage(ct, str(tmp_path / "plain.nii"))
    data = bytearray((tmp_path / "plain.nii").read_bytes())
    for offset, kind, *values in changes:
        struct.pack_into(f"<{kind}", data, offset, *values)
    path = tmp_path / ("ct.nii.gz" if is_compressed else "ct.nii")
    path.write_bytes(gzip.compress(data, 1) if is_compressed else data)
    damaged_ct.assert_outcome(path, expected)


@pytest.mark.parametrize("codes", [(q, s) for q in (1, 2, 4) for s in (1, 2, 3, 4)])
@pytest.mark.parametrize("version", [1, 2])
def test_the_place_is_the_sforms_whatever_its_code(ct, tmp_path, codes, version, damaged_ct):
    # which of the two forms ITK takes depends on their codes
    path = tmp_path / "ct.nii"
    sitk.WriteImage(ct, str(path))
    data = bytearray(path.read_bytes())
    struct.pack_into("<hh", data, 252, *codes)
    struct.pack_into("<f", data, 292, -damaged_ct.ORIGIN[0] + 30.0)
    if version == 2:
        data = as_second_version(bytes(data))
    path.write_bytes(data)
    damaged_ct.assert_outcome(path, "same", (damaged_ct.ORIGIN[0] - 30.0, *damaged_ct.ORIGIN[1:]))
    for read in (read_ct_and_acquisition, damaged_ct.read_as_stream):
        assert any("30 mm apart; the sform counted" in note for note in read(path)[1].notes)


def as_second_version(data):
    """The same file as NIfTI-2, whose fields are wider and lie elsewhere."""
    header = bytearray(544)
    struct.pack_into("<i8s", header, 0, 540, b"n+2\x00\r\n\x1a\n")
    struct.pack_into("<2h", header, 12, *struct.unpack_from("<2h", data, 70))
    for kind, wide, source, target, count in (
        *(("h", "q", 40, 16, 8), ("f", "d", 76, 104, 8), ("f", "d", 112, 176, 2), ("h", "i", 252, 344, 2)),
        *(("f", "d", 256, 352, 6), ("f", "d", 280, 400, 12)),
    ):
        struct.pack_into(f"<{count}{wide}", header, target, *struct.unpack_from(f"<{count}{kind}", data, source))
    struct.pack_into("<q", header, 168, 544)
    return bytes(header) + data[352:]


def members(data):
    return {
        "two members": (gzip.compress(data[:9000]) + gzip.compress(data[9000:]), "same"),
        "a member for the header": (gzip.compress(data[:352]) + gzip.compress(data[352:]), "same"),
        "zeros behind": (gzip.compress(data) + bytes(512), "same"),
        "letters behind": (gzip.compress(data) + b"letters", "damaged"),
        "another sum": (gzip.compress(data)[:-8] + b"aaaa" + gzip.compress(data)[-4:], "damaged"),
        "the sum cut": (gzip.compress(data)[:-6], "damaged"),
        "cut": (gzip.compress(data)[:-300], "damaged"),
        "the file twice": (gzip.compress(data) * 2, REST),
        "not compressed": (data, "same"),
        "empty": (b"", "empty"),
    }


@pytest.mark.parametrize("name", members(b""))
def test_gzip_members(ct, tmp_path, name, damaged_ct):
    sitk.WriteImage(ct, str(tmp_path / "plain.nii"))
    content, expected = members((tmp_path / "plain.nii").read_bytes())[name]
    (tmp_path / "ct.nii.gz").write_bytes(content)
    damaged_ct.assert_outcome(tmp_path / "ct.nii.gz", expected)
