"""What the workloads are that a user named, from workers that answer by a script."""

import pytest

from batchmark.errors import (
    BatchmarkError,
    MissingPackageError,
    TrainingError,
    UnknownNameError,
    WorkerDiedError,
    WorkerSilentError,
    WorkloadError,
)
from batchmark.measurement.protocol import requests
from batchmark.studies.sweep.descriptions import Descriptions
from batchmark.workloads import Description, built_in_workloads
from fake_worker import FakeWorker

_MINE = Description(name="mine:X", examples=40)


class _Workers:
    """Starts workers, and remembers them."""

    def __init__(self, **answers: Description | BatchmarkError) -> None:
        self._answers = {f"{module}:X": answer for module, answer in answers.items()}
        self.started: list[FakeWorker] = []
        self.backends: list[str] = []

    def __call__(self, backend: str) -> FakeWorker:
        self.backends.append(backend)
        self.started.append(FakeWorker().on(requests.Describe, self._describe))
        return self.started[-1]

    def _describe(self, request: requests.Describe) -> Description:
        answer = self._answers[request.workload]
        if isinstance(answer, BatchmarkError):
            raise answer
        return answer

    @property
    def asked(self) -> list[str]:
        return [request.workload for worker in self.started for request in worker.asked_for(requests.Describe)]

    @property
    def timeouts(self) -> list[float | None]:
        return [limit for worker in self.started for limit in worker.timeouts]


@pytest.mark.parametrize("name", built_in_workloads())
def test_a_built_in_workload_needs_no_worker(name: str) -> None:
    workers = _Workers()
    found = Descriptions(start_worker=workers).of(name)
    assert (found.name, type(found)) == (name, Description)
    assert found.examples > 0
    assert not workers.started


def test_a_users_own_workload_is_described_once() -> None:
    workers = _Workers(mine=_MINE)
    descriptions = Descriptions(start_worker=workers)
    assert descriptions.of("mine:X") == _MINE
    assert descriptions.of("mine:X") == _MINE
    assert workers.asked == ["mine:X"]
    # It may take longer than a worker is silent otherwise, and not for ever.
    assert workers.timeouts == [600]


def test_it_says_that_it_loads_and_tries_a_users_own_workload() -> None:
    told: list[dict[str, object]] = []
    descriptions = Descriptions(start_worker=_Workers(mine=_MINE), progress=lambda **what: told.append(what))
    descriptions.of("blobs")
    assert not told
    descriptions.of("mine:X")
    (only,) = told
    assert only["phase"] == "workload"
    assert "mine:X" in str(only["detail"])


def test_the_worker_that_described_a_workload_is_handed_over_once() -> None:
    workers = _Workers(mine=_MINE)
    with Descriptions(start_worker=workers) as descriptions:
        descriptions.of("mine:X")
        first, second = (descriptions.worker_for("mine:X", "tensorflow") for _ in range(2))
    assert [first, second] == workers.started
    assert [worker.closed for worker in workers.started] == [0, 0]


def test_a_workload_that_nobody_described_has_a_new_worker() -> None:
    workers = _Workers(mine=_MINE)
    descriptions = Descriptions(start_worker=workers)
    assert descriptions.worker_for("blobs", "tensorflow") is workers.started[0]
    descriptions.of("mine:X")
    assert descriptions.worker_for("blobs", "tensorflow") is workers.started[2]


def test_a_worker_of_another_backend_is_a_new_one() -> None:
    workers = _Workers(mine=_MINE)
    descriptions = Descriptions(start_worker=workers)
    descriptions.of("mine:X")
    assert descriptions.worker_for("mine:X", "jax") is workers.started[1]
    assert descriptions.worker_for("mine:X", "tensorflow") is workers.started[0]
    assert workers.backends == ["tensorflow", "jax"]


def test_the_workers_that_nobody_took_over_are_closed_once() -> None:
    workers = _Workers(mine=_MINE, yours=_MINE)
    with Descriptions(start_worker=workers) as descriptions:
        for name in ("mine:X", "yours:X"):
            descriptions.of(name)
        descriptions.worker_for("yours:X", "tensorflow")
        assert [worker.closed for worker in workers.started] == [0, 0]
    assert [worker.closed for worker in workers.started] == [1, 0]
    descriptions.close()
    assert [worker.closed for worker in workers.started] == [1, 0]


def test_workers_are_closed_when_something_goes_wrong_meanwhile() -> None:
    workers = _Workers(mine=_MINE)

    def ctrl_c_meanwhile() -> None:
        with Descriptions(start_worker=workers) as descriptions:
            descriptions.of("mine:X")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ctrl_c_meanwhile()
    assert workers.started[0].closed == 1


@pytest.mark.parametrize("error", [WorkloadError("mine.py:3: no model"), TrainingError("it broke")])
def test_a_refusal_is_remembered(error: BatchmarkError) -> None:
    workers = _Workers(mine=error)
    with Descriptions(start_worker=workers) as descriptions:
        for _ in range(2):
            with pytest.raises(type(error)) as caught:
                descriptions.of("mine:X")
            assert caught.value is error
    assert workers.asked == ["mine:X"]
    assert workers.started[0].closed == 1


@pytest.mark.parametrize("kind", [WorkerDiedError, WorkerSilentError])
def test_a_workload_that_ends_its_worker_is_to_blame_for_it(kind: type[BatchmarkError]) -> None:
    workers = _Workers(mine=kind("the worker was killed by signal 9"))
    descriptions = Descriptions(start_worker=workers)
    for _ in range(2):
        with pytest.raises(WorkloadError, match=r"^workload 'mine:X': the worker was killed by signal 9$"):
            descriptions.of("mine:X")
    assert workers.asked == ["mine:X"]


def test_a_missing_package_is_told_as_it_is() -> None:
    workers = _Workers(mine=MissingPackageError("no TensorFlow; type this"))
    with pytest.raises(MissingPackageError, match=r"^no TensorFlow; type this$"):
        Descriptions(start_worker=workers).of("mine:X")


def test_a_workload_that_the_first_backend_can_not_train_is_described_by_the_next() -> None:
    workers = _Workers(mine=WorkloadError("mine.py:3: no GradientTape here"))
    descriptions = Descriptions(start_worker=workers)
    descriptions.on(("jax", "tensorflow"))
    # What sharing a GPU takes is no matter of this test.
    descriptions._start_worker = lambda backend: _knowing(workers, backend)
    assert descriptions.of("mine:X") == _MINE
    assert workers.backends == ["jax", "tensorflow"]
    assert [worker.closed for worker in workers.started] == [1, 0]
    assert descriptions.worker_for("mine:X", "tensorflow") is workers.started[1]


def _knowing(workers: _Workers, backend: str) -> FakeWorker:
    worker = workers(backend)
    return worker.on(requests.Describe, lambda _: _MINE) if backend == "tensorflow" else worker


def test_an_unknown_name_starts_no_worker() -> None:
    workers = _Workers()
    descriptions = Descriptions(start_worker=workers)
    for _ in range(2):
        with pytest.raises(UnknownNameError, match="unknown workload 'cifar'"):
            descriptions.of("cifar")
    assert not workers.started


def test_of_all_goes_on_after_one_that_cannot_be_used() -> None:
    error = WorkloadError("mine.py:3: no model")
    workers = _Workers(mine=error, yours=_MINE)
    usable, refused = Descriptions(start_worker=workers).of_all(("mine:X", "cifar", "blobs", "yours:X", "blobs"))
    assert [each.name for each in usable] == ["blobs", "mine:X"]
    assert refused[0] is error
    assert isinstance(refused[1], UnknownNameError)
    assert len(refused) == 2


def test_of_all_knows_every_built_in_workload_by_one_word() -> None:
    usable, refused = Descriptions(start_worker=_Workers()).of_all(("all",))
    assert tuple(each.name for each in usable) == built_in_workloads()
    assert refused == ()


def test_of_all_raises_the_first_error_where_nothing_is_left() -> None:
    error = WorkloadError("mine.py:3: no model")
    with pytest.raises(WorkloadError) as caught:
        Descriptions(start_worker=_Workers(mine=error)).of_all(("mine:X", "cifar"))
    assert caught.value is error


def test_of_nothing_there_is_nothing() -> None:
    assert Descriptions(start_worker=_Workers()).of_all(()) == ((), ())
