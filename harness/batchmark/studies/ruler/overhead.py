"""The overhead study: what does the harness itself add to an epoch?"""

import math
from collections.abc import Callable
from dataclasses import dataclass

from batchmark.analysis.intervals import median_interval, ratio_interval
from batchmark.errors import BatchmarkError, WorkerDiedError, why_stopped
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import CallsPerEpoch, OverheadTurn
from batchmark.progress import Progress
from batchmark.records import Estimate
from batchmark.workloads import Description


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
    calls_per_epoch: CallsPerEpoch
    facts: dict[str, object]
    turns_left_out: int
    """Turns without a slope, because noise outweighed the epochs between the two bare calls."""
    stopped: str | None
    """Why there are fewer turns than were asked for, or None."""


def run_overhead(
    workload: Description,
    batch_size: int,
    *,
    turns: int,
    epochs: int,
    progress: Progress,
    start_worker: Callable[[], Worker] = Worker,
) -> Overhead:
    """Compare, turn by turn, a harnessed burst of `epochs` epochs with the slope between bare calls.

    Ctrl-C and a worker that dies end the study; the turns done until then give the result.

    Raises BatchmarkError: fewer than two epochs, no turn, or no turn with a slope. MissingPackageError: no
    TensorFlow. KeyboardInterrupt, WorkerDiedError: before there was a turn with a slope.
    """
    if turns < 1 or epochs < 2:  # noqa: PLR2004  a slope takes two points
        message = f"{turns} turns of {epochs} epochs give no slope; use at least 1 turn of 2 epochs"
        raise BatchmarkError(message)
    host = host_facts()
    measured: list[OverheadTurn] = []
    stopped: str | None = None
    with start_worker() as worker:
        progress(phase="start", done=0, of=1, detail="importing TensorFlow")
        facts = {**worker.ask(requests.Facts()), **host}
        # Before the turns: a worker that is interrupted or dies in one of them can't be asked any more.
        per_round = worker.ask(requests.BoundaryCost())
        calls = worker.ask(requests.CountCalls(workload.name, batch_size))
        try:
            for turn in range(turns):
                progress(phase="turns", done=turn, of=turns, detail=f"turn {turn + 1} of {turns}")
                measured.append(worker.ask(_turn(workload.name, batch_size, epochs, seed=turn)))
        except (KeyboardInterrupt, WorkerDiedError) as error:
            if not any(map(_has_slope, measured)):
                raise
            stopped = why_stopped(error)
    usable = [turn for turn in measured if _has_slope(turn)]
    if not usable:
        message = f"none of {turns} turns of {epochs} epochs gave a slope above the noise; use more --epochs"
        raise BatchmarkError(message)
    log_ratios = [math.log(turn.harnessed / turn.bare_slope) for turn in usable]
    return Overhead(
        workload=workload.name,
        batch_size=batch_size,
        ratio=ratio_interval(log_ratios),
        seconds_per_epoch=median_interval([turn.bare_slope for turn in usable]).value,
        seconds_per_round=per_round,
        calls_per_epoch=calls,
        facts=facts,
        turns_left_out=len(measured) - len(usable),
        stopped=stopped,
    )


def _turn(workload: str, batch_size: int, epochs: int, *, seed: int) -> requests.TakeOverheadTurn:
    return requests.TakeOverheadTurn(workload, batch_size, short=1, long=1 + epochs, seed=seed)


def _has_slope(turn: OverheadTurn) -> bool:
    return all(math.isfinite(seconds) and seconds > 0 for seconds in (turn.harnessed, turn.bare_slope))
