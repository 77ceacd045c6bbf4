"""The overhead study: what does the harness itself add to an epoch?"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from batchmark.analysis.intervals import median_interval, ratio_interval
from batchmark.errors import BatchmarkError
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.protocol import OverheadTurn
from batchmark.progress import Progress
from batchmark.records import Estimate
from batchmark.workloads import Workload


@dataclass(frozen=True)
class Overhead:
    """The harnessed epoch against a bare ``fit``'s, interleaved."""

    workload: str
    batch_size: int
    ratio: Estimate
    """Harnessed seconds per epoch over the slope of the bare calls' wall time; 1 is no overhead."""
    seconds_per_epoch: float
    """The bare slope's median."""
    seconds_per_round: float
    """The harness's own work per round."""
    facts: dict[str, object]


def run_overhead(
    workload: Workload,
    batch_size: int,
    *,
    turns: int,
    epochs: int,
    progress: Progress,
    start_worker: Callable[[], Worker] = Worker,
) -> Overhead:
    """Compare, turn by turn, a harnessed burst of `epochs` epochs with the slope between bare calls.

    Raises BatchmarkError: fewer than two epochs, or no turn; MissingPackageError: no TensorFlow.
    """
    if turns < 1 or epochs < 2:  # noqa: PLR2004  a slope takes two points
        message = f"{turns} turns of {epochs} epochs give no slope; use at least 1 turn of 2 epochs"
        raise BatchmarkError(message)
    host = host_facts()
    measured: list[OverheadTurn] = []
    with start_worker() as worker:
        progress(phase="start", done=0, of=1, detail="importing TensorFlow")
        facts = {**worker.request("facts", dict[str, object]), **host}
        for turn in range(turns):
            progress(phase="turns", done=turn, of=turns, detail=f"turn {turn + 1} of {turns}")
            params = {
                "workload": workload.name,
                "batch_size": batch_size,
                "short": 1,
                "long": 1 + epochs,
                "seed": turn,
            }
            measured.append(worker.request("overhead_turn", OverheadTurn, params))
        per_round = worker.request("boundary_cost", float)
    log_ratios = [math.log(turn.harnessed / turn.bare_slope) for turn in measured]
    return Overhead(
        workload=workload.name,
        batch_size=batch_size,
        ratio=ratio_interval(log_ratios),
        seconds_per_epoch=median_interval([turn.bare_slope for turn in measured]).value,
        seconds_per_round=per_round,
        facts=facts,
    )
