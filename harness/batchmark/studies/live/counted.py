"""The work of two sides, counted: each cell in a process of either side, after all that is timed."""

import math
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from batchmark.analysis.judged import judged
from batchmark.comparison import ComparedCell, Part, Policy, Verdict
from batchmark.counters import Counter, Counters
from batchmark.errors import BatchmarkError
from batchmark.measurement.live_workers import LiveWorkers
from batchmark.measurement.protocol import requests
from batchmark.metrics import table
from batchmark.metrics.metric import Metric
from batchmark.progress import Progress, within
from batchmark.records import Cell, Estimate
from batchmark.studies.live.plan import SIDES
from batchmark.studies.live.sides import StartWorker

_MOST_PARTS = 5
_ANOTHER_COUNTER = "nothing: let the same Python and framework count on both sides"


@dataclass(frozen=True)
class Work:
    """What was counted of one side."""

    by_cell: dict[Cell, Counters] = field(default_factory=dict)
    failed: dict[Cell, str] = field(default_factory=dict)
    """Why nothing was."""


def compare_counters(
    loops: Mapping[str, Mapping[Cell, str]],
    sides: Mapping[str, StartWorker],
    *,
    level: float,
    policy: Policy,
    progress: Progress,
    seed: int = 0,
) -> Iterator[ComparedCell]:
    """Yield what each cell does, counted; `sides` are both, and `loops` has by side what runs a cell there.

    A process of each side counts all cells, both at the same time: counts don't depend on what runs beside them. Cells
    in which the sides differ are counted once more, by other processes. The interval, told at `level`, is not one of
    chance: where all epochs of a side count alike it is the effect itself, and otherwise it spans what any two epochs
    of the two sides differ by, and as much again on either side.
    """
    cells = [cell for cell in loops[SIDES[0]] if cell in loops[SIDES[1]]]
    found = _counted(loops, sides, cells, progress, seed)
    if differing := [cell for cell in cells if _differs(cell, [found[side] for side in SIDES])]:
        # What hangs on a process alone, as the order of a set of texts does, is no difference of two sides.
        again = _counted(loops, sides, differing, within(progress, phase="what differs, once more: "), seed)
        found = {side: _merged(found[side], again[side]) for side in SIDES}
    for cell in cells:
        for metric in table.METRICS:
            if metric.is_counted:
                tolerance = policy.tolerance(metric.name, cell.workload)
                compared = _compared(cell, metric, [found[side] for side in SIDES], level=level, tolerance=tolerance)
                if compared is not None:
                    yield compared


def _differs(cell: Cell, work: Sequence[Work]) -> bool:
    """Whether any counter of a cell is another on the two sides."""
    for metric in table.METRICS:
        baseline, candidate = (_counter(each, cell, metric) for each in work)
        if baseline and candidate and set(baseline.values) != set(candidate.values):
            return True
    return False


def _merged(first: Work, again: Work) -> Work:
    """Return what two processes of a side counted, as one: each epoch's count by either."""
    merged = dict(first.by_cell)
    for cell, counters in again.by_cell.items():
        if cell in merged:
            own = merged[cell].counted
            both = {
                name: replace(own[name], values=(*own[name].values, *counter.values), processes=2)
                for name, counter in counters.counted.items()
                if name in own
            }
            merged[cell] = replace(merged[cell], counted={**own, **both})
    return replace(first, by_cell=merged)


def _counted(
    loops: Mapping[str, Mapping[Cell, str]],
    sides: Mapping[str, StartWorker],
    cells: Sequence[Cell],
    progress: Progress,
    seed: int,
) -> dict[str, Work]:
    """Return what was counted of each side."""
    live, found = LiveWorkers(), {side: Work() for side in sides}
    done = 0

    def count(side: str) -> None:
        nonlocal done
        with ExitStack() as stack:
            worker = None
            for cell in cells:
                try:
                    worker = worker or stack.enter_context(live.start(sides[side]))
                    worker.ask(requests.Open(cell, loops[side][cell], seed, same_learning_rate=False))
                    found[side].by_cell[cell] = worker.ask(requests.CountWork(cell))
                except BatchmarkError as error:
                    found[side].failed[cell] = str(error)
                    # It may have ended, and whatever is open in it may be spoilt.
                    stack.close()
                    worker = None
                done += 1
                progress(phase="counters", done=done, of=len(sides) * len(cells), detail=f"{side}, {cell}")

    progress(phase="counters", done=0, of=len(sides) * len(cells), detail="work that is counted, and not timed")
    with ThreadPoolExecutor(len(sides)) as pool:
        try:
            list(pool.map(count, sides))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            live.end()
            raise
    return found


def _compared(
    cell: Cell, metric: Metric, work: Sequence[Work], *, level: float, tolerance: float | None
) -> ComparedCell | None:
    """Return one counter of two sides; None where neither side has it, and nobody judges it."""
    counters = [_counter(each, cell, metric) for each in work]
    said = _why_not(cell, metric, work)
    if counters == [None, None] and tolerance is None and not said:
        return None
    effect, warnings, needed = Estimate(math.nan, None, None, level, 0), said, None
    baseline, candidate = counters
    if baseline and candidate:
        if baseline.counted_by == candidate.counted_by:
            effect = _effect(metric, baseline, candidate, level)
            warnings, needed = _if_it_varies(baseline, candidate), None
        else:
            by = f"{baseline.counted_by} counted at the baseline, {candidate.counted_by} at the candidate"
            warnings, needed = (f"not comparable: {by}",), _ANOTHER_COUNTER
    compared = judged(
        workload=cell.workload,
        metric=metric,
        batch_size=cell.batch_size,
        loop=cell.loop,
        sides=tuple(each.value if each else math.nan for each in (baseline, candidate)),  # type: ignore[arg-type]  # two
        effect=effect,
        tolerance=tolerance,
        rounds=effect.n,
        restarts=min((each.processes for each in counters if each), default=1),
        needed=needed,
        warnings=warnings,
    )
    if not (baseline and candidate) or baseline.counted_by != candidate.counted_by:
        return compared
    if tolerance is not None and not metric.is_difference and not any(baseline.values) and min(candidate.values) > 0:
        # It is no multiple of nothing, and more than any tolerance allows.
        none = "there is none of it at the baseline"
        compared = replace(compared, verdict=Verdict.REGRESSED, needed=None, warnings=(*warnings, none))
    is_same = baseline.digest == candidate.digest if baseline.digest and candidate.digest else None
    return replace(compared, parts=_parts(baseline, candidate), is_same_program=is_same)


def _parts(baseline: Counter, candidate: Counter) -> tuple[Part, ...]:
    """Return the parts that differ most; one that a side doesn't name has next to nothing there."""
    names = dict.fromkeys((*baseline.parts, *candidate.parts))
    parts = [Part(name, baseline.parts.get(name, 0.0), candidate.parts.get(name, 0.0)) for name in names]
    differing = [part for part in parts if part.baseline != part.candidate]
    return tuple(sorted(differing, key=lambda part: -abs(part.candidate - part.baseline))[:_MOST_PARTS])


def _counter(work: Work, cell: Cell, metric: Metric) -> Counter | None:
    counters = work.by_cell.get(cell)
    counter = counters.counted.get(metric.name) if counters else None
    return counter if counter and counter.values else None


def _effect(metric: Metric, baseline: Counter, candidate: Counter, level: float) -> Estimate:
    sides = (baseline, candidate)
    n = min(len(each.values) for each in sides)
    varies = max(max(each.values) - min(each.values) for each in sides)
    lowest = [max(0.0, min(each.values) - varies) for each in sides]
    highest = [max(each.values) + varies for each in sides]
    if metric.is_difference:
        value = candidate.value - baseline.value
        return Estimate(value, lowest[1] - highest[0], highest[1] - lowest[0], level, n)
    if not highest[0] and not highest[1]:
        return Estimate(1.0, 1.0, 1.0, level, n)
    if not lowest[0]:
        # Whatever there is, it is no multiple of nothing.
        return Estimate(math.nan, None, None, level, n)
    return Estimate(candidate.value / baseline.value, lowest[1] / highest[0], highest[1] / lowest[0], level, n)


def _if_it_varies(baseline: Counter, candidate: Counter) -> tuple[str, ...]:
    varying = [side for side, each in zip(SIDES, (baseline, candidate), strict=True) if not each.is_exact]
    return (f"its epochs don't all count alike at the {' and the '.join(varying)}",) if varying else ()


def _why_not(cell: Cell, metric: Metric, work: Sequence[Work]) -> tuple[str, ...]:
    found = []
    for side, each in zip(SIDES, work, strict=True):
        counters = each.by_cell.get(cell)
        why = each.failed.get(cell) or (counters.missing.get(metric.name) if counters else None)
        if why:
            found.append(f"not counted at the {side}: {why}")
    return tuple(found)
