"""Passes over releases: each release once a pass, in random order, until each has as many sessions as asked for."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from batchmark.errors import BatchmarkError
from batchmark.progress import Progress
from batchmark.timeline.asv_runs import Configuration, run_pass
from batchmark.timeline.history import Commit, read_lines, read_measurements

DEFAULT_PASSES = 3
# What share of a session a phase takes, roughly.
_SHARES = {"first epochs": (0.1, 0.4), "turns": (0.4, 0.85), "training": (0.85, 0.9), "memory": (0.9, 1.0)}


@dataclass(frozen=True)
class PassesDone:
    """What passes over releases came to."""

    measured: int
    """Sessions that were asked for now."""
    complete: int
    """Sessions that were there before."""
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
    commits: Sequence[Commit],
    suites: Sequence[str],
    *,
    passes: int,
    machine: str,
    progress: Progress,
    log: Path,
) -> PassesDone:
    """Measure `suites` until each of `commits` has at least `passes` sessions on `machine`.

    A pass measures each release that lacks its session once, in an order of its own: a machine that gets slower during
    a pass does so for another release in each. What is there already is kept, so an interrupted run goes on.

    Raises BatchmarkError: a stored file can't be read, or asv itself failed.
    """
    problems: list[str] = []
    measured = complete = 0
    for number in range(1, passes + 1):
        for suite in suites:
            stored, unreadable = read_measurements(configuration.results, machine, commits)
            if unreadable:
                # asv would end at it, after minutes.
                raise BatchmarkError(unreadable[0])
            missing = [
                each for each in commits if each.commit not in stored or stored[each.commit].count(suite) < number
            ]
            complete += len(commits) - len(missing)
            measured += len(missing)
            if not missing:
                continue
            order = list(missing)
            random.Random(f"{machine}/{suite}/{number}").shuffle(order)  # noqa: S311  an order, not a secret
            told = _within(progress, f"pass {number} of {passes}, {suite}", len(order))
            problems += run_pass(
                configuration,
                [each.commit for each in order],
                suite=suite,
                machine=machine,
                session=number,
                progress=told,
                log=log,
            )
    return PassesDone(measured, complete, tuple(dict.fromkeys(problems)))


def _within(progress: Progress, what: str, releases: int) -> Progress:
    """Return a progress that counts releases, whatever the suite counts inside of one."""
    begun = 0
    title = ""

    def told(*, phase: str, done: float, of: float, detail: str) -> None:
        nonlocal begun, title
        if phase == "installing":
            begun, title = begun + 1, detail
        start, end = _SHARES.get(phase, (0.0, 0.0))
        share = start + (end - start) * (done / of if of else 0.0)
        progress(phase=what, done=begun - 1 + share, of=releases, detail=f"{title}: {phase} {detail}")

    return told


def tracked_lines(configuration: Configuration) -> dict[str, tuple[Commit, ...]]:
    """Return the releases of each branch that asv tracks."""
    return read_lines(configuration.repository, configuration.branches)
