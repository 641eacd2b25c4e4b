"""Files that are read are written over by no name, and only while they are read."""

import os

import pytest

from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.file_set import FileSet, require_place, written_together
from OVCFRiskLib.files import remove_file, write_bytes, write_text
from OVCFRiskLib.kept_files import KeptFile, kept_files, require_not_kept

LOST = "expected a file of its own to write, got .* which is read .* would be lost; give another name or folder"


def names_of(folder, path):
    """A file's own name, other spellings, and links to it."""
    symbolic, of_link, hard = (folder / name for name in ("symbolic", "of link", "hard"))
    symbolic.symlink_to(path)
    of_link.symlink_to(symbolic)
    os.link(path, hard)
    (folder / "sub").mkdir()
    (folder / "folder link").symlink_to(folder)
    return [path, folder / "sub" / ".." / path.name, folder / "folder link" / path.name, symbolic, of_link, hard]


def test_no_name_of_a_kept_file_is_written(tmp_path, monkeypatch):
    kept, other = tmp_path / "kept", tmp_path / "other"
    kept.write_text("mine")
    other.write_text("")
    monkeypatch.chdir(tmp_path)
    names = [*names_of(tmp_path, kept), "kept", "./kept"]
    with kept_files([KeptFile("ct", kept)]):
        for name in names:
            for write in (lambda path: write_text(path, "x"), lambda path: write_bytes(path, b"x"), remove_file):
                with pytest.raises(OVCFRiskError, match=LOST):
                    write(name)
        for name in (other, tmp_path / "new", tmp_path / "nul\0"):
            require_not_kept(name)
        write_text(other, "x")
    assert kept.read_text() == "mine"
    write_text(kept, "x")


def test_where_files_have_no_numbers_their_names_count(tmp_path, monkeypatch):
    # as on drives of some cloud services: there all files would be one
    kept, other, link = (tmp_path / name for name in ("kept", "other", "link"))
    for path in (kept, other):
        path.write_text("")
    link.symlink_to(kept)
    stat = type(tmp_path).stat
    monkeypatch.setattr(type(tmp_path), "stat", lambda path, **named: os.stat_result([0, 0, *stat(path, **named)[2:]]))
    with kept_files([KeptFile("ct", kept)]):
        require_not_kept(other)
        for name in (kept, link, tmp_path / "." / "kept"):
            with pytest.raises(OVCFRiskError, match=LOST):
                require_not_kept(name)


def test_files_that_belong_together_are_refused_before_any_is_written(tmp_path):
    files = FileSet(("a", "b"), ("a", "b"), b"ours")
    for name in files.names:
        (tmp_path / name).write_text("ours")
    with kept_files([KeptFile("labels", tmp_path / "b")]):
        with pytest.raises(OVCFRiskError, match=LOST):
            require_place(tmp_path, files)
        with pytest.raises(OVCFRiskError, match=LOST), written_together(tmp_path, files) as folder:
            (folder / "a").write_text("new, ours")
    assert [(tmp_path / name).read_text() for name in files.names] == ["ours", "ours"]


def test_what_is_read_of_a_folder_is_kept_at_any_depth(tmp_path):
    series = tmp_path / "series" / "deep"
    series.mkdir(parents=True)
    for name in ("slice", "table"):
        (series / name).write_text("")
    (tmp_path / "link").symlink_to(series)
    (tmp_path / "loop").symlink_to("loop")
    with kept_files([KeptFile("ct", tmp_path / "series", lambda path: path.name == "slice")]):
        for name in (series / "slice", tmp_path / "link" / "slice"):
            with pytest.raises(OVCFRiskError, match=LOST):
                require_not_kept(name)
        for name in (series / "table", series / "new", tmp_path / "loop"):
            require_not_kept(name)


def test_two_commands_at_once_keep_their_own(tmp_path):
    (tmp_path / "file").write_text("")
    file = KeptFile("ct", tmp_path / "file")
    with kept_files([file]):
        with kept_files([file]):
            pass
        with pytest.raises(OVCFRiskError, match=LOST):
            require_not_kept(tmp_path / "file")
    require_not_kept(tmp_path / "file")
