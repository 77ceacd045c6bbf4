"""The quality of two releases against each other, seed by seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import mean

from batchmark.analysis.intervals import difference_interval, mean_interval, simultaneous_level
from batchmark.records import Estimate
from batchmark.timeline import series
from batchmark.timeline.history import Key, Measurements


@dataclass(frozen=True)
class QualityChange:
    """1 - quality after the workload's epochs."""

    suite: str
    batch_size: int
    baseline: float
    """The mean over seeds."""
    candidate: float
    difference: Estimate
    """Candidate minus baseline, above 0 it trains worse; over seeds that both trained, where that is known."""


def quality_changes(before: Measurements, now: Measurements, *, level: float) -> tuple[QualityChange, ...]:
    """Compare the quality of two releases, by suite and batch size; the intervals hold together at `level`.

    A seed is the same initial weights and order of examples in every release, so seeds that both trained are paired;
    those of a session that failed, or whose training diverged, leave a gap and shift nothing. Where it isn't known
    which seeds they were, as of results from before seeds were stored, and nothing says that none is missing, or where
    the releases have none in common, the two are compared without pairs.
    """
    keys = [key for key in set(before.sessions) & set(now.sessions) if key.metric == series.QUALITY_LOSS.name]
    each_level = simultaneous_level(level, max(len(keys), 1))
    return tuple(
        _change(key, before, now, each_level)
        for key in sorted(keys, key=str)
        if before.samples(key) and now.samples(key)
    )


def _change(key: Key, before: Measurements, now: Measurements, level: float) -> QualityChange:
    baseline, candidate = _by_seed(before, key, now), _by_seed(now, key, before)
    common = sorted(baseline.keys() & candidate.keys())
    if common:
        old, new = ([side[seed] for seed in common] for side in (baseline, candidate))
        difference = mean_interval([b - a for a, b in zip(old, new, strict=True)], level=level)
    else:
        old, new = list(before.samples(key)), list(now.samples(key))
        difference = difference_interval(new, old, level=level)
    return QualityChange(key.suite, int(key.parameters[0]), mean(old), mean(new), difference)


def _by_seed(own: Measurements, key: Key, other: Measurements) -> Mapping[int, float]:
    """Return the losses by seed; nothing where the seeds of some can't be told."""
    losses = own.samples(key)
    seeds = [int(seed) for seed in own.samples(Key(key.suite, series.QUALITY_SEED.name, key.parameters))]
    unnamed = len(losses) - len(seeds)
    if unnamed < 0 or (unnamed and not _is_whole(own, other, key)):
        return {}
    # Older results don't name them: each session trained as many, one after the other from 0.
    return dict(zip([*range(unnamed), *seeds], losses, strict=True))


def _is_whole(own: Measurements, other: Measurements, key: Key) -> bool:
    """Whether both releases have as many seeds a session, so that none is missing."""
    return len(own.samples(key)) * other.count(key.suite) == len(other.samples(key)) * own.count(key.suite)
