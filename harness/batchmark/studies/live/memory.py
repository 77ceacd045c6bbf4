"""The peak memory of two sides: each cell in fresh processes of both, a few times."""

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from batchmark.analysis.intervals import as_ratio, difference_interval
from batchmark.analysis.judged import another_tolerance, judged
from batchmark.comparison import ComparedCell, Policy
from batchmark.metrics import table
from batchmark.metrics.metric import Metric
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord, Estimate
from batchmark.studies.live.sides import StartWorker
from batchmark.studies.sweep.memory import Probe, can_be_probed, probe_all

PROBES = 3
"""Processes of each side: memory hardly varies, and two already have a spread."""


def compare_memory(
    records: Mapping[str, Sequence[CellRecord]],
    sides: Mapping[str, StartWorker],
    *,
    level: float,
    policy: Policy,
    progress: Progress,
    at_once: int | None,
) -> Iterator[ComparedCell]:
    """Yield what each cell that both sides measured takes alone in a process; `records` and `sides` are of both sides.

    Processes of both sides run at once where there are cores, on a GPU (`at_once` 1) one after the other.

    The intervals are Welch's, of the logarithms, at `level`.
    """
    # All in one queue: neither a side nor a number waits for the other, and no core for a process that is the last one.
    probes = [
        (name, Probe(record, start, number, told=f"{name}, {number + 1} of {PROBES}, "))
        for number in range(PROBES)
        for name, start in sides.items()
        for record in records[name]
        if can_be_probed(record)
    ]
    done = probe_all([probe for _, probe in probes], progress=progress, at_once=at_once)
    probed = {side: [record for (name, _), record in zip(probes, done, strict=True) if name == side] for side in sides}
    for cell in dict.fromkeys(record.cell for name in ("baseline", "candidate") for record in records[name]):
        for metric in table.METRICS:
            if metric.is_alone_in_a_process:
                baseline, candidate = (_probes_of(cell, probed[name]) for name in ("baseline", "candidate"))
                tolerance = policy.tolerance(metric.name, cell.workload)
                yield _compared(cell, metric, *metric.alike(baseline, candidate), level=level, tolerance=tolerance)


def _probes_of(cell: Cell, probed: Sequence[CellRecord]) -> list[CellRecord]:
    return [record for record in probed if record.cell == cell]


def _compared(
    cell: Cell,
    metric: Metric,
    baseline: Sequence[float],
    candidate: Sequence[float],
    *,
    level: float,
    tolerance: float | None,
) -> ComparedCell:
    known = bool(baseline and candidate)
    return judged(
        workload=cell.workload,
        metric=metric,
        batch_size=cell.batch_size,
        loop=cell.loop,
        sides=(float(np.median(baseline)), float(np.median(candidate))) if known else (math.nan, math.nan),
        effect=_ratio(baseline, candidate, level),
        tolerance=tolerance,
        rounds=min(len(baseline), len(candidate)),
        restarts=min(len(baseline), len(candidate)),
        needed=another_tolerance(metric.name) if known else None,
        warnings=() if known else ("its memory could not be measured on both sides",),
    )


def _ratio(baseline: Sequence[float], candidate: Sequence[float], level: float) -> Estimate:
    logs = [np.log(np.array(side, np.float64)) for side in (candidate, baseline)]
    difference = difference_interval(*logs, level=level)
    if difference.n > 1 and all(np.ptp(side) == 0 for side in logs):
        # A GPU's allocator counts: the same work takes the same bytes, to the last one.
        value = math.exp(difference.value)
        return Estimate(value, value, value, level, difference.n)
    return as_ratio(difference)
