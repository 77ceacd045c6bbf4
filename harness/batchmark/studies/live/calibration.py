"""How noisy is this machine? Identical sides, compared as an upgrade's are: what is found is noise."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from batchmark.analysis.looks import DEFAULT_LOOKS, LooksDesign
from batchmark.analysis.power import false_alarm_bound, smallest_detectable_effect
from batchmark.analysis.restarts import ratio_over_restarts, restart_weights
from batchmark.errors import BatchmarkError, interruption
from batchmark.files.calibration import CalibratedCell, Calibration
from batchmark.measurement.sitting import Proofs
from batchmark.metrics.seconds_per_epoch import METRIC as SECONDS_PER_EPOCH
from batchmark.progress import Progress, within
from batchmark.records import Cell
from batchmark.studies.live.plan import DEFAULT_BUDGET_SECONDS, Asked, turns_of_restart
from batchmark.studies.live.restarts import OverRestarts, Restart, chosen_compilation
from batchmark.studies.live.sides import StartWorker, run_sides
from batchmark.studies.live.trace import Trace, TracedRestart
from batchmark.studies.live.turns import quantities
from batchmark.studies.sweep.run import Sweep


@dataclass(frozen=True)
class CalibrationPlan:
    """How much is measured."""

    restarts: int = 6
    pairs: int = 2
    """Identical baselines and candidates that take turns: a comparison each."""
    budget_seconds: float = DEFAULT_BUDGET_SECONDS
    """That an upgrade will have for each cell; a restart here has about the share of it that one has there."""
    looks: tuple[int, ...] = DEFAULT_LOOKS
    confidence: float = 0.95
    tolerance: float = 0.01
    """Of the upgrades that the smallest detectable effect is told for."""
    first_epoch_limit_seconds: float = 60.0
    seed: int = 0


def run_calibration(
    start: StartWorker,
    asked: Asked,
    plan: CalibrationPlan,
    *,
    progress: Progress,
    keep: Callable[[Cell, Trace], None] = lambda _cell, _trace: None,
) -> Calibration:
    """Measure the cells that are `asked` in identical workers of `start`, and return their noise.

    `keep` is given what an epoch took in each visit of each cell, by restart of a pair, side, turn and place.

    Raises BatchmarkError: a worker can't go on. KeyboardInterrupt: there is no half of a calibration.
    """
    names = [f"{side} {pair + 1}" for pair in range(plan.pairs) for side in ("baseline", "candidate")]
    restarts: list[list[Restart]] = [[] for _ in range(plan.pairs)]
    facts: Mapping[str, object] = {}
    # All sides are one environment.
    proofs = Proofs()
    for number in range(plan.restarts):
        # Two sides take half of what four do: the budget is an upgrade's, for two.
        share = plan.budget_seconds / plan.looks[-1] * plan.pairs * len(asked.cells)
        turns = turns_of_restart(
            share, seed=plan.seed * plan.restarts + number, first_epoch_limit_seconds=plan.first_epoch_limit_seconds
        )
        told = within(progress, phase=f"{asked.description.name}, restart {number + 1} of {plan.restarts}: ")
        chosen = chosen_compilation(restarts[0])
        sweeps = run_sides(
            dict.fromkeys(names, start),
            asked.cells,
            turns,
            asked.description,
            progress=told,
            # All sides are one, and run what the first one chose.
            compilation=dict.fromkeys(names, next(iter(chosen.values()))) if chosen else None,
            apart=[names[2 * pair : 2 * pair + 2] for pair in range(plan.pairs)],
            proofs=dict.fromkeys(names, proofs),
        )
        _require_whole(sweeps)
        facts = sweeps[names[0]].facts
        for pair in range(plan.pairs):
            restarts[pair].append(Restart(sweeps[names[2 * pair]], sweeps[names[2 * pair + 1]]))
    for cell in asked.cells:
        keep(cell, Trace(str(cell), facts, _visits(restarts, cell)))
    found = [quantities(own, asked.cells) for own in restarts]
    cells = [known for each in zip(*found, strict=True) if (known := _calibrated(each, plan))]
    warnings = _warnings(restarts)
    if not cells:
        message = f"no cell could be measured: {'; '.join(warnings)}"
        raise BatchmarkError(message)
    compared, alarms = _false_alarms(found, plan)
    return Calibration(
        cells=tuple(cells),
        facts={
            name: facts.get(name) for name in ("device", "device_name", "cores", "keras_backend", "tensorflow", "keras")
        },
        budget_seconds=plan.budget_seconds,
        restarts=plan.looks[-1],
        confidence=plan.confidence,
        comparisons=compared,
        false_alarms=alarms,
        false_alarm_bound=false_alarm_bound(alarms, compared),
        warnings=warnings,
    )


def _visits(pairs: Sequence[Sequence[Restart]], cell: Cell) -> tuple[TracedRestart, ...]:
    found = [pair for restarts in pairs for restart in restarts if (pair := restart.pair(cell))]
    return tuple(
        TracedRestart(baseline.seconds_per_visit, candidate.seconds_per_visit) for baseline, candidate in found
    )


def _warnings(pairs: Sequence[Sequence[Restart]]) -> tuple[str, ...]:
    """Return what went wrong with cells, each thing once."""
    found = [
        f"{record.cell}: {warning}"
        for restarts in pairs
        for restart in restarts
        for sweep in (restart.baseline, restart.candidate)
        for record in sweep.records
        for warning in record.warnings
    ]
    return tuple(dict.fromkeys(found))


def _require_whole(sweeps: Mapping[str, Sweep]) -> None:
    for name, sweep in sweeps.items():
        if sweep.interrupted:
            raise interruption(sweep.stopped)
        if sweep.stopped:
            message = f"{name} could not go on: {sweep.stopped}"
            raise BatchmarkError(message)


def _calibrated(pairs: Sequence[OverRestarts], plan: CalibrationPlan) -> CalibratedCell | None:
    """Return the noise of one quantity, or None where nothing could be measured.

    Sides are identical, so effects scatter about 0, which is known. A difference has no smallest share to be told.
    """
    if pairs[0].metric.is_difference:
        return None
    effects = np.concatenate([pair.effects for pair in pairs])
    known = np.isfinite(effects)
    effects, errors = effects[known], np.concatenate([pair.errors for pair in pairs])[known]
    seconds = [value for pair in pairs for value in (pair.baseline, pair.candidate) if math.isfinite(value)]
    if not effects.size or not seconds:
        return None
    spread = float(np.sqrt(np.average(effects**2, weights=restart_weights(effects, errors))))
    design = LooksDesign(family=1, looks=plan.looks, confidence=plan.confidence)
    last = len(plan.looks) - 1

    def detectable(tolerance: float) -> float | None:
        if not spread > 0:
            return 0.0
        level = design.level(last)
        return smallest_detectable_effect(spread=spread, restarts=plan.looks[-1], level=level, tolerance=tolerance)

    return CalibratedCell(
        workload=pairs[0].workload,
        metric=pairs[0].metric.name,
        batch_size=pairs[0].batch_size,
        loop=pairs[0].loop,
        seconds=median(seconds),
        spread=spread,
        effects=int(effects.size),
        noise_floor=detectable(0.0),
        detectable=detectable(plan.tolerance),
    )


def _false_alarms(pairs: Sequence[Sequence[OverRestarts]], plan: CalibrationPlan) -> tuple[int, int]:
    """Return how many identical seconds per epoch were compared, and called different without a tolerance."""
    ratios = [
        ratio_over_restarts(quantity.effects, quantity.errors, level=plan.confidence)
        for pair in pairs
        for quantity in pair
        if quantity.metric is SECONDS_PER_EPOCH and not quantity.over
    ]
    known = [ratio for ratio in ratios if ratio.has_interval and math.isfinite(ratio.value)]
    return len(known), sum(ratio.lies_beyond(1.0, 1.0) for ratio in known)
