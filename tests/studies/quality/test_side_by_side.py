"""Batch sizes trained side by side, by workers made of recorded answers."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from batchmark.errors import WorkerDiedError
from batchmark.measurement.protocol import requests
from batchmark.progress import silent
from batchmark.studies.quality.side_by_side import train_side_by_side
from batchmark.trainings import ALL_AT_ONCE, Trainings, Way
from batchmark.workloads import find_workload
from fake_worker import PROVEN, FakeWorker
from synthetic import trainings_of

_BLOBS = find_workload("blobs")
_SIZES = (500, 1, 2, 32)
_WAY = Way(ALL_AT_ONCE, proof=PROVEN)


class _Worker(FakeWorker):
    """Trains each batch size at once, after `before` was told of it."""

    def __init__(self, before: Callable[[int], None] = lambda _: None) -> None:
        super().__init__()
        self.before_size = before
        self.trained: list[int] = []
        self.shares = (0.5, 1.0)
        self.on(requests.Train, self._train)
        self.on(requests.FindWay, lambda _: _WAY)
        self.on(requests.HandOver, lambda _: None)

    def _train(self, request: requests.Train) -> Trainings:
        size, rate = request.batch_size, request.learning_rate
        self.before_size(size)
        self.trained.append(size)
        quality = [0.5] * len(request.seeds)
        return trainings_of(request.seeds, quality, workload=request.workload, batch_size=size, learning_rate=rate)


def _train(
    workers: list[_Worker], progress: Any = silent, finished: dict[int, Trainings] | None = None
) -> dict[int, Trainings]:
    finished = {} if finished is None else finished
    train_side_by_side(
        workers,
        _BLOBS,
        _SIZES,
        seeds=range(3),
        same_learning_rate=False,
        progress=progress,
        finished=finished,
    )
    return finished


@pytest.mark.parametrize("count", [1, 2])
def test_every_size_is_trained_once(count: int) -> None:
    workers = [_Worker() for _ in range(count)]
    results = _train(workers)
    assert {size: trainings.batch_size for size, trainings in results.items()} == {size: size for size in _SIZES}
    assert sorted(size for worker in workers for size in worker.trained) == sorted(_SIZES)
    assert results[1].learning_rate == 0.001
    assert results[32].learning_rate == 0.01


def _two_that_train() -> list[_Worker]:
    """Return two workers of which each trains at least one size."""
    meet = threading.Barrier(2, timeout=10)

    def meet_once(size: int) -> None:
        if size in (1, 2):
            meet.wait()

    return [_Worker(meet_once) for _ in range(2)]


def test_two_workers_share_the_sizes() -> None:
    workers = _two_that_train()
    _train(workers)
    assert all(worker.trained for worker in workers)


def test_one_worker_proves_and_another_draws_the_initial_weights_and_each_has_what_the_other_found() -> None:
    workers = _two_that_train()
    _train(workers)
    (asked,) = [each for worker in workers for each in worker.asked_for(requests.HandOver)]
    assert asked.seeds == (0, 1, 2)
    assert sum(len(worker.asked_for(requests.FindWay)) for worker in workers) == 1
    for worker in workers:
        is_proving = bool(worker.asked_for(requests.FindWay))
        assert is_proving is not bool(worker.asked_for(requests.HandOver))
        trained = worker.asked_for(requests.Train)
        assert {each.way for each in trained} == {None if is_proving else _WAY}
        assert {each.handed_over for each in trained} == {asked.path if is_proving else None}


def test_a_single_worker_has_nothing_from_another() -> None:
    worker = _Worker()
    _train([worker])
    assert {type(each) for each in worker.asked} == {requests.Train}
    assert {(each.way, each.handed_over) for each in worker.asked_for(requests.Train)} == {(None, None)}


def test_progress_never_goes_back_and_ends_at_all() -> None:
    told: list[float] = []

    def tell(*, phase: str, done: float, of: float, detail: str) -> None:
        del phase, detail
        told.append(done / of)

    _train([_Worker()], tell)
    assert told == sorted(told)
    assert told[-1] == pytest.approx(1.0)


def test_when_one_worker_dies_the_others_are_ended_and_the_error_is_told() -> None:
    waiting = _Worker()

    def wait(_: int) -> None:
        assert waiting.killed.wait(10)
        message = "killed"
        raise WorkerDiedError(message)

    waiting.before_size = wait

    def die(_: int) -> None:
        message = "the worker was killed by signal 9"
        raise WorkerDiedError(message)

    with pytest.raises(WorkerDiedError, match="signal 9"):
        _train([_Worker(die), waiting])
    assert waiting.killed.is_set()


def test_the_second_workers_death_is_told_while_the_first_has_work_left() -> None:
    first = _Worker()
    second_has_died = threading.Event()

    def work_slowly(_: int) -> None:
        # Until it is killed: a study that waits for the first worker's own end would sit here.
        assert second_has_died.wait(10)
        if not first.killed.wait(5):
            return
        message = "ended as the other one died"
        raise WorkerDiedError(message)

    def die(_: int) -> None:
        second_has_died.set()
        message = "the worker was killed by signal 9"
        raise WorkerDiedError(message)

    first.before_size = work_slowly
    with pytest.raises(WorkerDiedError, match="signal 9"):
        _train([first, _Worker(die)])
    assert first.trained == []


@pytest.mark.parametrize("error", [KeyboardInterrupt(), WorkerDiedError("killed")])
def test_what_was_finished_before_a_death_or_ctrl_c_is_kept(error: BaseException) -> None:
    def stop_at_32(size: int) -> None:
        if size == 32:
            raise error

    finished: dict[int, Trainings] = {}
    worker = _Worker(stop_at_32)
    with pytest.raises(type(error)):
        _train([worker], finished=finished)
    assert sorted(finished) == [1, 2]
    assert worker.killed.is_set()
