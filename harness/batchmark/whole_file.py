"""Writing a file whole or not at all: who reads it never sees a half, and a full disk leaves what was there."""

import os
import tempfile
from pathlib import Path

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
    except (OSError, UnicodeError) as error:
        message = f"{path} can't be written: {getattr(error, 'strerror', None) or error}"
        raise StoredFileError(message) from error


def _replace(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    unfinished = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        unfinished.chmod(0o666 & ~_umask())
        unfinished.replace(path)
    finally:
        # After Ctrl-C as well: it is gone where it has become the file.
        unfinished.unlink(missing_ok=True)


def _umask() -> int:
    """Return the mask new files get: a temporary file is made for its owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
