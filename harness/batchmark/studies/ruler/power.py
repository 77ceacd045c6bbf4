"""Does a comparison find what is there, and nothing else? Real slow-downs are planted, and looked for.

A run compares two sides whose candidate waits a share of each epoch, another one at each batch size; the share 0 makes
identical cells. All cells of a run share its processes, and each is judged as if it were compared alone, look by look,
until it is settled. Beside it the same workers are compared as stored runs are, one side after the other: by the median
epoch of one side's in the first half of the run, and the other's in the second.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.intervals import as_ratio, mean_interval
from batchmark.analysis.looks import DEFAULT_LOOKS, LooksDesign
from batchmark.analysis.restarts import ratio_over_restarts, spread_of_restarts
from batchmark.analysis.verdict import judge_ratio
from batchmark.bounds import Number
from batchmark.comparison import Verdict
from batchmark.errors import BatchmarkError, interruption
from batchmark.measurement.connection import Worker
from batchmark.metrics.seconds_per_epoch import METRIC as SECONDS_PER_EPOCH
from batchmark.progress import Progress, within
from batchmark.records import Cell, Estimate
from batchmark.studies.live.plan import share_of_restart, turns_of_restart
from batchmark.studies.live.sides import SHARING, run_sides
from batchmark.studies.live.turns import Restart, quantities
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import find_workload
from batchmark.workloads.slowed import as_setting

WORKLOAD = "batchmark.workloads.slowed:workload"
STORED_THRESHOLD = 0.05
"""What stored runs are usually judged by: a median that is slower by 5 % fails."""


@dataclass(frozen=True)
class PowerPlan:
    """What is planted, and how much is measured."""

    shares: Mapping[int, float]
    """By batch size: 0.02 waits 2 % of each epoch."""
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
        return median(map(self.spread_of, self.shares))


@dataclass(frozen=True)
class Found:
    """How often what was planted was found, of all runs together."""

    share: float
    cells: int
    significant: dict[Verdict, int]
    """By verdict, without a tolerance, each at 99 %."""
    beyond_tolerance: dict[Verdict, int]
    """By verdict, with the tolerance, each at 95 %."""
    restarts: float
    """Median, until it was settled without a tolerance."""
    spread: float
    """Of restarts' effects in a cell, the median of cells."""
    error: float
    """Root mean square of what comparisons of all restarts found, less what was planted."""
    stored_error: float
    """The same of stored runs."""
    stored: int
    """Comparisons of stored runs: two for each cell of a run."""
    stored_regressed: int
    """How many of them are slower by more than the fixed threshold."""
    stored_improved: int
    """How many are faster by more than it."""


def run_once(plan: PowerPlan, *, number: int, progress: Progress, clock: Callable[[], float] = time.monotonic) -> Run:
    """Measure one run, the `number`-th from 0.

    Raises BatchmarkError: a worker can't go on. KeyboardInterrupt.
    """
    cells = [Cell(WORKLOAD, size, "fit") for size in plan.shares]
    start = partial(Worker, environment=SHARING)
    slowed = partial(Worker, environment={**SHARING, **as_setting(plan.shares)})
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
        if quantity.metric is SECONDS_PER_EPOCH
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
    )


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


def settled(
    effects: Sequence[float], errors: Sequence[float], design: LooksDesign, *, tolerance: float
) -> tuple[Verdict, int]:
    """Return the verdict on one cell, sought look by look until it is settled, and the restarts that it took."""

    def ratio(restarts: int, level: float) -> Estimate:
        return ratio_over_restarts(effects[:restarts], errors[:restarts], level=level)

    return sought(ratio, design, tolerance=tolerance)


def sought(ratio: Callable[[int, float], Estimate], design: LooksDesign, *, tolerance: float) -> tuple[Verdict, int]:
    """Return the verdict on a ratio that is given by the number of restarts and a level, as `settled` does."""
    verdict = Verdict.INCONCLUSIVE
    for index, restarts in enumerate(design.looks):
        verdict = judge_ratio(ratio(restarts, design.level(index)), tolerance=tolerance)
        if verdict is not Verdict.INCONCLUSIVE:
            return verdict, restarts
    return verdict, design.looks[-1]


def evaluate(runs: Sequence[Run], *, tolerance: float = 0.01, threshold: float = STORED_THRESHOLD) -> tuple[Found, ...]:
    """Return what was found of each share that was planted, ascending; stored runs are judged by `threshold` alone."""
    shares = sorted({each for run in runs for each in run.shares.values()})
    return tuple(_found(runs, share, tolerance, threshold) for share in shares)


def calm_and_noisy(runs: Sequence[Run]) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Return the half of the runs in which restarts scattered least, and the others, both ascending by it.

    The halves are parted by noise, not by what was found; of an odd number the middle one is noisy.
    """
    ordered = tuple(sorted(runs, key=lambda run: run.spread))
    half = len(ordered) // 2
    return ordered[:half], ordered[half:]


def gain(runs: Sequence[Run], *, level: float = 0.95) -> Estimate:
    """Return how many times as much stored runs err as comparisons do: the geometric mean over runs, with Student's t.

    Both are root mean squares over a run's cells, of what was found less what was planted, and of as much data: each
    half of a run is a comparison, and stored runs have half of each side's restarts.
    """
    return as_ratio(mean_interval([_gain(run) for run in runs], level=level))


def _gain(run: Run) -> float:
    planted = {size: math.log1p(share) for size, share in run.shares.items()}
    live = np.array([effect - planted[size] for size in run.shares for effect in run.halves(size)])
    stored = np.array([effect - planted[size] for size in run.shares for effect in run.stored(size)])
    return math.log(_root_mean_square(stored) / _root_mean_square(live))


def _found(runs: Sequence[Run], share: float, tolerance: float, threshold: float) -> Found:
    cells = [(run, size) for run in runs for size, planted in run.shares.items() if planted == share]
    alone, beyond = (
        [
            settled(run.effects[size], run.errors[size], LooksDesign(1, run.looks, confidence), tolerance=by)
            for run, size in cells
        ]
        for confidence, by in ((0.99, 0.0), (0.95, tolerance))
    )
    planted, limit = math.log1p(share), math.log1p(threshold)
    found = np.array([run.found(size) for run, size in cells])
    stored = np.array([effect for run, size in cells for effect in run.stored(size)])
    return Found(
        share=share,
        cells=len(cells),
        significant=counted(verdict for verdict, _ in alone),
        beyond_tolerance=counted(verdict for verdict, _ in beyond),
        restarts=median(restarts for _, restarts in alone),
        spread=median(run.spread_of(size) for run, size in cells),
        error=_root_mean_square(found - planted),
        stored_error=_root_mean_square(stored - planted),
        stored=stored.size,
        stored_regressed=int(np.sum(stored > limit)),
        stored_improved=int(np.sum(stored < -limit)),
    )


def _root_mean_square(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))


def counted(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    """Return how often each verdict came out."""
    found = list(verdicts)
    return {verdict: found.count(verdict) for verdict in Verdict}
