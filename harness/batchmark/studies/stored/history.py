"""Stored sweeps as a history: what an epoch of a workload takes on a machine, run by run.

A run is told by one number for each loop: the geometric mean of its seconds per epoch over batch sizes. So that this is
of the same thing in every run, sizes count that the newest run and four of five runs have, and runs that lack one of
them, did other work under the same name, or had other threads or flags, are left out and counted.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from statistics import median

from batchmark.analysis.lasting_step import largest_step, robust_spread
from batchmark.backends import PROPER_NAMES, TENSORFLOW
from batchmark.files.brief import BriefSweep
from batchmark.records import Cell
from batchmark.studies.live.comparability import other_settings
from batchmark.studies.stored.copies import each_once
from batchmark.studies.stored.shown import by_workload_and_machine
from batchmark.studies.stored.when import NEVER, when_stored
from batchmark.studies.sweep.on_backends import BY_BACKEND

FEWEST_RUNS = 3
"""Fewer are no history."""
MOST_POINTS = 120
"""Of a line; fewer, where there are so many lines that a page would grow too long."""
_MOST_OF_ALL = 3_000
_FEWEST_POINTS = 30
_USUAL_SHARE = 0.8
_COMPARED = 20
"""Runs, the newest, that the last one is held against."""
_FEWEST_COMPARED = 5
LACKS_LOOP = "without the loop"
COPIES = "with another's rounds"
OTHER_WORK = "of other work"
OTHER_SETTINGS = "with other threads or flags"
LACKS_SIZE = "without a batch size of the others"
_DAYS = (1, 7, 28, 91, 364)


@dataclass(frozen=True)
class RunOfHistory:
    """One run."""

    when: datetime
    seconds: float
    """Per epoch: the geometric mean over batch sizes."""
    versions: str
    """Of the backend and Keras: ``TensorFlow 2.21.0, Keras 3.15.1``."""
    name: str
    """The file."""


@dataclass(frozen=True)
class Point:
    """One run, or those of some days, with the same versions."""

    first: datetime
    when: datetime
    """Of the last one."""
    relative: float
    """Seconds per epoch over their median over all runs; of several runs their median."""
    low: float
    high: float
    """The least and the most of them."""
    seconds: float
    runs: int
    versions: str
    name: str
    """The last one's file."""


@dataclass(frozen=True)
class Newest:
    """The newest run against those before it with the same versions."""

    change: float
    """Over their median, less 1: 0.01 is 1 % longer."""
    usual: float
    """What these differ by from their median: a robust standard deviation, a share."""
    runs: int
    """That it is held against."""


@dataclass(frozen=True)
class StepOfHistory:
    """The largest lasting step."""

    when: datetime
    """Of the first run after it."""
    change: float
    """The level after it over the one before, less 1."""
    versions: tuple[str, str]
    """Of the runs before and after it."""


@dataclass(frozen=True)
class Line:
    """One loop of a workload on a machine."""

    way: str
    """The loop, with the backend where that isn't TensorFlow."""
    sizes: tuple[int, ...]
    points: tuple[Point, ...]
    """The oldest first."""
    runs: int
    left_out: Mapping[str, int]
    """How many of the sweeps are not among them, by why."""
    is_in_newest: bool
    """Whether the newest sweep has the loop."""
    newest: Newest | None
    """None: fewer than five runs have its versions."""
    step: StepOfHistory | None


@dataclass(frozen=True)
class History:
    """A workload on a machine."""

    workload: str
    machine: str
    lines: tuple[Line, ...]
    sweeps: int
    """That were stored, those that are left out of a line among them."""
    newest: str
    """The newest one's file."""
    is_thinned: bool
    """Whether points are of some days each."""
    too_few: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Loops with fewer than three runs for other work, threads or flags: what was left out of each, by why."""


def histories(sweeps: Sequence[BriefSweep], called: Mapping[str, str]) -> tuple[History, ...]:
    """Return the history of each workload and machine with three runs or more; `called` are the machines by file."""
    groups = by_workload_and_machine([each for each in sweeps if when_stored(each) != NEVER], called).items()
    several = {key: sorted(own, key=when_stored) for key, own in groups if len(own) >= FEWEST_RUNS}
    lines = sum(len({cell.way for cell in _cells(own[-1], workload)}) for (workload, _), own in several.items())
    most = max(_FEWEST_POINTS, min(MOST_POINTS, _MOST_OF_ALL // max(lines, 1)))
    found = (_history(workload, machine, own, most) for (workload, machine), own in several.items())
    return tuple(history for history in found if history.lines or history.too_few)


def _history(workload: str, machine: str, sweeps: Sequence[BriefSweep], most: int) -> History:
    ways = dict.fromkeys(cell.way for sweep in reversed(sweeps) for cell in _cells(sweep, workload))
    found = [_runs(workload, way, sweeps) for way in ways]
    kept = [each for each in found if len(each.runs) >= FEWEST_RUNS]
    days = _days([each.runs for each in kept], most)
    lines = tuple(_line(each, days) for each in kept)
    too_few = {
        each.way: each.left_out
        for each in found
        if len(each.runs) < FEWEST_RUNS and each.left_out.keys() & {COPIES, OTHER_WORK, OTHER_SETTINGS}
    }
    return History(workload, machine, lines, len(sweeps), sweeps[-1].name, is_thinned=days > 0, too_few=too_few)


@dataclass(frozen=True)
class _Runs:
    """Of a loop."""

    way: str
    sizes: tuple[int, ...]
    """Batch sizes that count."""
    runs: Sequence[RunOfHistory]
    """That have them, the oldest first."""
    left_out: Mapping[str, int]
    is_in_newest: bool
    """Whether the newest sweep has the loop."""


def _runs(workload: str, way: str, sweeps: Sequence[BriefSweep]) -> _Runs:
    """Return the batch sizes that count for a loop, and the runs that have them."""
    cells_of = {sweep.name: [cell for cell in _cells(sweep, workload) if cell.way == way] for sweep in sweeps}
    with_loop = [sweep for sweep in sweeps if cells_of[sweep.name]]
    once = each_once(with_loop, lambda each: cells_of[each.name])
    own = [(sweep, {cell.batch_size: cell for cell in cells_of[sweep.name]}) for sweep in once]
    newest, newest_cells = own[-1]
    backend = next(iter(newest_cells.values())).backend
    worked = [(sweep, cells) for sweep, cells in own if sweep.work[workload].is_as(newest.work[workload])]
    set_alike = [
        (sweep, cells) for sweep, cells in worked if not other_settings(_facts(sweep, backend), _facts(newest, backend))
    ]
    usual = _USUAL_SHARE * len(set_alike)
    sizes = tuple(size for size in sorted(newest_cells) if sum(size in cells for _, cells in set_alike) >= usual)
    kept = [(sweep, cells) for sweep, cells in set_alike if sizes and cells.keys() >= set(sizes)]
    left_out = {
        LACKS_LOOP: len(sweeps) - len(with_loop),
        COPIES: len(with_loop) - len(own),
        OTHER_WORK: len(own) - len(worked),
        OTHER_SETTINGS: len(worked) - len(set_alike),
        LACKS_SIZE: len(set_alike) - len(kept),
    }
    runs = [_run(sweep, [cells[size] for size in sizes]) for sweep, cells in kept]
    is_newest = with_loop[-1] is sweeps[-1]
    return _Runs(way, sizes, runs, {why: number for why, number in left_out.items() if number}, is_newest)


def _run(sweep: BriefSweep, cells: Sequence[Cell]) -> RunOfHistory:
    logs = [math.log(sweep.seconds_per_epoch[cell]) for cell in cells]
    seconds = math.exp(sum(logs) / len(logs))
    return RunOfHistory(when_stored(sweep), seconds, _versions(sweep, cells[0].backend), sweep.name)


def _line(of: _Runs, days: int) -> Line:
    middle = median(run.seconds for run in of.runs)
    logs = [math.log(run.seconds / middle) for run in of.runs]
    step = largest_step(logs)
    return Line(
        way=of.way,
        sizes=of.sizes,
        points=tuple(_points(of.runs, middle, days)),
        runs=len(of.runs),
        left_out=of.left_out,
        is_in_newest=of.is_in_newest,
        newest=_newest(of.runs),
        step=None if step is None else _step(of.runs, step.at, step.change),
    )


def _newest(runs: Sequence[RunOfHistory]) -> Newest | None:
    last = runs[-1]
    before = [math.log(run.seconds) for run in runs[:-1] if run.versions == last.versions][-_COMPARED:]
    if len(before) < _FEWEST_COMPARED:
        return None
    change = math.log(last.seconds) - median(before)
    return Newest(math.expm1(change), math.expm1(robust_spread(before)), len(before))


def _step(runs: Sequence[RunOfHistory], at: int, change: float) -> StepOfHistory:
    return StepOfHistory(runs[at].when, math.expm1(change), (runs[at - 1].versions, runs[at].versions))


def _points(runs: Sequence[RunOfHistory], middle: float, days: int) -> list[Point]:
    """Return a point for each run, or for the runs of as many `days`, of the same versions."""
    first = runs[0].when

    def together(numbered: tuple[int, RunOfHistory]) -> tuple[object, str]:
        at, run = numbered
        return ((run.when - first).days // days if days else at), run.versions

    found = []
    for (_, versions), group in groupby(enumerate(runs), key=together):
        own = [run for _, run in group]
        seconds = [run.seconds for run in own]
        value, low, high = (each / middle for each in (median(seconds), min(seconds), max(seconds)))
        last = own[-1]
        found.append(Point(own[0].when, last.when, value, low, high, value * middle, len(own), versions, last.name))
    return found


def _days(lines: Sequence[Sequence[RunOfHistory]], most: int) -> int:
    """Return how many days' runs have a point together, so that no line has more than `most`; 0: each run its own."""
    if all(len(runs) <= most for runs in lines):
        return 0
    span = max((runs[-1].when - runs[0].when).days for runs in lines)
    return next((days for days in _DAYS if span // days < most), 1 + span // most)


def _cells(sweep: BriefSweep, workload: str) -> list[Cell]:
    return [cell for cell in sweep.seconds_per_epoch if cell.workload == workload]


def _facts(sweep: BriefSweep, backend: str) -> Mapping[str, object]:
    """Return what a sweep tells of where a backend's cells were measured."""
    facts = sweep.facts or {}
    several = facts.get(BY_BACKEND)
    own = several.get(backend) if isinstance(several, Mapping) else None
    return {**facts, **own} if isinstance(own, Mapping) else facts


def _versions(sweep: BriefSweep, backend: str) -> str:
    own = _facts(sweep, backend)
    name = backend if backend in PROPER_NAMES else TENSORFLOW
    told = {PROPER_NAMES[name]: own.get(name), "Keras": own.get("keras")}
    return ", ".join(f"{proper} {version}" for proper, version in told.items() if version) or "versions not recorded"
