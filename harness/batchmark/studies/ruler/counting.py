"""The counters, measured: do identical sides agree, and is a hundredth more of Python's work found?"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from batchmark.analysis.power import exact_interval
from batchmark.backends import SHARING
from batchmark.bounds import Count, Number
from batchmark.comparison import ComparedCell, Policy, Verdict
from batchmark.loops import COMPILED_XLA, FIT
from batchmark.measurement.connection import Worker
from batchmark.metrics import table
from batchmark.metrics.calls_per_epoch import METRIC as CALLS
from batchmark.progress import Progress, within
from batchmark.records import Cell, Estimate
from batchmark.studies.live.counted import compare_counters
from batchmark.studies.live.plan import SIDES
from batchmark.workloads.slowed import CALLS as PLANTED

WORKLOAD = "batchmark.workloads.slowed:workload"
CELLS = (Cell(WORKLOAD, 32, FIT), Cell(WORKLOAD, 32, COMPILED_XLA))
"""What is counted in each run; calls are planted into ``fit``."""
_LEVEL = 0.95


@dataclass(frozen=True)
class CountedPair:
    """One counter of one cell on both sides."""

    cell: str
    metric: str
    baseline: Number | None
    candidate: Number | None
    verdict: Verdict
    """Where no change is tolerated."""


@dataclass(frozen=True)
class CountingRun:
    """One run: a fresh process of either side."""

    planted: Count
    """How many calls an epoch of ``fit`` makes more at the candidate; 0: the sides are identical."""
    pairs: tuple[CountedPair, ...]
    seconds_per_cell: Number
    """Wall time, both processes and their start in it."""

    @property
    def agrees(self) -> bool:
        """Whether every counter is the same on both sides."""
        return all(pair.verdict is Verdict.UNCHANGED for pair in self.pairs)

    @property
    def is_found(self) -> bool:
        """Whether each cell of ``fit`` is told to make more calls."""
        own = [pair for pair in self.pairs if pair.metric == CALLS.name and pair.cell.endswith(f"-{FIT}")]
        return bool(own) and all(pair.verdict is Verdict.REGRESSED for pair in own)


@dataclass(frozen=True)
class Shares:
    """What a study comes to: shares of runs with the exact interval at 95 %."""

    agreeing: Estimate
    found: Estimate
    seconds_per_cell: float
    """The median over runs; NaN without one."""
    disagreeing: tuple[str, ...]
    """The counters that differed in some identical run."""


def run_counting_once(
    planted: int,
    *,
    progress: Progress,
    number: int,
    start_worker: Callable[..., Worker] = Worker,
    clock: Callable[[], float] = time.monotonic,
) -> CountingRun:
    """Count both sides once, each in a fresh process; the candidate makes `planted` calls an epoch more.

    Raises KeyboardInterrupt.
    """
    starts = {
        side: partial(start_worker, environment={**SHARING, PLANTED: str(planted if side == SIDES[1] else 0)})
        for side in SIDES
    }
    counted = [metric for metric in table.METRICS if metric.is_counted]
    policy = Policy({metric.name: 0.0 for metric in counted})
    loops = {cell: cell.loop for cell in CELLS}
    title = f"run {number + 1}, {f'{planted} calls planted' if planted else 'identical'}: "
    began = clock()
    cells = list(
        compare_counters(
            dict.fromkeys(SIDES, loops),
            starts,
            level=_LEVEL,
            policy=policy,
            progress=within(progress, phase=title),
        )
    )
    pairs = tuple(_pair(cell) for cell in cells if _is_known(cell))
    return CountingRun(planted, pairs, (clock() - began) / len(CELLS))


def shares_of(runs: Iterable[CountingRun]) -> Shares:
    """Return how many of the identical runs agree, and in how many of the others the calls were found."""
    every = list(runs)
    identical = [run for run in every if not run.planted]
    others = [run for run in every if run.planted]
    return Shares(
        agreeing=_share([run.agrees for run in identical]),
        found=_share([run.is_found for run in others]),
        seconds_per_cell=median(run.seconds_per_cell for run in every) if every else float("nan"),
        disagreeing=tuple(
            dict.fromkeys(
                f"{pair.cell} {pair.metric}"
                for run in identical
                for pair in run.pairs
                if pair.verdict is not Verdict.UNCHANGED
            )
        ),
    )


def calls_to_plant(run: CountingRun, share: float) -> int:
    """Return how many calls are `share` of those of the epoch that makes most."""
    calls = [pair.baseline or 0.0 for pair in run.pairs if pair.metric == CALLS.name]
    return max(1, round(share * max(calls, default=0.0)))


def _share(happened: Sequence[bool]) -> Estimate:
    low, high = exact_interval(sum(happened), len(happened)) if happened else (None, None)
    value = sum(happened) / len(happened) if happened else float("nan")
    return Estimate(value, low, high, _LEVEL, len(happened))


def _is_known(cell: ComparedCell) -> bool:
    return cell.baseline is not None or cell.candidate is not None or bool(cell.warnings)


def _pair(cell: ComparedCell) -> CountedPair:
    place = f"{cell.workload.partition(':')[0].rpartition('.')[2]}-{cell.batch_size}-{cell.loop}"
    return CountedPair(place, cell.metric, cell.baseline, cell.candidate, cell.verdict)
