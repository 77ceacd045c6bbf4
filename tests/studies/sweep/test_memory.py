"""The memory of each cell, from workers that answer by a script."""

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

import pytest

from batchmark.errors import TrainingError, WorkerDiedError
from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Probed
from batchmark.progress import silent
from batchmark.records import Cell, CellRecord, Status
from batchmark.studies.sweep.memory import with_memory
from fake_worker import FakeWorker
from synthetic import record_of

SIZES = (8, 16, 32, 64)


def _by_size(cell: Cell) -> Probed:
    return Probed(1000 * cell.batch_size, None, diverged=False)


class _Workers:
    """Starts workers, each for one request."""

    def __init__(self, probe: Callable[[Cell], Probed] = _by_size) -> None:
        self._probe = probe
        self._lock = threading.Lock()
        self.live = 0
        self.most_live = 0
        self.probed: list[requests.Probe] = []

    def __call__(self, _backend: str) -> FakeWorker:
        return _Worker(self)

    def count(self, change: int) -> None:
        with self._lock:
            self.live += change
            self.most_live = max(self.most_live, self.live)

    def answer(self, request: requests.Probe) -> Probed:
        with self._lock:
            self.probed.append(request)
        return self._probe(request.cell)


class _Worker(FakeWorker):
    """One of a test's workers, which lives from the beginning of its context to its end."""

    def __init__(self, workers: _Workers) -> None:
        super().__init__()
        self._workers = workers
        self.on(requests.Probe, self._probe)

    def __enter__(self) -> Self:
        self._workers.count(1)
        return super().__enter__()

    def close(self) -> None:
        self._workers.count(-1)

    def _probe(self, request: requests.Probe) -> Probed:
        assert self.asked == [request], "not a fresh process"
        return self._workers.answer(request)


def _records(**fields: Any) -> list[CellRecord]:
    return [record_of(size, [[1.0]], **fields) for size in SIZES]


def _measured(workers: _Workers, records: list[CellRecord], **how: Any) -> tuple[CellRecord, ...]:
    return with_memory(records, seed=5, progress=silent, start_worker=workers, **how)


@pytest.mark.parametrize("at_once", [None, 1, 3])
def test_every_cell_has_its_own_peak_in_the_order_asked_for(at_once: int | None) -> None:
    workers = _Workers()
    records = _records()
    found = _measured(workers, records, at_once=at_once)
    assert found == tuple(replace(record, peak_host_bytes=1000 * record.cell.batch_size) for record in records)
    assert sorted(asked.cell.batch_size for asked in workers.probed) == list(SIZES)
    assert {asked.seed for asked in workers.probed} == {5}
    assert workers.live == 0


def test_the_order_is_kept_whichever_process_is_done_first() -> None:
    first_may_end = threading.Event()

    def last_is_first(cell: Cell) -> Probed:
        if cell.batch_size == 8:
            assert first_may_end.wait(60)
        else:
            first_may_end.set()
        return _by_size(cell)

    found = _measured(_Workers(last_is_first), _records(), at_once=2)
    assert [record.peak_host_bytes for record in found] == [1000 * size for size in SIZES]


def test_on_a_gpu_one_process_has_it_all() -> None:
    workers = _Workers(lambda _: Probed(1, 2, diverged=False))
    found = _measured(workers, _records(), at_once=1)
    assert workers.most_live == 1
    assert {(record.peak_host_bytes, record.peak_device_bytes) for record in found} == {(1, 2)}


@pytest.mark.parametrize(
    "error", [TrainingError("no such layer"), WorkerDiedError("the worker was killed by signal 9")]
)
def test_a_process_that_fails_is_a_warning_and_the_others_go_on(error: Exception) -> None:
    def probe(cell: Cell) -> Probed:
        if cell.batch_size == 16:
            raise error
        return _by_size(cell)

    workers = _Workers(probe)
    eight, sixteen, *_ = found = _measured(workers, _records(warnings=("compiled twice",)))
    assert sixteen.warnings == ("compiled twice", f"its memory could not be measured: {error}")
    assert (sixteen.peak_host_bytes, sixteen.status) == (None, Status.COMPLETE)
    assert eight.warnings == ("compiled twice",)
    assert [record.peak_host_bytes for record in found] == [8000, None, 32_000, 64_000]
    assert workers.live == 0


@pytest.mark.parametrize("chosen", ["graph", "xla"])
def test_compiled_is_probed_by_the_loop_that_was_chosen_for_it(chosen: str) -> None:
    workers = _Workers()
    # Where sides are compared, the choice is theirs together and not this trial's.
    trial = {"compiled:graph": 0.02, "compiled:xla": 0.01}
    found = _measured(workers, _records(loop="compiled", compilation=chosen, compilation_trial=trial))
    assert {asked.cell.loop for asked in workers.probed} == {f"compiled:{chosen}"}
    assert {record.cell.loop for record in found} == {"compiled"}
    assert [record.peak_host_bytes for record in found] == [1000 * size for size in SIZES]


def test_other_loops_are_probed_by_themselves() -> None:
    workers = _Workers()
    _measured(workers, _records(loop="fit:jit_compile"))
    assert {asked.cell.loop for asked in workers.probed} == {"fit:jit_compile"}


def test_only_what_was_measured_to_its_end_is_probed() -> None:
    workers = _Workers()
    records = [
        record_of(8, [[1.0]], status=Status.FAILED),
        record_of(16, [[1.0]]),
        record_of(32, [[1.0]], status=Status.DIVERGED),
        record_of(64, []),
        record_of(128, [[1.0]], status=Status.INTERRUPTED),
    ]
    found = _measured(workers, records)
    assert [asked.cell.batch_size for asked in workers.probed] == [16]
    assert found == (records[0], replace(records[1], peak_host_bytes=16_000), *records[2:])


def test_it_tells_how_far_it_is() -> None:
    told: list[tuple[str, float, float]] = []

    def progress(*, phase: str, done: float, of: float, detail: str) -> None:
        told.append((phase, done, of))

    with_memory(_records(), seed=0, progress=progress, start_worker=_Workers())
    assert told == [("memory", done, 4) for done in range(5)]


def test_ctrl_c_ends_it() -> None:
    def progress(*, phase: str, done: float, of: float, detail: str) -> None:
        if done:
            raise KeyboardInterrupt

    workers = _Workers()
    with pytest.raises(KeyboardInterrupt):
        with_memory(_records() * 8, seed=0, progress=progress, start_worker=workers, at_once=1)
    assert workers.live == 0


def test_ctrl_c_ends_a_worker_that_was_just_started() -> None:
    """One that is not ended keeps the pool, and with it Ctrl-C, for as long as its training takes."""
    is_starting = threading.Event()
    started: list[FakeWorker] = []

    class Training(_Worker):
        def __enter__(self) -> Self:
            self.killed.wait(60)
            return super().__enter__()

    def die(_: Cell) -> Probed:
        message = "killed by signal 9"
        raise WorkerDiedError(message)

    workers = _Workers(die)

    def start(_backend: str) -> FakeWorker:
        is_starting.set()
        started.append(Training(workers))
        return started[-1]

    def progress(**_: object) -> None:
        assert is_starting.wait(60)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        with_memory(_records(), seed=0, progress=progress, start_worker=start, at_once=1)
    assert all(worker.killed.is_set() for worker in started)
    assert workers.live == 0


def test_a_process_that_can_not_be_started_is_a_warning(tmp_path: Path) -> None:
    found = with_memory(
        _records(), seed=0, progress=silent, start_worker=lambda _: Worker(python=str(tmp_path / "vanished"))
    )
    assert all("its memory could not be measured: no worker can be started" in each.warnings[-1] for each in found)


def test_of_nothing_there_is_nothing_to_measure() -> None:
    workers = _Workers()
    assert _measured(workers, []) == ()
    assert not workers.probed
