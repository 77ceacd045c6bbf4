"""The interleaved measurement, against a worker made of recorded answers."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from batchmark.errors import MissingPackageError, TrainingError, WorkerDiedError, WorkerSilentError
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Burst, Opened
from batchmark.measurement.runner import measure, measure_sides
from batchmark.progress import silent
from batchmark.proofs import Outcome, Proof
from batchmark.records import Cell, CellRecord, Status
from fake_worker import PROVEN, FakeWorker, opened

Told = TypeVar("Told")

_A, _B, _C = (Cell("blobs", size, "fit") for size in (8, 16, 32))


Answer = Callable[[Cell, int], Burst]
Trials = Mapping[str, float | Exception]


class _Worker(FakeWorker):
    """Answers from a script; a visit has `rounds` rounds."""

    def __init__(
        self,
        burst: Answer,
        open_cell: Callable[[Cell], Opened] = lambda _: opened(),
        *,
        trials: Trials | None = None,
        waiting: float | Exception | None = None,
        proofs: Mapping[str, Proof | Exception] | None = None,
    ) -> None:
        super().__init__()
        self.rounds = 2

        def run(request: requests.RunBurst | requests.GoOn) -> Burst:
            assert request.rounds == self.rounds
            return burst(request.cell, len(self.visits) - 1)

        self.on(requests.TryLoop, lambda request: _told((trials or {})[request.loop]))
        self.on(requests.Prove, lambda request: _told((proofs or {}).get(request.loop, PROVEN)))
        self.on(requests.Open, lambda request: open_cell(request.cell))
        self.on(requests.Begin, lambda _: None)
        self.on(requests.RunBurst, run)
        self.on(requests.GoOn, run)
        self.on(requests.End, lambda _: None)
        self.on(requests.WatchWaiting, lambda _: _told(waiting))

    @property
    def visits(self) -> list[requests.RunBurst | requests.GoOn]:
        return [request for request in self.asked if isinstance(request, requests.RunBurst | requests.GoOn)]

    @property
    def bursts(self) -> list[Cell]:
        return [visit.cell for visit in self.visits]

    @property
    def warm_ups(self) -> list[int]:
        return [visit.warm_up for visit in self.visits]

    @property
    def opened_by(self) -> list[str]:
        return [request.loop for request in self.asked_for(requests.Open)]


def _told(answer: Told | Exception) -> Told:
    if isinstance(answer, Exception):
        raise answer
    return answer


def _no_other() -> Any:
    raise AssertionError


def _steady(cell: Cell, _: int) -> Burst:
    return Burst((float(cell.batch_size), float(cell.batch_size)), diverged=False)


def test_every_turn_visits_every_cell_once_in_another_order() -> None:
    worker = _Worker(_steady)
    measured = measure(worker, [_A, _B, _C], Plan(turns=6, minimum_turns=1), start_worker=_no_other, progress=silent)
    turns = [worker.bursts[i : i + 3] for i in range(0, 18, 3)]
    assert all(sorted(turn) == [_A, _B, _C] for turn in turns)
    assert len({tuple(turn) for turn in turns}) > 1
    assert measured.stopped is None
    assert [record.cell for record in measured.records] == [_A, _B, _C]
    assert measured.records[1].seconds_per_round == ((16.0, 16.0),) * 6
    assert measured.records[1].status is Status.COMPLETE


_XLA = Cell("blobs", 8, "compiled:xla")
_OTHER = Proof(Outcome.OTHER_WORK, 10, 0.5, "weight 'kernel' ended off by half")


def _measured(worker: _Worker, cells: Sequence[Cell]) -> dict[str, CellRecord]:
    plan = Plan(turns=2, minimum_turns=1)
    records = measure(worker, cells, plan, start_worker=_no_other, progress=silent).records
    return {record.cell.loop: record for record in records}


def test_a_loop_is_proven_before_anything_is_opened_and_the_proof_is_on_the_record() -> None:
    worker = _Worker(_steady)
    records = _measured(worker, [_A, _XLA])
    assert worker.names.index("prove") < worker.names.index("open")
    assert worker.names.count("prove") == 1
    assert records["compiled:xla"].proof == PROVEN
    assert records["fit"].proof is None


def test_a_loop_is_proven_once_for_all_batch_sizes() -> None:
    worker = _Worker(_steady)
    _measured(worker, [_XLA, replace(_XLA, batch_size=16), replace(_XLA, batch_size=32)])
    assert worker.names.count("prove") == 1


def test_a_loop_that_does_other_work_is_refused_in_one_line_and_the_others_go_on() -> None:
    worker = _Worker(_steady, proofs={"compiled:xla": _OTHER})
    records = _measured(worker, [_A, _XLA])
    refused = records["compiled:xla"]
    assert (refused.status, refused.turns, refused.proof) == (Status.REFUSED, 0, _OTHER)
    assert refused.warnings == (
        "compiled:xla is refused, it does other work than fit: weight 'kernel' ended off by half",
    )
    assert not refused.is_comparable
    assert records["fit"].status is Status.COMPLETE
    assert worker.opened_by == ["fit"]


def test_a_loop_that_can_not_run_the_model_fails_with_its_reason() -> None:
    worker = _Worker(_steady, proofs={"compiled:xla": TrainingError("XLA knows no text")})
    records = _measured(worker, [_A, _XLA])
    assert (records["compiled:xla"].status, records["compiled:xla"].warnings) == (
        Status.FAILED,
        ("XLA knows no text",),
    )
    assert records["fit"].status is Status.COMPLETE


def test_a_proof_that_ends_the_worker_costs_its_loop_and_nothing_else() -> None:
    worker = _Worker(_steady, proofs={"compiled:xla": WorkerDiedError("the worker was killed by signal 11")})
    other = _Worker(_steady)
    plan = Plan(turns=2, minimum_turns=1)
    fit, xla = measure(worker, [_A, _XLA], plan, start_worker=lambda: other, progress=silent).records
    assert (xla.status, fit.status) == (Status.FAILED, Status.COMPLETE)


def test_the_loop_compiled_runs_by_what_is_proven() -> None:
    worker = _Worker(
        _steady,
        trials={"compiled:graph": 0.02, "compiled:xla": 0.01},
        proofs={"compiled:xla": _OTHER},
    )
    record = _measured(worker, [replace(_XLA, loop="compiled")])["compiled"]
    assert worker.opened_by == ["compiled:graph"]
    assert record.compilation_trial == {"compiled:graph": 0.02}
    assert record.proof == PROVEN
    assert "compiled:xla is refused" in record.warnings[0]


def test_what_is_proven_of_a_side_is_handed_on_and_each_side_has_its_own() -> None:
    kept: dict[str, Any] = {"baseline": {}, "candidate": {}}
    for _ in range(2):
        workers = {"baseline": _Worker(_steady), "candidate": _Worker(_steady, proofs={"compiled:xla": _OTHER})}
        measured = measure_sides(
            workers,
            [_XLA],
            Plan(turns=1, minimum_turns=1),
            start_worker=lambda _: _no_other(),
            progress=silent,
            proofs=kept,
        )
    assert not any("prove" in worker.names for worker in workers.values())
    assert measured["baseline"].records[0].proof == PROVEN
    assert measured["candidate"].records[0].status is Status.REFUSED


def test_a_record_counts_the_partial_batch_as_a_step() -> None:
    (record,) = measure(
        _Worker(_steady), [_C], Plan(turns=1, minimum_turns=1), start_worker=_no_other, progress=silent
    ).records
    assert record.steps_per_epoch == 16
    assert record.seconds_per_step == 2.0
    assert record.examples_per_second == 500 / 32


def test_the_budget_ends_the_sweep_at_the_end_of_a_turn() -> None:
    ticks = iter(range(0, 1000, 10))
    plan = Plan(turns=12, minimum_turns=2, budget_seconds=35)
    worker = _Worker(_steady)
    measure(worker, [_A, _B], plan, start_worker=_no_other, progress=silent, clock=lambda: float(next(ticks)))
    assert len(worker.bursts) == 2 * 3


def test_a_cell_that_diverges_keeps_its_rounds_and_the_others_go_on() -> None:
    def burst(cell: Cell, asked: int) -> Burst:
        return Burst((1.0,), diverged=True) if cell == _B and asked >= 2 else _steady(cell, asked)

    worker = _Worker(burst)
    a, b = measure(worker, [_A, _B], Plan(turns=4, minimum_turns=1), start_worker=_no_other, progress=silent).records
    assert (a.status, a.turns) == (Status.COMPLETE, 4)
    assert (b.status, b.turns) == (Status.DIVERGED, 2)
    assert b.rounds == (16.0, 16.0, 1.0)
    assert b.warnings == ("a log or the weights stopped being finite at learning rate 0.01; try a smaller one",)
    assert worker.bursts.count(_B) == 2


def test_a_cell_that_diverges_in_its_first_epochs_takes_no_turn() -> None:
    worker = _Worker(_steady, lambda cell: opened(diverged=cell == _A))
    a, b = measure(worker, [_A, _B], Plan(turns=2, minimum_turns=1), start_worker=_no_other, progress=silent).records
    assert (a.status, a.turns, b.turns) == (Status.DIVERGED, 0, 2)
    assert math.isnan(a.seconds_per_epoch)


def test_a_cell_that_cannot_be_built_fails_alone() -> None:
    def open_cell(cell: Cell) -> Opened:
        if cell == _A:
            message = "RuntimeError: no such layer"
            raise TrainingError(message)
        return opened()

    a, b = measure(
        _Worker(_steady, open_cell), [_A, _B], Plan(turns=2, minimum_turns=1), start_worker=_no_other, progress=silent
    ).records
    assert (a.status, a.warnings) == (Status.FAILED, ("RuntimeError: no such layer",))
    assert (b.status, b.turns) == (Status.COMPLETE, 2)


def test_what_was_measured_before_ctrl_c_is_kept() -> None:
    def burst(cell: Cell, asked: int) -> Burst:
        if asked == 5:
            raise KeyboardInterrupt
        return _steady(cell, asked)

    worker = _Worker(burst)
    plan = Plan(turns=9, minimum_turns=1)
    measured = measure(worker, [_A, _B], plan, start_worker=_no_other, progress=silent)
    assert (measured.stopped, measured.interrupted) == ("interrupted by Ctrl-C", True)
    assert sum(record.turns for record in measured.records) == 5
    assert all(record.warnings == ("interrupted by Ctrl-C",) for record in measured.records)
    assert {record.status for record in measured.records} == {Status.INTERRUPTED}
    assert worker.closed


def _dies_at(doomed: Callable[[Cell], bool], error: Exception) -> Callable[[Cell], Opened]:
    def open_cell(cell: Cell) -> Opened:
        if doomed(cell):
            raise error
        return opened()

    return open_cell


def test_a_cell_that_ends_its_worker_fails_and_the_others_go_on_in_a_new_one() -> None:
    def burst(cell: Cell, asked: int) -> Burst:
        if asked == 5:
            message = "the worker was killed by signal 9"
            raise WorkerDiedError(message)
        return _steady(cell, asked)

    first, second = _Worker(burst), _Worker(_steady)
    plan = Plan(turns=9, minimum_turns=1)
    measured = measure(first, [_A, _B], plan, start_worker=lambda: second, progress=silent)
    assert measured.stopped is None
    assert first.closed
    assert second.closed
    failed, alive = sorted(measured.records, key=lambda record: record.status is not Status.FAILED)
    assert (failed.status, failed.warnings) == (Status.FAILED, ("the worker was killed by signal 9",))
    assert (alive.status, alive.turns) == (Status.COMPLETE, 9)
    assert alive.warnings == ("measured in more than one process: another cell ended its worker",)


def test_first_epochs_that_take_too_long_are_given_up_with_the_limit_named() -> None:
    slow = _dies_at(lambda cell: cell == _B, WorkerSilentError("the worker said nothing for 7 s"))
    workers = [_Worker(_steady, slow) for _ in range(2)]
    plan = Plan(turns=1, minimum_turns=1, first_epoch_limit_seconds=7, waits_longer="a setting waits longer")
    a, b, c = measure(workers[0], [_A, _B, _C], plan, start_worker=lambda: workers[1], progress=silent).records
    assert (a.turns, b.turns, c.turns) == (1, 0, 1)
    assert b.status is Status.FAILED
    assert b.warnings == ("compilation and first epochs took longer than 7 s; a setting waits longer",)
    assert workers[0].timeouts_of(requests.Open) == {7}


def test_no_setting_is_named_where_the_plan_knows_of_none() -> None:
    slow = _dies_at(lambda cell: cell == _A, WorkerSilentError("the worker said nothing for 60 s"))
    a, _ = measure(
        _Worker(_steady, slow), [_A, _B], Plan(turns=1, minimum_turns=1), start_worker=_steady_worker, progress=silent
    ).records
    assert a.warnings == ("compilation and first epochs took longer than 60 s",)


def test_a_loop_that_keeps_ending_its_worker_is_not_tried_at_every_batch_size() -> None:
    cells = [Cell("blobs", size, loop) for loop in ("fit", "fit:jit_compile") for size in (8, 16, 32, 64)]
    doomed = _dies_at(lambda cell: cell.loop == "fit:jit_compile", WorkerSilentError("silence"))
    records = measure(
        _Worker(_steady, doomed),
        cells,
        Plan(turns=2, minimum_turns=1),
        start_worker=lambda: _Worker(_steady, doomed),
        progress=silent,
    ).records
    assert [record.turns for record in records[:4]] == [2] * 4
    reasons = [record.warnings[0] for record in records[4:]]
    # Of those that weren't tried nothing is known.
    assert sorted(record.status for record in records[4:]) == [Status.FAILED] * 2 + [Status.NOT_TRIED] * 2
    assert sum("not tried: 2 other batch sizes" in reason for reason in reasons) == 2


def _steady_worker() -> _Worker:
    return _Worker(_steady)


class _Workers:
    """Starts workers that die when they open one of the `doomed` cells, but the first, which does so in a visit."""

    def __init__(self, doomed: set[Cell]) -> None:
        self._doomed = doomed
        self._fatal = min(doomed)
        self.started: list[_Worker] = []
        self.opened: list[list[Cell]] = []

    def __call__(self) -> _Worker:
        is_first = not self.started
        cells: list[Cell] = []

        def answer(cell: Cell) -> Opened:
            cells.append(cell)
            if cell in self._doomed and not is_first:
                message = "killed by signal 9"
                raise WorkerDiedError(message)
            return opened()

        def burst(cell: Cell, asked: int) -> Burst:
            if is_first and asked >= len(self._doomed) and cell == self._fatal:
                message = "killed by signal 11"
                raise WorkerDiedError(message)
            return _steady(cell, asked)

        self.started.append(_Worker(burst, answer))
        self.opened.append(cells)
        return self.started[-1]


def test_a_worker_that_dies_while_trainings_are_opened_again_is_replaced_and_each_is_opened_once_in_the_last() -> None:
    cells = [Cell("blobs", size, "fit") for size in (8, 16, 32, 64)]
    workers = _Workers({cells[0], cells[1]})
    records = measure(workers(), cells, Plan(turns=6, minimum_turns=1), start_worker=workers, progress=silent).records
    assert [record.status for record in records] == [Status.FAILED] * 2 + [Status.COMPLETE] * 2
    assert [record.warnings[-1] for record in records[:2]] == ["killed by signal 11", "killed by signal 9"]
    assert [record.turns for record in records[2:]] == [6, 6]
    assert len(workers.started) == 3
    assert sorted(workers.opened[-1]) == cells[2:]


def test_a_loop_that_keeps_ending_new_workers_is_opened_no_more_and_its_rounds_are_kept() -> None:
    cells = [Cell("blobs", size, loop) for loop in ("fit:jit_compile", "fit") for size in (1, 8, 16, 32, 64)]
    workers = _Workers(set(cells[:5]))
    measured = measure(workers(), cells, Plan(turns=6, minimum_turns=1), start_worker=workers, progress=silent)
    assert measured.stopped is None
    # One died in a visit, two in two new workers, and the third of those opened only the other loop.
    assert len(workers.started) == 4
    assert {cell.loop for cell in workers.opened[-1]} == {"fit"}
    doomed, others = measured.records[:5], measured.records[5:]
    assert sorted(record.status for record in doomed) == [Status.FAILED] * 3 + [Status.INTERRUPTED] * 2
    kept = [record for record in doomed if record.status is Status.INTERRUPTED]
    assert all(record.turns and "not opened again: 2 others of this loop" in record.warnings[-1] for record in kept)
    assert [(record.status, record.turns) for record in others] == [(Status.COMPLETE, 6)] * 5


def test_a_worker_that_cannot_be_replaced_ends_the_measurement(tmp_path: Path) -> None:
    def no_other() -> Worker:
        # As it is where an environment is removed while it is measured.
        return Worker(python=str(tmp_path / "vanished"))

    doomed = _dies_at(lambda _: True, WorkerDiedError("killed"))
    measured = measure(_Worker(_steady, doomed), [_A, _B], Plan(), start_worker=no_other, progress=silent)
    assert str(measured.stopped).startswith("no worker can be started with ")
    assert sorted(record.status for record in measured.records) == [Status.FAILED, Status.INTERRUPTED]


@pytest.mark.parametrize(
    ("graph", "xla", "chosen"),
    [
        (2.0, 1.0, "compiled:xla"),
        (1.0, 2.0, "compiled:graph"),
        (1.0, TrainingError("no kernel"), "compiled:graph"),
        (TrainingError("no kernel"), 1.0, "compiled:xla"),
        (1.0, WorkerDiedError("no kernel"), "compiled:graph"),
    ],
)
def test_the_loop_compiled_runs_what_a_trial_finds_faster_and_able_to_run(
    graph: float | Exception, xla: float | Exception, chosen: str
) -> None:
    trials = {"compiled:graph": graph, "compiled:xla": xla}
    workers = [_Worker(_steady, trials=trials) for _ in range(2)]
    cell = Cell("blobs", 32, "compiled")
    plan = Plan(turns=1, minimum_turns=1)
    (record,) = measure(workers[0], [cell], plan, start_worker=lambda: workers[1], progress=silent).records
    assert record.status is Status.COMPLETE
    assert [loop for worker in workers for loop in worker.opened_by] == [chosen]
    assert record.compilation_trial == {name: value for name, value in trials.items() if isinstance(value, float)}
    failed = [name for name, value in trials.items() if not isinstance(value, float)]
    assert record.warnings == tuple(f"{name} can't run blobs: no kernel" for name in failed)


def test_the_share_that_waits_for_data_is_seen_after_all_rounds() -> None:
    worker = _Worker(_steady, waiting=0.25)
    plan = Plan(turns=2, minimum_turns=1)
    records = measure(worker, [_A, _B], plan, start_worker=_no_other, progress=silent).records
    assert [record.waiting_share for record in records] == [0.25, 0.25]
    assert worker.names[-2:] == ["waiting", "waiting"]


@pytest.mark.parametrize("error", [TrainingError("ValueError: no batch"), WorkerDiedError("killed by signal 9")])
def test_a_share_that_can_not_be_seen_is_a_warning_and_the_rounds_stay(error: Exception) -> None:
    worker = _Worker(_steady, waiting=error)
    plan = Plan(turns=2, minimum_turns=1)
    measured = measure(worker, [_A, _B], plan, start_worker=_no_other, progress=silent)
    assert measured.stopped is None
    for record in measured.records:
        assert (record.status, record.turns, record.waiting_share) == (Status.COMPLETE, 2, None)
        assert record.warnings == (f"how much of an epoch waits for data could not be seen: {error}",)
    # A dead worker can't be asked again, and a new one would train all anew.
    assert worker.names.count("waiting") == (1 if isinstance(error, WorkerDiedError) else 2)


def test_sides_are_not_asked_how_long_they_wait_for_data() -> None:
    workers = _sides()
    _measure_sides(workers, [_A])
    assert not any("waiting" in worker.names for worker in workers.values())


def test_a_stop_before_the_first_turn_leaves_records_without_rounds() -> None:
    def open_cell(cell: Cell) -> Opened:
        raise KeyboardInterrupt

    (record,) = measure(_Worker(_steady, open_cell), [_A], Plan(), start_worker=_no_other, progress=silent).records
    assert (record.status, record.rounds) == (Status.INTERRUPTED, ())


def test_a_missing_tensorflow_is_no_cells_failure() -> None:
    def open_cell(cell: Cell) -> Opened:
        raise MissingPackageError

    with pytest.raises(MissingPackageError):
        measure(_Worker(_steady, open_cell), [_A], Plan(), start_worker=_no_other, progress=silent)


def test_a_record_says_when_in_each_turn_its_visits_were() -> None:
    worker = _Worker(_steady)
    records = measure(
        worker, [_A, _B, _C], Plan(turns=4, minimum_turns=1), start_worker=_no_other, progress=silent
    ).records
    for record in records:
        expected = [place for place, cell in enumerate(worker.bursts) if cell == record.cell]
        assert [3 * turn + place for turn, places in enumerate(record.places) for place in places] == expected


def test_progress_is_told_for_every_burst() -> None:
    told: list[tuple[str, float, float]] = []

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        del detail
        told.append((phase, done, of))

    measure(_Worker(_steady), [_A, _B], Plan(turns=2, minimum_turns=1), start_worker=_no_other, progress=tell)
    assert [entry for entry in told if entry[0] == "turns"] == [("turns", n, 4) for n in range(4)] + [("turns", 2, 2)]


def _sides(burst: Answer = _steady, log: list[tuple[str, Cell]] | None = None) -> dict[str, _Worker]:
    def noted(name: str) -> Answer:
        def answer(cell: Cell, asked: int) -> Burst:
            if log is not None:
                log.append((name, cell))
            return burst(cell, asked)

        return answer

    return {name: _Worker(noted(name)) for name in ("baseline", "candidate", "third")}


def _measure_sides(workers: Mapping[str, _Worker], cells: list[Cell], turns: int = 6, **how: Any) -> Any:
    plan = how.pop("plan", Plan(turns=turns, minimum_turns=1))
    settings = {"start_worker": lambda _: _no_other(), "progress": silent, **how}
    return measure_sides(workers, cells, plan, **settings)


def test_sides_visit_each_cell_one_right_after_the_other_in_random_order() -> None:
    log: list[tuple[str, Cell]] = []
    workers = _sides(log=log)
    measured = _measure_sides(workers, [_A, _B, _C])
    visits = [log[start : start + 3] for start in range(0, len(log), 3)]
    assert len(visits) == 6 * 3
    assert all(len({cell for _, cell in visit}) == 1 for visit in visits)
    assert all({name for name, _ in visit} == set(workers) for visit in visits)
    assert len({tuple(name for name, _ in visit) for visit in visits}) > 2
    assert list(measured) == list(workers)
    for of_side in measured.values():
        assert [(record.cell, record.turns) for record in of_side.records] == [(_A, 6), (_B, 6), (_C, 6)]
    assert len({measured[name].records[0].places for name in workers}) == 1
    assert all(worker.closed for worker in workers.values())


_ALTERNATING = Plan(turns=3, minimum_turns=1, seconds_per_cell=0.02, alternate=True)
# Of each side to a place: its epochs take 75 ms.
_VISITS = _ALTERNATING.visits_of_a_side(0.075)


def _one_round(cell: Cell, _: int) -> Burst:
    return Burst((float(cell.batch_size),), diverged=False)


def _alternating(log: list[tuple[str, Cell]], **how: Any) -> tuple[dict[str, _Worker], Any]:
    workers = _sides(_one_round, log=log)
    for worker in workers.values():
        worker.rounds = 1
    return workers, _measure_sides(workers, [_A, _B], plan=_ALTERNATING, **how)


def test_sides_alternate_at_each_place_and_each_visit_has_a_place_of_its_own() -> None:
    log: list[tuple[str, Cell]] = []
    workers, measured = _alternating(log)
    places = [log[start : start + 3 * _VISITS] for start in range(0, len(log), 3 * _VISITS)]
    assert len(places) == 3 * 2
    for place in places:
        assert len({cell for _, cell in place}) == 1
        assert place == place[:3] * _VISITS
        assert {name for name, _ in place} == set(workers)
    first = [record for each in measured.values() for record in each.records if record.cell == _A]
    for turn in range(3):
        numbers = sorted(place for record in first for place in record.places[turn])
        assert numbers == list(range(numbers[0], numbers[0] + 3 * _VISITS))
        for record in first:
            assert list(record.seconds_per_visit[turn].values()) == [8.0] * _VISITS


def test_sides_that_alternate_begin_a_call_for_each_place_and_end_it() -> None:
    workers, _ = _alternating([])
    for worker in workers.values():
        assert worker.names == ["open"] * 2 + ["begin", *["go_on"] * _VISITS, "end"] * 6
        assert set(worker.warm_ups) == {0}


def test_sides_that_do_not_alternate_have_a_call_for_each_visit() -> None:
    workers = _sides()
    _measure_sides(workers, [_A])
    for worker in workers.values():
        assert worker.names == ["open", *["burst"] * 6]
        assert set(worker.warm_ups) == {1}


def test_sides_that_stand_apart_alternate_among_themselves() -> None:
    log: list[tuple[str, Cell]] = []
    _, measured = _alternating(log, apart=[["baseline", "candidate"], ["third"]])
    first = {name: each.records[0] for name, each in measured.items()}
    for turn in range(3):
        pair = sorted(place for name in ("baseline", "candidate") for place in first[name].places[turn])
        assert pair == list(range(pair[0], pair[0] + 2 * _VISITS))
        found = {first["baseline"].places[turn], first["candidate"].places[turn]}
        assert found == {tuple(pair[::2]), tuple(pair[1::2])}
        # Nobody else's visit is beside theirs.
        alone = first["third"].places[turn]
        assert alone == tuple(range(alone[0], alone[0] + _VISITS))
        assert not {place + by for place in alone for by in (-1, 1)} & set(pair)


def test_sides_alternate_with_one_that_fails_in_between() -> None:
    workers = _sides(_one_round)

    def fails(cell: Cell, asked: int) -> Burst:
        if asked == _VISITS + 2:
            message = "out of memory"
            raise TrainingError(message)
        return _one_round(cell, asked)

    workers["third"] = _Worker(fails)
    for worker in workers.values():
        worker.rounds = 1
    measured = _measure_sides(workers, [_A, _B], plan=_ALTERNATING)
    assert sorted(record.status for record in measured["third"].records) == [Status.COMPLETE, Status.FAILED]
    assert [record.turns for record in measured["baseline"].records] == [3, 3]
    for record in measured["third"].records:
        assert all(len(visits) in (2, _VISITS) for visits in record.seconds_per_visit)


def test_a_cell_that_one_side_can_not_run_goes_on_at_the_others() -> None:
    workers = _sides()
    workers["third"] = _Worker(_steady, _dies_at(lambda cell: cell == _A, TrainingError("no such layer")))
    measured = _measure_sides(workers, [_A, _B])
    assert [record.turns for record in measured["third"].records] == [0, 6]
    assert [record.turns for record in measured["baseline"].records] == [6, 6]


def test_a_side_whose_worker_can_not_be_replaced_ends_alone() -> None:
    asked_for: list[str] = []

    def start(name: str) -> _Worker:
        asked_for.append(name)
        message = "there is no process left"
        raise WorkerDiedError(message)

    workers = _sides()
    workers["candidate"] = _Worker(_steady, _dies_at(lambda cell: cell == _B, WorkerDiedError("killed")))
    measured = _measure_sides(workers, [_A, _B], start_worker=start)
    assert asked_for == ["candidate"]
    assert measured["candidate"].stopped == "there is no process left"
    assert not measured["candidate"].interrupted
    assert [measured[name].stopped for name in ("baseline", "third")] == [None, None]
    assert [record.turns for record in measured["baseline"].records] == [6, 6]
    assert all(record.turns == 0 for record in measured["candidate"].records)


def test_ctrl_c_ends_all_sides_and_keeps_what_they_have() -> None:
    def burst(cell: Cell, asked: int) -> Burst:
        if asked == 3:
            raise KeyboardInterrupt
        return _steady(cell, asked)

    workers = _sides(burst)
    measured = _measure_sides(workers, [_A, _B])
    assert {(each.stopped, each.interrupted) for each in measured.values()} == {("interrupted by Ctrl-C", True)}
    assert all(worker.closed for worker in workers.values())
    assert all(sum(record.turns for record in each.records) >= 3 for each in measured.values())


def test_all_sides_run_compiled_by_the_same_compilation_the_faster_one_over_all() -> None:
    trials = [(1.0, 2.0), (1.1, 1.0), (1.0, 1.1)]
    workers = {
        str(number): _Worker(_steady, trials={"compiled:graph": graph, "compiled:xla": xla})
        for number, (graph, xla) in enumerate(trials)
    }
    measured = _measure_sides(workers, [Cell("blobs", 32, "compiled")])
    assert [worker.opened_by for worker in workers.values()] == [["compiled:graph"]] * 3
    assert measured["1"].records[0].compilation_trial == {"compiled:graph": 1.1, "compiled:xla": 1.0}


def test_a_side_that_is_given_none_takes_that_of_another_on_its_backend_or_chooses() -> None:
    cells = [Cell("blobs", 32, "compiled")]
    workers = _sides()
    first, *others = workers
    on = dict.fromkeys(workers, "tensorflow")
    _measure_sides(workers, cells, compilation={first: "compiled:xla"}, backends=on)
    assert [worker.opened_by for worker in workers.values()] == [["compiled:xla"]] * len(workers)
    trials: Trials = {"compiled:graph": 2.0, "compiled:xla": 1.0}
    on_two = {"one": _Worker(_steady, trials=trials), "other": _Worker(_steady, trials=trials)}
    backends = {"one": "tensorflow", "other": "jax"}
    _measure_sides(on_two, cells, compilation={"one": "compiled:graph"}, backends=backends)
    assert [worker.opened_by for worker in on_two.values()] == [["compiled:graph"], ["compiled:xla"]]
    assert others


def test_sides_on_two_backends_choose_each_by_itself_what_runs_compiled() -> None:
    trials: dict[str, Trials] = {
        "tensorflow": {"compiled:graph": 1.0, "compiled:xla": 2.0},
        "jax": {"compiled:xla": 5.0},
    }
    workers = {name: _Worker(_steady, trials=each) for name, each in trials.items()}
    _measure_sides(workers, [Cell("blobs", 32, "compiled")], backends={name: name for name in workers})
    assert {name: worker.opened_by for name, worker in workers.items()} == {
        "tensorflow": ["compiled:graph"],
        "jax": ["compiled:xla"],
    }


@pytest.mark.parametrize("given", ["compiled:graph", "compiled:xla"])
def test_sides_run_the_compilation_that_they_are_given_without_trials(given: str) -> None:
    workers = _sides()
    cells = [Cell("blobs", 32, "compiled"), Cell("blobs", 32, "fit")]
    measured = _measure_sides(workers, cells, compilation=dict.fromkeys(workers, given))
    for name, worker in workers.items():
        assert "try_loop" not in worker.names
        assert sorted(worker.opened_by) == [given, "fit"]
        assert [(record.turns, record.compilation_trial) for record in measured[name].records] == [(6, {}), (6, {})]


def test_a_compilation_that_one_side_can_not_run_is_chosen_by_none() -> None:
    first: Trials = {"compiled:graph": 2.0, "compiled:xla": 1.0}
    second: Trials = {"compiled:graph": 2.0, "compiled:xla": TrainingError("no kernel")}
    workers = {"first": _Worker(_steady, trials=first), "second": _Worker(_steady, trials=second)}
    measured = _measure_sides(workers, [Cell("blobs", 32, "compiled")])
    assert [worker.opened_by for worker in workers.values()] == [["compiled:graph"]] * 2
    assert measured["second"].records[0].warnings == ("compiled:xla can't run blobs: no kernel",)


def test_sides_that_can_run_no_compilation_in_common_run_what_each_can() -> None:
    first: Trials = {"compiled:graph": TrainingError("no loop"), "compiled:xla": 1.0}
    second: Trials = {"compiled:graph": 2.0, "compiled:xla": TrainingError("no kernel")}
    workers = {"first": _Worker(_steady, trials=first), "second": _Worker(_steady, trials=second)}
    _measure_sides(workers, [Cell("blobs", 32, "compiled")])
    assert [worker.opened_by for worker in workers.values()] == [["compiled:xla"], ["compiled:graph"]]


def test_a_visit_that_takes_fifty_times_as_long_as_it_did_is_given_up() -> None:
    short, long = _Worker(_steady), _Worker(_steady, lambda _: replace(opened(), warm_epoch_seconds=60.0))
    plan = Plan(turns=1, minimum_turns=1)
    measure(short, [_A], plan, start_worker=_no_other, progress=silent)
    assert short.timeouts_of(requests.RunBurst) == {120}
    long.rounds = 1
    measure(long, [_A], plan, start_worker=_no_other, progress=silent)
    assert long.timeouts_of(requests.RunBurst) == {50 * 2 * 60}
