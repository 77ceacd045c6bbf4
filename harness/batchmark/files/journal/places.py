"""Where journals stand: beside the file that was asked for, or in the user's cache folder."""

import os
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from batchmark.errors import StoredFileError
from batchmark.files.journal.file import LinesFile
from batchmark.files.journal.form import SUFFIX

_MOST_KEPT = 10


def open_journal(json_file: Path | None, first_line: bytes) -> LinesFile:
    """Return a new file with its first line: beside `json_file`, or in the cache folder where none was asked for.

    It is in the cache folder too where `json_file` is a device or a pipe, and where it may be written but nothing else
    in its folder may. Another journal that is there stays: it has the rounds of a run that was cut off.

    Raises StoredFileError: `json_file` can't be written; there is no cache folder to write to.
    """
    if json_file is None or not _is_ordinary(json_file):
        return open_in_cache(first_line)
    try:
        return _opened(_names_beside(json_file), first_line)
    except OSError as error:
        if json_file.is_file() and os.access(json_file, os.W_OK) and not os.access(json_file.parent, os.W_OK):
            return open_in_cache(first_line)
        reason = "it is a folder" if json_file.is_dir() else error.strerror or error
        message = f"{json_file} can't be written: {reason}; name a file in a folder that can be, before it is measured"
        raise StoredFileError(message) from error


def open_in_cache(first_line: bytes) -> LinesFile:
    """Return a new file in the user's cache folder, which keeps the latest ten.

    Raises StoredFileError: it can't be made or written.
    """
    # Takes a while to import, and pytest imports us in every run.
    from platformdirs import user_cache_path  # noqa: PLC0415

    folder = user_cache_path("batchmark") / "journals"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _forget_old(folder)
        stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
        return _opened(_numbered(folder / stem), first_line)
    except OSError as error:
        message = f"no journal can be kept in {folder}: {error.strerror or error}"
        raise StoredFileError(message) from error


def journals_beside(json_file: Path) -> list[Path]:
    """Return the journals that stand beside a stored sweep, or beside where it was to be, oldest first."""
    with suppress(OSError, ValueError):
        name = json_file.name
        found = [path for path in json_file.parent.iterdir() if _is_name_beside(path.name, name) and path.is_file()]
        return sorted(found, key=lambda path: path.stat().st_mtime)
    return []


def _is_name_beside(journal: str, name: str) -> bool:
    number = journal.removeprefix(name).removesuffix(SUFFIX)
    return journal == f"{name}{number}{SUFFIX}" and (not number or number.removeprefix(".").isdecimal())


def _names_beside(json_file: Path) -> Iterator[Path]:
    if json_file.is_dir():
        raise IsADirectoryError
    return _numbered(json_file)


def _numbered(path: Path) -> Iterator[Path]:
    """Yield `path` with the suffix, then with a number before it."""
    return (path.with_name(f"{path.name}{f'.{number}' if number > 1 else ''}{SUFFIX}") for number in count(1))


def _opened(names: Iterator[Path], first_line: bytes) -> LinesFile:
    file = _first_free(names)
    file.append([first_line])
    if file.failure and file.is_ordinary:
        file.remove()
        raise OSError(0, file.failure)
    return file


def _first_free(names: Iterator[Path]) -> LinesFile:
    while True:
        with suppress(FileExistsError):
            return LinesFile(next(names))


def _is_ordinary(path: Path) -> bool:
    """Whether a file of that name is one, or would be."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return True
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def _forget_old(folder: Path) -> None:
    """Delete all but the latest, so that with the new one there are as many as are kept."""
    with suppress(OSError):
        found = sorted(folder.glob(f"*{SUFFIX}"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in found[_MOST_KEPT - 1 :]:
            path.unlink(missing_ok=True)
