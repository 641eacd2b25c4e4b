"""Text headers that end ITK's process are refused first; every header that ITK writes is let through."""

from __future__ import annotations

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import read_ct
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.reading.text_header import require_sound_header


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
    require_sound_header(tmp_path / name)


@pytest.mark.parametrize("name", ["ct.nrrd", "ct.mha"])
def test_fields_of_ones_own_may_be_long(ct, tmp_path, name):
    ct.SetMetaData("Segment0_Tags", "Segmentation.Status:inprogress|" * 50)
    ct.SetMetaData("0008|0060", "CT")
    sitk.WriteImage(ct, str(tmp_path / name))
    require_sound_header(tmp_path / name)
    assert read_ct(tmp_path / name).GetSize() == ct.GetSize()


def test_other_files_have_no_such_header(tmp_path):
    (tmp_path / "ct.nii").write_bytes(b"anything")
    require_sound_header(tmp_path / "ct.nii")
    require_sound_header(tmp_path / "absent.mha")


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
    ],
)
def test_nrrd(ct, tmp_path, old, new):
    refuse_damaged(ct, tmp_path / "ct.nrrd", old, new)
