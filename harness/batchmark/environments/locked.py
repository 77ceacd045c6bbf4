"""One environment a lock, made once and kept."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from batchmark.errors import BatchmarkError, MissingPackageError

PYTHON_VERSION = "3.11"
"""What the releases' locks are for."""
_TAIL = 300
# What uv calls its own: settings of the caller's environment would redirect it.
_NOT_PASSED_ON = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME")


class InstallError(BatchmarkError):
    """An environment could not be made."""


def locked_python(lock: str, folder: Path, *, python_version: str = PYTHON_VERSION) -> Path:
    """Return the Python of the environment that holds exactly what `lock` lists, made if it isn't there yet.

    `folder` holds one environment a lock: what has the same lock shares it. An installation that fails or is
    interrupted leaves nothing behind.

    Raises InstallError: uv could not make it; its last words are in the message. MissingPackageError: no uv.
    """
    path = folder / hashlib.sha256(lock.encode()).hexdigest()[:16]
    python = path / "bin" / "python"
    if python.exists():
        return python
    folder.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that uv's hard links and the last rename stay within one file system.
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder))
    try:
        requirements = unfinished / "requirements.txt"
        requirements.write_text(lock, encoding="utf-8")
        made = unfinished / "environment"
        _uv("venv", "--quiet", "--no-project", "--python", python_version, str(made))
        # A lock is complete: what it doesn't list isn't wanted.
        target = ("--python", str(made / "bin" / "python"))
        _uv("pip", "install", "--quiet", "--no-deps", *target, "-r", str(requirements))
        _move(made, path)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return python


def _move(made: Path, path: Path) -> None:
    try:
        made.rename(path)
    except OSError:
        # Another process was faster: what it made from the same lock is as good.
        if not path.exists():
            raise


def _uv(*arguments: str) -> None:
    try:
        from uv import find_uv_bin  # noqa: PLC0415  only who measures releases needs it
    except ModuleNotFoundError as error:
        message = "uv makes environments and is not installed; pip install uv"
        raise MissingPackageError(message) from error
    environment = {key: value for key, value in os.environ.items() if key not in _NOT_PASSED_ON}
    done = subprocess.run(  # noqa: S603  uv, found in our own environment
        [find_uv_bin(), *arguments], capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        said = " ".join(done.stderr.split())[-_TAIL:] or f"uv ended with exit code {done.returncode}"
        message = f"its environment could not be made: {said}"
        raise InstallError(message)


def package_alone(package: Path, folder: Path) -> Path:
    """Return a folder in which nothing but `package` can be imported from.

    The folder a package is installed in holds the controller's numpy and all else too: on a worker's import path it
    would replace what the release brought.
    """
    alone = folder / "package"
    alone.mkdir(parents=True, exist_ok=True)
    link = alone / package.name
    if not link.is_symlink() or link.resolve() != package.resolve():
        link.unlink(missing_ok=True)
        link.symlink_to(package.resolve(), target_is_directory=True)
    return alone
