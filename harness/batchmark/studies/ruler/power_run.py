"""One run of the power study: two sides live, of which one waits a share of each epoch, another at each batch size.

The share 0 makes identical cells, and some cells may have epochs that are slow now and then instead. All cells of a run
share its processes. Each visit is kept, so that another estimator can be tried on what was measured.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from statistics import median

from batchmark.analysis.looks import DEFAULT_LOOKS
from batchmark.analysis.restarts import ratio_over_restarts, spread_of_restarts
from batchmark.analysis.tails import Tails, tails
from batchmark.backends import SHARING
from batchmark.bounds import Number
from batchmark.errors import BatchmarkError, interruption
from batchmark.measurement.connection import Worker
from batchmark.metrics.seconds_per_epoch import METRIC as SECONDS_PER_EPOCH
from batchmark.progress import Progress, within
from batchmark.records import Cell, CellRecord
from batchmark.studies.live.plan import share_of_restart, turns_of_restart
from batchmark.studies.live.restarts import Restart
from batchmark.studies.live.sides import run_sides
from batchmark.studies.live.turns import quantities
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import find_workload
from batchmark.workloads.slowed import SlowEpochs, as_setting

WORKLOAD = "batchmark.workloads.slowed:workload"
Visit = tuple[int, ...]
"""Its place in the turn's order, then what each of its epochs took, in microseconds."""
Turn = tuple[Visit, ...]
"""A cell's visits of one side."""
_MICROSECONDS = 1e6
MEASURED = SECONDS_PER_EPOCH
"""What is looked for."""


@dataclass(frozen=True)
class PowerPlan:
    """What is planted, and how much is measured."""

    shares: Mapping[int, float]
    """By batch size: 0.02 waits 2 % of each epoch."""
    slow_epochs: Mapping[int, SlowEpochs] = field(default_factory=dict)
    """By batch size: what is slow now and then."""
    budget_seconds: float = 60.0
    """Of turns for each cell, on both sides together, in a run of as many restarts as the last look has."""
    looks: tuple[int, ...] = DEFAULT_LOOKS


@dataclass(frozen=True)
class Run:
    """One run: an effect for each restart of each cell, and what each side took."""

    shares: dict[int, Number]
    budget_seconds: Number
    looks: tuple[int, ...]
    effects: dict[int, tuple[float, ...]]
    """By batch size: the logarithm of candidate over baseline, one a restart."""
    errors: dict[int, tuple[float, ...]]
    """Of these, as far as a restart tells them; NaN where it tells none."""
    baseline: dict[int, tuple[float, ...]]
    """By batch size: seconds per epoch, one a restart."""
    candidate: dict[int, tuple[float, ...]]
    spent_seconds: Number
    """Of turns, for each cell."""
    in_epochs: Number
    """The share of turns, 0 to 1, in which one of the workers trained."""
    slow_epochs: dict[int, SlowEpochs] = field(default_factory=dict)
    """By batch size, where there are any: such a cell is none of an even slow-down."""
    visits: dict[int, tuple[tuple[tuple[Turn, ...], tuple[Turn, ...]], ...]] = field(default_factory=dict)
    """By batch size: of each restart the turns of both sides, the baseline's first; empty: they weren't kept."""

    @property
    def even(self) -> tuple[int, ...]:
        """The batch sizes without epochs that are slow now and then."""
        return tuple(size for size in self.shares if size not in self.slow_epochs)

    @cached_property
    def tails(self) -> dict[int, Tails]:
        """What restarts tell of slow epochs, by batch size; empty where visits weren't kept."""
        return {size: tails([_rounds(*sides) for sides in restarts]) for size, restarts in self.visits.items()}

    def found(self, size: int) -> float:
        """Return the logarithm of candidate over baseline, of all restarts."""
        return _over_restarts(self.effects[size], self.errors[size])

    def halves(self, size: int) -> tuple[float, float]:
        """Return the same of the restarts of each half of the run."""
        half, effects, errors = len(self.effects[size]) // 2, self.effects[size], self.errors[size]
        return _over_restarts(effects[:half], errors[:half]), _over_restarts(effects[half:], errors[half:])

    def stored(self, size: int) -> tuple[float, float]:
        """Return two logarithms of candidate over baseline: one side in the first half of the run, then the other."""
        half = len(self.effects[size]) // 2
        (first, second), (early, late) = (
            (math.log(median(seconds[:half])), math.log(median(seconds[half:])))
            for seconds in (self.baseline[size], self.candidate[size])
        )
        return late - first, early - second

    def spread_of(self, size: int) -> float:
        """Return what restarts' effects in a cell scatter by, a logarithm."""
        return spread_of_restarts(self.effects[size], self.errors[size])

    @property
    def spread(self) -> float:
        """The same, the median of cells: how noisy the machine was."""
        return median(map(self.spread_of, self.even))


def run_once(plan: PowerPlan, *, number: int, progress: Progress, clock: Callable[[], float] = time.monotonic) -> Run:
    """Measure one run, the `number`-th from 0.

    Raises BatchmarkError: a worker can't go on. KeyboardInterrupt.
    """
    cells = [Cell(WORKLOAD, size, "fit") for size in plan.shares]
    start = partial(Worker, environment=SHARING)
    slowed = partial(Worker, environment={**SHARING, **as_setting(plan.shares, plan.slow_epochs)})
    workload = find_workload(WORKLOAD)
    description = workload.described(name=WORKLOAD, examples=workload.examples)
    last = plan.looks[-1]

    restarts, spent, trained = [], 0.0, 0.0
    for restart in range(last):
        share = share_of_restart(plan.budget_seconds, spent / len(cells), restart=restart, restarts=last)
        turns = turns_of_restart(share * len(cells), seed=number * last + restart)
        told = within(progress, phase=f"run {number + 1}, restart {restart + 1} of {last}: ")
        watch = _Watch(told, clock)
        sides = {"baseline": start, "candidate": slowed}
        sweeps = _whole(
            run_sides(sides, cells, turns, description, progress=watch.progress, before_turn=watch.before_turn)
        )
        restarts.append(Restart(sweeps["baseline"], sweeps["candidate"]))
        spent += watch.seconds
        trained += sum(sum(record.rounds) for sweep in sweeps.values() for record in sweep.records)

    def epochs(name: str) -> dict[int, tuple[float, ...]]:
        return {
            cell.batch_size: tuple(each.side(name).record_of(cell).seconds_per_epoch for each in restarts)
            for cell in cells
        }

    found = {
        cell.batch_size: quantity
        for cell in cells
        for quantity in quantities(restarts, [cell])
        if quantity.metric is MEASURED
    }
    return Run(
        shares=dict(plan.shares),
        budget_seconds=plan.budget_seconds,
        looks=plan.looks,
        effects={size: tuple(map(float, quantity.effects)) for size, quantity in found.items()},
        errors={size: tuple(map(float, quantity.errors)) for size, quantity in found.items()},
        baseline=epochs("baseline"),
        candidate=epochs("candidate"),
        spent_seconds=spent / len(cells),
        in_epochs=trained / spent if spent else 0.0,
        slow_epochs=dict(plan.slow_epochs),
        visits={
            cell.batch_size: tuple(
                (_turns(each.baseline.record_of(cell)), _turns(each.candidate.record_of(cell))) for each in restarts
            )
            for cell in cells
        },
    )


def _turns(record: CellRecord) -> tuple[Turn, ...]:
    return tuple(
        tuple((place, *(round(_MICROSECONDS * each) for each in rounds)) for place, rounds in turn.items())
        for turn in record.rounds_by_visit(record.seconds_per_round)
    )


def _rounds(
    baseline: Sequence[Turn], candidate: Sequence[Turn]
) -> tuple[list[dict[int, Visit]], list[dict[int, Visit]]]:
    """Return both sides' turns as `analysis.tails` takes them: rounds by place, in microseconds."""
    theirs, ours = ([{visit[0]: visit[1:] for visit in turn} for turn in side] for side in (baseline, candidate))
    return theirs, ours


class _Watch:
    """How long turns took, from the first one's beginning to the last one's end."""

    def __init__(self, told: Progress, clock: Callable[[], float]) -> None:
        self._told = told
        self._clock = clock
        self._began: float | None = None
        self._ended = 0.0

    @property
    def seconds(self) -> float:
        return 0.0 if self._began is None else self._ended - self._began

    def before_turn(self) -> None:
        self._began = self._clock() if self._began is None else self._began

    def progress(self, *, phase: str, done: float, of: float, detail: str) -> None:
        self._ended = self._clock()
        self._told(phase=phase, done=done, of=of, detail=detail)


def _whole(sweeps: dict[str, Sweep]) -> dict[str, Sweep]:
    for name, sweep in sweeps.items():
        if sweep.interrupted:
            raise interruption(sweep.stopped)
        if sweep.stopped or not all(record.is_comparable for record in sweep.records):
            message = f"the {name} could not go on: {sweep.stopped or sweep.records[0].warnings}"
            raise BatchmarkError(message)
    return sweeps


def _over_restarts(effects: Sequence[float], errors: Sequence[float]) -> float:
    """Return the logarithm of candidate over baseline, of all these restarts."""
    return math.log(ratio_over_restarts(effects, errors, level=0.95).value)
