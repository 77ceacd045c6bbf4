"""Releases that the package index has and the list doesn't: found, locked, appended."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from batchmark.environments.pins import LockError
from batchmark.environments.uv_index import NoSolutionError, uv_compile
from batchmark.progress import Progress, silent
from batchmark.timeline.locks import resolve_lock
from batchmark.timeline.releases import Line, Release, ReleaseListError, make_release, read_releases


@dataclass(frozen=True)
class Update:
    """What an update came to."""

    added: tuple[Release, ...]
    problems: tuple[str, ...]
    """Why a line lacks releases that the index may have; what came before them was added."""


@dataclass(frozen=True)
class Upload:
    """A version that the package index has for the line's Python, and when it came there."""

    version: str
    moment: dt.datetime


def update_releases(path: Path, *, dry_run: bool = False, progress: Progress = silent) -> Update:
    """Append to a list what is newer than the last release of each line, each with its lock.

    Of each minor the last patch that came before the next minor, and never a pre-release, a yanked one, or one
    without a wheel for the list's Python. The list and its locks are left as they are but for what is added at the
    list's end, a release at a time: an interrupted update leaves whole releases. A dry run resolves and writes nothing.

    Raises:
        ReleaseListError: The list as it stands can't be used, or it or a lock can't be written.
        LockError: A lock of it can't.
        MissingPackageError: uv is not installed.
    """
    lines = read_releases(path)
    added: list[Release] = []
    problems: list[str] = []
    for done, line in enumerate(lines):
        progress(phase="update", done=done, of=len(lines), detail=f"looking for {line.name} releases")
        try:
            for upload in find_newer(line):
                release = make_release(line, upload.version, upload.moment.date(), folder=path.parent)
                progress(phase="update", done=done, of=len(lines), detail=f"locking {release.title}")
                lock = resolve_lock(line, release)
                if not dry_run:
                    _append_or_say_why(path, line, release, lock)
                added.append(release)
        except LockError as error:
            problems.append(str(error))
    return Update(added=tuple(added), problems=tuple(problems))


def find_newer(line: Line) -> tuple[Upload, ...]:
    """Return what the index has after a line's last release, oldest first.

    Raises:
        LockError: The index can't be reached, lacks the package, or gives no dates.
        MissingPackageError: uv is not installed.
    """
    last = line.releases[-1]
    floor = Version(last.version)
    found: list[Upload] = []
    upload: Upload | None = _find(line, f">={last.version}")
    while upload is not None and Version(upload.version) > floor:
        found.append(upload)
        minor = Version(upload.version).release[:2]
        if minor == floor.release[:2]:
            break
        first = _find(line, f"~={minor[0]}.{minor[1]}.0", "--resolution=lowest-direct")
        upload = _find_or_none(
            line, f">={last.version},<{minor[0]}.{minor[1]}", f"--exclude-newer={_utc(first.moment)}"
        )
    found.reverse()
    for upload in found:
        if upload.moment.date() < last.released:
            message = (
                f"{line.name} {upload.version} can't follow {last.title}: it was released before it, on "
                f"{upload.moment.date()}; a list must ascend in dates, so leave it out or begin another list"
            )
            raise LockError(message)
    return tuple(found)


def _find(line: Line, versions: str, *options: str) -> Upload:
    """Return the newest (or what the options ask for) of some versions of a line's package."""
    choice = ["--format=pylock.toml", "--no-deps", "--only-binary=:all:", "--prerelease=disallow", *options]
    printed = uv_compile([f"{line.package}{versions}"], python=line.recipe.python, options=choice)
    (package,) = tomllib.loads(printed)["packages"]
    moments = [wheel["upload-time"] for wheel in package["wheels"] if "upload-time" in wheel]
    if not moments:
        message = (
            f"the package index does not say when {line.package} {package['version']} was uploaded, and dates are "
            "what the list is ordered by; name another index in UV_DEFAULT_INDEX"
        )
        raise LockError(message)
    return Upload(version=package["version"], moment=min(moments).astimezone(dt.UTC))


def _find_or_none(line: Line, versions: str, *options: str) -> Upload | None:
    try:
        return _find(line, versions, *options)
    except NoSolutionError:
        return None


def _utc(moment: dt.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _append_or_say_why(path: Path, line: Line, release: Release, lock: str) -> None:
    try:
        _append(path, line, release, lock)
    except OSError as error:
        message = f"{release.title} can't be added to {path}: {error}; name another list with --list FILE"
        raise ReleaseListError(message) from error


def _append(path: Path, line: Line, release: Release, lock: str) -> None:
    release.lock.parent.mkdir(exist_ok=True)
    # The lock first: a lock that isn't listed harms nothing, and is written anew next time.
    release.lock.write_text(lock, encoding="utf-8", newline="\n")
    gap = "\n" if path.read_bytes().endswith(b"\n") else "\n\n"
    table = f'[[release]]\nbranch = "{line.branch}"\nversion = "{release.version}"\nreleased = {release.released}\n'
    with path.open("a", encoding="utf-8", newline="\n") as file:
        file.write(gap + table)
