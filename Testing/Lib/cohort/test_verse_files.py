"""CTs and masks of every layout VerSe is shared in, by names alone."""

import pytest

from OVCFRiskLib.cohort.verse_files import find_verse_files
from OVCFRiskLib.errors import OVCFRiskError


@pytest.mark.parametrize("layout", ["subjects", "directions", "challenge"])
def test_every_layout_gives_the_same_series(tmp_path, make_tree, make_rows, layout):
    rows = make_rows.grade_rows()
    found = find_verse_files(make_tree(tmp_path, rows, layout))
    assert set(found.pairs) == {row["verse_ID"] for row in rows}
    for number, (ct, mask) in found.pairs.items():
        assert f"verse{number:03d}" in ct.name
        assert f"verse{number:03d}" in mask.name
        assert "seg" in mask.name
        assert "seg" not in ct.name
        assert "subreg" not in mask.name


def test_training_validation_and_test_may_lie_in_folders_of_their_own(tmp_path, make_tree, make_rows):
    rows = make_rows.grade_rows()
    make_tree(tmp_path / "dataset-verse19training", rows[:4])
    make_tree(tmp_path / "dataset-verse19test", rows[4:])
    assert len(find_verse_files(tmp_path).pairs) == len(rows)


def test_a_mask_without_its_ct_is_named(tmp_path, make_tree, make_rows):
    root = make_tree(tmp_path, make_rows.grade_rows())
    (root / "rawdata" / "sub-verse005" / "sub-verse005_ct.nii.gz").unlink()
    with pytest.raises(OVCFRiskError, match=r"sub-verse005_seg-vert_msk.nii.gz': the mask of series 5 has no CT"):
        find_verse_files(root)


def test_a_ct_without_a_mask_is_told_and_other_projects_are_counted(tmp_path, make_tree, make_rows):
    root = make_tree(tmp_path, make_rows.grade_rows())
    (root / "derivatives" / "sub-verse005" / "sub-verse005_seg-vert_msk.nii.gz").unlink()
    other = root / "rawdata" / "sub-gl003"
    other.mkdir()
    (other / "sub-gl003_dir-ax_ct.nii.gz").touch()
    found = find_verse_files(root)
    assert (found.without_mask, found.others, 5 in found.pairs) == (frozenset({5}), 1, False)


def test_two_files_of_one_series_are_refused(tmp_path, make_tree, make_rows):
    rows = make_rows.grade_rows()[:1]
    make_tree(tmp_path / "a", rows)
    make_tree(tmp_path / "b", rows, "challenge")
    with pytest.raises(OVCFRiskError, match="both claim series 4"):
        find_verse_files(tmp_path)


def test_a_folder_without_verse_is_refused(tmp_path):
    with pytest.raises(OVCFRiskError, match="is not a folder"):
        find_verse_files(tmp_path / "absent")
    with pytest.raises(OVCFRiskError, match="holds no CT of VerSe; expected rawdata"):
        find_verse_files(tmp_path)
