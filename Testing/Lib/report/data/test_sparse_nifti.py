import gzip
import zlib

import numpy as np
import pytest
import SimpleITK as sitk

from OVCFRiskLib.geometry import as_box
from OVCFRiskLib.report.data.sparse_nifti import LARGEST_NIFTI_SIZE, crc_after_zeros, fits_nifti, write_sparse_nifti
from OVCFRiskLib.volume_part import Grid, part_of_array

TILTED = (0.0, 0.6, 0.8, 1.0, 0.0, 0.0, 0.0, 0.8, -0.6)
LPS = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
BOXES = {
    "inside": as_box((slice(7, 11), slice(2, 9), slice(3, 8))),
    "first": as_box((slice(0, 2), slice(0, 3), slice(0, 2))),
    "last": as_box((slice(1998, 2000), slice(38, 40), slice(28, 30))),
    "all": as_box((slice(0, 2000), slice(0, 40), slice(0, 30))),
}


@pytest.mark.parametrize("direction", [LPS, TILTED], ids=["LPS", "tilted"])
@pytest.mark.parametrize("box", BOXES.values(), ids=BOXES)
@pytest.mark.parametrize("name", ["labels.nii", "labels.nii.gz"])
def test_the_file_is_that_of_the_whole_map(tmp_path, name, box, direction):
    grid = Grid((30, 40, 2000), (0.7, 0.8, 1.25), (-100.5, 33.25, -901.0), direction)
    shape = tuple(part.stop - part.start for part in box)
    labels = part_of_array(np.random.default_rng(0).integers(0, 24, shape).astype(np.uint8), box, grid)
    write_sparse_nifti(labels, tmp_path / name, name.endswith(".gz"))
    sitk.WriteImage(labels.filled(), str(tmp_path / "itk.nii"))
    written = (tmp_path / name).read_bytes()
    # the bytes that ITK writes, compressed or not; a second reader finds one gzip member with a right sum
    assert (gzip.decompress(written) if name.endswith(".gz") else written) == (tmp_path / "itk.nii").read_bytes()
    back = sitk.ReadImage(str(tmp_path / name))
    np.testing.assert_array_equal(sitk.GetArrayFromImage(back), sitk.GetArrayFromImage(labels.filled()))


def test_empty_planes_cost_almost_nothing(tmp_path):
    grid = Grid((512, 512, 400), (0.7, 0.7, 1.25), (0.0, 0.0, 0.0), LPS)
    box = as_box((slice(200, 202), slice(100, 110), slice(100, 110)))
    write_sparse_nifti(part_of_array(np.ones((2, 10, 10), np.uint8), box, grid), tmp_path / "labels.nii.gz", True)
    assert (tmp_path / "labels.nii.gz").stat().st_size < 200_000  # of 105 MB


def test_same_labels_same_bytes(tmp_path):
    grid = Grid((30, 40, 2000), (0.7, 0.8, 1.25), (0.0, 0.0, 0.0), LPS)
    labels = part_of_array(np.ones((4, 7, 5), np.uint8), BOXES["inside"], grid)
    for name in ("one.nii.gz", "two.nii.gz"):
        write_sparse_nifti(labels, tmp_path / name, True)
    assert (tmp_path / "one.nii.gz").read_bytes() == (tmp_path / "two.nii.gz").read_bytes()
    assert [path.name for path in sorted(tmp_path.iterdir())] == ["one.nii.gz", "two.nii.gz"]


def test_sizes_that_the_header_cannot_state():
    assert fits_nifti(Grid((512, 512, LARGEST_NIFTI_SIZE), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), LPS))
    assert not fits_nifti(Grid((512, 512, LARGEST_NIFTI_SIZE + 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), LPS))


@pytest.mark.parametrize("count", [0, 1, 2, 7, 255, 1000, 1_000_003])
@pytest.mark.parametrize("before", [b"", b"\x00", b"before", bytes(range(256))])
def test_zeros_are_counted_without_going_through_them(before, count):
    assert crc_after_zeros(zlib.crc32(before), count) == zlib.crc32(before + bytes(count))
