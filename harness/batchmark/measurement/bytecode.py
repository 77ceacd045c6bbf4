"""Compiled modules for workers where there are none and Python is told to write none.

So it is in container images that set ``PYTHONDONTWRITEBYTECODE`` and install by uv, which compiles nothing. TensorFlow
then takes far longer to import, and a comparison starts forty workers. What this process's workers compile is
kept in a folder of its own, until it ends: no older one can be taken for it.
"""

import importlib.util
import sys
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path

_WRITES_NONE = "PYTHONDONTWRITEBYTECODE"
_FOLDER = "PYTHONPYCACHEPREFIX"
# Every backend needs it: where it is compiled, the rest is.
_TELLING = "numpy"


def bytecode_setting(python: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return what a worker of `python` needs in its `environment` to find modules that one before it compiled.

    Nothing where Python writes them anyway, has a folder for them, has its packages compiled, or there is no room.
    """
    if not environment.get(_WRITES_NONE) or environment.get(_FOLDER) or _has_compiled_packages(python):
        return {}
    folder = _own_folder()
    # Empty is as if it weren't set.
    return {_WRITES_NONE: "", _FOLDER: folder.name} if folder else {}


@cache
def _has_compiled_packages(python: str) -> bool:
    if python == sys.executable:
        spec = importlib.util.find_spec(_TELLING)
        return bool(spec and spec.cached and Path(spec.cached).exists())
    environment = Path(python).parent.parent
    return any(environment.glob(f"lib/python*/site-packages/{_TELLING}/__pycache__/__init__.*.pyc"))


@cache
def _own_folder() -> tempfile.TemporaryDirectory[str] | None:
    try:
        return tempfile.TemporaryDirectory(prefix="batchmark-bytecode-")
    except OSError:
        return None
