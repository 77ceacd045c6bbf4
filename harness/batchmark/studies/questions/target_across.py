"""What it takes each batch size to reach a quality or a loss: updates, examples and seconds, and how they trade.

Each size is trained at the rate of its grid that reaches the target after the fewest examples, in the median over other
seeds than those that are judged. All are looked at after each epoch: whoever looks more often finds a noisy curve
beyond a target sooner. A training that never gets there is censored: it counts as later than all others.

Source: McCandlish et al. 2018, arXiv 1812.06162, equation 2.11 (the trade-off); Shallue et al. 2019, arXiv 1811.03600
(steps to a target, the rate tuned at each batch size).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import median_interval, units_needed
from batchmark.analysis.paired import worst_if_diverged
from batchmark.analysis.trade_off import TradeOff, first_reached, fit_trade_off
from batchmark.course import constant
from batchmark.errors import BatchmarkError
from batchmark.records import CellRecord, Estimate
from batchmark.studies.claims.claim import Line
from batchmark.studies.claims.timed_cells import cells_of
from batchmark.studies.claims.trained import diverged
from batchmark.studies.laboratory.parts import Arm, Part, Timing
from batchmark.studies.laboratory.results import MissingPartError, Results
from batchmark.studies.questions.learning_curves import learning_curve
from batchmark.trainings import Followed
from batchmark.workloads.quality import LOSS, quality_of
from batchmark.workloads.workload import Description

FACTORS = (0.25, 0.5, 1.0, 2.0, 4.0)
"""Of the workload's rate, which follows the square root of the batch size: what is tried where no rates are named."""
FEWEST_SEEDS = 2
TURNS = 10
"""Of epochs that are timed."""
_LEVEL = 0.95
_EACH_OF_TWO = 1 - (1 - _LEVEL) / 2

Values = NDArray[np.float64]


@dataclass(frozen=True)
class TargetDesign:
    """What is trained, and what is to be reached."""

    workload: Description
    batch_sizes: tuple[int, ...]
    """Ascending."""
    target: float
    """In the unit of the metric itself, as ``evaluate`` returns it."""
    is_quality: bool
    """Whether it is of the workload's quality, else of its loss."""
    seeds: int
    tuning_seeds: int
    epochs: int
    rates: tuple[float, ...] = ()
    """Ascending, tried at each size; none: around the workload's own."""
    times: Timing | None = None
    """Whose epochs by `fit` are counted; None: some turns of the batch sizes."""
    own_rates: tuple[tuple[int, tuple[float, ...]], ...] = ()
    """By batch size, what is tried at it in place of `rates`."""

    def __post_init__(self) -> None:
        """Refuse what can't be reached or tried, before anything is trained. Raises BatchmarkError."""
        quality_of(self.workload)
        if not math.isfinite(self.target):
            message = f"a target of {self.target}; expected a finite number"
            raise BatchmarkError(message)
        if self.seeds < FEWEST_SEEDS or self.tuning_seeds < 1:
            message = (
                f"{self.seeds} seeds and {self.tuning_seeds} that choose the rate; expected at least {FEWEST_SEEDS} "
                "and 1"
            )
            raise BatchmarkError(message)
        if self.workload.learning_rate is None and not self.rates:
            message = (
                f"workload {self.workload.name!r} sets no learning rate to try others around; name some by --rates, as "
                "0.005,0.01,0.02, or give it learning_rate=..."
            )
            raise BatchmarkError(message)
        if any(not 0 < rate < math.inf for rate in self.rates):
            message = f"rates {self.rates}; expected finite numbers above 0"
            raise BatchmarkError(message)

    @property
    def metric(self) -> str:
        """What is to be reached a value of."""
        return quality_of(self.workload).log if self.is_quality else LOSS

    @property
    def higher_is_better(self) -> bool:
        """Of the metric itself."""
        return self.is_quality and quality_of(self.workload).sign > 0

    @property
    def parts(self) -> tuple[Part, ...]:
        """What it takes to choose the rates, and the times."""
        return (self.timing, *(self.tried(size, rate) for size in self.batch_sizes for rate in self.rates_at(size)))

    @property
    def timing(self) -> Timing:
        """Steady epochs by `fit`."""
        return self.times or Timing(self.workload.name, self.batch_sizes, turns=TURNS)

    def rates_at(self, size: int) -> tuple[float, ...]:
        """Return what is tried at a batch size."""
        own = dict(self.own_rates).get(size)
        if own is not None:
            return own
        if self.rates:
            return self.rates
        middle = (self.workload.learning_rate or math.nan) * math.sqrt(size / self.workload.reference_batch_size)
        return tuple(middle * factor for factor in FACTORS)

    def tried(self, size: int, rate: float) -> Arm:
        """Return trainings that choose the rate: their seeds begin after those that are judged."""
        return replace(self.judged(size, rate), seeds=self.tuning_seeds, first_seed=self.seeds)

    def judged(self, size: int, rate: float) -> Arm:
        """Return trainings that are judged."""
        return Arm(self.workload.name, constant(size, epochs=self.epochs, learning_rate=rate), self.seeds)


@dataclass(frozen=True)
class ReachedAt:
    """How one batch size reached the target. A median is infinite where half of the seeds never did."""

    batch_size: int
    learning_rate: float
    is_at_edge: bool
    """Whether it is the lowest or the highest that was tried."""
    updates: Estimate
    """Median over seeds, to the first look that is at the target or beyond."""
    examples: Estimate
    seconds: Estimate | None
    """Updates times the seconds of one in steady epochs by `fit`; None: there is no time."""
    seconds_per_update: float | None
    never: int
    """Seeds that never reached it: censored."""
    diverged: int
    """Seeds whose training diverged by its end."""
    method: str

    @property
    def is_reached(self) -> bool:
        """Whether more than half of the seeds got there."""
        return math.isfinite(self.updates.value)


@dataclass(frozen=True)
class Best:
    """The best that was seen at any look of any training."""

    value: float
    batch_size: int
    learning_rate: float
    epochs: float


@dataclass(frozen=True)
class TargetAnswer:
    """What it takes to reach the target."""

    design: TargetDesign
    metric: str
    sizes: tuple[ReachedAt, ...]
    trade_off: TradeOff
    best: Best | None
    """None: every training diverged before its first look."""
    missing: dict[int, str]
    """Why a batch size isn't there."""
    why_no_seconds: str
    """Or empty."""
    first_look: tuple[int, ...]
    """Batch sizes at which it was reached by the first look already."""
    few_seeds: str
    """What can't be told of so few, or empty."""
    curves: tuple[Line, ...] = ()
    """Learning curves: what is to reach the target by epochs, of each of `sizes`, the median over its seeds."""

    @property
    def is_reached(self) -> bool:
        """Whether any batch size reaches it, with more than half of its seeds."""
        return any(size.is_reached for size in self.sizes)

    @property
    def is_whole(self) -> bool:
        """Whether everything that was asked for is there."""
        return not self.missing and not self.why_no_seconds


def then(results: Results, design: TargetDesign) -> tuple[Arm, ...]:
    """Return the trainings that are judged: each batch size at its best rate, where its grid is there."""
    found = []
    for size in design.batch_sizes:
        try:
            found.append(design.judged(size, best_rate(results, design, size)))
        except MissingPartError:
            continue
    return tuple(found)


def best_rate(results: Results, design: TargetDesign, size: int) -> float:
    """Return the rate that reaches the target after the fewest examples, in the median over the choosing seeds.

    Censored counts as infinite. Of equals the one whose upper quartile is lower, then the one that is further beyond
    the target at its median look, or nearer to it in the end, then the lowest.

    Raises MissingPartError.
    """
    by_rate = {rate: results.of(design.tried(size, rate)) for rate in design.rates_at(size)}
    return min(by_rate, key=lambda rate: (*_ranks(design, by_rate[rate]), rate))


def updates_to(design: TargetDesign, followed: Followed) -> Values:
    """Return by seed the updates to the first look that is at the target or beyond; infinite where none is."""
    return _first(design, followed, followed.steps)


def judge(results: Results, design: TargetDesign) -> TargetAnswer:
    """Return how each batch size reaches the target, of those whose trainings are there.

    Raises MissingPartError: of none.
    """
    followed: dict[int, tuple[float, Followed]] = {}
    missing: dict[int, str] = {}
    for size in design.batch_sizes:
        try:
            rate = best_rate(results, design, size)
            followed[size] = (rate, results.of(design.judged(size, rate)))
        except MissingPartError as error:
            missing[size] = str(error)
    if not followed:
        raise MissingPartError(next(iter(missing.values()), "no batch size is there"))
    try:
        records, why = cells_of(results, design.timing), ""
    except MissingPartError as error:
        records, why = {}, str(error)
    sizes = tuple(_reached_at(design, size, rate, one, records.get(size)) for size, (rate, one) in followed.items())
    few = units_needed(_LEVEL)
    return TargetAnswer(
        design,
        design.metric,
        sizes,
        _trade_off(design, {size: one for size, (_, one) in followed.items()}),
        _best(results, design),
        missing,
        why,
        tuple(size for (size, (_, one)), at in zip(followed.items(), sizes, strict=True) if _is_first(at, one)),
        f"{design.seeds} seeds give no intervals: {few} would" if design.seeds < few else "",
        tuple(_along(design, size, one) for size, (_, one) in followed.items()),
    )


def _reached_at(
    design: TargetDesign, size: int, rate: float, followed: Followed, record: CellRecord | None
) -> ReachedAt:
    updates, examples = updates_to(design, followed), _first(design, followed, followed.examples)
    grid = design.rates_at(size)
    return ReachedAt(
        size,
        rate,
        len(grid) > 1 and rate in {min(grid), max(grid)},
        median_interval(updates, level=_LEVEL),
        median_interval(examples, level=_LEVEL),
        None if record is None else _seconds(updates, record),
        None if record is None else record.seconds_per_step,
        int(np.isinf(updates).sum()),
        diverged([followed]),
        followed.method,
    )


def _seconds(updates: Values, record: CellRecord) -> Estimate:
    """Return the median updates times the seconds of one; each of the two has half of the error."""
    ours = median_interval(updates, level=_EACH_OF_TWO)
    epoch = median_interval(record.seconds_per_turn, level=_EACH_OF_TWO)
    value = ours.value * record.seconds_per_step
    if ours.low is None or ours.high is None or epoch.low is None or epoch.high is None:
        return Estimate(value, None, None, _LEVEL, ours.n)
    low, high = (end * by / record.steps_per_epoch for end, by in ((ours.low, epoch.low), (ours.high, epoch.high)))
    return Estimate(value, low, high, _LEVEL, ours.n)


def _trade_off(design: TargetDesign, followed: Mapping[int, Followed]) -> TradeOff:
    """Fit what was done halfway between the look at which the target was reached and the look before it.

    By the seeds that all have: the first of each.
    """
    common = min(len(one.seeds) for one in followed.values())
    steps = [_halfway(design, one, one.steps)[:common] for one in followed.values()]
    examples = [_halfway(design, one, one.examples)[:common] for one in followed.values()]
    return fit_trade_off(tuple(followed), steps, examples, level=_LEVEL)


def _curves(design: TargetDesign, followed: Followed) -> Values:
    """Return what is to reach the target, shape (seeds, looks), turned so that higher is better."""
    found = followed.validation_quality if design.is_quality else followed.validation_loss
    return np.array(found, np.float64) * (1 if design.is_quality else -1)


def _along(design: TargetDesign, size: int, followed: Followed) -> Line:
    """Return the learning curve of a batch size; a training that diverged is the worst."""
    sign = 1 if design.higher_is_better else -1
    ranked = worst_if_diverged(_curves(design, followed), higher_is_better=True)
    epochs = [done / design.workload.examples for done in followed.examples]
    return learning_curve(f"batch size {size}", epochs, sign * ranked, level=_LEVEL)


def _turned(design: TargetDesign) -> float:
    return design.target if design.higher_is_better else -design.target


def _first(design: TargetDesign, followed: Followed, positions: Sequence[int]) -> Values:
    return first_reached(positions, list(_curves(design, followed)), _turned(design), higher=True)


def _halfway(design: TargetDesign, followed: Followed, positions: Sequence[int]) -> Values:
    return (_first(design, followed, positions) + _first(design, followed, [0, *positions[:-1]])) / 2


def _is_first(at: ReachedAt, followed: Followed) -> bool:
    return at.examples.value <= followed.examples[0]


def _ranks(design: TargetDesign, followed: Followed) -> tuple[float, float, float]:
    """Return what rates are chosen by: the lower the better."""
    ordered = np.sort(_first(design, followed, followed.examples))
    median = float(ordered[len(ordered) // 2])
    look = followed.examples.index(int(median)) if math.isfinite(median) else -1
    beyond = np.sort(worst_if_diverged(_curves(design, followed)[:, look], higher_is_better=True))
    return median, float(ordered[3 * len(ordered) // 4]), -float(beyond[(len(beyond) - 1) // 2])


def _best(results: Results, design: TargetDesign) -> Best | None:
    found = None
    for size in design.batch_sizes:
        for rate in design.rates_at(size):
            for arm in (design.tried(size, rate), design.judged(size, rate)):
                if arm not in results.obtained:
                    continue
                followed = results.of(arm)
                by_look = worst_if_diverged(_curves(design, followed), higher_is_better=True).max(axis=0)
                look = int(by_look.argmax())
                if found is None or by_look[look] > found[0]:
                    epochs = followed.examples[look] / design.workload.examples
                    found = (float(by_look[look]), size, rate, epochs)
    if found is None or not math.isfinite(found[0]):
        return None
    value, size, rate, epochs = found
    return Best(value if design.higher_is_better else -value, size, rate, epochs)
