"""Where journals stand."""

import os
from pathlib import Path

import pytest

from batchmark.errors import StoredFileError
from batchmark.files.journal.file import LinesFile
from batchmark.files.journal.places import journals_beside, open_in_cache, open_journal


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "batchmark" / "journals"


def _opened(json_file: Path | None) -> Path:
    file = open_journal(json_file, b"first\n")
    assert file.path.read_bytes() == b"first\n"
    file.close()
    return file.path


def test_it_stands_beside_the_file_and_never_takes_the_place_of_another(tmp_path: Path) -> None:
    json_file = tmp_path / "out.json"
    names = ["out.json.journal", "out.json.2.journal", "out.json.3.journal"]
    found = [_opened(json_file) for _ in names]
    assert found == [tmp_path / name for name in names]
    for age, path in enumerate(reversed(found)):
        os.utime(path, (1000 - age, 1000 - age))
    (tmp_path / "out.json.x.journal").touch()
    (tmp_path / "other.json.journal").touch()
    assert journals_beside(json_file) == found
    assert journals_beside(tmp_path / "nowhere" / "out.json") == []


@pytest.mark.parametrize("json_file", [None, Path(os.devnull), Path("/dev/full")], ids=str)
def test_beside_no_file_and_beside_a_device_it_stands_in_the_cache(json_file: Path | None, cache: Path) -> None:
    assert _opened(json_file).parent == cache
    assert not Path(f"{json_file}.journal").exists()


def test_the_cache_keeps_the_latest_ten(cache: Path) -> None:
    cache.mkdir(parents=True)
    for number in range(14):
        (cache / f"{number}.journal").touch()
        os.utime(cache / f"{number}.journal", (number, number))
    file = open_in_cache(b"")
    file.close()
    assert {path.name for path in cache.iterdir()} == {f"{number}.journal" for number in range(5, 14)} | {
        file.path.name
    }


def test_two_runs_of_the_same_second_have_a_journal_each(cache: Path) -> None:
    assert len({_opened(None) for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("name", "reason"), [("nowhere/out.json", "No such file or directory"), ("", "it is a folder")]
)
def test_what_can_not_be_written_is_refused_with_the_reason(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(StoredFileError) as refused:
        open_journal(tmp_path / name, b"")
    assert str(refused.value).startswith(f"{tmp_path / name} can't be written: {reason}; name a file in a folder")


def _forbid(monkeypatch: pytest.MonkeyPatch, folder: Path, *, file_too: bool) -> None:
    """Have a folder refuse new files, as another user's does: the tests may be run by who may do everything."""

    def refuse(path: Path) -> LinesFile:
        if path.parent == folder:
            raise PermissionError(13, "Permission denied")
        return LinesFile(path)

    def access(path: Path, _mode: int) -> bool:
        return path != folder and not file_too

    monkeypatch.setattr("batchmark.files.journal.places.LinesFile", refuse)
    monkeypatch.setattr("batchmark.files.journal.places.os.access", access)


def test_a_file_in_a_folder_of_somebody_elses_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _forbid(monkeypatch, tmp_path, file_too=True)
    (tmp_path / "out.json").touch()
    with pytest.raises(StoredFileError, match="can't be written: Permission denied"):
        open_journal(tmp_path / "out.json", b"")


def test_a_file_of_ones_own_in_a_folder_of_somebody_elses_has_its_journal_in_the_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cache: Path
) -> None:
    _forbid(monkeypatch, tmp_path, file_too=False)
    (tmp_path / "out.json").touch()
    assert _opened(tmp_path / "out.json").parent == cache


def test_a_disk_that_is_full_at_the_beginning_is_told_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(LinesFile, "_write", full)
    with pytest.raises(StoredFileError, match="can't be written: No space left on device"):
        open_journal(tmp_path / "out.json", b"first")
    assert list(tmp_path.iterdir()) == []


def test_it_is_not_removed_where_something_else_stands_by_now(tmp_path: Path) -> None:
    file = open_journal(tmp_path / "out.json", b"first\n")
    assert file.is_whole
    file.path.rename(tmp_path / "moved")
    assert not file.is_whole
    file.path.write_text("another's")
    assert not file.is_whole
    file.remove()
    assert file.path.read_text() == "another's"
