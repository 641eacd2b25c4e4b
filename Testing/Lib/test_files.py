"""Files are whole or absent, whatever the folder, the writer or somebody else on the machine does."""

from __future__ import annotations

import os
import stat

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.files import (
    prepare_folder,
    remove_file,
    remove_partial_files,
    write_bytes,
    write_files,
    write_text,
    written_beside,
)


def test_a_text_is_utf8_with_unix_line_ends(tmp_path):
    write_text(tmp_path / "new" / "a.csv", "level,risk\nL1,−0.5\n")
    assert (tmp_path / "new" / "a.csv").read_bytes() == "level,risk\nL1,−0.5\n".encode()


def stop_half_way(path):
    """A writer that fails in the middle."""
    with written_beside(path) as temporary:
        temporary.write_text("half of the n")
        raise RuntimeError("stop")


def test_an_interrupted_writer_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "scores.csv"
    write_text(path, "old")
    with pytest.raises(RuntimeError, match="stop"):
        stop_half_way(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_an_error_that_says_so(tmp_path):
    path = tmp_path / "scores.csv"
    with pytest.raises(OVCFRiskError, match=r"scores\.csv' cannot be written \(No space left"), written_beside(path):
        raise OSError(28, "No space left on device")
    assert not list(tmp_path.iterdir())


def test_files_that_belong_together_are_written_all_or_none(tmp_path, monkeypatch):
    names = [tmp_path / "a.csv", tmp_path / "figures" / "b.png", tmp_path / "c.json"]
    assert write_files({path: "old" if path.suffix == ".csv" else b"old" for path in names}) == names
    whole = type(tmp_path).write_bytes

    def full(path, content):
        if path.name == "c.json":
            raise OSError(28, "No space left on device")
        return whole(path, content)

    monkeypatch.setattr(type(tmp_path), "write_bytes", full)
    with pytest.raises(
        OVCFRiskError, match=r"c\.json' cannot be written \(No space left on device\); nothing was changed"
    ):
        write_files(dict.fromkeys(names, "new"))
    assert [path.read_text() for path in names] == ["old"] * 3
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == sorted(names)


@pytest.mark.parametrize("at", range(3))
def test_a_folder_in_the_place_of_one_leaves_the_others_as_they_were(tmp_path, at):
    names = [tmp_path / name for name in ("a.csv", "b.csv", "c.csv")]
    others = [path for path in names if path is not names[at]]
    write_files(dict.fromkeys(others, "old"))
    names[at].mkdir()
    with pytest.raises(OVCFRiskError, match=rf"{names[at].name}' cannot be written \(Is a directory\)"):
        write_files(dict.fromkeys(names, "new"))
    assert [path.read_text() for path in others] == ["old", "old"]
    assert sorted(tmp_path.rglob("*")) == names


def test_the_temporary_file_keeps_the_name_by_which_writers_choose_a_format(tmp_path):
    with written_beside(tmp_path / "labels.nii.gz") as temporary:
        assert temporary.name == "labels.nii.gz"
        temporary.write_bytes(b"x")
    assert (tmp_path / "labels.nii.gz").read_bytes() == b"x"


def test_the_longest_name_a_disk_takes_can_be_written(tmp_path):
    name = "n" * 251 + ".csv"
    write_text(tmp_path / name, "x")
    assert (tmp_path / name).read_text() == "x"


def test_temporary_names_differ_and_are_closed_to_others(tmp_path):
    names = set()
    for _ in range(20):
        with written_beside(tmp_path / "a.json") as temporary:
            names.add(temporary.parent.name)
            assert stat.S_IMODE(temporary.parent.stat().st_mode) == 0o700
            temporary.write_text("x")
    assert len(names) == 20


def test_a_link_in_the_place_of_the_file_is_replaced_not_followed(tmp_path):
    other = tmp_path / "somebody_elses.txt"
    other.write_text("untouched")
    (tmp_path / "out").mkdir()
    path = tmp_path / "out" / "scores.csv"
    path.symlink_to(other)
    write_text(path, "new")
    assert other.read_text() == "untouched"
    assert path.read_text() == "new"
    assert not path.is_symlink()


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o027, 0o640)])
def test_permissions_are_those_the_user_asks_the_system_for(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        write_bytes(tmp_path / "a.png", b"x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "a.png").stat().st_mode) == mode


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(OVCFRiskError, match=r"output folder '.*out' cannot be written to .*; choose another folder"):
        prepare_folder(tmp_path / "out")


def test_a_folder_in_the_place_of_the_file_is_an_error(tmp_path):
    (tmp_path / "scores.csv" / "x").mkdir(parents=True)
    with pytest.raises(OVCFRiskError, match=r"scores\.csv' cannot be written"):
        write_text(tmp_path / "scores.csv", "x")
    assert [path.name for path in tmp_path.iterdir()] == ["scores.csv"]


def test_what_killed_writers_left_is_removed_and_nothing_else(tmp_path):
    (tmp_path / ".abc12345.partial").mkdir()
    (tmp_path / ".abc12345.partial" / "scores.csv").write_text("half")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "kept.txt").write_text("kept")
    (tmp_path / ".link.partial").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "mine.partial").write_text("kept")
    remove_partial_files(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".link.partial", "elsewhere", "mine.partial"]
    assert (tmp_path / "elsewhere" / "kept.txt").exists()


def test_removing_what_is_not_there_is_no_error_and_a_folder_is(tmp_path):
    remove_file(tmp_path / "absent")
    with pytest.raises(OVCFRiskError, match="cannot be removed"):
        remove_file(tmp_path)
