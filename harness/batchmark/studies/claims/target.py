"""What it takes trainings to reach a loss: updates, examples and seconds, each batch size at its own best rate.

The rate is the one that reaches it in the fewest updates on other seeds than those that are judged. All rates'
trainings are there for that: the rate with the lowest loss at the end needn't be the one that gets there soonest.

A look says only that the loss was reached since the look before. So a ratio's interval is an outer one: its lower end
takes the numerator as reached just after the look before and the denominator as reached at its look, and its upper end
the other way round. How far apart looks are can then neither confirm nor refute. Looks are equally many examples apart
at every batch size, as whoever looks more often finds a noisy curve below a loss sooner.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.paired import ratio
from batchmark.analysis.speedup import speedup
from batchmark.analysis.trade_off import TradeOff, first_reached
from batchmark.records import CellRecord, Estimate
from batchmark.studies.claims.claim import Answer
from batchmark.studies.claims.losses import fresh_loss
from batchmark.studies.claims.told import in_a_row, told
from batchmark.studies.laboratory.parts import Arm
from batchmark.studies.laboratory.results import Results
from batchmark.trainings import Followed

BySeed = NDArray[np.float64]


@dataclass(frozen=True)
class Grid:
    """Trainings at one batch size, that differ in their rate."""

    size: int
    by_rate: tuple[tuple[float, Arm], ...]
    judged: int
    """So many of their seeds, the first, are judged; the others choose the rate."""

    @property
    def arms(self) -> tuple[Arm, ...]:
        """All of them."""
        return tuple(arm for _, arm in self.by_rate)


@dataclass(frozen=True)
class Within:
    """What was done until something happened, by seed: more than `more_than`, at most `at_most`; infinite: never."""

    more_than: BySeed
    at_most: BySeed

    @property
    def middle(self) -> BySeed:
        """What lies halfway between: where one number has to do."""
        return (self.more_than + self.at_most) / 2


@dataclass(frozen=True)
class Reached:
    """How a batch size reached a loss at the rate that is best for that."""

    size: int
    rate: float
    is_at_edge: bool
    """Whether the rate is the lowest or the highest that was tried."""
    updates: Within
    examples: Within
    diverged: int
    """Of the judged seeds, at that rate: they count as never reaching it."""

    @property
    def seeds(self) -> int:
        """Those that are judged."""
        return len(self.updates.at_most)

    @property
    def never(self) -> int:
        """How many did not reach it, those that diverged included."""
        return int(np.isinf(self.updates.at_most).sum())


def reached(results: Results, grid: Grid, target: float) -> Reached:
    """Return how the judged seeds of `grid` reach a validation loss of `target`. Raises MissingPartError."""
    by_rate = {rate: results.of(arm) for rate, arm in grid.by_rate}
    updates = {rate: _within(each, each.steps, target) for rate, each in by_rate.items()}
    rate = min(by_rate, key=lambda each: (*_ranks(updates[each].at_most[grid.judged :]), each))
    best, judged = by_rate[rate], slice(0, grid.judged)
    examples = _within(best, best.examples, target)
    return Reached(
        grid.size,
        rate,
        rate in {min(by_rate), max(by_rate)},
        Within(updates[rate].more_than[judged], updates[rate].at_most[judged]),
        Within(examples.more_than[judged], examples.at_most[judged]),
        int(np.isinf(fresh_loss(best)[judged]).sum()),
    )


def share_reached(results: Results, grid: Grid, target: float, *, by: float = 1.0) -> float:
    """Return the share of the choosing seeds that reach `target` at the best rate, by this share of the course.

    Raises MissingPartError.
    """
    found = []
    for _, arm in grid.by_rate:
        followed = results.of(arm)
        at_most = _within(followed, followed.steps, target).at_most[grid.judged :]
        found.append(float(np.mean(at_most <= by * followed.steps[-1])))
    return max(found)


def ratio_of(candidate: Within, reference: Within, *, level: float) -> Estimate:
    """Return the median over seeds of candidate over reference, with the outer interval."""
    with np.errstate(divide="ignore", invalid="ignore"):
        middle = ratio(candidate.at_most, reference.at_most, level=level)
        lowest = ratio(candidate.more_than, reference.at_most, level=level)
        highest = ratio(candidate.at_most, reference.more_than, level=level)
    if math.isnan(middle.value) or lowest.low is None or highest.high is None:
        return replace(middle, low=None, high=None)
    return Estimate(middle.value, lowest.low, highest.high, level, min(lowest.n, middle.n, highest.n))


def seconds_ratio(
    candidate: Reached, reference: Reached, records: tuple[CellRecord, CellRecord], *, level: float
) -> Estimate:
    """Return the median ratio of seconds to the loss: of updates, times that of the seconds of an update by `fit`.

    `records` are the candidate's and the reference's. Each of the two ratios has half of the error.
    """
    each = 1 - (1 - level) / 2
    ours, theirs = records
    epochs = speedup(ours, theirs, level=each)
    updates = theirs.steps_per_epoch / ours.steps_per_epoch
    return _product(ratio_of(candidate.updates, reference.updates, level=each), _times(epochs, updates), level)


def times_told(ratio: Estimate, form: str = ".2f") -> str:
    """Return ``1.20 × [1.10, 1.30]``, and words where there is no such number."""
    if math.isnan(ratio.value):
        return "a number of times that can't be told (neither gets there)"
    if math.isinf(ratio.value):
        return "infinitely many times (most seeds don't get there)"
    if ratio.value == 0:
        return "0 times (most seeds of the other never get there)"
    return told(ratio, form, " ×")


def rates_told(found: Sequence[Reached]) -> str:
    """Return the rates that were found, and at which sizes they are at the edge of what was tried."""
    rates = ", ".join(f"{each.rate:g} at {each.size}" for each in found)
    edges = ", ".join(str(each.size) for each in found if each.is_at_edge)
    return f"{rates}{f'; the edge of what was tried at {edges}' if edges else ''}"


def unless_at_edge(answer: Answer, *sides: Reached) -> Answer:
    """Return `answer`, or that it is open where a side's rate is at the edge: one beyond may get there sooner."""
    return Answer.INCONCLUSIVE if any(each.is_at_edge for each in sides) else answer


def edge_notes(found: Sequence[Reached]) -> tuple[str, ...]:
    """Return what is left open by rates at the edge of what was tried, with their sizes."""
    edges = [f"{each.rate:g} at {each.size}" for each in found if each.is_at_edge]
    if not edges:
        return ()
    rests = f"what rests on {in_a_row(edges)}, the lowest or the highest rate that was tried"
    return (f"Left open, whatever the interval says: {rests}; a rate beyond may get there sooner.",)


def fit_notes(fit: TradeOff, target: float) -> tuple[str, ...]:
    """Return what is to be said of a trade-off: why there is none, what it leaves out, and how many never got there."""
    if fit.refused:
        return (f"No trade-off of updates against examples to the loss {target:g}: {fit.refused}.",)
    notes = []
    if fit.left_out:
        sizes = in_a_row(fit.left_out)
        notes.append(f"The trade-off to the loss {target:g} is without {sizes}: half of the seeds never get there.")
    if fit.balance.low is None or fit.balance.high is None:
        notes.append(f"The trade-off to the loss {target:g} has no intervals: seeds are too few, or too unlike.")
    return tuple(notes)


def _within(followed: Followed, done: Sequence[int], target: float) -> Within:
    """Return what was done until the validation loss was at or below `target`; a diverged training never got there."""
    has_diverged = np.isinf(fresh_loss(followed))
    before = [0, *done[:-1]]
    at, since = (
        np.where(has_diverged, np.inf, first_reached(places, followed.validation_loss, target, higher=False))
        for places in (done, before)
    )
    # One that did not get there may have done so right after the end.
    return Within(np.where(np.isinf(at) & ~has_diverged, float(done[-1]), since), at)


def _ranks(values: BySeed) -> tuple[float, float]:
    """Return the median and the upper quartile, of values some of which may be infinite."""
    ordered = np.sort(values)
    return float(ordered[len(ordered) // 2]), float(ordered[3 * len(ordered) // 4])


def _times(estimate: Estimate, factor: float) -> Estimate:
    low, high = (None if end is None else end * factor for end in (estimate.low, estimate.high))
    return replace(estimate, value=estimate.value * factor, low=low, high=high)


def _product(one: Estimate, other: Estimate, level: float) -> Estimate:
    n = min(one.n, other.n)
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Estimate(one.value * other.value, None, None, level, n)
    return Estimate(one.value * other.value, one.low * other.low, one.high * other.high, level, n)
