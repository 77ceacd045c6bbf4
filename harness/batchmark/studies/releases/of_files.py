"""asv's result files, wherever they are found, as histories: release by release, on each machine.

asv's files name a commit and no release. Its name is in the list of releases beside the folder of results, from which
the same commits can be made anywhere; without one the commits go by their date, and are called by their hash.
"""

import json
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from batchmark.errors import BatchmarkError
from batchmark.files.results import Passed
from batchmark.studies.releases.history import LineHistory, compare_releases
from batchmark.timeline.history import Commit, Measurements, read_lines, read_measurements
from batchmark.timeline.releases import read_releases
from batchmark.timeline.repository import build_repository

LIST = "releases.toml"
_BY_DATE = "releases"


@dataclass(frozen=True)
class MachineReleases:
    """A line of releases on a machine."""

    machine: str
    history: LineHistory
    measured: Mapping[str, Measurements]
    """By commit."""
    where: str
    """The folder of the files."""

    @property
    def releases(self) -> tuple[Commit, ...]:
        """Those that were measured, the oldest first."""
        return tuple(each for each in self.history.releases if self.history.sessions.get(each.commit))


@dataclass(frozen=True)
class FoundReleases:
    """What asv's files tell."""

    lines: tuple[MachineReleases, ...]
    skipped: tuple[Passed, ...]
    """What can't be read, and why."""


def read_found(files: Sequence[Path]) -> FoundReleases:
    """Return the history of each line of releases and each machine that `files` are of."""
    lines: list[MachineReleases] = []
    skipped: list[Passed] = []
    folders: dict[Path, list[Path]] = {}
    for file in files:
        folders.setdefault(file.absolute().parent, []).append(file)
    for folder, own in folders.items():
        try:
            found, unreadable = _of_folder(folder, own)
        except BatchmarkError as error:
            skipped.append(Passed(str(own[0].parent), str(error)))
            continue
        lines += found
        skipped += [Passed(*each.partition(" ")[::2]) for each in unreadable]
    return FoundReleases(tuple(lines), tuple(skipped))


def _of_folder(folder: Path, files: Sequence[Path]) -> tuple[list[MachineReleases], list[str]]:
    """Return the lines of one machine, whose results stand in `folder`."""
    listed = folder.parent.parent / LIST
    lines = _lines(listed) if listed.exists() else {_BY_DATE: _by_date(files)}
    found: list[MachineReleases] = []
    unreadable: list[str] = []
    for branch, every in lines.items():
        commits = [each for each in every if any(file.name.startswith(each.commit[:8]) for file in files)]
        measured, wrong = read_measurements(folder.parent, folder.name, commits)
        unreadable += wrong
        history = compare_releases(branch, commits, measured)
        if history.sessions:
            found.append(MachineReleases(folder.name, history, measured, str(files[0].parent)))
    return found, unreadable


def _lines(listed: Path) -> dict[str, tuple[Commit, ...]]:
    """Return the releases of a list as commits, which are the same wherever they are made."""
    lines = read_releases(listed)
    with tempfile.TemporaryDirectory(prefix="batchmark-releases-") as folder:
        built = build_repository(lines, Path(folder) / "releases")
        return read_lines(built.folder, [line.branch for line in lines])


def _by_date(files: Iterable[Path]) -> tuple[Commit, ...]:
    """Return the commits of some files by their date; of a file that can't be read nothing is known."""
    found = {}
    for file in files:
        try:
            held = json.loads(file.read_bytes())
            commit, day = str(held["commit_hash"]), datetime.fromtimestamp(held["date"] / 1000, UTC)
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
            message = f"{file} can't be read ({' '.join(str(error).split())}); restore it"
            raise BatchmarkError(message) from error
        found[commit] = (held["date"], Commit(commit, commit[:8], commit[:8], day.date().isoformat()))
    return tuple(commit for _, commit in sorted(found.values(), key=lambda each: each[0]))
