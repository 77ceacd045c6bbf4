"""Passes over releases: in each, the releases of a line take turns, until all have as many sessions as asked for."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from batchmark.errors import BatchmarkError, MissingPackageError
from batchmark.measurement.machine_memory import machine_memory
from batchmark.progress import Progress, within
from batchmark.studies.releases.groups import groups_to_measure
from batchmark.studies.releases.session import ReleaseSession, Tracked
from batchmark.studies.releases.storing import Store
from batchmark.timeline.asv_runs import Configuration
from batchmark.timeline.history import NOT_MEASURED, Commit, read_lines, read_measurements

DEFAULT_PASSES = 3
# What a worker with a whole grid open takes, generously.
_BYTES_A_WORKER = 3 << 29


class MeasureReleases(Protocol):
    """Measures releases in turns; `batchmark.doors.asv.suite.measure_releases` does."""

    def __call__(
        self, tracked: Tracked, numbers: Mapping[str, int], *, pass_started: int, progress: Progress
    ) -> dict[str, ReleaseSession]:
        """Return a session for each release, by commit; `numbers` are the sessions' own, from 1."""


@dataclass(frozen=True)
class PassesDone:
    """What passes over releases came to."""

    measured: int
    """Sessions that were measured now."""
    failed: int
    """Sessions that a release should have had by now and lacks: nothing could be measured."""
    complete: int
    """Sessions that releases had before, over passes and workloads."""
    problems: tuple[str, ...]
    """What went wrong, a line each; single cells that failed are among it."""


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
    install: Callable[[str], object],
    measure: MeasureReleases,
    progress: Progress,
    folder: Path,
    now: Callable[[], float] = time.time,
) -> PassesDone:
    """Measure `suites` until each of the `chosen` releases has at least `passes` sessions on `machine`.

    What is stored already is kept, and a pass is stored as soon as it is done: an interrupted run goes on. At most
    `at_once` releases take turns (None: as many as fit into the memory). `install` is called with a release's commit
    before it is measured; what can't be installed, or gave nothing once, is left alone for the rest of the run.
    `folder` is where asv's output goes and where a pass is kept that can't be stored.

    Raises BatchmarkError: a stored file can't be read, or asv itself failed. MissingPackageError: what makes
    environments is not installed.
    """
    run = _Run(
        configuration=configuration,
        machine=machine,
        room=at_once or machine_memory().available // _BYTES_A_WORKER,
        install=install,
        measure=measure,
        store=Store(configuration, machine, folder),
        now=now,
    )
    run.store.add_kept(progress)
    for number in range(1, passes + 1):
        for suite, tracked in suites.items():
            for branch, line in tracked_lines(configuration).items():
                told = within(progress, phase=f"pass {number} of {passes}, {tracked.workload}, {branch}")
                run.one_pass(suite, tracked, line, chosen, number=number, progress=told)
    return PassesDone(run.measured, run.failed, run.complete, tuple(dict.fromkeys(run.problems)))


@dataclass
class _Run:
    """A run and what it came to until now."""

    configuration: Configuration
    machine: str
    room: int
    install: Callable[[str], object]
    measure: MeasureReleases
    store: Store
    now: Callable[[], float]
    measured: int = 0
    failed: int = 0
    complete: int = 0
    problems: list[str] = field(default_factory=list)
    why_not: dict[str, str | None] = field(default_factory=dict)
    """By commit: why a release can't be installed, or None where it is."""
    given_up: set[tuple[str, str]] = field(default_factory=set)
    """Suites and commits that are not tried again: nothing could be measured."""

    def one_pass(
        self,
        suite: str,
        tracked: Tracked,
        line: Sequence[Commit],
        chosen: Collection[Commit],
        *,
        number: int,
        progress: Progress,
    ) -> None:
        """Measure what the chosen releases of a line lack of a suite to have `number` sessions."""
        counts = self._counts(line, suite)
        own = [each for each in line if each in chosen]
        self.complete += sum(counts[each.commit] >= number for each in own)
        wanted = [each for each in own if (suite, each.commit) not in self.given_up]
        groups = self._installed_groups(line, counts, wanted, number=number, progress=within(progress, phase=": "))
        lacking = [each for each in wanted if counts[each.commit] < number]
        self._record_uninstalled([each for each in lacking if self.why_not.get(each.commit)], suite)
        for index, group in enumerate(groups):
            part = f" ({index + 1} of {len(groups)})" if len(groups) > 1 else ""
            told = within(progress, phase=f"{part}: ")
            numbers = {each.commit: counts[each.commit] + 1 for each in group}
            sessions = self.measure(tracked, numbers, pass_started=int(self.now()), progress=told)
            told(phase="storing", done=0, of=1, detail=f"{len(sessions)} sessions, by asv")
            self.store.add(sessions, suite=suite)
            for each in group:
                session = sessions[each.commit]
                self.problems += [f"{each.title}: {problem}" for problem in session.problems]
                if session.has_measured:
                    self.measured += 1
                    counts[each.commit] += 1
                elif each in lacking:
                    self.failed += 1
                    self.given_up.add((suite, each.commit))

    def _counts(self, line: Sequence[Commit], suite: str) -> dict[str, int]:
        stored, unreadable = read_measurements(self.configuration.results, self.machine, line)
        if unreadable:
            # asv would end at it, after minutes.
            raise BatchmarkError(unreadable[0])
        return {each.commit: stored.get(each.commit, NOT_MEASURED).count(suite) for each in line}

    def _installed_groups(
        self,
        line: Sequence[Commit],
        counts: Mapping[str, int],
        wanted: Collection[Commit],
        *,
        number: int,
        progress: Progress,
    ) -> list[tuple[Commit, ...]]:
        """Return who takes turns, all of them installed: who can't be is neither measured nor compared with."""
        while True:
            there = [each for each in line if not self.why_not.get(each.commit)]
            groups = groups_to_measure(
                there, counts, wanted=[each for each in wanted if each in there], number=number, at_once=self.room
            )
            members = list(dict.fromkeys(each for group in groups for each in group))
            for done, each in enumerate(members):
                if each.commit not in self.why_not:
                    progress(phase="installing", done=done, of=len(members), detail=each.title)
                    self._install(each)
            if not any(self.why_not[each.commit] for each in members):
                return groups

    def _install(self, release: Commit) -> None:
        try:
            self.install(release.commit)
        except MissingPackageError:
            raise
        except BatchmarkError as error:
            self.why_not[release.commit] = str(error)
            self.problems.append(f"{release.title}: {error}")
        else:
            self.why_not[release.commit] = None

    def _record_uninstalled(self, releases: Sequence[Commit], suite: str) -> None:
        """Record a session without anything of releases that lack one and can't be installed, once in a run."""
        if not releases:
            return
        began = int(self.now())
        self.store.add(
            {each.commit: ReleaseSession(began, problems=(str(self.why_not[each.commit]),)) for each in releases},
            suite=suite,
        )
        self.failed += len(releases)
        self.given_up |= {(suite, each.commit) for each in releases}


def tracked_lines(configuration: Configuration) -> dict[str, tuple[Commit, ...]]:
    """Return the releases of each branch that asv tracks."""
    return read_lines(configuration.repository, configuration.branches)
