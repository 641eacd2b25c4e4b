"""Planes of NRRD and MetaImage files are the voxels that ITK reads."""

import gzip
import zlib

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import open_ct, read_ct
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.detached_data import data_files
from OVCFRiskLib.reading.text_header import read_text_header
from OVCFRiskLib.reading.text_volume import META_TYPES, NRRD_TYPES, text_layout, text_planes
from OVCFRiskLib.reading.volume_file import read_volume_file

TYPES = ["i1", "u1", "i2", "u2", "i4", "u4", "f4", "f8"]
SHAPE = (7, 5, 4)


def voxels_of(kind):
    random = np.random.default_rng(0)
    return np.rint(random.uniform(-100, 100, SHAPE) if kind[0] != "u" else random.uniform(0, 200, SHAPE)).astype(kind)


def layout_of(path):
    return text_layout(read_text_header(path))


def read_in_planes(path, piece_bytes=1):
    header = read_text_header(path)
    return np.concatenate(list(text_planes(path, data_files(path, header), text_layout(header), piece_bytes)))


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
@pytest.mark.parametrize("kind", TYPES)
def test_files_of_itk(tmp_path, kind, suffix, is_compressed):
    path = tmp_path / f"ct{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(voxels_of(kind)), str(path), is_compressed)
    for piece_bytes in (1, 100, 10**6):
        planes = read_in_planes(path, piece_bytes)
        assert planes.dtype == np.dtype(kind)
        assert np.array_equal(planes, sitk.GetArrayFromImage(sitk.ReadImage(str(path))))


@pytest.mark.parametrize("endian", ["big", "little"])
@pytest.mark.parametrize("encoding", ["raw", "gzip"])
@pytest.mark.parametrize("name", [name for name, kind in NRRD_TYPES.items() if kind == "i2"])
def test_names_and_byte_orders_of_nrrd(tmp_path, name, encoding, endian):
    voxels = voxels_of("i2")
    data = voxels.astype(">i2" if endian == "big" else "<i2").tobytes()
    header = f"NRRD0004\n# a comment: of it\ntype: {name}\ndimension: 3\nsizes: 4 5 7\nencoding: {encoding}\n"
    header += f"endian: {endian}\nkey:=type: double\n\n"
    path = tmp_path / "ct.nrrd"
    path.write_bytes(header.encode() + (gzip.compress(data) if encoding == "gzip" else data))
    assert np.array_equal(read_in_planes(path), voxels)
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), voxels)


@pytest.mark.parametrize("is_big", [True, False])
@pytest.mark.parametrize("is_compressed", [True, False])
@pytest.mark.parametrize("name", [name for name, kind in META_TYPES.items() if kind == "i2"])
def test_byte_orders_of_metaimage(tmp_path, name, is_compressed, is_big):
    voxels = voxels_of("i2")
    data = voxels.astype(">i2" if is_big else "<i2").tobytes()
    data = zlib.compress(data) if is_compressed else data
    header = f"ObjectType = Image\nNDims = 3\nBinaryData = True\nBinaryDataByteOrderMSB = {is_big}\n"
    header += f"CompressedData = {is_compressed}\n"
    header += f"CompressedDataSize = {len(data)}\n" if is_compressed else ""
    header += f"DimSize = 4 5 7\nElementSpacing = 1 1 1\nElementType = {name}\nElementDataFile = LOCAL\n"
    path = tmp_path / "ct.mha"
    path.write_bytes(header.encode() + data)
    assert np.array_equal(read_in_planes(path), voxels)
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), voxels)


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("suffix", [".nrrd", ".mha"])
def test_missing_voxels_are_an_error(tmp_path, suffix, is_compressed):
    path = tmp_path / f"ct{suffix}"
    random = np.random.default_rng(0).integers(-1000, 1000, SHAPE, np.int16)
    sitk.WriteImage(sitk.GetImageFromArray(random), str(path), is_compressed)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(OVCFRiskError, match="cut or damaged"):
        read_in_planes(path)


def test_damaged_compression_is_an_error(tmp_path):
    path = tmp_path / "ct.mha"
    sitk.WriteImage(sitk.GetImageFromArray(voxels_of("i2")), str(path), True)
    content = bytearray(path.read_bytes())
    start = layout_of(path).start
    content[start + 10 : start + 20] = b"\xff" * 10
    path.write_bytes(content)
    with pytest.raises(OVCFRiskError, match="cut or damaged"):
        read_in_planes(path)


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("suffix", [".nhdr", ".mhd"])
@pytest.mark.parametrize("kind", TYPES)
def test_voxels_in_another_file(tmp_path, kind, suffix, is_compressed):
    path = tmp_path / f"ct{suffix}"
    sitk.WriteImage(sitk.GetImageFromArray(voxels_of(kind)), str(path), is_compressed)
    for piece_bytes in (1, 100, 10**6):
        assert np.array_equal(read_in_planes(path, piece_bytes), sitk.GetArrayFromImage(sitk.ReadImage(str(path))))
    (data,) = (name for name in tmp_path.iterdir() if name != path)
    data.write_bytes(data.read_bytes()[:-9])
    with pytest.raises(OVCFRiskError, match="cut or damaged"):
        read_in_planes(path)


NRRD = "NRRD0004\ntype: short\ndimension: 3\nsizes: 4 5 7\nencoding: raw\nendian: little\n"
META = "ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = 4 5 7\nElementSpacing = 1 1 1\n"
META += "ElementType = MET_SHORT\n"


@pytest.mark.parametrize(
    ("header", "before", "behind"),
    [
        (f"{NRRD}byte skip: 10\ndata file: ct.raw\n", 10, 0),
        (f"{NRRD}byteskip: -1\ndata file: ct.raw\n", 33, 0),
        (f"{NRRD}data file: ct.raw\n", 0, 12),
        (f"{META}HeaderSize = 10\nElementDataFile = ct.raw\n", 10, 4),
        (f"{META}HeaderSize = -1\nElementDataFile = ct.raw\n", 33, 0),
        (f"{META}HeaderSize = 0\nElementDataFile = ct.raw\n", 0, 12),
        (f"{META}ElementDataFile = ct.raw\n", 0, 12),
    ],
)
def test_what_lies_before_and_behind_the_voxels(tmp_path, header, before, behind):
    path = tmp_path / ("ct.nhdr" if header.startswith("NRRD") else "ct.mhd")
    path.write_text(header)
    voxels = voxels_of("i2")
    (tmp_path / "ct.raw").write_bytes(
        b"\x11" * before + voxels.astype("<i2").tobytes() + bytes(behind)
    )  # zeros fill up a block
    assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), voxels)
    assert np.array_equal(read_in_planes(path), voxels)


@pytest.mark.parametrize("header", [f"{NRRD}data file: ct.raw\n", f"{META}ElementDataFile = ct.raw\n"])
@pytest.mark.parametrize("is_before", [True, False])
def test_bytes_that_the_header_does_not_know_of_are_an_error(tmp_path, header, is_before):
    # the header of another format before the voxels, or fewer of them than there are: all would be shifted
    path = tmp_path / ("ct.nhdr" if header.startswith("NRRD") else "ct.mhd")
    path.write_text(header)
    more, voxels = b"\x01\x02" * 10, voxels_of("i2").astype("<i2").tobytes()
    (tmp_path / "ct.raw").write_bytes(more + voxels if is_before else voxels + more)
    with pytest.raises(OVCFRiskError, match="20 bytes behind the voxels: sizes, type or skip in the header do not fit"):
        read_in_planes(path)


@pytest.mark.parametrize(
    "header",
    [
        f"{NRRD}data file: LIST\n" + "".join(f"ct{n}.raw\n" for n in range(7)),
        f"{NRRD}data file: ct%d.raw 0 6 1\n",
        f"{META}ElementDataFile = LIST\n" + "".join(f"ct{n}.raw\n" for n in range(7)),
        f"{META}ElementDataFile = ct%d.raw 0 6 1\n",
    ],
)
@pytest.mark.parametrize("fault", ["", "cut", "absent"])
def test_a_file_for_each_plane(tmp_path, header, fault):
    path = tmp_path / ("ct.nhdr" if header.startswith("NRRD") else "ct.mhd")
    path.write_text(header)
    voxels = voxels_of("i2")
    for number, plane in enumerate(voxels):
        (tmp_path / f"ct{number}.raw").write_bytes(plane.astype("<i2").tobytes())
    if not fault:
        assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(path))), voxels)
        assert np.array_equal(read_in_planes(path, 10**6), voxels)
        return
    if fault == "cut":
        (tmp_path / "ct5.raw").write_bytes(bytes(39))
    else:
        (tmp_path / "ct5.raw").unlink()
    with pytest.raises(OVCFRiskError, match=r"file 6 of 7 of its voxels\); copy or export it again"):
        read_in_planes(path)


@pytest.mark.parametrize(
    "field",
    [
        "byte skip: 4",
        "line skip: 1",
        "data file: ct.raw\nline skip: 1",
        "data file: ct.raw\nbyte skip: 4\nbyteskip: 4",
        "data file: ct.raw.gz\nbyte skip: 4\nencoding: gzip",
        "encoding: ascii",
        "type: block",
        "dimension: 2\nsizes: 20 7",
    ],
)
def test_other_layouts_are_left_to_itk(tmp_path, field):
    path = tmp_path / "ct.nrrd"
    fields = {"type": "short", "dimension": "3", "sizes": "4 5 7", "encoding": "raw", "endian": "little"}
    fields |= dict(line.split(": ") for line in field.split("\n"))
    header = "".join(f"{name}: {value}\n" for name, value in fields.items())
    path.write_bytes(b"NRRD0004\n" + header.encode() + b"\n" + bytes(280))
    assert layout_of(path) is None


def compressed_metaimage(path, voxels, data, is_detached, says=()):
    """Write what ITK writes, but with fields of its own about the compression."""
    columns, rows, planes = voxels.shape[::-1]
    header = f"ObjectType = Image\nNDims = 3\nBinaryData = True\nDimSize = {columns} {rows} {planes}\n"
    header += "".join(f"{line}\n" for line in ("CompressedData = True", *says, "ElementSpacing = 1 1 1"))
    header += "ElementType = MET_SHORT\nElementDataFile = "
    if is_detached:
        path.with_suffix(".zraw").write_bytes(data)
    path.write_bytes(header.encode() + (b"ct.zraw\n" if is_detached else b"LOCAL\n" + data))


@pytest.mark.parametrize("read", [read_ct, lambda path: read_volume_file(path)[0]], ids=["ct", "any volume"])
@pytest.mark.parametrize("is_detached", [False, True])
@pytest.mark.parametrize("fault", ["none", "cut", "planes are missing", "damaged", "size is too small"])
def test_compressed_voxels_are_all_there(tmp_path, read, is_detached, fault):
    # of what is missing ITK would give zeros, or what stood in the memory before
    voxels = np.random.default_rng(0).integers(-1000, 1500, (20, 30, 40)).astype("<i2")
    data = zlib.compress(voxels.tobytes())
    if fault == "cut":
        data = data[:-2000]
    elif fault == "planes are missing":
        data = zlib.compress(voxels[:-3].tobytes())
    elif fault == "damaged":
        data = data[:9000] + bytes(100) + data[9100:]
    path = tmp_path / ("ct.mhd" if is_detached else "ct.mha")
    size = len(data) - 5000 * (fault == "size is too small")
    compressed_metaimage(path, voxels, data, is_detached, [f"CompressedDataSize = {size}"])
    if fault == "none":
        assert np.array_equal(sitk.GetArrayFromImage(read(path)), voxels)
    else:
        with pytest.raises(OVCFRiskError, match="cut or damaged"):
            read(path)


def test_compressed_voxels_without_their_size(tmp_path):
    # a file of its own needs none; behind the header ITK unpacks nothing without it, and says so on the terminal alone
    voxels = np.random.default_rng(0).integers(-1000, 1500, (20, 30, 40)).astype("<i2")
    data = zlib.compress(voxels.tobytes())
    compressed_metaimage(tmp_path / "ct.mhd", voxels, data, True)
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(tmp_path / "ct.mhd")), voxels)
    (tmp_path / "ct.zraw").write_bytes(data[:-500])
    with pytest.raises(OVCFRiskError, match="cut or damaged"):
        read_ct(tmp_path / "ct.mhd")
    compressed_metaimage(tmp_path / "ct.mha", voxels, data, False)
    for read in (read_ct, open_ct, read_volume_file):
        with pytest.raises(OVCFRiskError, match="no 'CompressedDataSize'"):
            read(tmp_path / "ct.mha")


@pytest.mark.parametrize("read", [read_ct, open_ct, read_volume_file])
@pytest.mark.parametrize("is_detached", [False, True])
@pytest.mark.parametrize("size", ["-5", "-1", "0", "1.5", "1e14"])
def test_compressed_voxels_of_a_size_that_cannot_be(tmp_path, read, is_detached, size):
    # ITK reserves what is said
    voxels = np.random.default_rng(0).integers(-1000, 1500, (20, 30, 40)).astype("<i2")
    path = tmp_path / ("ct.mhd" if is_detached else "ct.mha")
    compressed_metaimage(path, voxels, zlib.compress(voxels.tobytes()), is_detached, [f"CompressedDataSize = {size}"])
    with pytest.raises(OVCFRiskError, match="damaged"):
        read(path)


def test_a_rounded_size_of_compressed_voxels_will_do(tmp_path):
    voxels = np.random.default_rng(0).integers(-1000, 1500, (20, 30, 40)).astype("<i2")
    data = zlib.compress(voxels.tobytes())
    path = tmp_path / "ct.mha"
    compressed_metaimage(path, voxels, data, False, [f"CompressedDataSize = {1.1 * len(data):.3g}"])
    assert np.array_equal(read_in_planes(path), voxels)
