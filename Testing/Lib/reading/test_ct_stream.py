"""A CT read slice by slice, of which a part is kept, is the part of the CT read whole: voxels, place, hash, notes."""

import gzip

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import open_ct, read_ct_and_acquisition
from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.geometry import as_box
from OVCFRiskLib.reading.ct_stream import stream_of_file
from OVCFRiskLib.volume_part import Grid, Part, image_sha256

BOX = as_box((slice(5, 30), slice(3, 20), slice(0, 24)))
PADDING = -2000


@pytest.fixture
def ct():
    array = np.random.default_rng(3).normal(0, 300, (40, 26, 24)).round().clip(-1024, 2000).astype(np.int16)
    image = sitk.GetImageFromArray(array)
    image.SetSpacing((0.7, 0.7, 1.25))
    image.SetOrigin((-100.5, 20.25, -900.125))
    return image


def with_padding(ct):
    array = sitk.GetArrayFromImage(ct)
    array[:, :4, :4] = PADDING
    return image_on(array, ct)


def image_on(array, ct):
    image = sitk.GetImageFromArray(array)
    image.CopyInformation(ct)
    return image


def assert_same(path, box=BOX, series=None):
    whole, acquisition = read_ct_and_acquisition(path, series)
    opened = open_ct(path, series)
    assert opened.grid == Grid.of(whole)
    part, known = opened.read(box)
    expected = Part.of(whole).narrowed(box)
    assert part.box == expected.box
    assert part.image.GetPixelID() == expected.image.GetPixelID()
    assert part.image.GetOrigin() == expected.image.GetOrigin()
    np.testing.assert_array_equal(*(sitk.GetArrayFromImage(each.image) for each in (part, expected)))
    assert part.sha256 == image_sha256(whole)
    assert known == acquisition
    return acquisition


@pytest.mark.parametrize("change", [lambda ct: ct, with_padding], ids=["plain", "padding"])
@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.mha"])
def test_files(ct, tmp_path, name, change):
    sitk.WriteImage(change(ct), str(tmp_path / name))
    assert_same(tmp_path / name)
    assert stream_of_file(tmp_path / name) is not None


@pytest.mark.parametrize("name", ["ct.nhdr", "ct.mhd"])
def test_voxels_in_another_file_are_read_whole(ct, tmp_path, name):
    sitk.WriteImage(ct, str(tmp_path / name))
    assert_same(tmp_path / name)
    assert stream_of_file(tmp_path / name) is None


@pytest.mark.parametrize(
    "dtype", [np.int32, np.float32, np.float64, np.int16], ids=["int32", "float32", "float64", "int16"]
)
def test_whole_numbers_of_any_type(ct, tmp_path, dtype):
    sitk.WriteImage(image_on(sitk.GetArrayFromImage(ct).astype(dtype), ct), str(tmp_path / "ct.nii.gz"))
    assert_same(tmp_path / "ct.nii.gz")


@pytest.mark.parametrize("first", [0, 39], ids=["from the first slice", "in the last slice"])
def test_fractions_are_read_whole(ct, tmp_path, first):
    array = sitk.GetArrayFromImage(ct).astype(np.float32)
    array[first:] += 0.25
    sitk.WriteImage(image_on(array, ct), str(tmp_path / "ct.nii"))
    assert_same(tmp_path / "ct.nii")


def test_values_beyond_16_bits_are_read_whole(ct, tmp_path):
    array = sitk.GetArrayFromImage(ct).astype(np.int32)
    array[39, 25, 23] = 60_000
    sitk.WriteImage(image_on(array, ct), str(tmp_path / "ct.nii"))
    assert_same(tmp_path / "ct.nii")


@pytest.mark.parametrize("slope", [1.0, 2.0])
def test_a_scale_of_the_header(ct, tmp_path, slope):
    sitk.WriteImage(ct, str(tmp_path / "ct.nii"))
    data = bytearray((tmp_path / "ct.nii").read_bytes())
    stored = (sitk.GetArrayFromImage(ct).astype(int) + 1024) // int(slope)
    data[112:120] = np.array([slope, -1024.0], "<f4").tobytes()
    data[352:] = stored.astype("<i2").tobytes()
    (tmp_path / "ct.nii").write_bytes(data)
    assert_same(tmp_path / "ct.nii")


def test_a_window_is_noted_from_all_slices(ct, tmp_path):
    sitk.WriteImage(sitk.Clamp(ct, upperBound=400), str(tmp_path / "ct.nii"))
    acquisition = assert_same(tmp_path / "ct.nii")
    assert any("display window" in note for note in acquisition.notes)


@pytest.mark.parametrize("axes", ["LPS", "RAI", "SAR"])
def test_axes_stay_the_files(ct, tmp_path, axes):
    turned = sitk.DICOMOrient(ct, axes)
    sitk.WriteImage(turned, str(tmp_path / "ct.nii.gz"))
    assert_same(tmp_path / "ct.nii.gz", as_box(slice(2, n - 3) for n in turned.GetSize()[::-1]))


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, -1024.0), (1.0, 0.0), (0.5, -1024.0)])
def test_dicom_series(ct, tmp_path, dicom_factory, slope, intercept):
    dicom_factory.write_series(tmp_path, with_padding(ct), slope=slope, intercept=intercept, PixelRepresentation=1)
    assert_same(tmp_path)


def test_dicom_slices_with_scales_of_their_own(ct, tmp_path, dicom_factory):
    def rescale(k, dataset):
        if k == 17:
            dataset.RescaleIntercept = dataset.RescaleIntercept + 7

    dicom_factory.write_series(tmp_path, ct, per_slice=rescale)
    assert_same(tmp_path)


@pytest.mark.parametrize("end", [0.4, 0.98])
@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz"])
def test_a_file_that_is_cut_is_refused(ct, tmp_path, name, end):
    sitk.WriteImage(ct, str(tmp_path / name))
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[: int(end * len(data))])
    with pytest.raises(OVCFRiskError, match="is cut"):
        open_ct(tmp_path / name).read(BOX)


def test_a_damaged_sum_is_refused(ct, tmp_path):
    sitk.WriteImage(ct, str(tmp_path / "plain.nii"))
    data = bytearray(gzip.compress((tmp_path / "plain.nii").read_bytes()))
    data[-5] ^= 255
    (tmp_path / "ct.nii.gz").write_bytes(data)
    with pytest.raises(OVCFRiskError, match="damaged"):
        open_ct(tmp_path / "ct.nii.gz").read(BOX)


def test_what_is_no_ct_is_refused_with_the_words_of_reading_it_whole(ct, tmp_path):
    sitk.WriteImage(ct + 1024, str(tmp_path / "ct.nii"))
    with pytest.raises(OVCFRiskError) as whole:
        read_ct_and_acquisition(tmp_path / "ct.nii")
    with pytest.raises(OVCFRiskError) as part:
        open_ct(tmp_path / "ct.nii").read(BOX)
    assert str(part.value) == str(whole.value)


def test_reading_ahead_gives_what_reading_gives(ct, tmp_path):
    sitk.WriteImage(ct, str(tmp_path / "ct.nii.gz"))
    expected, acquisition = open_ct(tmp_path / "ct.nii.gz").read(BOX)
    with open_ct(tmp_path / "ct.nii.gz") as opened:
        ahead = opened.ahead(BOX)
        found, known = ahead.read(BOX)
        assert ahead.read(BOX)[0] is not found  # what was given away is not held
        other, _ = ahead.read(as_box((slice(0, 1), *BOX[1:])))
    assert np.array_equal(*(sitk.GetArrayViewFromImage(part.image) for part in (found, expected)))
    assert (found.start, found.sha256, known) == (expected.start, expected.sha256, acquisition)
    assert other.sha256 == expected.sha256


def test_reading_that_nobody_waits_for_is_stopped(ct, tmp_path):
    sitk.WriteImage(ct, str(tmp_path / "ct.nii"))
    with open_ct(tmp_path / "ct.nii") as opened:
        pass
    with pytest.raises(CancelledError, match="was stopped"):
        opened.read(BOX)
