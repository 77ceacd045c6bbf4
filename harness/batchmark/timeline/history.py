"""What was measured of which release: read from asv's results and the generated repository."""

import ast
import math
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, product
from pathlib import Path
from statistics import median
from typing import Any

from batchmark.errors import BatchmarkError, MissingPackageError
from batchmark.timeline import series

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
    """What was measured of one release: the samples of each session, by series."""

    sessions: Mapping[Key, tuple[tuple[float, ...], ...]]
    started: Mapping[str, float]
    """When each benchmark last ran, in seconds since 1970, by its name."""

    def medians(self, key: Key) -> tuple[float, ...]:
        """Return the median of each session, NaN for one in which the series was not measured."""
        return tuple(median(samples) if samples else math.nan for samples in self.sessions.get(key, ()))


def read_lines(repository: Path, branches: Iterable[str]) -> dict[str, tuple[Commit, ...]]:
    """Return the releases of each branch that the repository has, first one first.

    Raises BatchmarkError: there is no such repository.
    """
    if not repository.exists():
        message = f"no releases' repository at {repository}; type: batchmark releases build"
        raise BatchmarkError(message)
    return {branch: _commits(repository, branch) for branch in branches if _git(repository, "branch", "--list", branch)}


def _commits(repository: Path, branch: str) -> tuple[Commit, ...]:
    lines = _git(repository, "log", "--first-parent", "--reverse", "--decorate=full", f"--format={_FIELDS}", branch)
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
            found[commit] = _measurements(_load(path, machine))
        except BatchmarkError as error:
            unreadable.append(str(error))
    return found, unreadable


def machines(results: Path) -> tuple[str, ...]:
    """Return the names of the machines that have results."""
    return tuple(sorted(path.parent.name for path in results.glob("*/machine.json")))


def _load(path: Path, machine: str) -> Any:  # noqa: ANN401  asv has no types
    try:
        from asv.results import Results  # noqa: PLC0415  only who reads a history needs asv
        from asv.util import UserError  # noqa: PLC0415
    except ModuleNotFoundError as error:
        message = "releases are tracked by asv, which is not installed; pip install 'batchmark[releases]'"
        raise MissingPackageError(message) from error
    try:
        return Results.load(str(path), machine_name=machine)
    except (UserError, ValueError, KeyError, TypeError, OSError) as error:
        message = f"{path} can't be read ({' '.join(str(error).split())}); delete it, and its release is measured again"
        raise BatchmarkError(message) from error


def _measurements(results: Any) -> Measurements:  # noqa: ANN401  asv has no types
    samples: dict[Key, tuple[float, ...]] = {}
    started: dict[str, float] = {}
    suites: set[str] = set()
    for name in results.get_all_result_keys():
        suite, _, method = name.rpartition(".")
        metric = method.removeprefix("track_")
        parameters = results.get_result_params(name)
        stored = results.get_result_samples(name, parameters)
        started[name] = (results.started_at.get(name) or 0) / 1000
        for values, each in zip(product(*parameters), stored, strict=True):
            suites.add(suite.rpartition(".")[2])
            key = Key(suite.rpartition(".")[2], metric, tuple(ast.literal_eval(value) for value in values))
            samples[key] = tuple(each or ())
    turns = {key: values for key, values in samples.items() if key.metric == series.TURNS.name}
    of_suite = {suite: {key: values for key, values in turns.items() if key.suite == suite} for suite in suites}
    return Measurements(
        {key: _cut(key, values, of_suite[key.suite]) for key, values in samples.items() if key not in turns}, started
    )


def _cut(key: Key, values: Sequence[float], turns: Mapping[Key, Sequence[float]]) -> tuple[tuple[float, ...], ...]:
    """Return `values` session by session, as the cells' turns say; all in one where that can't be told."""
    counts = _samples_per_session(key, turns)
    ends = list(accumulate(counts))
    if not ends or ends[-1] != len(values):
        return (tuple(values),)
    return tuple(tuple(values[end - count : end]) for end, count in zip(ends, counts, strict=True))


def _samples_per_session(key: Key, turns: Mapping[Key, Sequence[float]]) -> tuple[int, ...]:
    """Return how many samples of the series each session gave.

    A cell has one a turn, and none in a session it failed in. What is computed from a loop's cells together has as
    many as its shortest cell, and the machine's own speed is measured in every turn.
    """
    metric = next((metric for metric in series.METRICS if metric.name == key.metric), None)
    if metric is None or metric in (series.PEAK_BYTES, series.QUALITY_LOSS):
        return ()
    named = dict(zip(metric.axes, key.parameters, strict=True))
    cells = [
        [int(count) for count in counts]
        for (loop, size), counts in ((each.parameters, counts) for each, counts in turns.items())
        if named.get(series.LOOP, loop) == loop
        and (metric is series.POWER_OF_TWO_CONTRAST or named.get(series.BATCH_SIZE, size) == size)
    ]
    by_session = [[count for count in counts if count] for counts in zip(*cells, strict=False)]
    if not metric.per_turn:
        return tuple(1 if counts else 0 for counts in by_session)
    longest = metric is series.REFERENCE_SECONDS
    return tuple((max if longest else min)(counts, default=0) for counts in by_session)


def _git(repository: Path, *arguments: str) -> str:
    command = ["git", "-C", str(repository), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  git, on our repository
    if done.returncode:
        message = f"the releases' repository at {repository} can't be read: {done.stderr.strip()}"
        raise BatchmarkError(message)
    return done.stdout
