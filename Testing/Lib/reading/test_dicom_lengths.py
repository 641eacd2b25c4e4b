"""Lengths of elements are looked at before GDCM reserves memory for them."""

import struct

import pydicom
import pytest
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from OVCFRiskLib.reading.dicom_lengths import lengths_fit

HUGE = struct.pack("<I", 0x7FFFFFF0)
PLAIN = (ImplicitVRLittleEndian, ExplicitVRLittleEndian)


def write(path, syntax=ExplicitVRLittleEndian, undefined=False):
    """A CT object with a sequence in a sequence, and pixels."""
    inner = Dataset()
    inner.CodeValue, inner.CodeMeaning = "123", "inner"
    outer = Dataset()
    outer.PurposeOfReferenceCodeSequence = Sequence([inner])
    outer["PurposeOfReferenceCodeSequence"].is_undefined_length = undefined
    inner.is_undefined_length_sequence_item = undefined
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CTImageStorage, "2.25.1"
    meta.TransferSyntaxUID = syntax
    dataset = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    dataset.SOPClassUID, dataset.SOPInstanceUID, dataset.Modality = CTImageStorage, "2.25.1", "CT"
    dataset.ReferencedImageSequence = Sequence([outer])
    dataset["ReferencedImageSequence"].is_undefined_length = undefined
    outer.is_undefined_length_sequence_item = undefined
    dataset.Rows = dataset.Columns = 4
    dataset.BitsAllocated = 16
    dataset.PixelData = b"\0\1" * 16
    dataset["PixelData"].VR = "OW"
    if syntax == JPEGBaseline8Bit:
        dataset.PixelData = pydicom.encaps.encapsulate([b"\xff\xd8" + b"\0" * 40])
        dataset["PixelData"].is_undefined_length = True
    dataset.save_as(path, enforce_file_format=True)
    return path


@pytest.mark.parametrize("undefined", [False, True])
@pytest.mark.parametrize("syntax", [*PLAIN, JPEGBaseline8Bit])
def test_sound_files_pass(tmp_path, syntax, undefined):
    assert lengths_fit(write(tmp_path / "a.dcm", syntax, undefined), str(syntax))


@pytest.mark.parametrize("keep", [10, 131, 140, 300, 420])
def test_cut_files_are_left_to_gdcm(tmp_path, keep):
    path = write(tmp_path / "a.dcm")
    path.write_bytes(path.read_bytes()[:keep])
    assert lengths_fit(path, str(ExplicitVRLittleEndian))


def test_a_huge_element_is_found(tmp_path):
    path = write(tmp_path / "a.dcm", ImplicitVRLittleEndian)
    data = path.read_bytes()
    at = data.index(struct.pack("<HH", 0x0008, 0x0060)) + 4  # Modality
    path.write_bytes(data[:at] + HUGE + data[at + 4 :])
    assert not lengths_fit(path, str(ImplicitVRLittleEndian))


@pytest.mark.parametrize("undefined", [False, True])
def test_a_huge_element_deep_in_a_sequence_is_found(tmp_path, undefined):
    path = write(tmp_path / "a.dcm", ImplicitVRLittleEndian, undefined)
    data = path.read_bytes()
    at = data.index(struct.pack("<HH", 0x0008, 0x0100)) + 4  # CodeValue of the inner item
    path.write_bytes(data[:at] + HUGE + data[at + 4 :])
    # without a VR nothing tells a sequence of defined length from other bytes: GDCM does not look into it either
    assert lengths_fit(path, str(ImplicitVRLittleEndian)) is not undefined


def test_huge_pixels_are_found(tmp_path):
    path = write(tmp_path / "a.dcm")
    data = path.read_bytes()
    at = data.index(struct.pack("<HH", 0x7FE0, 0x0010)) + 8
    path.write_bytes(data[:at] + HUGE + data[at + 4 :])
    assert not lengths_fit(path, str(ExplicitVRLittleEndian))
