"""The sweep over several workloads, from workers that answer by a script."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import create_autospec

import pytest

from batchmark.errors import BatchmarkError, IncomparableError, MissingPackageError, WorkerDiedError, WorkerSilentError
from batchmark.files.journal.writing import Journal
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Burst
from batchmark.measurement.protocol.request import Request
from batchmark.measurement.runner import measure
from batchmark.progress import silent
from batchmark.proofs import Outcome, Proof
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.sweep import on_backends
from batchmark.studies.sweep import run as study
from batchmark.studies.sweep.memory import with_memory
from batchmark.studies.sweep.run import Sweep, run_sweep
from batchmark.workloads import Description
from fake_worker import FakeWorker, opened

_ONE, _TWO = "one:X", "two:X"
_CELLS = [Cell(name, size, "fit") for name in (_ONE, _TWO) for size in (8, 16)]
_WORKLOADS = {
    _ONE: Description(name=_ONE, examples=100, budget_seconds=11.0, tokens_per_example=64),
    _TWO: Description(name=_TWO, examples=100, budget_seconds=22.0),
}
_PLAN = Plan(turns=2, minimum_turns=1, seed=7)

Behaviour = Callable[[Request[Any]], None]


def _does_nothing(request: Request[Any]) -> None:
    """Let every request be answered."""


class _Workers:
    """Hands out workers by workload; `behaviour` is told of each request before it is answered."""

    def __init__(self, behaviour: Behaviour = _does_nothing, device: str = "CPU") -> None:
        self.behaviour = behaviour
        self.device = device
        self.devices: dict[str, str] = {}
        self.asked_for: list[str] = []
        self.live: list[str] = []
        self.backends: list[str] = []
        self.requests: list[tuple[str, str]] = []

    def __call__(self, name: str, backend: str) -> Worker:
        self.asked_for.append(name)
        assert set(self.live) <= {name}, "workers of two workloads at once disturb each other"
        self.live.append(name)
        self.backends.append(backend)
        return _Worker(self, name, backend)


class _Worker(FakeWorker):
    """One of a test's workers, for one workload."""

    def __init__(self, workers: _Workers, name: str, backend: str) -> None:
        super().__init__(before=self._note)
        self._workers = workers
        self._name = name
        seconds = {"tensorflow": 1.0, "jax": 0.5, "torch": 2.0}[backend]
        self.on(
            requests.Facts,
            lambda _: {"device": workers.devices.get(backend, workers.device), "asked": name, backend: "1.0"},
        )
        self.on(requests.Open, lambda _: opened(examples=100))
        self.on(requests.Prove, lambda _: Proof(Outcome.PROVEN, steps=10, largest_difference=0.0))
        self.on(requests.RunBurst, lambda request: Burst((seconds,) * request.rounds, diverged=False))
        self.on(requests.WatchWaiting, lambda _: None)

    def close(self) -> None:
        if self._name in self._workers.live:
            self._workers.live.remove(self._name)

    def _note(self, request: Request[Any]) -> None:
        is_limited = self.timeouts[-1] is not None
        assert is_limited == isinstance(request, requests.Open | requests.RunBurst | requests.Prove)
        cell = _cell_of(request)
        assert cell is None or cell.workload == self._name
        self._workers.requests.append((self._name, request.name))
        self._workers.behaviour(request)


def _cell_of(request: Request[Any]) -> Cell | None:
    return request.cell if isinstance(request, requests.Open | requests.RunBurst | requests.WatchWaiting) else None


def _sweep(workers: _Workers, cells: Sequence[Cell] = _CELLS, plan: Plan = _PLAN, **how: Any) -> Sweep:
    how.setdefault("progress", silent)
    return run_sweep(cells, plan, _WORKLOADS, worker_for=workers, **how)


def test_backends_take_turns_each_in_a_worker_of_its_own() -> None:
    workers = _Workers()
    backends = ("tensorflow", "jax", "torch")
    cells = [Cell(_ONE, size, "fit", backend) for backend in backends for size in (8, 16)]
    found = _sweep(workers, cells)
    assert workers.backends == list(backends)
    assert [record.cell for record in found.records] == cells
    assert [record.seconds_per_epoch for record in found.records] == [1.0, 1.0, 0.5, 0.5, 2.0, 2.0]
    # In each turn every backend visits each batch size before the next one is visited.
    turns = {record.cell.backend: record.turns for record in found.records}
    assert set(turns.values()) == {_PLAN.turns}
    assert [record.places for record in found.records[:2]] == [record.places for record in found.records[2:4]]
    assert found.facts["backends"] == {name: {"device": "CPU", "asked": _ONE, name: "1.0"} for name in backends}
    assert workers.live == []


def test_workloads_that_are_measured_together_take_turns_in_one_worker() -> None:
    visits: list[Cell] = []
    worker = FakeWorker()
    worker.on(requests.Facts, lambda _: {"device": "CPU"})
    worker.on(requests.Open, lambda _: opened(examples=100))
    worker.on(requests.Prove, lambda _: Proof(Outcome.PROVEN, steps=10, largest_difference=0.0))
    worker.on(requests.WatchWaiting, lambda _: None)

    def burst(request: requests.RunBurst) -> Burst:
        visits.append(request.cell)
        return Burst((1.0 if request.cell.workload == _ONE else 3.0,) * request.rounds, diverged=False)

    worker.on(requests.RunBurst, burst)
    asked: list[str] = []

    def worker_for(name: str, _: object) -> Any:
        asked.append(name)
        return worker

    cells = [Cell(_ONE, 8, "fit"), Cell(_ONE, 16, "fit"), Cell(_TWO, 8, "fit")]
    found = run_sweep(
        cells,
        _PLAN,
        _WORKLOADS,
        progress=silent,
        together=True,
        worker_for=worker_for,
    )
    assert asked == [_ONE]
    assert [record.cell for record in found.records] == cells
    assert [record.seconds_per_epoch for record in found.records] == [1.0, 1.0, 3.0]
    assert [record.tokens_per_example for record in found.records] == [64, 64, None]
    # In each turn each of them is visited.
    by_turn = [visits[-2 * len(cells) : -len(cells)], visits[-len(cells) :]]
    assert [set(turn) for turn in by_turn] == [set(cells)] * _PLAN.turns


def test_backends_on_different_devices_are_not_set_side_by_side() -> None:
    workers = _Workers()
    workers.devices = {"jax": "GPU"}
    cells = [Cell(_ONE, 8, "fit", backend) for backend in ("tensorflow", "jax")]
    with pytest.raises(IncomparableError, match=r"different devices \(TensorFlow on CPU, JAX on GPU\)"):
        _sweep(workers, cells)


def test_a_backend_that_only_a_later_workload_has_is_asked_too() -> None:
    cells = [Cell(_ONE, 8, "fit", "tensorflow"), Cell(_TWO, 8, "fit", "jax")]
    found = _sweep(_Workers(), cells)
    assert list(found.facts["backends"]) == ["tensorflow", "jax"]  # type: ignore[call-overload]  # facts are of any type


def test_a_backend_that_is_not_installed_leaves_the_others() -> None:
    def none_there(request: Request[Any]) -> None:
        if isinstance(request, requests.Facts) and len(workers.requests) == 1:
            message = "TensorFlow is not installed in this environment"
            raise MissingPackageError(message)

    workers = _Workers(none_there)
    cells = [Cell(name, 16, "fit", backend) for name in (_ONE, _TWO) for backend in ("tensorflow", "jax")]
    found = _sweep(workers, cells)
    assert found.facts["jax"] == "1.0"
    assert found.stopped is None
    for record in found.records:
        is_there = record.cell.backend == "jax"
        assert bool(record.rounds) is is_there
        assert record.status is (Status.COMPLETE if is_there else Status.FAILED)
        assert record.warnings == (() if is_there else ("TensorFlow is not installed in this environment",))
    assert {record.cell for record in found.records} == set(cells)
    assert workers.live == []


def test_a_backend_that_trains_on_no_gpu_ends_a_sweep_that_needs_one_before_anything_is_measured() -> None:
    workers = _Workers()
    cells = [Cell(_ONE, 8, "fit", backend) for backend in ("tensorflow", "jax")]
    with pytest.raises(BatchmarkError, match="TensorFlow trains on CPU, and a GPU is required"):
        _sweep(workers, cells, needs_gpu=True)
    assert {request for _, request in workers.requests} == {requests.Facts.name}
    assert workers.live == []


def test_a_backend_measures_the_cells_that_are_its_own() -> None:
    cells = [Cell(_ONE, 8, "fit", "tensorflow"), Cell(_ONE, 8, "fit", "torch")]
    other = Cell(_ONE, 8, "fit:steps_per_execution", "tensorflow")
    found = _sweep(_Workers(), [*cells, other])
    assert [record.cell for record in found.records] == [*cells, other]
    assert all(record.rounds for record in found.records)


def test_workloads_are_measured_one_after_the_other_each_in_a_worker_of_its_own() -> None:
    workers = _Workers()
    mixed = [_CELLS[0], _CELLS[2], _CELLS[1], _CELLS[3]]
    found = _sweep(workers, mixed)
    assert workers.asked_for == [_ONE, _TWO]
    names = [name for name, _ in workers.requests]
    assert names == sorted(names)
    assert not workers.live
    assert [record.cell for record in found.records] == _CELLS
    assert {(record.status, record.turns, record.seed) for record in found.records} == {(Status.COMPLETE, 2, 7)}
    assert (found.stopped, found.interrupted) == (None, False)


def test_the_facts_are_asked_for_once_and_hold_the_hosts() -> None:
    workers = _Workers()
    facts = _sweep(workers).facts
    assert facts["device"] == "CPU"
    assert facts["asked"] == _ONE
    assert {"cores", "load_at_start", "governor"} < set(facts)
    assert [name for _, name in workers.requests].count("facts") == 1


@pytest.mark.parametrize(("asked", "expected"), [(None, {_ONE: 11.0, _TWO: 22.0}), (5.0, {_ONE: 5.0, _TWO: 5.0})])
def test_the_budget_is_the_workloads_unless_the_plan_has_one(
    monkeypatch: pytest.MonkeyPatch, asked: float | None, expected: dict[str, float]
) -> None:
    budgets: dict[str, float | None] = {}

    def noting(worker: Any, cells: Sequence[Cell], plan: Plan, **how: Any) -> Any:
        budgets[cells[0].workload] = plan.budget_seconds
        assert replace(plan, budget_seconds=asked, waits_longer="") == replace(_PLAN, budget_seconds=asked)
        return measure(worker, cells, plan, **how)

    monkeypatch.setattr(on_backends, "measure", noting)
    _sweep(_Workers(), plan=replace(_PLAN, budget_seconds=asked))
    assert budgets == expected


def test_each_record_has_its_workloads_tokens() -> None:
    records = _sweep(_Workers()).records
    assert [record.tokens_per_example for record in records] == [64, 64, None, None]


def _interrupts(kind: type[requests.Open | requests.RunBurst], workload: str) -> Behaviour:
    def behaviour(request: Request[Any]) -> None:
        if isinstance(request, kind) and request.cell.workload == workload:
            raise KeyboardInterrupt

    return behaviour


def test_ctrl_c_in_the_first_workload_leaves_the_second_unmeasured_as_interrupted() -> None:
    workers = _Workers(_interrupts(requests.RunBurst, _ONE))
    found = _sweep(workers)
    assert (found.stopped, found.interrupted) == ("interrupted by Ctrl-C", True)
    assert [record.cell for record in found.records] == _CELLS
    assert {record.status for record in found.records} == {Status.INTERRUPTED}
    assert all(record.warnings == ("interrupted by Ctrl-C",) for record in found.records)
    assert [record.turns for record in found.records[2:]] == [0, 0]
    assert workers.asked_for == [_ONE]
    assert not workers.live


def test_ctrl_c_in_the_second_workload_keeps_the_first() -> None:
    found = _sweep(_Workers(_interrupts(requests.Open, _TWO)))
    assert (found.stopped, found.interrupted) == ("interrupted by Ctrl-C", True)
    assert [record.status for record in found.records] == [Status.COMPLETE] * 2 + [Status.INTERRUPTED] * 2


def test_a_third_workload_stays_unmeasured_too() -> None:
    workloads = {**_WORKLOADS, "three:X": Description(name="three:X")}
    workers = _Workers(_interrupts(requests.Open, _ONE))
    cells = [*_CELLS, Cell("three:X", 8, "fit")]
    found = run_sweep(cells, _PLAN, workloads, progress=silent, worker_for=workers)
    assert [record.status for record in found.records] == [Status.INTERRUPTED] * 5
    assert workers.asked_for == [_ONE]


def test_a_worker_that_cannot_be_started_again_ends_its_workload_and_not_the_next() -> None:
    def behaviour(request: Request[Any]) -> None:
        if isinstance(request, requests.RunBurst) and request.cell.workload == _ONE:
            message = "the worker was killed by signal 9"
            raise WorkerDiedError(message)

    class OnlyOneEach(_Workers):
        def __call__(self, name: str, backend: str) -> Worker:
            if name in self.asked_for:
                message = "no process can be started"
                raise WorkerDiedError(message)
            return super().__call__(name, backend)

    found = _sweep(OnlyOneEach(behaviour))
    assert (found.stopped, found.interrupted) == ("no process can be started", False)
    assert sorted(str(record.status) for record in found.records[:2]) == ["failed", "interrupted"]
    assert [record.status for record in found.records[2:]] == [Status.COMPLETE] * 2


def test_a_workload_whose_worker_can_not_be_started_leaves_what_was_measured_before() -> None:
    class NoneForTwo(_Workers):
        def __call__(self, name: str, backend: str) -> Worker:
            if name == _TWO:
                message = "no worker can be started"
                raise WorkerDiedError(message)
            return super().__call__(name, backend)

    found = _sweep(NoneForTwo())
    assert (found.stopped, found.interrupted) == ("no worker can be started", False)
    assert [(record.status, record.turns) for record in found.records[:2]] == [(Status.COMPLETE, 2)] * 2
    assert [(record.status, record.warnings) for record in found.records[2:]] == [
        (Status.INTERRUPTED, ("no worker can be started",))
    ] * 2


def test_first_epochs_that_take_too_long_name_the_option_that_waits_longer() -> None:
    def behaviour(request: Request[Any]) -> None:
        if isinstance(request, requests.Open) and request.cell == _CELLS[0]:
            message = "the worker said nothing for 60 s"
            raise WorkerSilentError(message)

    found = _sweep(_Workers(behaviour))
    assert found.records[0].warnings == (
        "compilation and first epochs took longer than 60 s; --first-epoch-limit SECONDS waits longer",
    )


def test_a_cell_that_ends_its_worker_has_the_next_worker_of_its_workload() -> None:
    def behaviour(request: Request[Any]) -> None:
        if isinstance(request, requests.Open) and request.cell == _CELLS[2]:
            message = "the worker was killed by signal 9"
            raise WorkerDiedError(message)

    workers = _Workers(behaviour)
    found = _sweep(workers)
    assert workers.asked_for == [_ONE, _TWO, _TWO]
    assert [record.status for record in found.records] == [
        Status.COMPLETE,
        Status.COMPLETE,
        Status.FAILED,
        Status.COMPLETE,
    ]
    assert found.stopped is None


@pytest.mark.parametrize("error", [MissingPackageError("no TensorFlow; type this"), WorkerDiedError("it died")])
def test_a_worker_that_cannot_say_what_it_is_is_an_error(error: BatchmarkError) -> None:
    def behaviour(request: Request[Any]) -> None:
        raise error

    workers = _Workers(behaviour)
    with pytest.raises(type(error)) as caught:
        _sweep(workers)
    assert caught.value is error
    assert not workers.live


def test_a_record_is_found_by_its_cell() -> None:
    found = _sweep(_Workers(), _CELLS[:2])
    assert found.record_of(_CELLS[1]) is found.records[1]
    with pytest.raises(BatchmarkError, match="the sweep did not measure two:X-8-fit"):
        found.record_of(_CELLS[2])


@pytest.fixture
def asked_of_memory(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the memory study was asked for; every cell has 7 bytes."""
    asked: list[dict[str, Any]] = []

    def seven_bytes(records: Sequence[CellRecord], **how: Any) -> tuple[CellRecord, ...]:
        asked.append(how)
        return tuple(replace(record, peak_host_bytes=7) for record in records)

    monkeypatch.setattr(study, "with_memory", create_autospec(with_memory, side_effect=seven_bytes))
    return asked


@pytest.mark.parametrize(("device", "at_once"), [("CPU", None), ("GPU", 1)])
def test_memory_is_measured_where_it_is_asked_for(
    asked_of_memory: list[dict[str, Any]], device: str, at_once: int | None
) -> None:
    found = _sweep(_Workers(device=device), memory=True)
    assert {record.peak_host_bytes for record in found.records} == {7}
    (how,) = asked_of_memory
    assert (how["seed"], how["at_once"]) == (7, at_once)


def test_memory_is_measured_neither_unasked_nor_after_ctrl_c(asked_of_memory: list[dict[str, Any]]) -> None:
    _sweep(_Workers())
    _sweep(_Workers(_interrupts(requests.Open, _ONE)), memory=True)
    assert not asked_of_memory


def test_ctrl_c_while_memory_is_measured_keeps_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "with_memory", create_autospec(with_memory, side_effect=KeyboardInterrupt))
    found = _sweep(_Workers(), memory=True)
    assert (found.stopped, found.interrupted) == ("interrupted by Ctrl-C while memory was measured", True)
    assert [(record.status, record.turns) for record in found.records] == [(Status.COMPLETE, 2)] * 4


def _counts(journal: Journal) -> list[tuple[Status, int]]:
    return [(record.status, record.turns) for record in journal.records]


def test_the_journal_is_shown_each_visit_before_the_next_is_asked_for() -> None:
    journal = Journal()
    rounds: list[int] = []

    def behaviour(request: Request[Any]) -> None:
        if isinstance(request, requests.RunBurst):
            rounds.append(sum(record.turns for record in journal.records))

    found = _sweep(_Workers(behaviour), journal=journal)
    assert rounds == list(range(8))
    assert journal.records == found.records
    assert journal.facts == found.facts


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), MissingPackageError("no pandas"), pytest.fail.Exception("late")]
)
def test_whatever_is_raised_the_journal_has_what_was_measured(error: BaseException) -> None:
    journal = Journal()

    def behaviour(request: Request[Any]) -> None:
        if isinstance(request, requests.RunBurst) and request.cell == _CELLS[3] and journal.records[3].turns == 1:
            raise error

    with pytest.raises(type(error)):
        _sweep(_Workers(behaviour), journal=journal)
    assert [record.cell for record in journal.records] == _CELLS
    assert _counts(journal)[:2] == [(Status.COMPLETE, 2)] * 2, "the first workload was finished"
    assert {status for status, _ in _counts(journal)[2:]} == {Status.INTERRUPTED}
    assert journal.records[3].turns == 1
    assert [record.tokens_per_example for record in journal.records] == [64, 64, None, None]


def test_what_failed_is_in_the_journal_while_the_others_go_on() -> None:
    journal = Journal()
    seen = []

    def behaviour(request: Request[Any]) -> None:
        if isinstance(request, requests.Open) and request.cell == _CELLS[0]:
            message = "no such layer"
            raise BatchmarkError(message)
        if isinstance(request, requests.RunBurst):
            seen.append(journal.records[0])

    _sweep(_Workers(behaviour), _CELLS[:2], journal=journal)
    assert {(record.status, record.warnings) for record in seen} == {(Status.FAILED, ("no such layer",))}


def test_ctrl_c_while_memory_is_measured_keeps_that_of_the_cells_before(monkeypatch: pytest.MonkeyPatch) -> None:
    def probing(records: Sequence[CellRecord], **how: Any) -> Any:
        how["show"](replace(records[0], peak_host_bytes=77))
        raise KeyboardInterrupt

    monkeypatch.setattr(study, "with_memory", create_autospec(with_memory, side_effect=probing))
    found = _sweep(_Workers(), memory=True)
    assert found.stopped == "interrupted by Ctrl-C while memory was measured"
    assert [record.peak_host_bytes for record in found.records] == [77, None, None, None]
    assert {record.status for record in found.records} == {Status.COMPLETE}
