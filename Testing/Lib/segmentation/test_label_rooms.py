"""The small rooms of label import, each alone: names, values, segments in headers, folders of masks."""

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.level_names import Doubt, vertebra_of_name
from OVCFRiskLib.levels import LumbarLevel
from OVCFRiskLib.segmentation.dicom_labels import masks_of_dicom
from OVCFRiskLib.segmentation.label_values import scalar_labels, whole_numbers
from OVCFRiskLib.segmentation.mask_folder import masks_of_folder, stem_of_mask
from OVCFRiskLib.segmentation.named_masks import NamedMask, choose_levels, listed
from OVCFRiskLib.segmentation.segment_header import segments_of


def named(*names):
    return [NamedMask(name, lambda: sitk.Image(2, 2, 2, sitk.sitkUInt8)) for name in names]


def test_levels_are_chosen_by_name():
    chosen, notes = choose_levels(named("L1", "vertebrae_L2", "T12", "liver", "L1-L2 disc"), "x")
    assert {level.name: mask.name for level, mask in chosen.items()} == {"L1": "L1", "L2": "vertebrae_L2"}
    assert notes == ("left out, because the method applies to L1-L4 only: 'T12' in x",)
    assert choose_levels(named("liver"), "x") == ({}, ())


@pytest.mark.parametrize(
    ("names", "expected"),
    [(("L1", "l 1"), "two masks named L1"), (("L1+L2",), "several levels"), (("L4?",), "marked as unsure")],
)
def test_doubtful_names_are_refused(names, expected):
    with pytest.raises(OVCFRiskError, match=expected):
        choose_levels(named(*names), "x")


@pytest.mark.parametrize(
    ("name", "vertebra"),
    [
        ("T13", "T13"), ("L6", "L6"), ("S1", "S1"), ("C7", "C7"), ("TH 4", "T4"), ("BWK 11", "T11"), ("D12", "T12"),
        ("HWK3", "C3"), ("L7", Doubt.NO_LEVEL), ("T14", Doubt.NO_LEVEL), ("L0", Doubt.NO_LEVEL),
        ("LWK-1", "L1"), ("lumbar-2", "L2"), ("L-1", Doubt.NO_LEVEL), ("archive L1", "L1"), ("record_L2", "L2"),
        ("L1 hemangioma", Doubt.ANOTHER_STRUCTURE), ("L1_left", Doubt.ANOTHER_STRUCTURE),
        ("screw L3", Doubt.ANOTHER_STRUCTURE), ("L2 endplate", Doubt.ANOTHER_STRUCTURE), ("", Doubt.NO_LEVEL),
    ],
)  # fmt: skip
def test_names_of_vertebrae(name, vertebra):
    assert vertebra_of_name(name) == vertebra


def test_lists_of_names_are_cut():
    assert listed("abc") == "'a', 'b', 'c'"
    assert listed(map(str, range(12))).endswith("'7' and 4 more")


def test_values_as_whole_numbers():
    image = sitk.GetImageFromArray(np.array([[[0.0, 20.0], [21.0, 0.0]]]))
    assert whole_numbers(image, "x").tolist() == [[[0, 20], [21, 0]]]
    with pytest.raises(OVCFRiskError, match="whole numbers"):
        whole_numbers(image * 0.5 + 0.25, "x")
    with pytest.raises(OVCFRiskError, match="3D label map, got 2D"):
        scalar_labels(sitk.Image(3, 3, sitk.sitkUInt8), "x")
    four = sitk.JoinSeries([sitk.Image(3, 3, 3, sitk.sitkUInt8)])
    assert scalar_labels(four, "x").GetDimension() == 3


def test_segments_of_a_header_with_layers_and_without():
    plain = sitk.Image(3, 3, 3, sitk.sitkUInt8)
    assert segments_of(plain) == []
    for key, value in (("Name", "L1"), ("Layer", "0"), ("LabelValue", "7"), ("Tags", "x")):
        plain.SetMetaData(f"Segment0_{key}", value)
    plain[1, 1, 1] = 7
    (segment,) = segments_of(plain)
    assert (segment.name, segment.tags) == ("L1", "x")
    assert sitk.GetArrayFromImage(segment.load()).sum() == 1
    plain.SetMetaData("Segment0_Layer", "3")
    with pytest.raises(OVCFRiskError, match="lies in layer 3, and the image has 1"):
        segments_of(plain)
    plain.SetMetaData("Segment0_Layer", "first")
    with pytest.raises(OVCFRiskError, match="expected to be numbers"):
        segments_of(plain)


def test_masks_of_a_folder_are_its_images(tmp_path):
    sitk.WriteImage(sitk.Image(3, 3, 3, sitk.sitkUInt8), str(tmp_path / "L1.nrrd"))
    (tmp_path / "notes.txt").write_text("x")
    (tmp_path / ".hidden.nii").write_bytes(b"")
    (mask,) = masks_of_folder(tmp_path)
    assert mask.name == "L1"
    assert mask.load().GetSize() == (3, 3, 3)
    assert stem_of_mask("x.SEG.NRRD") == "x"


def test_a_damaged_dicom_file_is_refused_in_a_sentence(tmp_path):
    (tmp_path / "x.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"\xff" * 40)
    with pytest.raises(OVCFRiskError, match=r"'x\.dcm'"):
        masks_of_dicom(tmp_path / "x.dcm")


def test_levels_have_four_members():
    assert [level.name for level in LumbarLevel] == ["L1", "L2", "L3", "L4"]
