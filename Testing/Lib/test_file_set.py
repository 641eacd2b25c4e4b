"""A set of files takes the place of the earlier one whole, or not at all, whatever fails."""

import os
import shutil
import tempfile
import time
from pathlib import Path

import pytest

from OVCFRiskLib import file_set
from OVCFRiskLib.errors import OVCFRiskError
from OVCFRiskLib.file_set import FileSet, require_place, written_together

FILES = FileSet(("card", "table", "picture", "extra"), marked=("card",), mark=b"ours")
FIRST = {"card": "OURS first", "table": "first", "extra": "first"}
SECOND = {"card": "ours second", "table": "second", "picture": "second"}


def write(folder, contents, **options):
    with written_together(folder, FILES, **options) as stage:
        for name, text in contents.items():
            (stage / name).write_text(text)


def content(folder):
    return {path.name: path.read_text() for path in folder.iterdir()} if folder.exists() else {}


def test_the_new_set_replaces_the_whole_earlier_one_and_nothing_else(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    write(tmp_path, FIRST)
    assert content(tmp_path) == FIRST | {"mine.txt": "mine"}
    write(tmp_path, SECOND)
    assert content(tmp_path) == SECOND | {"mine.txt": "mine"}


def test_an_addition_keeps_what_it_does_not_write(tmp_path):
    write(tmp_path, FIRST)
    write(tmp_path, {"extra": "new"}, is_addition=True)
    assert content(tmp_path) == FIRST | {"extra": "new"}


class DiskFull:
    """Lets the n-th of all operations that change the disk fail, and those after it too while ``stays``."""

    PLACES = (
        *((Path, name) for name in ("mkdir", "rename", "replace", "unlink", "write_text", "write_bytes", "chmod")),
        (tempfile, "mkdtemp"),
        (shutil, "rmtree"),
    )

    def __init__(self, monkeypatch, number):
        self.left = number
        self.failed = ""
        for owner, name in self.PLACES:
            monkeypatch.setattr(owner, name, self._counting(getattr(owner, name), name))

    def _counting(self, function, name):
        def count(*arguments, **options):
            self.left -= 1
            if self.left == 0 and not options.get("ignore_errors"):
                self.failed = name
                raise OSError(28, "No space left on device")
            return function(*arguments, **options)

        return count


@pytest.mark.parametrize("earlier", [True, False])
def test_every_single_failure_leaves_one_whole_set(tmp_path, monkeypatch, earlier):
    failed = set()
    for number in range(1, 60):
        folder = tmp_path / f"{number}" / "deeper" if not earlier else tmp_path / f"{number}"
        if earlier:
            folder.mkdir()
            write(folder, FIRST)
        before = content(folder)
        with monkeypatch.context() as patch:
            disk = DiskFull(patch, number)
            try:
                write(folder, SECOND, is_private=True)
                message = ""
            except OVCFRiskError as error:
                message = str(error)
        if disk.failed == "rmtree" and not message.endswith("nothing was changed"):
            assert "cannot be removed" in message  # the set is there, what it replaced still lies in its hidden folder
            assert files_of(folder) == SECOND
        elif disk.failed:
            assert message.endswith("(No space left on device); nothing was changed")
            assert files_of(folder) == before
            assert not [path for path in tmp_path.rglob("*.partial") if path.is_dir()]
            assert earlier or not (tmp_path / f"{number}").exists()
        else:
            assert (message, files_of(folder)) == ("", SECOND)
            break
        failed.add(disk.failed)
    assert failed >= {"mkdir", "mkdtemp", "write_text", "rename", "chmod", "rmtree"}
    assert not disk.failed


def files_of(folder):
    return {path.name: path.read_text() for path in folder.iterdir() if path.is_file()} if folder.exists() else {}


def test_a_failing_return_keeps_the_only_copy_and_says_where(tmp_path, monkeypatch):
    write(tmp_path, FIRST)
    moves = []
    rename = Path.rename

    def fail_from_the_third_on(path, target):
        moves.append(path.name)
        if len(moves) >= 3:
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", fail_from_the_third_on)
    with pytest.raises(OVCFRiskError, match=r"could not be moved back; they are in '(.*)'") as caught:
        write(tmp_path, SECOND)
    place = Path(str(caught.value).rsplit("in '", 1)[1].rstrip("'"))
    assert {k: v for k, v in {**content(place), **files_of(tmp_path)}.items() if k in FIRST} == FIRST


def interrupt(_done):
    raise KeyboardInterrupt


def test_an_interrupted_block_changes_nothing(tmp_path):
    write(tmp_path / "a", FIRST)
    with pytest.raises(KeyboardInterrupt), written_together(tmp_path / "a", FILES) as stage:
        interrupt((stage / "card").write_text("ours half"))
    assert content(tmp_path / "a") == FIRST
    with pytest.raises(ValueError, match=r"^other$"), written_together(tmp_path / "b" / "c", FILES):
        raise ValueError("other")
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize("present", [{"table": "x"}, {"card": "somebody's card"}, {"picture": "x", "mine": "y"}])
def test_files_that_are_not_ours_are_refused_before_and_at_the_writing(tmp_path, present):
    for name, text in present.items():
        (tmp_path / name).write_text(text)
    for attempt in (lambda: require_place(tmp_path, FILES), lambda: write(tmp_path, SECOND)):
        with pytest.raises(OVCFRiskError, match=r"did not write.*choose another folder"):
            attempt()
        assert content(tmp_path) == present


def test_a_folder_of_a_files_name_is_refused(tmp_path):
    write(tmp_path, FIRST)
    (tmp_path / "picture").mkdir()
    with pytest.raises(OVCFRiskError, match=r"picture' cannot be written, because it is a folder"):
        write(tmp_path, SECOND)


def test_links_are_replaced_and_not_followed(tmp_path):
    (tmp_path / "elsewhere").write_text("ours, elsewhere")
    out = tmp_path / "out"
    out.mkdir()
    (out / "card").symlink_to(tmp_path / "elsewhere")
    (out / "table").symlink_to(tmp_path / "nowhere")
    write(out, SECOND)
    assert content(out) == SECOND
    assert (tmp_path / "elsewhere").read_text() == "ours, elsewhere"
    assert not (tmp_path / "nowhere").exists()


def test_the_place_is_tried_without_a_trace(tmp_path):
    require_place(tmp_path / "a" / "b", FILES)
    assert content(tmp_path) == {}
    (tmp_path / "file").write_text("in the way")
    for folder in (tmp_path / "file", tmp_path / "file" / "deeper"):
        with pytest.raises(OVCFRiskError, match=r"cannot be written to .*choose another folder"):
            require_place(folder, FILES)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
@pytest.mark.parametrize("is_new", [True, False])
def test_permissions_are_the_users_or_the_owners_alone(tmp_path, is_new):
    folder = tmp_path / "out"
    if not is_new:
        folder.mkdir()
    old = os.umask(0o027)
    try:
        write(folder, FIRST)
        assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o640}
        assert not is_new or folder.stat().st_mode & 0o777 == 0o750
        write(folder, SECOND, is_private=True)
    finally:
        os.umask(old)
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_what_killed_runs_left_goes_after_an_hour(tmp_path):
    write(tmp_path, FIRST)
    for name, age in (("old", 2 * file_set.LEFTOVER_AGE_S), ("young", 1.0)):
        leftover = tmp_path / f".ovcfrisk-{name}.partial"
        leftover.mkdir()
        (leftover / "card").write_text("another patient")
        os.utime(leftover, (time.time() - age,) * 2)
    (tmp_path / ".other.partial").mkdir()
    write(tmp_path, SECOND)
    left = sorted(path.name for path in tmp_path.iterdir() if path.is_dir())
    assert left == [".other.partial", ".ovcfrisk-young.partial"]
