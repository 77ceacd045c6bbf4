"""Does a comparison find what is there, and nothing else? Real slow-downs are planted, and looked for.

A run compares two sides whose candidate waits a share of each epoch, another one at each batch size; the share 0 makes
identical cells. All cells of a run share its processes, and each is judged as if it were compared alone, look by look,
until it is settled. Beside it the same cells are compared as stored runs are: one side after the other, by medians.
"""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

import msgspec
import numpy as np

from batchmark.analysis.looks import DEFAULT_LOOKS, LooksDesign
from batchmark.analysis.restarts import paired_log_ratios, ratio_over_restarts, restart_effects
from batchmark.analysis.verdict import judge_ratio
from batchmark.comparison import Verdict
from batchmark.errors import BatchmarkError, StoredFileError
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.progress import Progress, within
from batchmark.records import Cell
from batchmark.studies.live_times import Restart
from batchmark.studies.sides import SHARING, run_sides
from batchmark.studies.sweep import Sweep
from batchmark.studies.upgrade_plan import turns_of_restart
from batchmark.workloads import find_workload
from batchmark.workloads.slowed import as_setting

WORKLOAD = "batchmark.workloads.slowed:workload"


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
    """One run: an effect for each restart of each cell, and the same cells compared one side after the other."""

    shares: dict[int, float]
    budget_seconds: float
    looks: tuple[int, ...]
    effects: dict[int, tuple[float, ...]]
    """By batch size: the logarithm of candidate over baseline, one a restart."""
    seconds: dict[int, float]
    """Of an epoch at the baseline, by batch size."""
    stored: dict[int, float]
    """By batch size: the same logarithm, of medians of runs one after the other, a process each."""


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
    """Standard deviation of restarts' effects about what was planted."""
    stored_spread: float
    """The same of stored runs."""


def run_once(plan: PowerPlan, *, number: int, progress: Progress) -> Run:
    """Measure one run, the `number`-th from 0.

    Raises BatchmarkError: a worker can't go on. KeyboardInterrupt.
    """
    cells = [Cell(WORKLOAD, size, "fit") for size in plan.shares]
    start = partial(Worker, environment=SHARING)
    slowed = partial(Worker, environment={**SHARING, **as_setting(plan.shares)})
    workload = find_workload(WORKLOAD)
    description = workload.described(name=WORKLOAD, examples=workload.examples)
    last = plan.looks[-1]

    def measured(sides: Mapping[str, Callable[[], Worker]], turns: Plan, what: str) -> dict[str, Sweep]:
        told = within(progress, phase=f"run {number + 1}, {what}: ")
        return _whole(run_sides(sides, cells, turns, description, progress=told))

    restarts = []
    for restart in range(last):
        turns = turns_of_restart(plan.budget_seconds / last * len(cells), seed=number * last + restart)
        sweeps = measured({"baseline": start, "candidate": slowed}, turns, f"restart {restart + 1} of {last}")
        restarts.append(Restart(sweeps["baseline"], sweeps["candidate"]))
    alone = turns_of_restart(plan.budget_seconds / 2 * len(cells), seed=number)
    stored = {
        name: measured({name: side}, alone, f"{name} alone")[name]
        for name, side in (("baseline", start), ("candidate", slowed))
    }
    return Run(
        shares=dict(plan.shares),
        budget_seconds=plan.budget_seconds,
        looks=plan.looks,
        effects={cell.batch_size: _effects(restarts, cell) for cell in cells},
        seconds={cell.batch_size: restarts[0].baseline.record_of(cell).seconds_per_epoch for cell in cells},
        stored={cell.batch_size: _effect_of_medians(stored["baseline"], stored["candidate"], cell) for cell in cells},
    )


def _whole(sweeps: dict[str, Sweep]) -> dict[str, Sweep]:
    for name, sweep in sweeps.items():
        if sweep.interrupted:
            raise KeyboardInterrupt
        if sweep.stopped or not all(record.is_comparable for record in sweep.records):
            message = f"the {name} could not go on: {sweep.stopped or sweep.records[0].warnings}"
            raise BatchmarkError(message)
    return sweeps


def _effects(restarts: Sequence[Restart], cell: Cell) -> tuple[float, ...]:
    pairs = [
        paired_log_ratios(
            restart.baseline.record_of(cell).seconds_per_round, restart.candidate.record_of(cell).seconds_per_round
        )
        for restart in restarts
    ]
    return tuple(float(effect) for effect in restart_effects(pairs))


def _effect_of_medians(baseline: Sweep, candidate: Sweep, cell: Cell) -> float:
    return math.log(candidate.record_of(cell).seconds_per_epoch / baseline.record_of(cell).seconds_per_epoch)


def settled(effects: Sequence[float], design: LooksDesign, *, tolerance: float) -> tuple[Verdict, int]:
    """Return the verdict on one cell, sought look by look until it is settled, and the restarts that it took."""
    verdict = Verdict.INCONCLUSIVE
    for index, restarts in enumerate(design.looks):
        ratio = ratio_over_restarts(np.array(effects[:restarts]), level=design.level(index))
        verdict = judge_ratio(ratio, tolerance=tolerance)
        if verdict is not Verdict.INCONCLUSIVE:
            return verdict, restarts
    return verdict, design.looks[-1]


def evaluate(runs: Sequence[Run], *, tolerance: float = 0.01) -> tuple[Found, ...]:
    """Return what was found of each share that was planted, ascending."""
    return tuple(
        _found(runs, share, tolerance) for share in sorted({each for run in runs for each in run.shares.values()})
    )


def _found(runs: Sequence[Run], share: float, tolerance: float) -> Found:
    cells = [(run, size) for run in runs for size, planted in run.shares.items() if planted == share]
    alone = [settled(run.effects[size], LooksDesign(1, run.looks, 0.99), tolerance=0.0) for run, size in cells]
    beyond = [settled(run.effects[size], LooksDesign(1, run.looks, 0.95), tolerance=tolerance) for run, size in cells]
    planted = math.log1p(share)
    errors = np.array([effect - planted for run, size in cells for effect in run.effects[size]])
    stored = np.array([run.stored[size] - planted for run, size in cells])
    return Found(
        share=share,
        cells=len(cells),
        significant=_counted(verdict for verdict, _ in alone),
        beyond_tolerance=_counted(verdict for verdict, _ in beyond),
        restarts=median(restarts for _, restarts in alone),
        spread=float(np.sqrt(np.mean(errors**2))),
        stored_spread=float(np.sqrt(np.mean(stored**2))),
    )


def _counted(verdicts: Iterable[Verdict]) -> dict[Verdict, int]:
    found = list(verdicts)
    return {verdict: found.count(verdict) for verdict in Verdict}


def read_runs(path: Path) -> tuple[Run, ...]:
    """Return the runs that `append_run` wrote; none where there is no such file.

    Raises StoredFileError: something else is in it.
    """
    if not path.exists():
        return ()
    try:
        return tuple(
            msgspec.convert(json.loads(line), Run, str_keys=True)
            for line in path.read_text(encoding="utf-8").splitlines()
        )
    except (ValueError, OSError) as error:
        message = f"{path} holds no runs of batchmark power ({error}); name another file"
        raise StoredFileError(message) from error


def append_run(run: Run, path: Path) -> None:
    """Add a run to a file, a line each.

    Raises StoredFileError: it can't be written.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(msgspec.json.encode(run).decode() + "\n")
    except OSError as error:
        message = f"{path} can't be written: {error.strerror}"
        raise StoredFileError(message) from error
