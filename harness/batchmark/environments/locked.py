"""One environment a lock, made once and kept."""

import hashlib
import re
import shutil
import tempfile
from pathlib import Path

from batchmark.environments.uv_program import run_uv
from batchmark.errors import BatchmarkError

PYTHON_VERSION = "3.11"
"""What a lock is for that doesn't say it."""
_TAIL = 300
_SAYS_PYTHON = re.compile(r"^# Python (3\.[0-9]+), ", re.MULTILINE)


class InstallError(BatchmarkError):
    """An environment could not be made."""


def python_of(lock: str) -> str:
    """Return the version of Python that a lock says it is for, as in ``3.11``."""
    found = _SAYS_PYTHON.search(lock)
    return found[1] if found else PYTHON_VERSION


def locked_python(lock: str, folder: Path, *, python_version: str | None = None) -> Path:
    """Return the Python of the environment that holds exactly what `lock` lists, made if it isn't there yet.

    It is of `python_version`; None: of the one that the lock says it is for.

    `folder` holds one environment a lock: what has the same lock shares it. An installation that fails or is
    interrupted leaves nothing behind. One whose interpreter is gone, which it has only a link to, is made again.

    Raises InstallError: uv could not make it, with its last words, or there is no room for it. MissingPackageError: no
    uv.
    """
    path = folder / hashlib.sha256(lock.encode()).hexdigest()[:16]
    try:
        if not _python(path).exists():
            _make(lock, path.absolute(), python_version or python_of(lock))
    except OSError as error:
        message = f"its environment could not be made in {folder}: {error.strerror or error}"
        raise InstallError(message) from error
    return _python(path)


def _python(environment: Path) -> Path:
    return environment / "bin" / "python"


def _make(lock: str, path: Path, python_version: str) -> None:
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that uv's hard links and the last rename stay within one file system.
    unfinished = Path(tempfile.mkdtemp(prefix="unfinished-", dir=folder))
    try:
        requirements = unfinished / "requirements.txt"
        requirements.write_text(lock, encoding="utf-8")
        made = unfinished / "environment"
        _uv("venv", "--quiet", "--no-project", "--python", python_version, str(made))
        # A lock is complete: what it doesn't list isn't wanted.
        target = ("--python", str(_python(made)))
        # A build of its own, as torch==2.13.0+cpu, stands on no other index than it was found on.
        _uv("pip", "install", "--quiet", "--no-deps", *target, "-r", str(requirements), for_here="+" in lock)
        _move(made, path, unfinished / "replaced")
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _move(made: Path, path: Path, replaced: Path) -> None:
    """Rename `made` to `path`; what is there and can't be used goes to `replaced`."""
    try:
        made.rename(path)
    except OSError:
        if not path.exists():
            raise
        # Another process may have been faster: what it made from the same lock is as good.
        if not _python(path).exists():
            path.rename(replaced)
            made.rename(path)


def _uv(*arguments: str, for_here: bool = False) -> None:
    done = run_uv(*arguments, for_here=for_here)
    if done.returncode:
        said = " ".join(done.stderr.split())[-_TAIL:] or f"uv ended with exit code {done.returncode}"
        message = f"its environment could not be made: {said}"
        raise InstallError(message)


def package_alone(package: Path, folder: Path) -> Path:
    """Return a folder in which nothing but `package` can be imported from.

    The folder a package is installed in holds the controller's numpy and all else too: on a worker's import path it
    would replace what the release brought.

    Raises InstallError: the folder can't be made.
    """
    alone = folder / "package"
    link = alone / package.name
    try:
        alone.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink() or link.resolve() != package.resolve():
            link.unlink(missing_ok=True)
            link.symlink_to(package.resolve(), target_is_directory=True)
    except OSError as error:
        message = f"Batchmark can't be linked into {alone}: {error.strerror or error}"
        raise InstallError(message) from error
    return alone
