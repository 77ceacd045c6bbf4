"""What was measured of which release: read from asv's results and the generated repository."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from pathlib import Path
from typing import Any

from batchmark.environments.git_program import GitError, run_git
from batchmark.errors import BatchmarkError
from batchmark.timeline import series
from batchmark.timeline.asv_file import AsvFile

# What reading a file raises that is valid JSON and not what asv wrote.
_DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, SyntaxError, RecursionError)
_FIELDS = "%H%x09%cs%x09%D%x09%s"


@dataclass(frozen=True)
class Commit:
    """One release as the repository has it."""

    commit: str
    tag: str
    title: str
    released: str
    """As 2023-07-05."""


@dataclass(frozen=True, order=True)
class Key:
    """One series: what is tracked, of which workload, at which parameters."""

    suite: str
    """The name of the suite's class, which stands for a workload."""
    metric: str
    parameters: tuple[str | int, ...]


@dataclass(frozen=True)
class Measurements:
    """What was measured of one release: the samples of each session that measured something, by series."""

    sessions: Mapping[Key, tuple[tuple[float, ...], ...]]
    passes: Mapping[str, tuple[int, ...]]
    """By suite: when the pass of each of its sessions began, in seconds since 1970; who shares it took turns."""
    failed: Mapping[str, int]
    """By suite: sessions in which nothing could be measured."""

    def count(self, suite: str) -> int:
        """Return how many sessions measured something."""
        return len(self.passes.get(suite, ()))

    def by_pass(self, key: Key) -> dict[int, tuple[float, ...]]:
        """Return the samples of each session by its pass; a session in which the series has none is left out."""
        sessions = self.sessions.get(key, ())
        passes = self.passes.get(key.suite, ())
        if len(sessions) != len(passes):
            return {}
        return {began: samples for began, samples in zip(passes, sessions, strict=True) if samples}

    def samples(self, key: Key) -> tuple[float, ...]:
        """Return every sample, of all sessions."""
        return tuple(value for session in self.sessions.get(key, ()) for value in session)


NOT_MEASURED = Measurements({}, {}, {})
"""Of a release that has no results."""


def read_lines(repository: Path, branches: Iterable[str]) -> dict[str, tuple[Commit, ...]]:
    """Return the releases of each branch that the repository has, first one first.

    Raises BatchmarkError: there is no such repository.
    """
    if not repository.exists():
        message = f"no releases' repository at {repository}; type: batchmark releases build"
        raise BatchmarkError(message)
    try:
        held = run_git("for-each-ref", "--format=%(refname:short)", "refs/heads", repository=repository).split()
        return {branch: _commits(repository, branch) for branch in branches if branch in held}
    except GitError as error:
        message = f"the releases' repository at {repository} can't be read: {error}"
        raise BatchmarkError(message) from error


def _commits(repository: Path, branch: str) -> tuple[Commit, ...]:
    options = ("--first-parent", "--reverse", "--decorate=full", f"--format={_FIELDS}")
    lines = run_git("log", *options, branch, repository=repository)
    found = []
    for line in lines.splitlines():
        commit, released, names, title = line.split("\t", 3)
        tags = [name.removeprefix("tag: refs/tags/") for name in names.split(", ") if name.startswith("tag: ")]
        found.append(Commit(commit, tags[0] if tags else commit[:8], title, released))
    return tuple(found)


def read_measurements(
    results: Path, machine: str, commits: Iterable[Commit]
) -> tuple[dict[str, Measurements], list[str]]:
    """Return what is stored of each commit, by its hash, and a line for each file that can't be read."""
    found: dict[str, Measurements] = {}
    unreadable: list[str] = []
    known = {each.commit: each for each in commits}
    for path in sorted((results / machine).glob("*.json")):
        if path.name == "machine.json":
            continue
        commit = next((hash_ for hash_ in known if path.name.startswith(hash_[:8])), None)
        if commit is None:
            continue
        try:
            found[commit] = _read(path, machine)
        except BatchmarkError as error:
            unreadable.append(str(error))
    return found, unreadable


def machines(results: Path) -> tuple[str, ...]:
    """Return the names of the machines that have results."""
    return tuple(sorted(path.parent.name for path in results.glob("*/machine.json")))


def _read(path: Path, machine: str) -> Measurements:
    try:
        from asv.results import Results  # noqa: PLC0415  only who reads a history needs asv
        from asv.util import UserError  # noqa: PLC0415
    except ModuleNotFoundError:
        return _understood(path, lambda: AsvFile(path, machine))
    return _understood(path, lambda: Results.load(str(path), machine_name=machine), UserError)


def _understood(path: Path, load: Callable[[], Any], *errors: Any) -> Measurements:  # noqa: ANN401  asv has no types
    try:
        return _measurements(load())
    except (*_DAMAGED, *errors) as error:
        message = f"{path} can't be read ({' '.join(str(error).split())}); delete it, and its release is measured again"
        raise BatchmarkError(message) from error


def _measurements(results: Any) -> Measurements:  # noqa: ANN401  asv has no types
    samples: dict[Key, tuple[float, ...]] = {}
    for name in results.get_all_result_keys():
        suite, _, method = name.rpartition(".")
        suite = suite.rpartition(".")[2]
        parameters = results.get_result_params(name)
        stored = results.get_result_samples(name, parameters)
        for values, each in zip(product(*parameters), stored, strict=True):
            key = Key(suite, method.removeprefix("track_"), tuple(ast.literal_eval(value) for value in values))
            samples[key] = tuple(map(float, each or ()))
    sessions: dict[Key, tuple[tuple[float, ...], ...]] = {}
    passes: dict[str, tuple[int, ...]] = {}
    failed: dict[str, int] = {}
    for suite in {key.suite for key in samples}:
        of_suite = {key: values for key, values in samples.items() if key.suite == suite}
        turns = _turns(of_suite)
        began_at = of_suite.get(Key(suite, series.PASS_STARTED.name, ()), ())
        # A session without a single turn measured nothing: its release couldn't be installed, say.
        known = min((len(cell) for cell in turns.values()), default=0)
        began_at = began_at[:known]
        whole = [any(cell[index] for cell in turns.values()) for index in range(len(began_at))]
        passes[suite] = tuple(int(began) for began, kept in zip(began_at, whole, strict=True) if kept)
        failed[suite] = whole.count(False)
        for key, values in of_suite.items():
            cut = _cut(key, values, turns)
            if len(cut) == len(whole):
                sessions[key] = tuple(each for each, kept in zip(cut, whole, strict=True) if kept)
            else:
                sessions[key] = cut
    return Measurements(sessions, passes, failed)


def _turns(samples: Mapping[Key, Sequence[float]]) -> dict[Key, tuple[int, ...]]:
    """Return how many turns each cell had in each session; cells that don't tell of every session are left out."""
    counts = {
        key: tuple(int(value) for value in values) for key, values in samples.items() if key.metric == series.TURNS.name
    }
    sessions = max((len(values) for values in counts.values()), default=0)
    return {key: values for key, values in counts.items() if len(values) == sessions}


def _cut(key: Key, values: Sequence[float], turns: Mapping[Key, Sequence[int]]) -> tuple[tuple[float, ...], ...]:
    """Return `values` session by session, as the cells' turns say; all in one where that can't be told."""
    found = next((each for each in series.every_series() if each.name == key.metric), None)
    counts = _samples_per_session(found, key, turns)
    if found and found.may_begin_late:
        counts = _since_it_began(counts, len(values))
    ends = list(accumulate(counts))
    if not ends or ends[-1] != len(values):
        return (tuple(values),)
    return tuple(tuple(values[end - count : end]) for end, count in zip(ends, counts, strict=True))


def _since_it_began(counts: tuple[int, ...], samples: int) -> tuple[int, ...]:
    """Return `counts` with 0 for the sessions before the series began: asv adds samples at the end."""
    for first in range(len(counts)):
        if sum(counts[first:]) == samples:
            return (*(0 for _ in counts[:first]), *counts[first:])
    return counts


def _samples_per_session(found: series.Series | None, key: Key, turns: Mapping[Key, Sequence[int]]) -> tuple[int, ...]:
    """Return how many samples of the series each session gave.

    A cell has one a turn, and none in a session it failed in. What is computed from a loop's cells together has as
    many as its shortest cell, and the machine's own speed is measured in every turn.
    """
    if found is None or not found.in_every_session:
        # What is not measured once a turn, or not in every session, is kept in one.
        return ()
    named = dict(zip(found.axes, key.parameters, strict=True))
    cells = [
        counts
        for (loop, size), counts in ((each.parameters, counts) for each, counts in turns.items())
        if named.get(series.LOOP, loop) == loop
        and (found is series.POWER_OF_TWO_CONTRAST or named.get(series.BATCH_SIZE, size) == size)
    ]
    by_session = [[count for count in counts if count] for counts in zip(*cells, strict=False)]
    if not found.per_turn:
        return tuple(1 if counts else 0 for counts in by_session)
    longest = found is series.REFERENCE_SECONDS
    return tuple((max if longest else min)(counts, default=0) for counts in by_session)
