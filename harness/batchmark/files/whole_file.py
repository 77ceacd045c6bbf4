"""Writing a file whole or not at all: who reads it never sees a half, and a full disk leaves what was there."""

import errno
import tempfile
from pathlib import Path
from uuid import uuid4

from batchmark.errors import StoredFileError


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path`, in one step. A link is followed; a pipe or a device is written to as it is.

    Raises StoredFileError: no such folder, no permission, no room; what was there before is still there.
    """
    try:
        target = path.resolve()
        if target.exists() and not target.is_file():
            target.write_text(text, encoding="utf-8")
        else:
            _replace(target, text)
    # A path with a NUL in it, and what UTF-8 can't hold.
    except (OSError, ValueError) as error:
        message = f"{path} can't be written: {getattr(error, 'strerror', None) or error}"
        raise StoredFileError(message) from error


def require_writable(path: Path) -> None:
    """Raise StoredFileError where `write_whole` would: before there is anything to write. What is there stays.

    A path that may be written now may not be later: who asks saves the user a wait, and nothing more.
    """
    try:
        target = path.resolve()
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
        if target.exists() and not target.is_file():
            return
        with tempfile.TemporaryFile(dir=target.parent):
            pass
    except (OSError, ValueError) as error:
        message = f"{path} can't be written: {getattr(error, 'strerror', None) or error}"
        raise StoredFileError(message) from error


def _replace(path: Path, text: str) -> None:
    # Made as any new file is, and not by `tempfile`, whose files are their owner's alone: to learn the mask that new
    # files get, it has to be set, and for that moment it is every thread's.
    unfinished = path.with_name(f".{path.name}.{uuid4().hex[:8]}")
    try:
        with unfinished.open("x", encoding="utf-8") as file:
            file.write(text)
        unfinished.replace(path)
    finally:
        # After Ctrl-C as well: it is gone where it has become the file.
        unfinished.unlink(missing_ok=True)
