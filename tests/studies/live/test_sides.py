"""Sides taking turns, over workers that need no TensorFlow."""

import threading
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from batchmark.errors import TrainingError, WorkerDiedError
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Burst
from batchmark.progress import silent
from batchmark.records import Cell, Status
from batchmark.studies.live.sides import StartWorker, run_sides
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import Description
from fake_worker import FakeWorker, steady_worker

CELLS = [Cell("mine", size, "fit") for size in (8, 16)]
DESCRIPTION = Description(name="mine", examples=100, tokens_per_example=7)


def _steady() -> Burst:
    return Burst((0.05, 0.05), diverged=False)


def _answering(facts: Callable[[], dict[str, object]], burst: Callable[[], Burst] = _steady) -> FakeWorker:
    """Return a worker that answers as asked to, or fails."""
    return steady_worker().on(requests.Facts, lambda _: facts()).on(requests.RunBurst, lambda _: burst())


def _fails(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def _run(workers: Mapping[str, FakeWorker], **how: Any) -> dict[str, Sweep]:
    sides = {name: partial(_same, worker) for name, worker in workers.items()}
    return run_sides(sides, CELLS, Plan(turns=2, minimum_turns=1), DESCRIPTION, progress=silent, **how)


def _same(worker: FakeWorker) -> FakeWorker:
    return worker


def _worker(name: str, burst: Callable[[], Burst] = _steady) -> FakeWorker:
    return _answering(lambda: {"tensorflow": name}, burst)


def test_each_side_has_a_sweep_with_the_facts_of_its_own_environment() -> None:
    asked: list[int] = []
    workers = {"baseline": _worker("2.20.0"), "candidate": _worker("2.21.0")}
    found = _run(workers, before_turn=lambda: asked.append(1))
    assert {name: sweep.facts["tensorflow"] for name, sweep in found.items()} == {
        "baseline": "2.20.0",
        "candidate": "2.21.0",
    }
    assert all("cores" in sweep.facts for sweep in found.values())
    for sweep in found.values():
        assert [(record.cell, record.status, record.turns) for record in sweep.records] == [
            (cell, Status.COMPLETE, 2) for cell in CELLS
        ]
        assert {record.tokens_per_example for record in sweep.records} == {7}
    assert len(asked) == 2
    assert all(worker.closed for worker in workers.values())


@pytest.mark.parametrize("error", [WorkerDiedError("killed by signal 9"), TrainingError("no TensorFlow here")])
def test_a_side_that_can_not_start_says_why_and_the_others_go_on(error: Exception) -> None:
    workers = {"baseline": _answering(_fails(error)), "candidate": _worker("2.21.0")}
    found = _run(workers)
    assert found["baseline"] == Sweep((), {}, str(error))
    assert [record.turns for record in found["candidate"].records] == [2, 2]
    assert workers["baseline"].closed


def test_without_any_side_that_starts_there_is_nothing_to_measure() -> None:
    found = _run({"baseline": _answering(_fails(WorkerDiedError("gone")))})
    assert found == {"baseline": Sweep((), {}, "gone")}


def test_ctrl_c_while_turns_are_taken_keeps_what_there_is() -> None:
    found = _run({"baseline": _worker("1"), "candidate": _worker("2", _fails(KeyboardInterrupt()))})
    assert {sweep.interrupted for sweep in found.values()} == {True}


def test_ctrl_c_while_workers_start_ends_them_all() -> None:
    workers = {"baseline": _answering(_fails(KeyboardInterrupt())), "candidate": _worker("2")}
    with pytest.raises(KeyboardInterrupt):
        _run(workers)
    assert all(worker.killed.is_set() and worker.closed for worker in workers.values())


def test_a_side_whose_python_vanished_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    first = _worker("1")
    sides: dict[str, StartWorker] = {
        "baseline": lambda: first,
        "candidate": lambda: Worker(python=str(tmp_path / "vanished")),
    }
    found = run_sides(sides, CELLS, Plan(turns=2, minimum_turns=1), DESCRIPTION, progress=silent)
    assert list(found) == ["baseline", "candidate"]
    assert [record.turns for record in found["baseline"].records] == [2, 2]
    assert str(found["candidate"].stopped).startswith("no worker can be started with ")
    assert found["candidate"].records == ()
    assert first.closed


def test_ctrl_c_while_it_is_told_that_workers_start_ends_them_all() -> None:
    """A worker that is asked would keep the pool, and with it Ctrl-C, for as long as its import takes."""
    is_asked = threading.Event()

    def import_it() -> dict[str, object]:
        is_asked.set()
        assert workers["baseline"].killed.wait(60), "nobody ended the worker"
        message = "killed by signal 9"
        raise WorkerDiedError(message)

    def interrupted(**_: object) -> None:
        assert is_asked.wait(60)
        raise KeyboardInterrupt

    workers = {name: _answering(import_it) for name in ("baseline", "candidate", "third")}
    sides = {name: partial(_same, worker) for name, worker in workers.items()}
    with pytest.raises(KeyboardInterrupt):
        run_sides(sides, CELLS, Plan(turns=1, minimum_turns=1), DESCRIPTION, progress=interrupted)
    assert all(worker.killed.is_set() and worker.closed for worker in workers.values())


def test_all_sides_run_the_compilation_they_are_given() -> None:
    workers = [_worker("1"), _worker("2")]
    run_sides(
        {"baseline": lambda: workers[0], "candidate": lambda: workers[1]},
        [Cell("mine", 8, "compiled")],
        Plan(turns=1, minimum_turns=1),
        DESCRIPTION,
        progress=silent,
        compilation={"baseline": "compiled:xla", "candidate": "compiled:graph"},
    )
    for worker, loop in zip(workers, ("compiled:xla", "compiled:graph"), strict=True):
        assert [request.loop for request in worker.asked_for(requests.Open)] == [loop]
