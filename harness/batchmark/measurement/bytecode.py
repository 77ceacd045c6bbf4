"""Compiled modules for workers where Python is told to write none, as in most container images.

Without them TensorFlow takes three times as long to import, and a comparison starts forty workers. What this process
leaves beside no source file it keeps in a folder of its own, until it ends: no older one can be taken for it.
"""

import tempfile
from collections.abc import Mapping
from functools import cache

_WRITES_NONE = "PYTHONDONTWRITEBYTECODE"
_FOLDER = "PYTHONPYCACHEPREFIX"


def bytecode_setting(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a worker needs in its environment, beside `environment`, to find modules compiled by one before it.

    Nothing where Python writes them anyway, has a folder for them, or there is no room for one.
    """
    if not environment.get(_WRITES_NONE) or environment.get(_FOLDER):
        return {}
    folder = _own_folder()
    # Empty is as if it weren't set.
    return {_WRITES_NONE: "", _FOLDER: folder.name} if folder else {}


@cache
def _own_folder() -> tempfile.TemporaryDirectory[str] | None:
    try:
        return tempfile.TemporaryDirectory(prefix="batchmark-bytecode-")
    except OSError:
        return None
