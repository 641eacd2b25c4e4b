"""A CT read slice by slice, of which a part is kept, is the part of the CT read whole: voxels, place, hash, notes."""

import gzip

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import open_ct, read_ct_and_acquisition
from OVCFRiskLib.errors import CancelledError, OVCFRiskError
from OVCFRiskLib.geometry import as_box
from OVCFRiskLib.reading import ct_stream
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
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr("OVCFRiskLib.ct.as_hounsfield", None)  # nothing is read whole
    assert opened.grid == Grid.of(whole)
    part, known = opened.read(box)
    monkeypatch.undo()
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


@pytest.mark.parametrize("name", ["CT.NII", "CT.NII.GZ", "CT.NRRD", "CT.MHA"])
def test_names_in_capital_letters(ct, tmp_path, name):
    sitk.WriteImage(ct, str(tmp_path / name.lower()))
    (tmp_path / name.lower()).rename(tmp_path / name)
    assert_same(tmp_path / name)


@pytest.mark.parametrize("is_second_version", [False, True])
@pytest.mark.parametrize("more", [(1,), (1, 1)])
def test_one_time_point_of_a_nifti_with_more_axes(ct, tmp_path, more, is_second_version):
    affine = np.eye(4)
    affine[:3, :3] = [[-0.7, 0, 0], [0, -0.56, 0.75], [0, 0.42, 1.0]]  # oblique
    affine[:3, 3] = 100.5, -20.25, -900.125
    kind = nibabel.Nifti2Image if is_second_version else nibabel.Nifti1Image
    voxels = sitk.GetArrayFromImage(ct).T
    nibabel.save(kind(voxels.reshape(*voxels.shape, *more), affine), tmp_path / "ct.nii.gz")
    assert_same(tmp_path / "ct.nii.gz")
    assert stream_of_file(tmp_path / "ct.nii.gz") is not None


@pytest.mark.parametrize("is_compressed", [False, True])
@pytest.mark.parametrize("name", ["ct.nhdr", "ct.mhd"])
def test_voxels_in_another_file(ct, tmp_path, name, is_compressed):
    sitk.WriteImage(with_padding(ct), str(tmp_path / name), is_compressed)
    assert_same(tmp_path / name)


@pytest.mark.parametrize(
    "dtype", [np.int32, np.float32, np.float64, np.int16], ids=["int32", "float32", "float64", "int16"]
)
def test_whole_numbers_of_any_type(ct, tmp_path, dtype):
    sitk.WriteImage(image_on(sitk.GetArrayFromImage(ct).astype(dtype), ct), str(tmp_path / "ct.nii.gz"))
    assert_same(tmp_path / "ct.nii.gz")


@pytest.mark.parametrize("first", [0, 39], ids=["from the first slice", "in the last slice"])
@pytest.mark.parametrize("name", ["ct.nii", "ct.nii.gz", "ct.nrrd", "ct.mhd"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fractions(ct, tmp_path, first, name, dtype, in_small_pieces):
    array = sitk.GetArrayFromImage(with_padding(ct)).astype(dtype)
    array[first:] += 0.1
    sitk.WriteImage(image_on(array, ct), str(tmp_path / name))
    assert_same(tmp_path / name)


@pytest.mark.parametrize("first", [0, 39], ids=["from the first slice", "in the last slice"])
@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.float32, np.float64, np.int64])
@pytest.mark.parametrize("value", [60_000, 3_000_000_000, 1e12])
def test_values_beyond_16_bits(ct, tmp_path, dtype, first, value, in_small_pieces):
    if dtype != np.float32 and dtype != np.float64 and value > np.iinfo(dtype).max:
        return
    array = sitk.GetArrayFromImage(ct).astype(np.int64)
    array[first, 25, 23] = value
    if dtype == np.uint32:
        array = array + 1024 * (array < value)
        with pytest.raises(OVCFRiskError, match="Hounsfield"):
            read_ct_and_acquisition(written(image_on(array.astype(dtype), ct), tmp_path / "ct.nii"))
        with pytest.raises(OVCFRiskError, match="Hounsfield"):
            open_ct(tmp_path / "ct.nii").read(BOX)
        return
    assert_same(written(image_on(array.astype(dtype), ct), tmp_path / "ct.nii"))


def test_each_wider_type_is_read_once_more(ct, tmp_path, in_small_pieces):
    array = sitk.GetArrayFromImage(ct).astype(np.float64)
    array[10, 5, 5] = 70_000
    array[30, 5, 5] = 0.5
    assert_same(written(image_on(array, ct), tmp_path / "ct.nrrd"))


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_no_number_is_refused_wherever_it_is(ct, tmp_path, value, in_small_pieces):
    array = sitk.GetArrayFromImage(ct).astype(np.float32)
    array[39, 5, 5] = value
    path = written(image_on(array, ct), tmp_path / "ct.nrrd")
    with pytest.raises(OVCFRiskError, match="NaN or infinity in 1 of"):
        open_ct(path).read(BOX)


def written(image, path):
    sitk.WriteImage(image, str(path))
    return path


@pytest.fixture
def in_small_pieces(monkeypatch):
    """Two planes at a time."""
    monkeypatch.setattr(ct_stream, "PIECE_BYTES", 2 * 26 * 24 * 4)


@pytest.mark.parametrize("intercept", [-1024.0, -1000.3, 0.0])
@pytest.mark.parametrize("slope", [1.0, 2.0, 0.5, 0.1, 1 / 3, 1.0000001])
@pytest.mark.parametrize("dtype", [np.uint16, np.int16, np.int32, np.uint32, np.int64, np.float32, np.float64])
def test_a_scale_of_the_header(ct, tmp_path, slope, intercept, dtype):
    is_unsigned = np.dtype(dtype).kind == "u"
    if is_unsigned and not intercept:
        intercept = -2000.0  # without one such a type holds no HU
    stored = ((sitk.GetArrayFromImage(ct) - intercept) / slope).clip(-32000, 32000)
    stored = (abs(stored) if is_unsigned else stored).astype(dtype)
    sitk.WriteImage(image_on(stored, ct), str(tmp_path / "ct.nii"))
    data = bytearray((tmp_path / "ct.nii").read_bytes())
    data[112:120] = np.array([slope, intercept], "<f4").tobytes()
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


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2.5"], ids=["plain", "run lengths"])
@pytest.mark.parametrize(("slope", "intercept"), [(1.0, -1024.0), (0.5, -1024.0), (0.1, -1000.3)])
def test_frames_of_one_file(ct, tmp_path, dicom_factory, slope, intercept, syntax):
    path = dicom_factory.write_multi_frame(tmp_path / "ct.dcm", with_padding(ct), slope, intercept, syntax)
    assert_same(path, as_box((slice(5, 30), slice(3, 20), slice(0, 24))))


def test_frames_with_scales_of_their_own(ct, tmp_path, dicom_factory):
    path = dicom_factory.write_multi_frame(
        tmp_path / "ct.dcm", ct, scale=lambda k: (1.0 if k < 39 else 0.5, -1024.0 + k)
    )
    assert_same(path)


@pytest.mark.parametrize("end", [0.5, 0.99])
def test_frames_that_are_cut_are_refused(ct, tmp_path, dicom_factory, end):
    path = dicom_factory.write_multi_frame(tmp_path / "ct.dcm", ct)
    data = path.read_bytes()
    path.write_bytes(data[: int(end * len(data))])
    with pytest.raises(OVCFRiskError, match="damaged file"):
        open_ct(path).read(BOX)


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
