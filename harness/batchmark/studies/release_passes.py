"""Passes over releases: in each, the releases of a line take turns, until all have as many sessions as asked for."""

import pickle
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from batchmark.errors import BatchmarkError
from batchmark.measurement.machine_memory import machine_memory
from batchmark.progress import Progress
from batchmark.studies.release_session import ReleaseSession, Tracked
from batchmark.timeline.asv_runs import Configuration, record_sessions
from batchmark.timeline.history import NOT_MEASURED, Commit, read_lines, read_measurements

DEFAULT_PASSES = 3
# What a worker with a whole grid open takes, generously.
_BYTES_A_WORKER = 3 << 29
_FEWEST_TOGETHER = 2


class MeasureReleases(Protocol):
    """Measures releases in turns; `batchmark.asv_suite.measure_releases` does."""

    def __call__(
        self, tracked: Tracked, numbers: Mapping[str, int], *, pass_started: int, progress: Progress
    ) -> dict[str, ReleaseSession]:
        """Return a session for each release, by commit; `numbers` are the sessions' own, from 1."""


@dataclass(frozen=True)
class PassesDone:
    """What passes over releases came to."""

    measured: int
    """Sessions that were measured now."""
    complete: int
    """Releases that had theirs before, over passes and workloads."""
    problems: tuple[str, ...]
    """What went wrong, a line each."""


def choose_releases(lines: Mapping[str, tuple[Commit, ...]], only: Iterable[str]) -> tuple[Commit, ...]:
    """Return the releases that `only` names, by version or tag; all of them where it names none.

    Raises BatchmarkError: there is no such release.
    """
    every = tuple(dict.fromkeys(each for line in lines.values() for each in line))
    wanted = tuple(only)
    if not wanted:
        return every
    chosen: list[Commit] = []
    for name in wanted:
        # A plain version is TensorFlow's; Keras' releases are named by their tags.
        found = [each for each in every if each.tag in (name, f"v{name}")]
        if not found:
            known = ", ".join(each.tag for each in every)
            message = (
                f"no release {name!r} in the list; there are {known}; batchmark releases update looks for new ones"
            )
            raise BatchmarkError(message)
        chosen += found
    return tuple(dict.fromkeys(chosen))


def run_passes(
    configuration: Configuration,
    chosen: Sequence[Commit],
    suites: Mapping[str, Tracked],
    *,
    passes: int,
    at_once: int | None,
    machine: str,
    measure: MeasureReleases,
    progress: Progress,
    log: Path,
    now: Callable[[], float] = time.time,
) -> PassesDone:
    """Measure `suites` until each of the `chosen` releases has at least `passes` sessions on `machine`.

    What is stored already is kept, and a pass is stored as soon as it is done: an interrupted run goes on. At most
    `at_once` releases take turns (None: as many as fit into the memory).

    Raises BatchmarkError: a stored file can't be read, or asv itself failed.
    """
    room = at_once or max(_FEWEST_TOGETHER, machine_memory().available // _BYTES_A_WORKER)
    problems: list[str] = []
    measured = complete = 0
    for number in range(1, passes + 1):
        for suite, tracked in suites.items():
            for branch, line in tracked_lines(configuration).items():
                own = [each for each in line if each in chosen]
                counts = _count_sessions(configuration, machine, own, suite)
                groups = groups_to_measure(own, counts, number=number, at_once=room)
                complete += sum(counts[each.commit] >= number for each in own)
                for index, group in enumerate(groups):
                    part = f" ({index + 1} of {len(groups)})" if len(groups) > 1 else ""
                    told = _within(progress, f"pass {number} of {passes}, {tracked.workload}, {branch}{part}: ")
                    numbers = {each.commit: counts[each.commit] + 1 for each in group}
                    sessions = measure(tracked, numbers, pass_started=int(now()), progress=told)
                    told(phase="storing", done=0, of=1, detail=f"{len(sessions)} sessions, by asv")
                    _store(configuration, sessions, suite=suite, machine=machine, log=log)
                    for each in group:
                        counts[each.commit] += 1
                        problems += [f"{each.title}: {problem}" for problem in sessions[each.commit].problems]
                    measured += len(group)
    return PassesDone(measured, complete, tuple(dict.fromkeys(problems)))


def groups_to_measure(
    line: Sequence[Commit], counts: Mapping[str, int], *, number: int, at_once: int
) -> list[tuple[Commit, ...]]:
    """Return which releases of a line, oldest first, take turns with each other, so that each has `number` sessions.

    Each that lacks a session is measured together with the release before it, which it is compared with. Groups of at
    most `at_once` are cut so that they share a release.
    """
    wanted: set[int] = set()
    for index, each in enumerate(line):
        if counts[each.commit] < number:
            wanted |= {index, max(0, index - 1)}
    members = sorted(wanted)
    size = max(_FEWEST_TOGETHER, at_once)
    if len(members) <= size:
        return [tuple(line[index] for index in members)] if members else []
    starts = range(0, len(members) - 1, size - 1)
    return [tuple(line[index] for index in members[start : start + size]) for start in starts]


def _count_sessions(
    configuration: Configuration, machine: str, releases: Sequence[Commit], suite: str
) -> dict[str, int]:
    stored, unreadable = read_measurements(configuration.results, machine, releases)
    if unreadable:
        # asv would end at it, after minutes.
        raise BatchmarkError(unreadable[0])
    return {each.commit: stored.get(each.commit, NOT_MEASURED).count(suite) for each in releases}


def _store(
    configuration: Configuration, sessions: Mapping[str, ReleaseSession], *, suite: str, machine: str, log: Path
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for commit, session in sessions.items():
            write_session(session, Path(folder), commit)
        record_sessions(configuration, list(sessions), suite=suite, machine=machine, measured=Path(folder), log=log)


def write_session(session: ReleaseSession, folder: Path, commit: str) -> None:
    """Put a session where asv's suite finds it."""
    (folder / commit).write_bytes(pickle.dumps(session))


def read_session(folder: Path, commit: str) -> ReleaseSession:
    """Return what `write_session` wrote, a moment ago, in this environment."""
    session: ReleaseSession = pickle.loads((folder / commit).read_bytes())  # noqa: S301  our own
    return session


def _within(progress: Progress, what: str) -> Progress:
    def told(*, phase: str, done: float, of: float, detail: str) -> None:
        progress(phase=what + phase, done=done, of=of, detail=detail)

    return told


def tracked_lines(configuration: Configuration) -> dict[str, tuple[Commit, ...]]:
    """Return the releases of each branch that asv tracks."""
    return read_lines(configuration.repository, configuration.branches)
