"""A file that is written whole or not at all."""

import os
import stat
from pathlib import Path

import pytest

from batchmark.errors import StoredFileError
from batchmark.files.whole_file import write_whole


def test_it_replaces_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "a result.json"
    for text in ("first", "second, longer"):
        write_whole(path, text)
        assert path.read_text() == text
    assert os.listdir(tmp_path) == ["a result.json"]  # noqa: PTH208  names alone


def test_others_may_read_it_as_any_new_file(tmp_path: Path) -> None:
    write_whole(tmp_path / "ours", "text")
    (tmp_path / "any").touch()
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == stat.S_IMODE((tmp_path / "any").stat().st_mode)


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002, 0o027])
def test_it_gets_the_rights_of_a_new_file_and_no_other_thread_sees_another_mask(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mask: int
) -> None:
    before = os.umask(mask)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(os, "umask", _never)
            write_whole(tmp_path / "ours", "text")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "ours").stat().st_mode) == 0o666 & ~mask


def _never(_: int) -> int:
    message = "the mask is the whole process's"
    raise AssertionError(message)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "result.json"
    write_whole(path, "first")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(StoredFileError, match=r"result\.json can't be written: No space left on device"):
        write_whole(path, "second")
    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["result.json"]  # noqa: PTH208  names alone


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoredFileError, match=r"nowhere/x\.json can't be written: No such file or directory"):
        write_whole(tmp_path / "nowhere" / "x.json", "text")


def test_a_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "link.json"
    link.symlink_to(tmp_path / "elsewhere" / "file.json")
    write_whole(link, "text")
    assert link.is_symlink()
    assert (tmp_path / "elsewhere" / "file.json").read_text() == "text"


def test_a_device_is_written_to_and_not_replaced() -> None:
    write_whole(Path(os.devnull), "text")
    assert not Path(os.devnull).is_file()


def test_ctrl_c_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "result.json", "text")
    assert os.listdir(tmp_path) == []  # noqa: PTH208  names alone
