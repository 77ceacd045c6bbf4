"""Batch sizes trained side by side, by workers made of recorded answers."""

import threading
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest

from batchmark.errors import WorkerDiedError
from batchmark.progress import silent
from batchmark.studies.quality.side_by_side import train_side_by_side
from batchmark.trainings import Trainings
from batchmark.workloads import find_workload
from synthetic import trainings_of

_BLOBS = find_workload("blobs")
_SIZES = (500, 1, 2, 32)


def _trainings(params: Mapping[str, Any]) -> Trainings:
    known = {name: params[name] for name in ("workload", "batch_size", "learning_rate")}
    return trainings_of(params["seeds"], [0.5] * len(params["seeds"]), **known)


class _Worker:
    def __init__(self, before: Callable[[int], None] = lambda _: None) -> None:
        self._before = before
        self.trained: list[int] = []
        self.killed = threading.Event()

    def request(self, method: str, _: Any, params: Mapping[str, Any], *, progress: Callable[[float], None]) -> Any:
        assert method == "train"
        self._before(params["batch_size"])
        self.trained.append(params["batch_size"])
        progress(0.5)
        progress(1.0)
        return _trainings(params)

    def kill(self) -> None:
        self.killed.set()


def _train(
    workers: list[_Worker], progress: Any = silent, finished: dict[int, Trainings] | None = None
) -> dict[int, Trainings]:
    finished = {} if finished is None else finished
    train_side_by_side(
        cast("Any", workers),
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


def test_two_workers_share_the_sizes() -> None:
    meet = threading.Barrier(2, timeout=10)

    def meet_once(size: int) -> None:
        if size in (1, 2):
            meet.wait()

    workers = [_Worker(meet_once) for _ in range(2)]
    _train(workers)
    assert all(worker.trained for worker in workers)


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

    waiting._before = wait

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

    first._before = work_slowly
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
