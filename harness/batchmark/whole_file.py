"""Writing a file whole or not at all: who reads it never sees a half, and a full disk leaves what was there."""

import os
import tempfile
from pathlib import Path

from batchmark.errors import StoredFileError


def write_whole(path: Path, text: str) -> None:
    """Write `text` to `path`, in one step.

    Raises StoredFileError: no such folder, no permission, no room; what was there before is still there.
    """
    unfinished: str | None = None
    try:
        handle, unfinished = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(unfinished).chmod(0o666 & ~_umask())
        Path(unfinished).replace(path)
    except (OSError, UnicodeError) as error:
        if unfinished:
            Path(unfinished).unlink(missing_ok=True)
        message = f"{path} can't be written: {getattr(error, 'strerror', None) or error}"
        raise StoredFileError(message) from error


def _umask() -> int:
    """Return the mask new files get: a temporary file is made for its owner alone."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
