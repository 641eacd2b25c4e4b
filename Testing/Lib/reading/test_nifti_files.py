"""NIfTI as it is written: tilted gantries, sform against qform, axes nearly perpendicular, version 2, odd names."""

import shutil

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.ct import read_acquisition, read_ct, read_ct_and_acquisition
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import index_to_lps, lps_to_index, same_grid
from OVCFRiskLib.reading.volume_file import read_volume_file

SHAPE = (40, 44, 30)
SPACING = (0.8, 0.7, 1.25)


def straight():
    """RAS matrix of an ordinary axial CT."""
    matrix = np.diag([-SPACING[0], -SPACING[1], SPACING[2], 1.0])
    matrix[:3, 3] = (16.0, 20.0, -300.0)
    return matrix


def tilted(degrees):
    """The same with slices that move backwards from one to the next."""
    matrix = straight()
    matrix[1, 2] = SPACING[2] * np.tan(np.radians(degrees))
    return matrix


def turned_a_little(deviation):
    matrix = straight()
    matrix[:3, :3] += deviation * np.array([[0, 0.8, 0.5], [-0.2, 0, 1.0], [0.3, 0.6, 0]])
    return matrix


def upright_bar(matrix):
    """A CT with a bone bar along the body through RAS (0, 4), sampled on the grid of a matrix: -50 HU around it."""
    i, j, k = np.indices(SHAPE)
    x, y, _z, _one = np.tensordot(matrix, np.stack((i, j, k, np.ones(SHAPE))), axes=1)
    rng = np.random.default_rng(3)
    bar = np.hypot(x, y - 4.0) <= 5.0
    return (np.where(bar, 700, -60) + rng.integers(-20, 20, SHAPE)).astype(np.int16)


def save(path, data, sform, qform=None, version=nibabel.Nifti1Image, codes=(1, 1)):
    image = version(data, sform)
    image.set_sform(sform, codes[0])
    if qform is None:
        image.header["qform_code"] = 0
    else:
        image.set_qform(qform, codes[1])
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("qform", [None, straight()], ids=["no qform", "plain qform"])
@pytest.mark.parametrize("degrees", [12.0, -8.0, 14.5])
def test_a_tilted_gantry_is_read_undistorted(tmp_path, degrees, qform):
    path = save(tmp_path / "tilted.nii.gz", upright_bar(tilted(degrees)), tilted(degrees), qform)
    ct, acquisition = read_ct_and_acquisition(path)
    assert np.allclose(np.reshape(ct.GetDirection(), (3, 3)).T @ np.reshape(ct.GetDirection(), (3, 3)), np.eye(3))
    bone = np.argwhere(sitk.GetArrayFromImage(ct) > 300)
    points = index_to_lps(ct, bone)
    for half in (points[:, 2] < np.median(points[:, 2]), points[:, 2] >= np.median(points[:, 2])):
        assert points[half][:, :2].mean(axis=0) == pytest.approx((0.0, -4.0), abs=0.15)
    assert len(bone) == pytest.approx(np.count_nonzero(upright_bar(tilted(degrees)) > 300), rel=0.02)
    assert any(f"tilted by {abs(degrees):.1f} degrees" in note for note in acquisition.notes)
    assert any("tilted" in note for note in read_acquisition(path).notes)


def test_no_slice_loses_voxels_to_the_straight_grid(tmp_path):
    data = np.full(SHAPE, 40, np.int16)
    data[::3] = -200
    data[1, 1] = 400
    ct = read_ct(save(tmp_path / "tilted.nii", data, tilted(15.0)))
    array = sitk.GetArrayFromImage(ct)
    assert ct.GetSize()[2] == SHAPE[2]
    assert all((plane > -500).sum() >= 0.95 * SHAPE[0] * (SHAPE[1] - 1) for plane in array)


def test_labels_on_a_tilted_grid_come_onto_the_grid_of_their_ct(tmp_path):
    data = upright_bar(tilted(12.0))
    ct = read_ct(save(tmp_path / "ct.nii.gz", data, tilted(12.0)))
    path = save(tmp_path / "labels.nii.gz", np.where(data > 300, 21, 0).astype(np.uint8), tilted(12.0))
    labels, _header = read_volume_file(path, is_labels=True)
    assert same_grid(labels, ct)
    array = sitk.GetArrayFromImage(labels)
    assert set(np.unique(array)) == {0, 21}
    overlap = ((array > 0) & (sitk.GetArrayFromImage(ct) > 300)).sum()
    assert 2 * overlap / ((array > 0).sum() + (sitk.GetArrayFromImage(ct) > 300).sum()) > 0.97


def test_axes_that_are_neither_perpendicular_nor_a_gantry_s_are_refused_with_their_number(tmp_path):
    matrix = straight()
    matrix[0, 1] = 0.3
    path = save(tmp_path / "skewed.nii.gz", upright_bar(matrix), matrix, straight())
    with pytest.raises(OVCFRiskError, match=r"largest cosine is 0\.39\d{6,}.*resample the CT to a straight grid"):
        read_ct(path)


@pytest.mark.parametrize("qform", [None, straight()], ids=["no qform", "plain qform"])
@pytest.mark.parametrize("deviation", [1e-4, 5e-4, 3e-3])
def test_axes_slightly_off_a_right_angle_are_made_perpendicular_with_a_note(tmp_path, deviation, qform):
    matrix = turned_a_little(deviation)
    path = save(tmp_path / "off.nii.gz", upright_bar(matrix), matrix, qform)
    ct, acquisition = read_ct_and_acquisition(path)
    axes = np.reshape(ct.GetDirection(), (3, 3))
    assert np.abs(axes.T @ axes - np.eye(3)).max() < 1e-6
    assert any("made perpendicular" in note for note in acquisition.notes)
    far = np.array(SHAPE) - 1
    expected = (matrix @ (*far, 1.0))[:3] * (-1, -1, 1)
    apart = index_to_lps(ct, far[None, ::-1].astype(float))[0] - expected
    assert np.linalg.norm(apart) <= 2 * deviation * np.linalg.norm(far * SPACING) + 1e-3
    assert np.array_equal(sitk.GetArrayFromImage(ct), upright_bar(matrix).T)


def test_single_precision_is_no_deviation(tmp_path):
    turn = np.reshape(sitk.Euler3DTransform((0, 0, 0), 0.2, -0.1, 0.3).GetMatrix(), (3, 3))
    matrix = np.eye(4)
    matrix[:3, :3] = turn * SPACING
    ct, acquisition = read_ct_and_acquisition(save(tmp_path / "turned.nii.gz", upright_bar(matrix), matrix))
    assert not any("perpendicular" in note for note in acquisition.notes)
    assert np.reshape(ct.GetDirection(), (3, 3))[2] == pytest.approx(turn[2], abs=1e-6)


def test_sform_and_qform_that_disagree_are_named(tmp_path):
    other = straight()
    other[:3, 3] += (5.0, 0.0, 0.0)
    path = save(tmp_path / "two.nii.gz", upright_bar(straight()), straight(), other)
    ct, acquisition = read_ct_and_acquisition(path)
    assert any("sform and qform, are up to 5 mm apart; the sform counted" in note for note in acquisition.notes)
    assert ct.GetOrigin() == pytest.approx((-16.0, -20.0, -300.0))
    same = save(tmp_path / "one.nii.gz", upright_bar(straight()), straight(), straight())
    assert not any("sform" in note for note in read_acquisition(same).notes)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_the_second_version_is_read_like_the_first(tmp_path, suffix):
    data = upright_bar(straight())
    first = read_ct(save(tmp_path / f"one{suffix}", data, straight()))
    second = read_ct(save(tmp_path / f"two{suffix}", data, straight(), version=nibabel.Nifti2Image))
    assert same_grid(first, second)
    assert np.array_equal(sitk.GetArrayFromImage(first), sitk.GetArrayFromImage(second))


@pytest.mark.parametrize("dtype", [np.int16, np.int32, np.float32, np.float64, np.uint16])
def test_slope_and_intercept_of_the_second_version(tmp_path, dtype):
    data = upright_bar(straight())
    image = nibabel.Nifti2Image((data + 1024).astype(dtype), straight())
    image.header.set_slope_inter(1, -1024)
    image.header["scl_slope"], image.header["scl_inter"] = 1.0, -1024.0
    path = tmp_path / "scaled.nii"
    nibabel.save(image, path)
    content = bytearray(path.read_bytes())
    content[176:192] = np.array([1.0, -1024.0]).tobytes()  # nibabel writes its own
    path.write_bytes(content)
    assert np.array_equal(sitk.GetArrayFromImage(read_ct(path)), data.T)


def test_compressed_under_a_plain_name_and_plain_under_a_compressed_one(tmp_path):
    data = upright_bar(straight())
    shutil.move(save(tmp_path / "a.nii.gz", data, straight()), tmp_path / "packed.nii")
    shutil.move(save(tmp_path / "b.nii", data, straight()), tmp_path / "plain.nii.gz")
    for name in ("packed.nii", "plain.nii.gz"):
        assert np.array_equal(sitk.GetArrayFromImage(read_ct(tmp_path / name)), data.T)


def test_a_cut_file_of_the_second_version_is_refused(tmp_path):
    path = save(tmp_path / "cut.nii", upright_bar(straight()), straight(), version=nibabel.Nifti2Image)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(OVCFRiskError, match="is cut"):
        read_ct(path)


def test_one_component_is_a_scalar(tmp_path):
    data = upright_bar(straight())
    image = nibabel.Nifti1Image(data.reshape(*SHAPE, 1, 1), straight())
    image.header.set_intent("vector")
    nibabel.save(image, tmp_path / "vector.nii.gz")
    ct = read_ct(tmp_path / "vector.nii.gz")
    assert ct.GetPixelID() == sitk.sitkInt16
    assert np.array_equal(sitk.GetArrayFromImage(ct), data.T)


def test_several_components_or_times_are_refused(tmp_path):
    data = np.stack([upright_bar(straight())] * 3, axis=-1)
    save(tmp_path / "times.nii", data, straight(), version=nibabel.Nifti2Image)
    with pytest.raises(OVCFRiskError, match=r"expected one 3D volume, got 40x44x30x3"):
        read_ct(tmp_path / "times.nii")


@pytest.mark.parametrize("list_first", [True, False])
def test_a_nrrd_with_a_list_of_one(tmp_path, list_first):
    data = upright_bar(straight())
    sizes, directions, kinds = "40 44 30", "(0.8,0,0) (0,0.7,0) (0,0,1.25)", "domain domain domain"
    fields = [f"1 {sizes}", f"none {directions}", f"list {kinds}"]
    if not list_first:
        fields = [f"{sizes} 1", f"{directions} none", f"{kinds} list"]
    header = (
        f"NRRD0004\ntype: short\ndimension: 4\nspace: left-posterior-superior\nsizes: {fields[0]}\n"
        f"space directions: {fields[1]}\nkinds: {fields[2]}\nendian: little\nencoding: raw\nspace origin: (1,2,3)\n\n"
    )
    (tmp_path / "list.nrrd").write_bytes(header.encode() + np.ascontiguousarray(data.T).tobytes())
    ct = read_ct(tmp_path / "list.nrrd")
    assert ct.GetPixelID() == sitk.sitkInt16
    assert ct.GetNumberOfComponentsPerPixel() == 1
    assert np.array_equal(sitk.GetArrayFromImage(ct), data.T)


@pytest.mark.parametrize("suffix", [".mha", ".nrrd", ".nii.gz"])
def test_cosines_of_three_digits(tmp_path, suffix):
    image = sitk.GetImageFromArray(upright_bar(straight()).T.copy())
    image.SetSpacing(SPACING)
    turn = sitk.Euler3DTransform((0, 0, 0), 0.2, -0.1, 0.3).GetMatrix()
    image.SetDirection([round(x, 3) for x in turn])
    path = tmp_path / f"rounded{suffix}"
    sitk.WriteImage(image, str(path))
    ct = read_ct(path)
    assert np.array(ct.GetDirection()) == pytest.approx(np.array(turn), abs=1e-3)
    assert lps_to_index(ct, index_to_lps(ct, np.array([[3.0, 4.0, 5.0]])))[0] == pytest.approx((3, 4, 5), abs=1e-9)


def test_dicom_cosines_of_three_digits(tmp_path, small_ct, dicom_factory):
    turn = sitk.Euler3DTransform((0, 0, 0), 0.2, -0.1, 0.3).GetMatrix()
    small_ct.SetDirection(turn)
    axes = np.reshape(turn, (3, 3))[:, :2].T.ravel()

    def rounded(_k, dataset):
        dataset.ImageOrientationPatient = [f"{x:.3f}" for x in axes]

    dicom_factory.write_series(tmp_path, small_ct, per_slice=rounded)
    ct, acquisition = read_ct_and_acquisition(tmp_path)
    assert np.array(ct.GetDirection()) == pytest.approx(np.array(turn), abs=1e-3)
    assert any("made perpendicular" in note for note in acquisition.notes)


def test_dicom_rows_and_columns_that_are_not_at_a_right_angle_are_refused(tmp_path, small_ct, dicom_factory):
    def skewed(_k, dataset):
        dataset.ImageOrientationPatient = ["1", "0", "0", "0.1", "1", "0"]

    dicom_factory.write_series(tmp_path, small_ct, per_slice=skewed)
    with pytest.raises(OVCFRiskError, match=r"rows and columns at a right angle.*cosine is 0\.0995\d+"):
        read_ct(tmp_path)


def test_two_sizes_of_voxels_are_named_and_the_form_counts(tmp_path):
    path = save(tmp_path / "sizes.nii", upright_bar(straight()), straight())
    content = bytearray(path.read_bytes())
    content[80:84] = np.float32(0.5).tobytes()  # pixdim[1]; ITK would take it
    path.write_bytes(content)
    ct, acquisition = read_ct_and_acquisition(path)
    assert ct.GetSpacing() == pytest.approx(SPACING)
    assert any("two sizes of voxels, 0.8 x 0.7 x 1.25 mm (sform) and 0.5 x" in note for note in acquisition.notes)


def test_an_empty_sform_leaves_the_qform(tmp_path):
    path = save(tmp_path / "empty.nii", upright_bar(straight()), straight(), straight())
    content = bytearray(path.read_bytes())
    content[280:328] = bytes(48)
    path.write_bytes(content)
    ct, acquisition = read_ct_and_acquisition(path)
    assert ct.GetSpacing() == pytest.approx(SPACING)
    assert ct.GetOrigin() == pytest.approx((-16.0, -20.0, -300.0))
    assert any("sform of the header is empty" in note for note in acquisition.notes)


@pytest.mark.parametrize(("start", "kind"), [(b"PK\x03\x04", "ZIP"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"Rar!", "RAR")])
def test_archives_are_called_archives(tmp_path, start, kind):
    (tmp_path / "ct.zip").write_bytes(start + b"\0" * 500)
    with pytest.raises(OVCFRiskError, match=f"a {kind} archive, unpack it first"):
        read_ct(tmp_path / "ct.zip")
