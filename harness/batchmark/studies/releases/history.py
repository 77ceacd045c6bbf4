"""Release by release: what each costs against the one before it, from the stored samples."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from statistics import mean, median, stdev

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.blocks import fit_blocks, matched_in_turns
from batchmark.analysis.intervals import simultaneous_level
from batchmark.analysis.verdict import judge_ratio
from batchmark.comparison import Verdict
from batchmark.errors import BatchmarkError
from batchmark.measurement.reference import KINDS
from batchmark.metrics import table
from batchmark.metrics.metric import ByRelease, Metric, Scope
from batchmark.records import Estimate
from batchmark.studies.releases.quality import QualityChange, quality_changes
from batchmark.timeline import series
from batchmark.timeline.asv_runs import Configuration
from batchmark.timeline.history import Commit, Key, Measurements, machines, read_lines, read_measurements

Matrix = NDArray[np.float64]

DEFAULT_TOLERANCE = 0.02
_LEVEL = 0.95


@dataclass(frozen=True)
class Effect:
    """One quantity of a release over the same of the release before it."""

    suite: str
    loop: str
    what: str
    """``all sizes`` (the geometric mean over the batch sizes), ``batch size 32``, or the label of another metric."""
    batch_size: int | None
    baseline: float
    """Its median over sessions, in the metric's unit."""
    candidate: float
    ratio: Estimate
    verdict: Verdict
    """Of what is only reported, and held against nothing, inconclusive."""
    metric: str

    @property
    def is_headline(self) -> bool:
        """Whether it sums up a workload and loop."""
        return self.what == ALL_SIZES


ALL_SIZES = "all sizes"


@dataclass(frozen=True)
class MemoryChange:
    """The peak memory of one cell, a process each: no interval can be given."""

    suite: str
    loop: str
    batch_size: int
    baseline_bytes: float
    candidate_bytes: float


@dataclass(frozen=True)
class Step:
    """A release and what changed with it."""

    release: Commit
    previous: Commit
    """The last one before it that was measured."""
    effects: tuple[Effect, ...]
    caveats: tuple[str, ...]
    memory: tuple[MemoryChange, ...] = ()
    quality: tuple[QualityChange, ...] = ()
    reported: tuple[Effect, ...] = ()
    """What counts for no verdict."""

    def effects_of(self, verdict: Verdict) -> tuple[Effect, ...]:
        """Return the effects with this verdict."""
        return tuple(effect for effect in self.effects if effect.verdict is verdict)


@dataclass(frozen=True)
class SuiteNoise:
    """How much a workload's sessions scatter beside what a turn has in common, and the machine under them."""

    suite: str
    session: float
    """Standard deviation of a session's logarithm, about its release and pass, the loops taken together; NaN where
    there is no pass to tell it by."""
    machine: Mapping[str, float]
    """The same of the machine's own speed, by kind, from turn to turn."""


@dataclass(frozen=True)
class LineHistory:
    """One line of releases."""

    branch: str
    releases: tuple[Commit, ...]
    sessions: Mapping[str, int]
    """How many each release has, by commit: the fewest of any suite that was measured; without one it is left out."""
    failed: Mapping[str, int]
    """By commit: sessions in which nothing could be measured."""
    steps: tuple[Step, ...]
    noise: tuple[SuiteNoise, ...]
    tolerance: float
    left_out: tuple[str, ...] = ()
    """By release and suite: series whose samples can't be divided among its sessions."""


@dataclass(frozen=True)
class _Series:
    """One quantity over releases and passes."""

    suite: str
    loop: str
    metric: Metric
    what: str
    batch_size: int | None
    values: Matrix
    """Shape (releases, passes): NaN where there is no session."""

    @property
    def is_judged(self) -> bool:
        """Whether it counts for the verdict on a release."""
        return self.metric.by_release is not ByRelease.REPORTED


@dataclass(frozen=True)
class StoredReleases:
    """What is stored of one machine."""

    lines: Mapping[str, tuple[Commit, ...]]
    """The releases of each line that asv tracks, oldest first."""
    measured: Mapping[str, Measurements]
    """By commit."""
    unreadable: tuple[str, ...]
    """A line for each file that can't be read."""

    def histories(self, *, tolerance: float = DEFAULT_TOLERANCE) -> tuple["LineHistory", ...]:
        """Compare the releases of each line."""
        return tuple(
            compare_releases(branch, line, self.measured, tolerance=tolerance) for branch, line in self.lines.items()
        )


def read_stored(configuration: Configuration, *, machine: str | None) -> StoredReleases:
    """Return what is stored of `machine`; None: of the only one there is.

    Raises BatchmarkError: nothing is stored, or it isn't clear of which machine.
    """
    stored = machines(configuration.results)
    if not stored:
        message = f"no results in {configuration.results}; batchmark releases run measures releases"
        raise BatchmarkError(message)
    if machine is None and len(stored) > 1:
        message = f"there are results of {', '.join(stored)}; choose one with --machine"
        raise BatchmarkError(message)
    name = machine or stored[0]
    if name not in stored:
        message = f"no results of a machine called {name!r}; there are those of {', '.join(stored)}"
        raise BatchmarkError(message)
    lines = read_lines(configuration.repository, configuration.branches)
    every = [each for line in lines.values() for each in line]
    measured, unreadable = read_measurements(configuration.results, name, every)
    return StoredReleases(lines, measured, tuple(unreadable))


def compare_releases(
    branch: str,
    releases: Sequence[Commit],
    measured: Mapping[str, Measurements],
    *,
    tolerance: float = DEFAULT_TOLERANCE,
) -> LineHistory:
    """Compare each of `releases`, oldest first, with the one before it; `measured` is by commit.

    Releases of a pass are matched turn by turn; a session's noise is estimated from all releases of the line together,
    after what a turn and a pass have in common (`batchmark.analysis.blocks`). The intervals of one release's effects
    hold together: those of the sums over batch sizes at 97.5 %, and those of everything else at 97.5 %.
    """
    present = [each for each in releases if each.commit in measured and any(measured[each.commit].passes.values())]
    own = {each.commit: measured[each.commit] for each in present}
    suites = sorted({suite for each in own.values() for suite in each.passes})
    every: list[_Series] = []
    noise: list[SuiteNoise] = []
    for suite in suites:
        found = _series_of(suite, present, own)
        noise.append(_noise_of(suite, found, present, own))
        every += found
    steps = []
    effects = _effects([each for each in every if each.is_judged], len(present), tolerance)
    reported = _effects([each for each in every if not each.is_judged], len(present), None)
    for (previous, release), found_then, beside in zip(pairwise(present), effects, reported, strict=True):
        pair = (own[previous.commit], own[release.commit])
        steps.append(
            Step(
                release,
                previous,
                found_then,
                _caveats(*pair),
                _memory_changes(*pair),
                quality_changes(*pair, level=_LEVEL),
                beside,
            )
        )
    return LineHistory(
        branch=branch,
        releases=tuple(releases),
        sessions={each.commit: min(filter(None, map(own[each.commit].count, suites))) for each in present},
        failed={
            each.commit: sum(measured[each.commit].failed.values()) for each in releases if each.commit in measured
        },
        steps=tuple(steps),
        noise=tuple(noise),
        tolerance=tolerance,
        left_out=tuple(_left_out([each for each in releases if each.commit in measured], measured)),
    )


def _left_out(releases: Sequence[Commit], measured: Mapping[str, Measurements]) -> Iterator[str]:
    """Say which series are stored and can't be compared: what of them is of which session can't be told."""
    compared = {metric.name for metric in _compared()}
    for release in releases:
        own = measured[release.commit]
        unusable = [
            key
            for key in sorted(own.sessions, key=str)
            if key.metric in compared and own.samples(key) and not own.by_pass(key)
        ]
        for suite, keys in groupby(unusable, key=lambda key: key.suite):
            first, *others = keys
            more = f" and {len(others)} more series" if others else ""
            yield f"{release.tag} {suite} {first.metric} of {', '.join(map(str, first.parameters))}{more}"


def _compared() -> list[Metric]:
    """Return the metrics that turns give a session, and that are compared release by release, as ratios."""
    return [
        metric
        for metric in table.METRICS
        if metric.is_in_turns and series.is_tracked(metric) and not metric.is_difference
    ]


def _effects(every: Sequence[_Series], releases: int, tolerance: float | None) -> list[tuple[Effect, ...]]:
    """Return the effects of each release but the first over the one before it; without `tolerance` none is judged."""
    fits = [(each, fit_blocks(np.log(each.values))) for each in every]
    headlines = sum(each.what == ALL_SIZES for each in every)
    # By whether it is a sum over batch sizes: each of the two families has half of what may go wrong.
    level = {
        True: simultaneous_level(1 - (1 - _LEVEL) / 2, max(headlines, 1)),
        False: simultaneous_level(1 - (1 - _LEVEL) / 2, max(len(every) - headlines, 1)),
    }
    steps = []
    for before, now in pairwise(range(releases)):
        ratios = [(each, fit.ratio(now, before, level=level[each.what == ALL_SIZES])) for each, fit in fits]
        steps.append(
            tuple(
                Effect(
                    each.suite,
                    each.loop,
                    each.what,
                    each.batch_size,
                    float(np.nanmedian(each.values[before])),
                    float(np.nanmedian(each.values[now])),
                    ratio,
                    Verdict.INCONCLUSIVE if tolerance is None else judge_ratio(ratio, tolerance=tolerance),
                    each.metric.name,
                )
                for each, ratio in ratios
                if math.isfinite(ratio.value)
            )
        )
    return steps


def _series_of(suite: str, releases: Sequence[Commit], measured: Mapping[str, Measurements]) -> list[_Series]:
    """Return what is compared of one suite, by loop: what leads and the other metrics over all sizes, then by size."""
    keys = {key for each in measured.values() for key in each.sessions if key.suite == suite}
    metrics = _compared()
    leading = [metric for metric in metrics if metric.by_release is ByRelease.LEADS]
    named = {metric.name for metric in leading}
    sizes: dict[str, set[int]] = {}
    for key in keys:
        if key.metric in named:
            sizes.setdefault(str(key.parameters[0]), set()).add(int(key.parameters[1]))

    def of(metric: Metric, *parameters: str | int) -> Matrix:
        return _matrix(releases, measured, Key(suite, metric.name, parameters))

    def of_all(metric: Metric, loop: str) -> _Series:
        what = ALL_SIZES if metric in leading else metric.label
        own = [()] if metric.scope is Scope.LOOP else [(size,) for size in sorted(sizes[loop])]
        return _Series(suite, loop, metric, what, None, _geometric_mean([of(metric, loop, *each) for each in own]))

    found: list[_Series] = []
    for loop in sorted(sizes, reverse=True):
        found += [of_all(metric, loop) for metric in metrics]
        found += [
            _Series(suite, loop, metric, f"batch size {size}", size, of(metric, loop, size))
            for metric in leading
            for size in sorted(sizes[loop])
        ]
    return [each for each in found if np.isfinite(each.values).any()]


def _matrix(releases: Sequence[Commit], measured: Mapping[str, Measurements], key: Key) -> Matrix:
    """Return each session's value by release and pass, shape (releases, passes), matched in turns within its pass."""
    passes = sorted({began for each in measured.values() for began in each.passes.get(key.suite, ())})
    values = np.full((len(releases), len(passes)), math.nan)
    by_release = [measured[release.commit].by_pass(key) for release in releases]
    for column, began in enumerate(passes):
        rows = [row for row, sessions in enumerate(by_release) if began in sessions]
        if rows:
            values[rows, column] = np.exp(matched_in_turns([_logs(by_release[row][began]) for row in rows]))
    return values


def _logs(samples: Sequence[float]) -> list[float]:
    """Return logarithms; NaN for what has none: a curve's parameter can be 0."""
    return [math.log(value) if value > 0 else math.nan for value in samples]


def _geometric_mean(cells: Sequence[Matrix]) -> Matrix:
    """Return the mean over cells; a session that lacks one of them has none, because the mean would be another's."""
    whole = [cell for cell in cells if np.isfinite(cell).any()]
    if not whole:
        return np.full((0, 0), math.nan)
    mean: Matrix = np.exp(np.mean([np.log(cell) for cell in whole], axis=0))
    return mean


def _noise_of(
    suite: str, found: Sequence[_Series], releases: Sequence[Commit], measured: Mapping[str, Measurements]
) -> SuiteNoise:
    """Return how much a suite's sessions scatter, by the sums over batch sizes, and the machine's own speed."""
    fits = [fit_blocks(np.log(each.values)) for each in found if each.what == ALL_SIZES]
    known = [fit.standard_deviation for fit in fits if math.isfinite(fit.standard_deviation)]
    machine = {}
    for kind in KINDS:
        key = Key(suite, series.REFERENCE_SECONDS.name, (kind,))
        # Releases of a pass share what was measured before their turns.
        by_pass = {began: each for release in releases for began, each in measured[release.commit].by_pass(key).items()}
        logs = [math.log(value) for each in by_pass.values() for value in each]
        if len(logs) > 1:
            machine[kind] = stdev(logs)
    return SuiteNoise(suite, mean(known) if known else math.nan, machine)


def _memory_changes(before: Measurements, now: Measurements) -> tuple[MemoryChange, ...]:
    alone = {metric.name for metric in table.METRICS if metric.is_alone_in_a_process}
    changes = []
    for key in sorted(set(before.sessions) & set(now.sessions), key=str):
        pair = (before.samples(key), now.samples(key))
        if key.metric in alone and all(pair):
            loop, size = key.parameters
            changes.append(MemoryChange(key.suite, str(loop), int(size), median(pair[0]), median(pair[1])))
    return tuple(changes)


def _caveats(before: Measurements, now: Measurements) -> tuple[str, ...]:
    found = []
    for suite in sorted(set(before.passes) & set(now.passes)):
        together = set(before.passes[suite]) & set(now.passes[suite])
        if len(together) == 1:
            found.append(f"{suite}: measured together once")
        elif not together and before.passes[suite] and now.passes[suite]:
            apart = abs(max(now.passes[suite]) - max(before.passes[suite]))
            found.append(
                f"{suite}: never measured together, but {apart / 3600:.1f} hours apart: the machine's speed may have "
                "changed between them"
            )
    return tuple(found)
