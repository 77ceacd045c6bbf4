"""What drawing takes beside the base install, and the folder that pictures go into: asked for before anything is."""

import tempfile
from importlib.util import find_spec
from pathlib import Path

from batchmark.errors import BatchmarkError, MissingPackageError

_MODULES = {"altair": "altair", "vl_convert": "vl-convert-python"}


def require_drawing() -> None:
    """Raise MissingPackageError unless what draws is installed; it is not imported."""
    missing = [package for module, package in _MODULES.items() if find_spec(module) is None]
    if missing:
        message = f"--plot needs {' and '.join(missing)}; type: pip install 'batchmark[plot]'"
        raise MissingPackageError(message)


def make_folder(folder: Path) -> None:
    """Make `folder` if it is missing.

    Raises BatchmarkError: it can't be made, or nothing can be written into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(path: Path, error: OSError) -> BatchmarkError:
    """Return what is said of a file or folder that can't be written."""
    return BatchmarkError(f"--plot: can't write {path}: {error.strerror}; type: --plot and a folder you can write into")
