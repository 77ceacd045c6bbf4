"""The interleaved measurement of a grid: opens every cell, then takes turns until the plan is over."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from batchmark.backends import TENSORFLOW
from batchmark.errors import why_stopped
from batchmark.loops import COMPILED
from batchmark.measurement.bench import Measured
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Place, Plan
from batchmark.measurement.sitting import Proofs, Sitting
from batchmark.progress import Progress
from batchmark.records import Cell, CellRecord

Clock = Callable[[], float]


def measure(
    worker: Worker,
    cells: Sequence[Cell],
    plan: Plan,
    *,
    start_worker: Callable[[], Worker],
    progress: Progress,
    clock: Clock = time.monotonic,
    before_turn: Callable[[], None] = lambda: None,
    show: Callable[[CellRecord], None] = lambda _: None,
) -> Measured:
    """Measure `cells`, all of one workload, by `plan`, in `worker`: `measure_sides` with one side, without a name.

    At last it is seen how much of an epoch waits for its input pipeline. `show` is shown what there is of a cell
    whenever there is more, between visits; while it is measured, as interrupted.

    Raises MissingPackageError: the worker lacks a package that the workload needs.
    """
    backend = cells[0].backend if cells else TENSORFLOW
    sitting = Sitting(worker, cells, plan, start_worker=start_worker, progress=progress, backend=backend, show=show)

    def work() -> None:
        _choose_compilations([sitting], cells)
        sitting.prove()
        _open_all([sitting], cells, plan, progress)
        _take_turns([[sitting]], plan, progress, clock, before_turn)
        sitting.watch_waiting()

    (measured,) = _until_ctrl_c([sitting], work)
    return measured


def measure_backends(
    workers: Mapping[str, Worker],
    cells: Mapping[str, Sequence[Cell]],
    plan: Plan,
    *,
    start_worker: Callable[[str], Worker],
    progress: Progress,
    clock: Clock = time.monotonic,
    before_turn: Callable[[], None] = lambda: None,
    show: Callable[[str, CellRecord], None] = lambda _backend, _record: None,
) -> dict[str, Measured]:
    """Measure each backend's `cells`, all of one workload, by `plan`, each in a worker: as `measure` does on one.

    `cells` say nothing of the backend, so that equal ones have one place in a turn's order: every backend that has it
    visits it there, one right after the other in random order. Entries of their records with the same index were
    measured in the same period and are paired. Each backend chooses by itself what runs the loop ``compiled``.
    `start_worker` and `show` are given the backend's name.

    Raises MissingPackageError: a worker lacks a package that the workload needs.
    """
    sittings = [
        Sitting(
            worker,
            cells[name],
            plan,
            start_worker=partial(start_worker, name),
            progress=progress,
            name=name,
            backend=name,
            show=partial(show, name),
        )
        for name, worker in workers.items()
    ]

    def work() -> None:
        for name, sitting in zip(workers, sittings, strict=True):
            _choose_compilations([sitting], cells[name])
            sitting.prove()
        places = tuple(dict.fromkeys(cell for own in cells.values() for cell in own))
        _open_all(sittings, places, plan, progress)
        _take_turns([sittings], plan, progress, clock, before_turn)
        for sitting in sittings:
            sitting.watch_waiting()

    return dict(zip(workers, _until_ctrl_c(sittings, work), strict=True))


def measure_sides(
    workers: Mapping[str, Worker],
    cells: Sequence[Cell],
    plan: Plan,
    *,
    start_worker: Callable[[str], Worker],
    progress: Progress,
    clock: Clock = time.monotonic,
    before_turn: Callable[[], None] = lambda: None,
    compilation: Mapping[str, str] | None = None,
    apart: Sequence[Sequence[str]] = (),
    proofs: Mapping[str, Proofs] | None = None,
    backends: Mapping[str, str] | None = None,
) -> dict[str, Measured]:
    """Measure `cells`, all of one workload, by `plan`, in each of `workers`, which are the sides of a comparison.

    At each place in a turn's order all sides visit the cell, one right after the other in random order: entries of
    their records with the same index were measured in the same period and are paired. Where the plan lets them
    alternate, each visit of each side has its own number among the record's places: those beside each other were
    measured one right after the other. `apart` names, by group, sides that alternate among themselves; all, or none.

    Ctrl-C ends the measurement; what was measured until then is returned. A side whose worker died and can't be started
    any more (`start_worker` is given its name) ends, and the others go on. All workers are closed. `before_turn` is
    called before each turn.

    `compilation` is by side what runs the loop ``compiled``, ``compiled:graph`` or ``compiled:xla``; None: trials
    choose it, one for all sides, or for each its own where what runs Keras differs, as `backends` has it by side. A
    comparison that is measured more than once gives the first one's choice to the others: another would be another
    program.

    `proofs` holds by side what was proven in its environment before: a comparison that is measured more than once
    hands the same ones to each, and every side proves its loops once.

    Raises MissingPackageError: a worker lacks a package that the workload needs.
    """

    def backend_of(name: str) -> str:
        return (backends or {}).get(name, TENSORFLOW)

    sittings = [
        Sitting(
            worker,
            cells,
            plan,
            start_worker=lambda name=name: start_worker(name),  # type: ignore[misc]  # mypy can't infer a lambda's default
            progress=progress,
            name=name,
            backend=backend_of(name),
            proofs=(proofs or {}).get(name),
        )
        for name, worker in workers.items()
    ]

    def work() -> None:
        named = dict(zip(workers, sittings, strict=True))
        for backend in dict.fromkeys(map(backend_of, workers)):
            alike = [name for name in workers if backend_of(name) == backend]
            given = [compilation[name] for name in alike if name in compilation] if compilation else []
            if not given:
                _choose_compilations([named[name] for name in alike], cells)
            for name in alike if given else ():
                named[name].choose((compilation or {}).get(name, given[0]), {})
        for sitting in sittings:
            sitting.prove()
        _open_all(sittings, cells, plan, progress)
        groups = [[named[name] for name in names] for names in apart] or [sittings]
        _take_turns(groups, plan, progress, clock, before_turn)

    return dict(zip(workers, _until_ctrl_c(sittings, work), strict=True))


def _until_ctrl_c(sittings: Sequence[Sitting], work: Callable[[], None]) -> list[Measured]:
    """Do the `work` and return what it measured, or had when Ctrl-C ended it; all workers are closed."""
    stopped: str | None = None
    try:
        work()
    except KeyboardInterrupt as error:
        stopped = why_stopped(error)
    finally:
        for sitting in sittings:
            sitting.close()
    return [sitting.measured(stopped=stopped, interrupted=stopped is not None) for sitting in sittings]


def _choose_compilations(sittings: Sequence[Sitting], cells: Sequence[Cell]) -> None:
    """Choose what runs the loop ``compiled``: the faster of graph and XLA, measured, not assumed.

    XLA is many times faster than a graph for small dense networks on a CPU and many times slower for convolutions.
    All sides run the same where they can, or else a trial's noise would be taken for an effect.
    """
    if not any(cell.loop == COMPILED for cell in cells):
        return
    trials = [sitting.try_compilations() for sitting in sittings]
    common = {loop for loop in trials[0] if all(loop in trial for trial in trials)}
    together = {loop: sum(math.log(trial[loop]) for trial in trials) for loop in sorted(common)}
    for sitting, trial in zip(sittings, trials, strict=True):
        scores = together or trial
        tried = {loop: seconds for loop, seconds in trial.items() if math.isfinite(seconds)}
        sitting.choose(min(scores, key=scores.__getitem__, default=sitting.compilations[0]), tried)


def _open_all(sittings: Sequence[Sitting], cells: Sequence[Cell], plan: Plan, progress: Progress) -> None:
    order = plan.opening_order(cells)
    for done, cell in enumerate(order):
        progress(phase="first epochs", done=done, of=len(order), detail=str(cell))
        for sitting in plan.order_of_sides(sittings, -1, done):
            sitting.open(cell)
    progress(phase="first epochs", done=len(order), of=len(order), detail="")


def _take_turns(
    groups: Sequence[Sequence[Sitting]], plan: Plan, progress: Progress, clock: Clock, before_turn: Callable[[], None]
) -> None:
    sittings = [sitting for group in groups for sitting in group]
    start = clock()
    turn = 0
    while not plan.is_over(turns_done=turn, seconds_spent=clock() - start):
        epochs = _slowest(sittings)
        if not epochs:
            return
        before_turn()
        places = plan.places(epochs, turn)
        visits = 0
        for index, place in enumerate(places):
            done, of = turn * len(places) + index, plan.turns * len(places)
            detail = f"turn {turn + 1} of {plan.turns}, {place.cell}"
            progress(phase="turns", done=done, of=of, detail=detail)
            if plan.alternate:
                times = plan.visits_of_a_side(epochs[place.cell])
                for group in plan.order_of_sides(groups, turn, f"{index}, groups"):
                    order = plan.order_of_sides(group, turn, index)
                    visits = _alternate(order, place, times, turn=turn, first=visits)
            else:
                for sitting in plan.order_of_sides(sittings, turn, index):
                    sitting.visit(place, turn=turn, index=index)
        turn += 1
    progress(phase="turns", done=turn, of=turn, detail="")


def _alternate(order: Sequence[Sitting], place: Place, times: int, *, turn: int, first: int) -> int:
    """Let each side visit a place so many `times`, in alternation, numbered from `first`; return the next number."""
    for sitting in order:
        sitting.begin(place.cell)
    number = first
    for _ in range(times):
        for sitting in order:
            sitting.visit(place, turn=turn, index=number)
            number += 1
    for sitting in order:
        sitting.end(place.cell)
    # The last visit here and the first one of what comes next are not beside each other.
    return number + 1


def _slowest(sittings: Sequence[Sitting]) -> dict[Cell, float]:
    """Return about what an epoch takes of each cell that is live anywhere: where it takes longest."""
    slowest: dict[Cell, float] = {}
    for sitting in sittings:
        for cell, seconds in sitting.epoch_seconds().items():
            slowest[cell] = max(slowest.get(cell, 0.0), seconds)
    return slowest
