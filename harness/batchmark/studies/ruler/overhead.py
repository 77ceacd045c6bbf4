"""The overhead study: what does the harness itself add to an epoch?

Like against like: in each turn there is one call of ``fit``, some epochs of it with the harness and twice as many
without, in random order and timed by the same means. The bare ones are two sides (A/A): what lies between these is what
the estimator finds where there is nothing, and what lies between the harnessed ones and them is the harness's.

Note: tried the harness's own rounds against the slope between two bare calls of 6 and 1 epochs; rejected because the
legs were unlike: what a call does at its end grows with its length, and the noise of a short call in the denominator
moves the median. Tried calls of their own for each leg; rejected because intervals were wider after the same time: legs
were further apart, and set-up and warm-up took a good part of it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from batchmark.analysis.intervals import median_interval, ratio_interval
from batchmark.analysis.restarts import (
    LogRatios,
    Visits,
    neighbouring_log_ratios,
    ratio_over_restarts,
    restart_effects,
    restart_errors,
)
from batchmark.errors import BatchmarkError, WorkerDiedError, why_stopped
from batchmark.measurement.connection import Worker
from batchmark.measurement.environment import host_facts
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import BARE, HARNESSED, CallsPerEpoch, OverheadTurn
from batchmark.progress import Progress
from batchmark.records import Estimate
from batchmark.workloads import Description

AIM = 0.005
"""The share of an epoch that the harness is to stay within."""

# What an interval is over: stretches of time so long that they know nothing of each other.
_MOST_BLOCKS = 20
_FEWEST_TURNS_OF_A_BLOCK = 2


@dataclass(frozen=True)
class Overhead:
    """A harnessed epoch against a bare one, interleaved."""

    workload: str
    batch_size: int
    epochs: int
    """Of each leg in a turn."""
    turns: int
    ratio: Estimate
    """Harnessed over bare seconds per epoch; 1 is no overhead. `n` counts blocks of turns."""
    identical: Estimate
    """The second bare side over the first one, by the same estimator: 1 but for its bias and its noise."""
    told: Estimate
    """What the harness tells of an epoch over what the same epoch took, seen from outside. `n` counts epochs."""
    seconds_per_epoch: float
    """The bare median."""
    seconds_per_round: float
    """The harness's own work per round."""
    calls_per_epoch: CallsPerEpoch
    facts: dict[str, object]
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
    """Compare, turn by turn, `epochs` epochs of ``fit`` with the harness and twice as many without.

    Ctrl-C and a worker that dies end the study; the turns done until then give the result.

    Raises BatchmarkError: no turn, or no epoch. MissingPackageError: no TensorFlow. KeyboardInterrupt,
    WorkerDiedError: before there was a turn.
    """
    if turns < 1 or epochs < 1:
        message = f"{turns} turns of {epochs} epochs tell nothing; use at least 1 turn of 1 epoch"
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
                measured.append(worker.ask(requests.TakeOverheadTurn(workload.name, batch_size, epochs, seed=turn)))
        except (KeyboardInterrupt, WorkerDiedError) as error:
            if not measured:
                raise
            stopped = why_stopped(error)
    blocks = _blocks(measured)
    return Overhead(
        workload=workload.name,
        batch_size=batch_size,
        epochs=epochs,
        turns=len(measured),
        ratio=_ratio(blocks, BARE, HARNESSED),
        identical=_ratio(blocks, BARE[:1], BARE[1]),
        told=ratio_interval([math.log(told) for turn in measured for told in turn.told_over_took]),
        seconds_per_epoch=_bare_seconds(measured),
        seconds_per_round=per_round,
        calls_per_epoch=calls,
        facts=facts,
        stopped=stopped,
    )


def _ratio(blocks: Sequence[Sequence[OverheadTurn]], below: Sequence[str], above: str) -> Estimate:
    """Return the ratio of the leg `above` to those `below`, over blocks as an upgrade's is over restarts.

    Only epochs right beside each other are compared, one with one. So where legs are alike, either is as likely to be
    the disturbed one, and the estimate is of 1 however skewed the noise is.
    """
    ratios = [_log_ratios(turns, below, above) for turns in blocks]
    return ratio_over_restarts(restart_effects(ratios), restart_errors(ratios), level=0.95)


def _log_ratios(turns: Sequence[OverheadTurn], below: Sequence[str], above: str) -> LogRatios:
    return neighbouring_log_ratios(
        [_visits(turn, below) for turn in turns], [_visits(turn, (above,)) for turn in turns]
    )


def _visits(turn: OverheadTurn, legs: Sequence[str]) -> Visits:
    epochs = enumerate(zip(turn.legs, turn.seconds_per_epoch, strict=True))
    return {place: seconds for place, (leg, seconds) in epochs if leg in legs}


def _blocks(turns: Sequence[OverheadTurn]) -> list[Sequence[OverheadTurn]]:
    """Return the turns in blocks that follow each other in time, of about as many turns."""
    count = max(1, min(_MOST_BLOCKS, len(turns) // _FEWEST_TURNS_OF_A_BLOCK))
    edges = [len(turns) * block // count for block in range(count + 1)]
    return [turns[begin:end] for begin, end in pairwise(edges)]


def _bare_seconds(turns: Sequence[OverheadTurn]) -> float:
    return median_interval([seconds for turn in turns for seconds in _visits(turn, BARE).values()]).value
