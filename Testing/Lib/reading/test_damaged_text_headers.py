"""NRRD and MetaImage files that are wrong in one thing: read as they were meant, or refused; never other voxels."""

import gzip
import zlib

import pytest

from OVCFRiskLib.errors import OVCFRiskError

NRRD = {
    "type": "short",
    "dimension": "3",
    "space": "left-posterior-superior",
    "sizes": "24 26 40",
    "space directions": "(0.7,0,0) (0,0.8,0) (0,0,1.25)",
    "endian": "little",
    "encoding": "raw",
    "space origin": "(-100.5,20.25,-900.125)",
}
META = {
    "ObjectType": "Image",
    "NDims": "3",
    "BinaryData": "True",
    "BinaryDataByteOrderMSB": "False",
    "TransformMatrix": "1 0 0 0 1 0 0 0 1",
    "Offset": "-100.5 20.25 -900.125",
    "ElementSpacing": "0.7 0.8 1.25",
    "DimSize": "24 26 40",
    "ElementType": "MET_SHORT",
}
BEHIND = "bytes behind the voxels"
DAMAGED = "cut or damaged|cannot be read"
NRRD_FAULTS = {
    "nothing": ({}, "same"),
    **{f"sizes {sizes}": ({"sizes": sizes}, BEHIND) for sizes in ("23 26 40", "24 25 40", "24 26 39")},
    **{f"sizes {sizes}": ({"sizes": sizes}, DAMAGED) for sizes in ("24 26 41", "0 26 40", "-24 26 40", "24 26")},
    **{
        f"a voxel of {size}": (
            {"space directions": f"({size},0,0) (0,0.8,0) (0,0,1.25)"},
            "expected voxels|cannot be read",
        )
        for size in ("0", "nan", "1e9", "0.0007", "x")
    },
    "no directions": ({"space directions": None}, "expected the size of the voxels"),
    "one direction": ({"space directions": "(0.7,0,0) none (0,0,1.25)"}, "expected the size of the voxels"),
    "axes on each other": ({"space directions": "(0.7,0,0) (0.7,0,0) (0,0,1.25)"}, "perpendicular|cannot be read"),
    "slanting axes": ({"space directions": "(0.7,0,0) (0.3,0.8,0) (0,0,1.25)"}, "perpendicular|cannot be read"),
    "far away": ({"space origin": "(1e9,20.25,-900.125)"}, "within 100 m"),
    "metres": ({"space units": '"m" "m" "m"'}, "export them in mm"),
    "micrometres": ({"space units": '"um" "um" "um"'}, "export them in mm"),
    "millimetres": ({"space units": '"mm" "mm" "mm"'}, "same"),
    "units left open": ({"space units": '"" "?" "???"'}, "same"),
    "bytes the other way round": ({"endian": "big"}, "denser than bone"),
    "unsigned": ({"type": "ushort"}, "intercept"),
    "one byte": ({"type": "signed char"}, BEHIND),
    "four bytes": ({"type": "int"}, DAMAGED),
    "a skip below 0": ({"byte skip": "-5"}, "bytes to skip"),
}
META_FAULTS = {
    "nothing": ({}, "same"),
    **{f"sizes {sizes}": ({"DimSize": sizes}, BEHIND) for sizes in ("23 26 40", "24 25 40", "24 26 39")},
    **{f"sizes {sizes}": ({"DimSize": sizes}, DAMAGED) for sizes in ("24 26 41", "0 26 40", "-24 26 40", "24 26")},
    **{
        f"a voxel of {size}": ({"ElementSpacing": f"{size} 0.8 1.25"}, "expected voxels|cannot be read")
        for size in ("0", "-0.7", "nan", "1e9", "0.0007", "x")
    },
    "no size of voxels": ({"ElementSpacing": None}, "expected the size of the voxels"),
    "axes on each other": ({"TransformMatrix": "1 0 0 1 0 0 0 0 1"}, "perpendicular|cannot be read"),
    "no axes": ({"TransformMatrix": "0 0 0 0 0 0 0 0 0"}, "perpendicular|cannot be read"),
    "slanting axes": ({"TransformMatrix": "1 0 0 0.4 1 0 0 0 1"}, "perpendicular|cannot be read"),
    "far away": ({"Offset": "1e9 20.25 -900.125"}, "within 100 m"),
    "micrometres": ({"DistanceUnits": "um"}, "export them in mm"),
    "millimetres": ({"DistanceUnits": "mm"}, "same"),
    "bytes the other way round": ({"BinaryDataByteOrderMSB": "True"}, "denser than bone"),
    "unsigned": ({"ElementType": "MET_USHORT"}, "intercept"),
    "one byte": ({"ElementType": "MET_CHAR"}, BEHIND),
    "four bytes": ({"ElementType": "MET_INT"}, DAMAGED),
    "compressed, perhaps": ({"CompressedData": "1e-320 20"}, "for yes or no"),
    "big, perhaps": ({"BinaryDataByteOrderMSB": "Tall"}, "for yes or no"),
    "a slope": ({"ElementToIntensityFunctionSlope": "2"}, "a scale of the values"),
    "an offset": ({"ElementToIntensityFunctionOffset": "-1024"}, "a scale of the values"),
    "a slope of 1": ({"ElementToIntensityFunctionSlope": "1.0"}, "same"),
}


def write_text_volume(path, fields, changes, data, is_detached):
    is_nrrd = fields is NRRD
    held = {name: value for name, value in {**fields, **changes}.items() if value is not None}
    where = {"data file": "ct.raw"} if is_nrrd else {"ElementDataFile": "ct.raw" if is_detached else "LOCAL"}
    lines = held | where if is_detached or not is_nrrd else held
    sign = ": " if is_nrrd else " = "
    text = "".join(f"{name}{sign}{value}\n" for name, value in lines.items())
    header = f"NRRD0004\n{text}\n" if is_nrrd else text
    path.write_bytes(header.encode() + (b"" if is_detached else data))
    if is_detached:
        path.with_name("ct.raw").write_bytes(data)


@pytest.mark.parametrize("is_detached", [False, True])
@pytest.mark.parametrize("name", NRRD_FAULTS)
def test_nrrd(tmp_path, name, is_detached, damaged_ct):
    changes, expected = NRRD_FAULTS[name]
    path = tmp_path / ("ct.nhdr" if is_detached else "ct.nrrd")
    write_text_volume(path, NRRD, changes, damaged_ct.hu().astype("<i2").tobytes(), is_detached)
    damaged_ct.assert_outcome(path, expected)


@pytest.mark.parametrize("is_detached", [False, True])
@pytest.mark.parametrize("name", META_FAULTS)
def test_metaimage(tmp_path, name, is_detached, damaged_ct):
    changes, expected = META_FAULTS[name]
    path = tmp_path / ("ct.mhd" if is_detached else "ct.mha")
    write_text_volume(path, META, changes, damaged_ct.hu().astype("<i2").tobytes(), is_detached)
    damaged_ct.assert_outcome(path, expected)


@pytest.mark.parametrize("skip", ["2", "348"])
def test_a_skip_in_the_headers_own_file(tmp_path, skip, damaged_ct):
    # ITK would read the header as voxels
    data = bytes(int(skip)) + damaged_ct.hu().astype("<i2").tobytes()
    write_text_volume(tmp_path / "ct.mha", META, {"HeaderSize": skip}, data, False)
    damaged_ct.assert_outcome(tmp_path / "ct.mha", "bytes to skip in the header's own file")


@pytest.mark.parametrize("is_detached", [False, True])
@pytest.mark.parametrize("fault", ["none", "sum", "cut", "longer"])
def test_compressed_text_volumes(tmp_path, is_detached, fault, damaged_ct):
    raw = damaged_ct.hu().astype("<i2").tobytes() + (b"more" if fault == "longer" else b"")
    for fields, packed in ((META, zlib.compress(raw)), (NRRD, gzip.compress(raw))):
        end = {"sum": packed[:-8] + b"aaaabbbb", "cut": packed[:-400]}.get(fault, packed)
        changes = {"encoding": "gzip"}
        if fields is META:
            changes = {"CompressedData": "True", "CompressedDataSize": str(len(end))}
        suffix = {(True, True): "nhdr", (True, False): "nrrd", (False, True): "mhd", (False, False): "mha"}
        path = tmp_path / f"ct.{suffix[fields is NRRD, is_detached]}"
        write_text_volume(path, fields, changes, end, is_detached)
        if fault == "longer" and fields is NRRD:
            with pytest.raises(OVCFRiskError, match=BEHIND):
                damaged_ct.read_as_stream(path)
        else:
            damaged_ct.assert_outcome(path, "same" if fault == "none" else DAMAGED)
