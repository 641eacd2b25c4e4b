"""labels.nii.gz as other programs read it."""

import resource
import time
from pathlib import Path

import nibabel
import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.geometry import image_like, same_grid
from OVCFRiskLib.report.data.label_file import write_labels


def test_lies_on_the_ct_for_another_reader(case, tmp_path):
    path = tmp_path / "labels.nii.gz"
    write_labels(case.labels, path)
    back = nibabel.load(path)
    assert back.get_data_dtype() == np.uint8
    np.testing.assert_array_equal(np.asarray(back.dataobj).T, sitk.GetArrayFromImage(case.labels))
    assert same_grid(case.ct, sitk.ReadImage(str(path)))


def test_same_input_same_bytes_at_another_time(case, tmp_path):
    paths = [tmp_path / "a.nii.gz", tmp_path / "b.nii.gz"]
    write_labels(case.labels, paths[0])
    time.sleep(1.1)  # a gzip header counts seconds
    write_labels(case.labels, paths[1])
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_holds_the_four_bodies_and_nothing_else(case, tmp_path):
    array = sitk.GetArrayFromImage(case.labels).astype(np.uint16)
    array[0, 0, :4] = (19, 24, 276, 65535)  # 276 = 20 modulo 256
    write_labels(image_like(array, case.labels), tmp_path / "labels.nii.gz")
    back = sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / "labels.nii.gz")))
    np.testing.assert_array_equal(back, sitk.GetArrayFromImage(case.labels))


@pytest.mark.parametrize("name", ["labels.jpg", "labels", ".nii.gz", "labels.dcm"])
def test_refuses_a_format_without_labels(case, tmp_path, name):
    with pytest.raises(OVCFRiskError, match=r"labels\.nii\.gz"):
        write_labels(case.labels, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["labels.nii.gz", "labels.nii"])
def test_a_file_that_finds_no_room_is_an_error(case, tmp_path, name):
    write_labels(case.labels, tmp_path / name)
    before = (tmp_path / name).read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) // 2, limits[1]))
    try:
        with pytest.raises(OVCFRiskError, match="cannot be written"):
            write_labels(case.labels, tmp_path / name)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (tmp_path / name).read_bytes() == before


@pytest.mark.parametrize("name", ["labels.nrrd", "labels.mha"])
def test_a_file_cut_short_by_a_full_disk_is_an_error(case, tmp_path, monkeypatch, name):
    write_labels(case.labels, tmp_path / name)
    before = (tmp_path / name).read_bytes()
    write = sitk.WriteImage

    def write_half(image, path, **options):
        write(image, path, **options)
        with Path(path).open("r+b") as file:
            file.truncate(len(before) // 2)

    monkeypatch.setattr(sitk, "WriteImage", write_half)
    with pytest.raises(OVCFRiskError, match="cannot be written"):
        write_labels(case.labels, tmp_path / name)
    assert (tmp_path / name).read_bytes() == before
