"""uv itself: where it is, and how it is run, so that what resolves and what installs see the same package index."""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Mapping

from batchmark.errors import MissingPackageError

_UVS_INDEX = ("UV_DEFAULT_INDEX", "UV_INDEX_URL")
_INDEXES = (
    *_UVS_INDEX,
    "UV_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
    "UV_INDEX_STRATEGY",
    "UV_TORCH_BACKEND",
)
# A lock is to be the same whoever makes it, and what it lists is to be installed wherever that is done.
_CHOICES = (
    "UV_EXCLUDE_NEWER",
    "UV_PRERELEASE",
    "UV_RESOLUTION",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_BUILD_CONSTRAINT",
    "UV_EXCLUDE",
)
# What uv calls its own: settings of the caller's environment would redirect it.
_ENVIRONMENTS = (
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONPATH",
    "PYTHONHOME",
    "UV_PROJECT_ENVIRONMENT",
    "UV_SYSTEM_PYTHON",
)


def find_uv() -> str:
    """Return uv's path.

    Raises MissingPackageError: it is not installed, or its package has lost its program.
    """
    try:
        import uv  # noqa: PLC0415  only who makes environments needs it

        found: str = uv.find_uv_bin()
    except (ImportError, FileNotFoundError):
        message = "environments are resolved and made by uv, which is not installed; type: pip install uv"
        raise MissingPackageError(message) from None
    return found


def run_uv(*arguments: str, given: str = "", for_here: bool = False) -> "subprocess.CompletedProcess[str]":
    """Run uv on the index that the user configured, with `given` as its input; return what came of it.

    `for_here`: of PyTorch it takes the build for this machine's accelerator, unless the user says where to look.
    Paths among the arguments have to be absolute. Raises OSError: it can't be started. MissingPackageError: no uv.
    """
    environment = uv_environment(os.environ)
    # In a folder of its own: uv also takes settings from the folders above the one it is started in.
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(  # noqa: S603  uv, found in our own environment
            [find_uv(), *arguments],
            input=given,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            cwd=folder,
            env=_with_builds_for_here(environment) if for_here else environment,
        )


def _with_builds_for_here(environment: dict[str, str]) -> dict[str, str]:
    return environment if any(name in environment for name in _INDEXES) else {**environment, "UV_TORCH_BACKEND": "auto"}


def uv_environment(outer: Mapping[str, str]) -> dict[str, str]:
    """Return the user's environment for uv: it heeds where pip was told to look, too, and no other environment."""
    environment = {name: value for name, value in outer.items() if name not in (*_CHOICES, *_ENVIRONMENTS)}
    if "PIP_INDEX_URL" in outer and not any(name in outer for name in _UVS_INDEX):
        environment["UV_DEFAULT_INDEX"] = outer["PIP_INDEX_URL"]
    if "PIP_FIND_LINKS" in outer:
        environment.setdefault("UV_FIND_LINKS", outer["PIP_FIND_LINKS"])
    return environment


def index_in_use(outer: Mapping[str, str]) -> str:
    """Return a few characters that stand for the index the environment names, and nothing where it names none.

    An address may hold a password: it can't be told from these.
    """
    environment = uv_environment(outer)
    named = "\n".join(f"{name}={environment[name]}" for name in _INDEXES if environment.get(name))
    return hashlib.sha256(named.encode()).hexdigest()[:16] if named else ""
