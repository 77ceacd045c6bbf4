"""Sides taking turns, over workers that need no TensorFlow."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

import pytest

from batchmark.errors import TrainingError, WorkerDiedError
from batchmark.measurement.connection import Worker
from batchmark.measurement.plan import Plan
from batchmark.measurement.protocol import Burst, Opened
from batchmark.progress import silent
from batchmark.proofs import Outcome, Proof
from batchmark.records import Cell, Status
from batchmark.studies.live.sides import run_sides
from batchmark.studies.sweep.run import Sweep
from batchmark.workloads import Description

CELLS = [Cell("mine", size, "fit") for size in (8, 16)]
DESCRIPTION = Description(name="mine", examples=100, tokens_per_example=7)


class _Worker:
    """A worker that answers as asked to, or fails."""

    def __init__(self, facts: Callable[[], Mapping[str, object]], burst: Callable[[], Burst]) -> None:
        self._facts = facts
        self._burst = burst
        self.closed = False
        self.killed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.closed = True

    def kill(self) -> None:
        self.killed = True

    def request(self, method: str, _type: Any, _params: Mapping[str, Any] | None = None, **_: Any) -> Any:
        match method:
            case "facts":
                return dict(self._facts())
            case "open":
                return Opened(1, 100, "fit", 0.5, 0.075, 0.01, diverged=False)
            case "prove":
                return Proof(Outcome.PROVEN, 10, 1e-6)
            case "burst":
                return self._burst()
            case _:
                raise AssertionError(method)


def _steady() -> Burst:
    return Burst((0.05, 0.05), diverged=False)


def _fails(error: BaseException) -> Callable[[], Any]:
    def fail() -> Any:
        raise error

    return fail


def _run(workers: Mapping[str, _Worker], **how: Any) -> dict[str, Sweep]:
    sides: Any = {name: (lambda worker=worker: worker) for name, worker in workers.items()}
    return run_sides(sides, CELLS, Plan(turns=2, minimum_turns=1), DESCRIPTION, progress=silent, **how)


def _worker(name: str, burst: Callable[[], Burst] = _steady) -> _Worker:
    return _Worker(lambda: {"tensorflow": name}, burst)


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
    workers = {"baseline": _Worker(_fails(error), _steady), "candidate": _worker("2.21.0")}
    found = _run(workers)
    assert found["baseline"] == Sweep((), {}, str(error))
    assert [record.turns for record in found["candidate"].records] == [2, 2]
    assert workers["baseline"].closed


def test_without_any_side_that_starts_there_is_nothing_to_measure() -> None:
    found = _run({"baseline": _Worker(_fails(WorkerDiedError("gone")), _steady)})
    assert found == {"baseline": Sweep((), {}, "gone")}


def test_ctrl_c_while_turns_are_taken_keeps_what_there_is() -> None:
    found = _run({"baseline": _worker("1"), "candidate": _worker("2", _fails(KeyboardInterrupt()))})
    assert {sweep.interrupted for sweep in found.values()} == {True}


def test_ctrl_c_while_workers_start_ends_them_all() -> None:
    workers = {"baseline": _Worker(_fails(KeyboardInterrupt()), _steady), "candidate": _worker("2")}
    with pytest.raises(KeyboardInterrupt):
        _run(workers)
    assert all(worker.killed and worker.closed for worker in workers.values())


def test_a_side_whose_python_vanished_says_why_and_the_others_go_on(tmp_path: Path) -> None:
    first = _worker("1")
    sides: Any = {"baseline": lambda: first, "candidate": lambda: Worker(python=str(tmp_path / "vanished"))}
    found = run_sides(sides, CELLS, Plan(turns=2, minimum_turns=1), DESCRIPTION, progress=silent)
    assert list(found) == ["baseline", "candidate"]
    assert [record.turns for record in found["baseline"].records] == [2, 2]
    assert str(found["candidate"].stopped).startswith("no worker can be started with ")
    assert found["candidate"].records == ()
    assert first.closed


def test_ctrl_c_while_it_is_told_that_workers_start_ends_them_all() -> None:
    """A worker that is asked would keep the pool, and with it Ctrl-C, for as long as its import takes."""
    is_asked, killed = threading.Event(), threading.Event()

    class Importing(_Worker):
        def kill(self) -> None:
            super().kill()
            killed.set()

    def import_it() -> Any:
        is_asked.set()
        assert killed.wait(60), "nobody ended the worker"
        message = "killed by signal 9"
        raise WorkerDiedError(message)

    def interrupted(**_: object) -> None:
        assert is_asked.wait(60)
        raise KeyboardInterrupt

    workers = {name: Importing(import_it, _steady) for name in ("baseline", "candidate", "third")}
    sides: Any = {name: (lambda worker=worker: worker) for name, worker in workers.items()}
    with pytest.raises(KeyboardInterrupt):
        run_sides(sides, CELLS, Plan(turns=1, minimum_turns=1), DESCRIPTION, progress=interrupted)
    assert all(worker.killed and worker.closed for worker in workers.values())


def test_all_sides_run_the_compilation_they_are_given() -> None:
    opened: list[str] = []

    class Noting(_Worker):
        def request(self, method: str, _type: Any, _params: Mapping[str, Any] | None = None, **how: Any) -> Any:
            if method == "open":
                assert _params
                opened.append(_params["loop"])
            return super().request(method, _type, _params, **how)

    workers = [Noting(dict, _steady) for _ in range(2)]
    run_sides(
        {"baseline": lambda: workers[0], "candidate": lambda: workers[1]},  # type: ignore[dict-item,return-value]
        [Cell("mine", 8, "compiled")],
        Plan(turns=1, minimum_turns=1),
        DESCRIPTION,
        progress=silent,
        compilation="compiled:xla",
    )
    assert opened == ["compiled:xla"] * 2
