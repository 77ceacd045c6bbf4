"""The generated git repository: a commit for each release, with the same hashes on every machine.

The tree of a commit is its release's lock, as `requirements.txt`. Names, e-mail addresses and dates are fixed, and
git sees neither the user's settings nor hooks. A release's date is noon UTC of its day, and a minute later for each
release of the same day before it, so that a line's dates ascend.
"""

import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchmark.environments.git_program import GitError, run_git
from batchmark.errors import BatchmarkError
from batchmark.timeline.releases import Line

REQUIREMENTS = "requirements.txt"
"""The one file in each commit."""

_WHO = "Batchmark releases <releases@batchmark.invalid>"


class RepositoryError(BatchmarkError):
    """The repository of releases can't be built, or not without orphaning results."""


@dataclass(frozen=True)
class Repository:
    """A repository as it stands after a build."""

    folder: Path
    hashes: Mapping[str, str]
    """The hash of each release's commit, by tag."""
    added: tuple[str, ...]
    """Tags that were not there before."""


def build_repository(lines: Sequence[Line], folder: Path) -> Repository:
    """Build the repository of some lines of releases, or add to the one that is in the folder what it lacks.

    Either all of it is there afterwards or what was there before.

    Raises:
        RepositoryError: The folder holds something else, or a commit would get another hash than it has there.
        MissingPackageError: git is not installed.
    """
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as scratch:
            return _build(lines, folder, Path(scratch) / "new")
    except (OSError, GitError) as error:
        message = f"{folder}: the repository of releases can't be built there: {error}; choose another with --into"
        raise RepositoryError(message) from error


def _build(lines: Sequence[Line], folder: Path, new: Path) -> Repository:
    # Named: git's own defaults for these are about to change, and with them every hash.
    run_git(
        "init", "--quiet", "--bare", "--object-format=sha1", f"--initial-branch={lines[0].branch}", "--template=", new
    )
    run_git("fast-import", "--quiet", "--done", repository=new, given=b"".join(_stream(lines)))
    wanted = _refs(new)
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        new.rename(folder)
        before: dict[str, str] = {}
    else:
        before = _existing_refs(folder)
        _refuse_other_history(folder, before, wanted)
        if before != wanted:
            # With no gc of git's own afterwards, which would go on in the background.
            options = ["--quiet", "--atomic", "--no-auto-gc", "--no-write-fetch-head"]
            run_git("fetch", *options, new, "refs/*:refs/*", repository=folder)
    tags = {ref.removeprefix("refs/tags/"): commit for ref, commit in wanted.items() if ref.startswith("refs/tags/")}
    return Repository(
        folder=folder,
        hashes={release.tag: tags[release.tag] for line in lines for release in line.releases},
        added=tuple(tag for tag in tags if f"refs/tags/{tag}" not in before),
    )


def _stream(lines: Sequence[Line]) -> Iterator[bytes]:
    """Yield what git fast-import makes the commits from."""
    for line in lines:
        of_the_day: Counter[dt.date] = Counter()
        for release in line.releases:
            noon = dt.datetime.combine(release.released, dt.time(12), tzinfo=dt.UTC)
            seconds = int(noon.timestamp()) + 60 * of_the_day[release.released]
            of_the_day[release.released] += 1
            yield f"commit refs/heads/{line.branch}\n".encode()
            yield f"author {_WHO} {seconds} +0000\ncommitter {_WHO} {seconds} +0000\n".encode()
            yield _data(f"{release.title}\n".encode())
            yield f"M 100644 inline {REQUIREMENTS}\n".encode()
            yield _data(release.lock.read_bytes())
            yield f"reset refs/tags/{release.tag}\nfrom refs/heads/{line.branch}\n\n".encode()
    yield b"done\n"


def _data(content: bytes) -> bytes:
    return b"data %d\n%b\n" % (len(content), content)


def _refs(repository: Path) -> dict[str, str]:
    printed = run_git("for-each-ref", "--format=%(refname) %(objectname)", repository=repository)
    pairs = (line.split() for line in printed.splitlines())
    return dict(sorted((ref, commit) for ref, commit in pairs))


def _existing_refs(folder: Path) -> dict[str, str]:
    try:
        return _refs(folder)
    except GitError as error:
        message = (
            f"{folder}: holds something else than a repository of releases ({error}); choose another folder with "
            "--into, or remove this one"
        )
        raise RepositoryError(message) from error


def _refuse_other_history(folder: Path, before: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    for ref, commit in before.items():
        if not ref.startswith("refs/tags/") or wanted.get(ref) == commit:
            continue
        becomes = f"would become {wanted[ref][:8]}" if ref in wanted else "is no longer in the list"
        message = (
            f"{folder}: {ref.removeprefix('refs/tags/')} is commit {commit[:8]} there and {becomes}, which orphans "
            "what was measured under it; restore the list and its locks with git checkout, or, if nothing was "
            f"measured, remove {folder} and build it again"
        )
        raise RepositoryError(message)
    strange = [ref for ref in before if not ref.startswith("refs/tags/") and ref not in wanted]
    if strange:
        message = f"{folder}: holds {strange[0]}, which no line of the list makes; choose another folder with --into"
        raise RepositoryError(message)
