"""Which backend Keras is asked to train with, told without importing Keras.

Standard library only: it is asked before any of them is imported. Keras 2 trains with TensorFlow whatever is asked for.
"""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from batchmark.backends import BACKENDS, TENSORFLOW, known_backend
from batchmark.errors import UnsupportedBackendError

VARIABLE = "KERAS_BACKEND"
LEGACY_VARIABLE = "TF_USE_LEGACY_KERAS"
"""Has TensorFlow use the package tf_keras, which is Keras 2, where Keras 3 is installed too."""

_FIRST_WITH_BACKENDS = 3


@dataclass(frozen=True)
class Choice:
    """What was asked for, and where."""

    backend: str
    where: str
    """As in ``the variable KERAS_BACKEND``."""


def require_backend() -> None:
    """Refuse a backend that isn't measured, and another Keras than the one that TensorFlow has by itself.

    Raises UnsupportedBackendError.
    """
    if not _has_backends():
        return
    if (legacy := os.environ.get(LEGACY_VARIABLE, "")) in ("1", "true", "True"):
        message = (
            f"{LEGACY_VARIABLE}={legacy} has TensorFlow use the package tf_keras, which is not supported; "
            f"type: unset {LEGACY_VARIABLE}"
        )
        raise UnsupportedBackendError(message)
    choice = chosen_backend()
    if choice.backend not in BACKENDS:
        message = (
            f"Keras is to train with {choice.backend!a} ({choice.where}), and {' and '.join(BACKENDS)} are measured; "
            f"type: export {VARIABLE}={TENSORFLOW}"
        )
        raise UnsupportedBackendError(message)


def require_backend_kept(before: Choice, module: str) -> None:
    """Refuse a workload's `module` that asked for another backend while it was imported.

    `before` is what had been chosen. By then Keras may have been imported with that, and would train with it.

    Raises UnsupportedBackendError.
    """
    now = chosen_backend()
    if now.backend == before.backend or not _has_backends():
        return
    message = (
        f"the module {module!a} asks Keras to train with {now.backend!a} ({now.where}), and it is measured with "
        f"{before.backend}; take that out of it"
    )
    raise UnsupportedBackendError(message)


def backend_in_use() -> str:
    """Return the name of what Keras trains with, or would once it is imported."""
    return chosen_backend().backend if _has_backends() else TENSORFLOW


def asked_backends(names: Iterable[str]) -> tuple[str, ...]:
    """Return what `names` name, each once, or without any what Keras is set to.

    Raises UnknownNameError: one that isn't measured is named. UnsupportedBackendError: Keras is set to one.
    """
    if named := tuple(dict.fromkeys(map(known_backend, names))):
        return named
    require_backend()
    return (backend_in_use(),)


def chosen_backend() -> Choice:
    """Return what Keras 3 trains with, or would once it is imported: as set in it, in the environment, or in a file."""
    variable = Choice(os.environ.get(VARIABLE, ""), f"by the variable {VARIABLE}")
    loaded = getattr(sys.modules.get("keras.src.backend.config"), "backend", None)
    if loaded is not None and (imported := str(loaded())) != TENSORFLOW:
        return Choice(imported, variable.where if imported == variable.backend else "by keras.config.set_backend")
    if variable.backend:
        return variable
    file = _settings_file()
    return Choice(_backend_of(file), f'by "backend" in {file}')


def _has_backends() -> bool:
    try:
        return int(version("keras").partition(".")[0]) >= _FIRST_WITH_BACKENDS
    except (PackageNotFoundError, ValueError):
        return False


def _settings_file() -> Path:
    """Return where Keras looks for its settings."""
    if (home := os.environ.get("KERAS_HOME")) is not None:
        return Path(home).expanduser() / "keras.json"
    base = Path("~").expanduser()
    return (base if os.access(base, os.W_OK) else Path("/tmp")) / ".keras" / "keras.json"  # noqa: S108  as Keras does


def _backend_of(file: Path) -> str:
    try:
        settings = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return TENSORFLOW
    return str(settings.get("backend", TENSORFLOW)) if isinstance(settings, dict) else TENSORFLOW
