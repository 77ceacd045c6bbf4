"""The interleaved measurement, against a worker made of recorded answers."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from batchmark.errors import MissingPackageError, TrainingError, WorkerDiedError
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import Burst, Opened
from batchmark.measurement.runner import measure
from batchmark.progress import silent
from batchmark.records import Cell, Status

_A, _B, _C = (Cell("blobs", size, "fit") for size in (8, 16, 32))


def _opened(*, diverged: bool = False) -> Opened:
    return Opened(
        workload_version=1,
        examples=500,
        compilation="fit",
        first_epoch_seconds=0.5,
        warm_epoch_seconds=0.075,
        learning_rate=0.01,
        diverged=diverged,
    )


Answer = Callable[[Cell, int], Burst]


class _Worker:
    """Answers from a script; remembers what it was asked."""

    def __init__(self, burst: Answer, opened: Callable[[Cell], Opened] = lambda _: _opened()) -> None:
        self._burst = burst
        self._opened = opened
        self.bursts: list[Cell] = []

    def request(self, method: str, _result_type: Any, params: Mapping[str, Any] | None = None) -> Any:
        assert params
        cell = Cell(**params["cell"])
        if method == "open":
            return self._opened(cell)
        assert params["rounds"] == 2
        self.bursts.append(cell)
        return self._burst(cell, len(self.bursts) - 1)


def _steady(cell: Cell, _: int) -> Burst:
    return Burst((float(cell.batch_size), float(cell.batch_size)), diverged=False)


def test_every_turn_visits_every_cell_once_in_another_order() -> None:
    worker = _Worker(_steady)
    measured = measure(worker, [_A, _B, _C], Plan(turns=6, minimum_turns=1), progress=silent)
    turns = [worker.bursts[i : i + 3] for i in range(0, 18, 3)]
    assert all(sorted(turn) == [_A, _B, _C] for turn in turns)
    assert len({tuple(turn) for turn in turns}) > 1
    assert measured.stopped is None
    assert [record.cell for record in measured.records] == [_A, _B, _C]
    assert measured.records[1].seconds_per_round == ((16.0, 16.0),) * 6
    assert measured.records[1].status is Status.COMPLETE


def test_a_record_counts_the_partial_batch_as_a_step() -> None:
    (record,) = measure(_Worker(_steady), [_C], Plan(turns=1, minimum_turns=1), progress=silent).records
    assert record.steps_per_epoch == 16
    assert record.seconds_per_step == 2.0
    assert record.examples_per_second == 500 / 32


def test_the_budget_ends_the_sweep_at_the_end_of_a_turn() -> None:
    ticks = iter(range(0, 1000, 10))
    plan = Plan(turns=12, minimum_turns=2, budget_seconds=35)
    worker = _Worker(_steady)
    measure(worker, [_A, _B], plan, progress=silent, clock=lambda: float(next(ticks)))
    assert len(worker.bursts) == 2 * 3


def test_a_cell_that_diverges_keeps_its_rounds_and_the_others_go_on() -> None:
    def burst(cell: Cell, asked: int) -> Burst:
        return Burst((1.0,), diverged=True) if cell == _B and asked >= 2 else _steady(cell, asked)

    worker = _Worker(burst)
    a, b = measure(worker, [_A, _B], Plan(turns=4, minimum_turns=1), progress=silent).records
    assert (a.status, a.turns) == (Status.COMPLETE, 4)
    assert (b.status, b.turns) == (Status.DIVERGED, 2)
    assert b.rounds == (16.0, 16.0, 1.0)
    assert b.warnings == ("the loss stopped being finite at learning rate 0.01; try a smaller one",)
    assert worker.bursts.count(_B) == 2


def test_a_cell_that_diverges_in_its_first_epochs_takes_no_turn() -> None:
    worker = _Worker(_steady, lambda cell: _opened(diverged=cell == _A))
    a, b = measure(worker, [_A, _B], Plan(turns=2, minimum_turns=1), progress=silent).records
    assert (a.status, a.turns, b.turns) == (Status.DIVERGED, 0, 2)
    assert math.isnan(a.seconds_per_epoch)


def test_a_cell_that_cannot_be_built_fails_alone() -> None:
    def opened(cell: Cell) -> Opened:
        if cell == _A:
            message = "RuntimeError: no such layer"
            raise TrainingError(message)
        return _opened()

    a, b = measure(_Worker(_steady, opened), [_A, _B], Plan(turns=2, minimum_turns=1), progress=silent).records
    assert (a.status, a.warnings) == (Status.FAILED, ("RuntimeError: no such layer",))
    assert (b.status, b.turns) == (Status.COMPLETE, 2)


@pytest.mark.parametrize(
    ("error", "interrupted", "reason"),
    [
        (KeyboardInterrupt(), True, "interrupted by Ctrl-C"),
        (WorkerDiedError("the worker was killed by signal 9"), False, "the worker was killed by signal 9"),
    ],
)
def test_what_was_measured_before_a_stop_is_kept(error: BaseException, reason: str, *, interrupted: bool) -> None:
    def burst(cell: Cell, asked: int) -> Burst:
        if asked == 5:
            raise error
        return _steady(cell, asked)

    measured = measure(_Worker(burst), [_A, _B], Plan(turns=9, minimum_turns=1), progress=silent)
    assert (measured.stopped, measured.interrupted) == (reason, interrupted)
    assert sum(record.turns for record in measured.records) == 5
    assert all(record.warnings == (reason,) for record in measured.records)
    # The cell at which a worker died has failed: it may be what killed it.
    statuses = sorted(record.status for record in measured.records)
    assert statuses == ([Status.INTERRUPTED] * 2 if interrupted else [Status.FAILED, Status.INTERRUPTED])


def test_a_stop_before_the_first_turn_leaves_records_without_rounds() -> None:
    def opened(cell: Cell) -> Opened:
        raise KeyboardInterrupt

    (record,) = measure(_Worker(_steady, opened), [_A], Plan(), progress=silent).records
    assert (record.status, record.rounds) == (Status.INTERRUPTED, ())


def test_a_missing_tensorflow_is_no_cells_failure() -> None:
    def opened(cell: Cell) -> Opened:
        raise MissingPackageError

    with pytest.raises(MissingPackageError):
        measure(_Worker(_steady, opened), [_A], Plan(), progress=silent)


def test_a_record_says_when_in_each_turn_its_visits_were() -> None:
    worker = _Worker(_steady)
    records = measure(worker, [_A, _B, _C], Plan(turns=4, minimum_turns=1), progress=silent).records
    for record in records:
        expected = [place for place, cell in enumerate(worker.bursts) if cell == record.cell]
        assert [3 * turn + place for turn, places in enumerate(record.places) for place in places] == expected


def test_progress_is_told_for_every_burst() -> None:
    told: list[tuple[str, float, float]] = []

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        del detail
        told.append((phase, done, of))

    measure(_Worker(_steady), [_A, _B], Plan(turns=2, minimum_turns=1), progress=tell)
    assert [entry for entry in told if entry[0] == "turns"] == [("turns", n, 4) for n in range(4)] + [("turns", 2, 2)]
