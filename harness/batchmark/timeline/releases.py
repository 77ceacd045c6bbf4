"""The list of releases: which there are, in which line of history, and the lock of each."""

import datetime as dt
import itertools
import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from packaging.version import InvalidVersion, Version

from batchmark.environments.pins import normal_name, read_pins
from batchmark.errors import BatchmarkError

LOCKS = "locks"
"""The folder beside the list that holds a file for each release, named after its tag."""

_RESTORE = "the list may only grow at its end: restore it with git checkout and add with batchmark releases update"

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9-]*$")]
_Text = Annotated[str, msgspec.Meta(pattern=r"^\S(.*\S)?$")]


class ReleaseListError(BatchmarkError):
    """A list of releases that can't be used as it stands."""


@dataclass(frozen=True)
class Release:
    """One release: a commit of the generated repository, and an environment."""

    version: str
    tag: str
    released: dt.date
    title: str
    """For readers, as in "TensorFlow 2.12.1"."""
    lock: Path


@dataclass(frozen=True)
class Recipe:
    """What a line's locks are resolved with, besides the release itself."""

    python: str
    """As in "3.11"."""
    beside: tuple[str, ...]
    """Requirements that are resolved together with the release."""
    alone: tuple[str, ...]
    """Pins that are added without what they depend on, and without a date."""
    resolved: dt.date | None
    """The day that the rest is resolved as of; None: the release's own."""


@dataclass(frozen=True)
class Line:
    """A line of history: the releases of one package, oldest first."""

    branch: str
    package: str
    name: str
    """What the package is called in the titles of its releases."""
    title: str
    """For readers, as in "TensorFlow releases"."""
    tag_prefix: str
    recipe: Recipe
    releases: tuple[Release, ...]


class _StoredLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    branch: _Name
    package: _Name
    name: _Text
    title: _Text
    tag_prefix: _Name
    held: tuple[_Text, ...] = ()
    resolved: dt.date | None = None


class _StoredRelease(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    branch: str
    version: str
    released: dt.date


class _StoredList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    python: Annotated[str, msgspec.Meta(pattern=r"^3\.[0-9]+$")]
    beside: tuple[_Text, ...]
    alone: tuple[_Text, ...]
    line: tuple[_StoredLine, ...]
    release: tuple[_StoredRelease, ...] = ()


def read_releases(path: Path) -> tuple[Line, ...]:
    """Read a list of releases and check it, locks included.

    Raises:
        ReleaseListError: It is missing or no TOML, has an unknown or a missing key, or its releases are out of
            order or stand there twice.
        LockError: A lock is missing, is none, or pins another version than the release's own.
    """
    stored = _read(path)
    _refuse_twice(path, "branch", (line.branch for line in stored.line))
    branches = [line.branch for line in stored.line]
    for listed in stored.release:
        if listed.branch not in branches:
            message = f"{path}: {listed.version} is on branch {listed.branch!r}, which no [[line]] has; "
            raise ReleaseListError(message + f"branches are: {', '.join(branches)}")
    lines = tuple(_line(path, stored, line) for line in stored.line)
    _refuse_twice(path, "tag", (release.tag for line in lines for release in line.releases))
    for line in lines:
        if not line.releases:
            message = f"{path}: branch {line.branch} has no [[release]]; write its first one by hand, with its lock"
            raise ReleaseListError(message)
        _refuse_disorder(path, line)
        for release in line.releases:
            _refuse_other_pin(line, release)
    return lines


def make_release(line: Line, version: str, released: dt.date, *, folder: Path) -> Release:
    """Return a release as the line names and files it; `folder` holds the list."""
    return _release(folder, line.tag_prefix, line.name, version, released)


def _release(folder: Path, prefix: str, name: str, version: str, released: dt.date) -> Release:
    tag = f"{prefix}{version}"
    lock = folder / LOCKS / f"{tag}.txt"
    return Release(version=version, tag=tag, released=released, title=f"{name} {version}", lock=lock)


def _read(path: Path) -> _StoredList:
    try:
        return msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _StoredList)
    except FileNotFoundError:
        message = f"{path}: no such list of releases; name another with --list FILE"
        raise ReleaseListError(message) from None
    except (OSError, ValueError, msgspec.ValidationError) as error:
        message = f"{path}: not a list of releases: {error}; {_RESTORE}"
        raise ReleaseListError(message) from error


def _line(path: Path, stored: _StoredList, line: _StoredLine) -> Line:
    releases = tuple(
        _release(path.parent, line.tag_prefix, line.name, release.version, release.released)
        for release in stored.release
        if release.branch == line.branch
    )
    recipe = Recipe(python=stored.python, beside=line.held + stored.beside, alone=stored.alone, resolved=line.resolved)
    return Line(
        branch=line.branch,
        package=line.package,
        name=line.name,
        title=line.title,
        tag_prefix=line.tag_prefix,
        recipe=recipe,
        releases=releases,
    )


def _refuse_twice(path: Path, what: str, names: Iterable[str]) -> None:
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        message = f"{path}: {what} {twice[0]} stands there more than once; {_RESTORE}"
        raise ReleaseListError(message)


def _refuse_disorder(path: Path, line: Line) -> None:
    for earlier, later in itertools.pairwise(line.releases):
        if _version(path, earlier) >= _version(path, later) or earlier.released > later.released:
            message = (
                f"{path}: {later.title} ({later.released}) comes after {earlier.title} ({earlier.released}) on branch "
                f"{line.branch}, expected ascending versions and dates; {_RESTORE}"
            )
            raise ReleaseListError(message)


def _version(path: Path, release: Release) -> Version:
    try:
        version = Version(release.version)
    except InvalidVersion:
        version = None
    if version is None or str(version) != release.version:
        message = f"{path}: {release.version!r} is no version such as 2.21.0; {_RESTORE}"
        raise ReleaseListError(message)
    return version


def _refuse_other_pin(line: Line, release: Release) -> None:
    pinned = read_pins(release.lock).get(normal_name(line.package))
    if pinned != release.version:
        message = (
            f"{release.lock}: pins {line.package} {pinned or 'not at all'}, expected {release.version}; restore the "
            "lock with git checkout"
        )
        raise ReleaseListError(message)
