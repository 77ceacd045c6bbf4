"""What a session with a release gives each tracked series: its samples, in the order they were measured in."""

import math
from collections.abc import Callable, Sequence
from functools import partial
from itertools import product

from batchmark.analysis.cost_curve import fit_turns
from batchmark.analysis.power_of_two import Against, comparisons, log_contrasts
from batchmark.measurement.reference import KINDS
from batchmark.metrics.metric import Metric, Scope
from batchmark.metrics.reading import OfCostCurve
from batchmark.records import CellRecord
from batchmark.studies.releases.session import ReleaseSession, Tracked
from batchmark.timeline import series
from batchmark.timeline.history import Key, Measurements
from batchmark.workloads import Description

Samples = Sequence[float]
Values = tuple[Sequence[str | int], ...]
"""Of each of a series' parameters."""
_Read = Callable[..., Samples]

_SIGNIFICANT_DIGITS = 6
_DIGITS_OF_A_TIME = 12


def parameters_of(wanted: series.Series, tracked: Tracked, description: Description) -> Values:
    """Return the values that a series' parameters take, in the order of its axes."""
    sizes, loops = tracked.sizes(description), tracked.loops
    powers = [each.batch_size for each in comparisons(sizes) if each.against is Against.NEIGHBOURS]
    if wanted.metric and wanted.metric.is_alone_in_a_process:
        sizes = tracked.memory_sizes(description)
    if wanted.metric:
        return (loops,) if wanted.metric.scope is Scope.LOOP else (loops, sizes)
    own: dict[series.Series, Values] = {
        series.POWER_OF_TWO_CONTRAST: (loops, powers),
        series.QUALITY_LOSS: ((description.reference_batch_size,),),
        series.QUALITY_SEED: ((description.reference_batch_size,),),
        series.REFERENCE_SECONDS: (KINDS,),
        series.PASS_STARTED: (),
    }
    return own.get(wanted, (loops, sizes))


def samples_of(wanted: series.Series, session: ReleaseSession, *parameters: str | int) -> list[float]:
    """Return the session's samples of one series, finite ones alone; none where it was not measured."""
    read = partial(_of_metric, wanted.metric) if wanted.metric else _READ[wanted]
    samples = read(session, *parameters)
    digits = _DIGITS_OF_A_TIME if wanted is series.PASS_STARTED else _SIGNIFICANT_DIGITS
    return [float(f"{value:.{digits}g}") for value in samples if math.isfinite(value)]


def measurements_of(tracked: Tracked, description: Description, sessions: Sequence[ReleaseSession]) -> Measurements:
    """Return what sessions of one release measured, as it would be read back from asv's results."""
    suite = series.suite_of(tracked.workload)
    whole = [session for session in sessions if session.has_measured]
    samples = {
        series_key: tuple(tuple(samples_of(each, session, *series_key.parameters)) for session in whole)
        for each in series.every_series()
        for series_key in (
            Key(suite, each.name, values) for values in product(*parameters_of(each, tracked, description))
        )
    }
    return Measurements(
        sessions=samples,
        passes={suite: tuple(session.pass_started for session in whole)},
        failed={suite: len(sessions) - len(whole)},
    )


def _record(session: ReleaseSession, loop: str, batch_size: int) -> CellRecord | None:
    return next((each for each in session.of_loop(loop) if each.cell.batch_size == batch_size), None)


def _of_metric(metric: Metric, session: ReleaseSession, loop: str, batch_size: int | None = None) -> Samples:
    if isinstance(metric.reading, OfCostCurve):
        fits = fit_turns(session.of_loop(loop))
        return () if fits is None else fits.parameters[:, metric.reading.parameter].tolist()
    record = None if batch_size is None else _record(session, loop, batch_size)
    if record is None:
        return ()
    if metric.is_by_round:
        return metric.by_turn(record)
    value = metric.value(record)
    return () if value is None else (value,)


def _per_step(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    return [seconds / record.steps_per_epoch for seconds in record.seconds_per_turn] if record else ()


def _per_example(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    return [seconds / record.examples for seconds in record.seconds_per_turn] if record else ()


def _contrast(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    by_turn, _ = log_contrasts(session.of_loop(loop))
    for comparison, values in by_turn.items():
        if comparison.batch_size == batch_size and comparison.against is Against.NEIGHBOURS:
            return [math.exp(value) for value in values]
    return ()


def _quality_loss(session: ReleaseSession, batch_size: int) -> Samples:
    return tuple(_finite_losses(session, batch_size).values())


def _quality_seed(session: ReleaseSession, batch_size: int) -> Samples:
    return tuple(map(float, _finite_losses(session, batch_size)))


def _finite_losses(session: ReleaseSession, batch_size: int) -> dict[int, float]:
    losses = session.quality_losses.get(batch_size, {})
    return {seed: loss for seed, loss in losses.items() if math.isfinite(loss)}


def _reference(session: ReleaseSession, kind: str) -> Samples:
    return session.reference_seconds.get(kind, ())


def _number_of_turns(session: ReleaseSession, loop: str, batch_size: int) -> Samples:
    record = _record(session, loop, batch_size)
    return (float(record.turns if record else 0),)


_READ: dict[series.Series, _Read] = {
    series.SECONDS_PER_STEP: _per_step,
    series.SECONDS_PER_EXAMPLE: _per_example,
    series.POWER_OF_TWO_CONTRAST: _contrast,
    series.QUALITY_LOSS: _quality_loss,
    series.QUALITY_SEED: _quality_seed,
    series.REFERENCE_SECONDS: _reference,
    series.TURNS: _number_of_turns,
    series.PASS_STARTED: lambda session: (float(session.pass_started),),
}
