"""The effect between two sides that were measured live: visits within restarts, restarts as a random effect.

Sides alternate, so each visit is compared with the other side's visits right before and right after it: what the
machine does at that time cancels in the ratio. What a process has of its own (where its memory lies, what its threads
share) does not: all ratios of a restart have it in common. So a restart counts once, however many visits it had, and
the interval is that of Student's t over restarts: the spread between processes is in it.

Note: tried pooling the variance between restarts over the cells of a comparison (moderated t; Smyth 2004, doi
10.2202/1544-6115.1027); rejected because it takes cells for independent, and those of a restart share its processes.
Simulated with 4 to 12 restarts of 10 and 30 cells, it raised false alarms of the family to 2.5 times what was promised
where cells differed in spread, and those of a single cell up to tenfold where cells went together. With 12 restarts,
plain t finds 98 of 100 changes of twice the spread all the same, in each of 30 cells.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import Values, as_ratio, weighted_deviation, weighted_mean_interval
from batchmark.records import Estimate

Visits = Mapping[int, float]
"""What an epoch took in each visit of one turn, by place in the order of the turn."""
LogRatios = Sequence[Values]
"""Of one restart, by turn."""

_NORMAL_MAD = 1.4826
_CUTOFF = 4.0
_MOST_STEPS = 50
_STANDS_STILL = 1e-6
# Of fewer, the spread says next to nothing.
_FEWEST_FOR_AN_ERROR = 8
# The share of what restarts scatter by, a variance, that is taken to be between them at least.
_LEAST_BETWEEN = 0.5
# The share of a turn's own variance in its scale; the rest is that of all turns.
_OF_ITS_OWN = 0.7


def neighbouring_log_ratios(baseline: Sequence[Visits], candidate: Sequence[Visits]) -> LogRatios:
    """Return the natural logarithm of candidate over baseline for each two visits that are neighbours, by turn.

    Both are by turn, the same turns in the same order, then by place in the order of the turn: what an epoch took,
    or what else a metric has of it, in the same unit. Places that differ by 1 are neighbours. What is 0 has no
    logarithm and is left out, as are turns at the end that only one side has.
    """
    return [
        np.array(
            [
                math.log(seconds / before_or_after)
                for place, seconds in ours.items()
                for neighbour in (place - 1, place + 1)
                if seconds and (before_or_after := theirs.get(neighbour))
            ],
            np.float64,
        )
        for theirs, ours in zip(baseline, candidate, strict=False)
    ]


def restart_effects(restarts: Sequence[LogRatios]) -> NDArray[np.float64]:
    """Return the location of each restart's log-ratios, shape (restarts,), by `biweight_location` with `turn_scales`.

    NaN stands for a ratio that is missing, and so does it for a restart without any.
    """
    return np.array([_location(*_with_scales(turns)) for turns in restarts], np.float64)


def biweight_location(values: Values, scales: Values = (1.0,)) -> NDArray[np.float64]:
    """Return Tukey's biweight of `values` along their last axis, from their median, without what lies far off.

    Epochs on a shared machine are disturbed in bursts: ratios have a core that is nearly normal, and some 10 % of them
    are anywhere. Values more than four scales (the median absolute deviation, as of a normal distribution) from the
    location weigh nothing. `scales` are relative ones, above 0, of values that scatter differently.

    Source: Mosteller and Tukey 1977, Data Analysis and Regression, chapter 10. Deviation: steps are repeated until
    they stand still, or 50 times.

    Note: over 45 s of alternating epochs on each of 8 pairs of identical processes, locations of 3.75 s had a standard
    deviation of 1.03 %; medians 1.17 %, Hodges-Lehmann's 1.38 %, Huber's 1.25 %, 25 % trimmed means 1.20 %, of pairs
    that share no visit 1.07 to 1.43 %. Skewed likelihoods about a moving level were no better (1.05 to 1.2 %).
    """
    values, scales = np.asarray(values, np.float64), np.asarray(scales, np.float64)
    location = np.median(values, axis=-1, keepdims=True)
    scale = _NORMAL_MAD * np.median(np.abs(values - location) / scales, axis=-1, keepdims=True)
    for _ in range(_MOST_STEPS):
        # Where more than half are the same there is no scale, and they are the location: nothing is near it.
        apart = np.abs(values - location) / scales
        near = apart < _CUTOFF * scale
        distance = np.divide(apart, _CUTOFF * scale, out=np.ones_like(values), where=near)
        weights = ((1 - distance**2) / scales) ** 2
        total = weights.sum(axis=-1, keepdims=True)
        moved = (weights * (values - location)).sum(axis=-1, keepdims=True)
        step = np.divide(moved, total, out=np.zeros_like(total), where=total > 0)
        location = location + step
        if np.all(np.abs(step) <= _STANDS_STILL * scale):
            break
    return np.asarray(location[..., 0], np.float64)


def restart_errors(restarts: Sequence[LogRatios]) -> NDArray[np.float64]:
    """Return the standard error of each restart's location, shape (restarts,), as far as its own ratios tell it.

    NaN where there are too few to tell. Ratios that share a visit are taken for independent, so errors are too small by
    about the same factor in all restarts.

    Source: Huber 1981, Robust Statistics, section 6.3 (of an M-estimate).
    """
    return np.array([_standard_error(*_with_scales(turns)) for turns in restarts], np.float64)


def restart_weights(effects: Values, errors: Values) -> NDArray[np.float64]:
    """Return how much each restart counts, shape (restarts,), in the order of the arguments.

    The weight is one over the sum of two squares: of what restarts scatter by beyond their errors, and of the restart's
    own error. The former is the square of their median deviation less that of the median error, which is in it, but at
    least half of it, as both are told by few restarts. So where restarts differ by what processes have of their own, or
    are equally disturbed, all count alike, and one in which the machine stood still most of the time counts for little.
    What a restart found is not in its weight. A restart without an error counts as the median one with one.

    Note: tried the scatter as it is, in which errors count twice; rejected because effects over restarts scatter by
    some 1 % more (8 to 20 restarts drawn from each cell of docs/measured/power.jsonl). Tried to subtract all of the
    median error; rejected because effects scatter as with half of it, and intervals over 8 restarts are 1 % wider there
    and up to 15 % in simulation: weights then follow errors that are told by few ratios.
    """
    values, own = np.asarray(effects, np.float64), np.asarray(errors, np.float64)
    known = own[np.isfinite(own) & np.isfinite(values)]
    typical = float(np.median(known)) if known.size else 0.0
    own = np.where(np.isfinite(own), own, typical)
    present = values[np.isfinite(values)]
    scatter = (_NORMAL_MAD * float(median_deviation(present)[0])) ** 2 if present.size else 0.0
    variance = max(scatter - typical**2, _LEAST_BETWEEN * scatter) + own**2
    # Without any scatter, as of a clock that stands still, and no error: none is surer than the surest that has one.
    least = np.min(variance[variance > 0], initial=math.inf)
    return 1.0 / np.where(variance > 0, variance, least if math.isfinite(least) else 1.0)


def ratio_over_restarts(effects: Values, errors: Values | None = None, *, level: float) -> Estimate:
    """Return the ratio over all restarts, the geometric mean of theirs, with Student's t interval.

    `effects` are logarithms, one a restart, as from `restart_effects`; NaN is left out. `errors`, as from
    `restart_errors`, weigh them by `restart_weights`; None: all count alike. Where any is known, effects are locations
    of several ratios each, and so is this. `n` counts restarts; below two there is no interval. Heavy tails between
    restarts make the interval cover more often than `level`, not less.

    Source: Student 1908, doi 10.2307/2331554; that restarts, not the values within them, are what is repeated:
    Kalibera and Jones 2013, doi 10.1145/2464157.2464160; weights: `intervals.weighted_mean_interval`.

    Raises ValueError: `level` is not between 0 and 1.
    """
    ratio = as_ratio(weighted_mean_interval(effects, _weights(effects, errors), level=level))
    return replace(ratio, is_location=errors is not None and bool(np.isfinite(np.asarray(errors, np.float64)).any()))


def spread_of_restarts(effects: Values, errors: Values | None = None) -> float:
    """Return the standard deviation of the restarts' effects, a logarithm; NaN below two restarts.

    With `errors` it is that of a restart that counts like most, as `restart_weights` has it.
    """
    values = np.asarray(effects, np.float64)
    present = np.isfinite(values)
    if present.sum() < 2:  # noqa: PLR2004  two have a spread
        return math.nan
    _, deviation, _ = weighted_deviation(values[present], _weights(effects, errors)[present])
    return deviation


def _weights(effects: Values, errors: Values | None) -> NDArray[np.float64]:
    return np.ones(len(effects)) if errors is None else restart_weights(effects, errors)


def turn_scales(of_turns: NDArray[np.float64], of_all: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the relative scale of each turn's log-ratios, in the shape of `of_turns`, for `biweight_location`.

    Both are median deviations: of each turn's ratios, and, in a shape that goes with it, of all turns' of the restart.
    A turn in which something else had the machine scatters more, and tells less. Its scale is told by few ratios, so
    some of all turns' is mixed into it.

    Note: over 214 restarts of identical sides of `blobs`, of some 45 visits a side, in hours that were quiet and not,
    effects had a root mean square 5 to 14 % below that with one scale for all turns (over 24 of `digits-mlp`, with
    half as many visits, 7 % above). Combining turns' own locations by their errors did as well; scales of parts of
    turns did worse.
    """
    # Where most ratios are the same, there is no scale.
    relative = np.divide(of_turns, of_all, out=np.ones_like(of_turns), where=of_all > 0)
    return np.sqrt(_OF_ITS_OWN * relative**2 + 1 - _OF_ITS_OWN)


def median_deviation(values: Values, axis: int | tuple[int, ...] | None = None) -> NDArray[np.float64]:
    """Return the median distance of `values` from their median along `axis`, which keeps its place in the shape."""
    values = np.asarray(values, np.float64)
    return np.asarray(np.median(np.abs(values - np.median(values, axis, keepdims=True)), axis, keepdims=True))


def _with_scales(turns: LogRatios) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ratios of all turns that are there, and the relative scale of each, both of shape (ratios,)."""
    there = [values[np.isfinite(values)] for values in (np.asarray(turn, np.float64) for turn in turns)]
    there = [values for values in there if values.size]
    if not there:
        return np.empty(0), np.empty(0)
    ratios = np.concatenate(there)
    of_all = median_deviation(ratios)
    of_turns = [median_deviation(each) if each.size >= _FEWEST_FOR_AN_ERROR else of_all for each in there]
    scales = turn_scales(np.concatenate(of_turns), of_all)
    return ratios, np.repeat(scales, [values.size for values in there])


def _location(ratios: NDArray[np.float64], scales: NDArray[np.float64]) -> float:
    return float(biweight_location(ratios, scales)) if ratios.size else math.nan


def _standard_error(ratios: NDArray[np.float64], scales: NDArray[np.float64]) -> float:
    if ratios.size < _FEWEST_FOR_AN_ERROR:
        return math.nan
    distance = (ratios - biweight_location(ratios, scales)) / scales
    cutoff = _CUTOFF * _NORMAL_MAD * float(np.median(np.abs(distance)))
    if not cutoff:
        return 0.0
    square = np.minimum((distance / cutoff) ** 2, 1.0)
    slope = float(np.sum((1 - square) * (1 - 5 * square) / scales**2))
    # Without a slope the location is no minimum: it may lie anywhere among the values.
    if slope <= 0:
        return cutoff * float(np.median(scales))
    return math.sqrt(float(np.sum((distance * (1 - square) ** 2 / scales) ** 2))) / slope
