"""An environment that a user asked for by its requirements: locked once, made once, and kept in the user's cache."""

import hashlib
import os
import platform
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from platformdirs import user_cache_path

from batchmark.environments.locked import locked_python
from batchmark.environments.pins import LockError
from batchmark.environments.uv_index import uv_compile
from batchmark.environments.uv_program import index_in_use
from batchmark.files.whole_file import write_whole


@dataclass(frozen=True)
class Environment:
    """An environment and what is in it."""

    python: Path
    packages: Mapping[str, str]
    """Every package in it at its version."""


def environment_for(
    requirements: Sequence[str],
    *,
    python: str = platform.python_version(),
    cache: Path | None = None,
    refresh: bool = False,
    like: Mapping[str, str] | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Environment:
    """Return the environment that pip would make of `requirements` for this `python`, made where it isn't there yet.

    What was resolved is kept: the same requirements give the same packages until `refresh` asks the index again.
    Packages that `like` names stay at their version there, as far as the requirements let them.
    `cache` is the user's cache folder by default; `tell` is told what takes long.

    Raises BatchmarkError: a requirement is none, nothing fits it, no network, no room on the disk; in one line.
    """
    wanted = tuple(sorted({_checked(each) for each in requirements}))
    folder = cache or user_cache_path("batchmark")
    version = ".".join(python.split(".")[:2])
    asked = f"# {' '.join(wanted)}\n# Python {version}, {platform.system()} {platform.machine()}\n"
    if index := index_in_use(os.environ):
        # What one index has, another may lack.
        asked += f"# of index {index}\n"
    if near := _pins(like or {}):
        asked += f"# as near as can be to {' '.join(near)}\n"
    kept = folder / "locks" / f"{hashlib.sha256(asked.encode()).hexdigest()[:16]}.txt"
    try:
        if refresh or not kept.exists():
            tell(f"resolving {' '.join(wanted)}")
            resolved = uv_compile(wanted, python=version, options=(), for_platform=None, like="\n".join(near))
            kept.parent.mkdir(parents=True, exist_ok=True)
            # Whole: another process may be about to read it, or to write the same.
            write_whole(kept, asked + resolved)
        lock = kept.read_text(encoding="utf-8")
        tell(f"installing {' '.join(wanted)}")
        return Environment(locked_python(lock, folder / "environments", python_version=version), _packages(lock))
    except UnicodeDecodeError as error:
        message = f"{kept} can't be read as a lock ({error.reason}); delete it, and it is resolved again"
        raise LockError(message) from error
    except OSError as error:
        message = f"the environment of {' '.join(wanted)} can't be kept in {folder}: {error.strerror or error}"
        raise LockError(message) from error


def _pins(packages: Mapping[str, str]) -> list[str]:
    """Return packages as a lock has them, but for those that come from an address."""
    return [f"{name}=={version}" for name, version in sorted(packages.items()) if "/" not in version]


def _packages(lock: str) -> dict[str, str]:
    """Return names and versions; what comes from elsewhere than an index has its address for a version."""
    found = (re.match(r"([A-Za-z0-9._-]+)\s*(?:==|@)\s*(\S+)", line) for line in lock.splitlines())
    return {match[1]: match[2] for match in found if match}


def split_requirements(text: str) -> tuple[str, ...]:
    """Return the requirements in ``tensorflow-cpu==2.21.0 keras==3.15.1``.

    Raises LockError: there is none.
    """
    found = tuple(text.split())
    if not found:
        message = "no requirement to install; expected some as in tensorflow-cpu==2.21.0"
        raise LockError(message)
    return tuple(_checked(each) for each in found)


def _checked(requirement: str) -> str:
    try:
        return str(Requirement(requirement))
    except InvalidRequirement:
        message = f"{requirement!r} is no requirement; expected one as in tensorflow-cpu==2.21.0, without spaces in it"
        raise LockError(message) from None
