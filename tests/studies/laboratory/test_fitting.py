"""What fits into memory: all of it, or less a margin, and trainings at that."""

from dataclasses import replace
from typing import Any, Self

import pytest

from batchmark.errors import WorkerDiedError
from batchmark.measurement.machine_memory import MachineMemory
from batchmark.measurement.memory import ABOVE_LIMIT
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Probed
from batchmark.progress import silent
from batchmark.studies.laboratory.fitting import find_fits, still_holds
from batchmark.studies.laboratory.parts import Fits, Fitting
from batchmark.workloads import find_workload
from fake_worker import FakeWorker

GIB = 1 << 30
MIB = 1 << 20
BLOBS = find_workload("blobs").described(name="blobs", examples=500)


class _Workers:
    """Starts workers that take half a GiB, a MiB an example, and some more with each training in one process."""

    def __init__(self, leak: int = 0, dies_at: tuple[int, ...] = ()) -> None:
        self.processes: list[list[requests.Probe]] = []
        self._leak = leak
        self._dies_at = dies_at
        self._asked = 0

    def __call__(self) -> FakeWorker:
        return _Worker(self)

    def probe(self, request: requests.Probe, before: int) -> Probed:
        self._asked += 1
        taken = GIB // 2 + request.cell.batch_size * MIB + before * self._leak
        if request.memory_limit is not None and taken > request.memory_limit:
            raise WorkerDiedError(ABOVE_LIMIT)
        if self._asked in self._dies_at:
            message = "its process was killed"
            raise WorkerDiedError(message)
        return Probed(taken, None, diverged=False)

    @property
    def trained(self) -> list[list[requests.Probe]]:
        return [each for each in self.processes if each]


class _Worker(FakeWorker):
    def __init__(self, workers: _Workers) -> None:
        super().__init__()
        self.own: list[requests.Probe] = []
        facts: dict[str, object] = {"tensorflow": "2.21.0", "device": "CPU"}
        self.on(requests.Facts, lambda _: facts)
        self.on(requests.PeakHostBytes, lambda _: GIB // 4)
        self.on(requests.Probe, self._probe)
        self._workers = workers

    def __enter__(self) -> Self:
        self._workers.processes.append(self.own)
        return super().__enter__()

    def _probe(self, request: requests.Probe) -> Probed:
        self.own.append(request)
        return self._workers.probe(request, len(self.own) - 1)


def _found(workers: _Workers, limit: int, **fields: Any) -> Fits:
    asked: dict[str, Any] = {"workload": "blobs", "margin": 0.1, "maximum": 500, "trainings": 20, "memory_limit": limit}
    return find_fits(
        Fitting(**(asked | fields)),
        BLOBS,
        backend="tensorflow",
        progress=silent,
        start_worker=workers,
        memory_of_machine=lambda: MachineMemory(total=16 * GIB, available=10 * GIB),
    )


def test_where_all_examples_fit_two_probes_and_twenty_trainings_are_enough() -> None:
    workers = _Workers()
    found = _found(workers, 4 * GIB)
    assert (found.largest, found.is_maximum, found.batch_size) == (500, True, 500)
    assert (found.trained, found.tried) == (20, 20)
    assert found.peak_bytes == GIB // 2 + 500 * MIB
    assert [len(each) for each in workers.trained] == [1, 1, 5, 5, 5, 5]


def test_trainings_have_weights_of_their_own() -> None:
    workers = _Workers()
    _found(workers, 4 * GIB)
    seeds = [request.seed for process in workers.trained[2:] for request in process]
    assert len(set(seeds)) == 20


def test_what_fits_leaves_the_margin_free() -> None:
    found = _found(_Workers(), GIB // 2 + 200 * MIB)
    assert found.largest is not None
    assert 190 <= found.largest <= 200
    assert found.batch_size == int(found.largest * 0.9)
    assert not found.is_maximum
    assert (found.trained, found.tried) == (20, 20)


def test_a_process_that_has_trained_before_may_have_too_little_and_it_is_said() -> None:
    found = _found(_Workers(leak=8 * MIB), GIB // 2 + 200 * MIB)
    assert found.tried == 20
    assert found.trained < 20
    assert ABOVE_LIMIT in found.why_not


def test_one_that_fails_is_counted_and_the_next_begins_afresh() -> None:
    workers = _Workers(dies_at=(4,))
    found = _found(workers, 4 * GIB)
    assert (found.trained, found.tried) == (19, 20)
    assert [len(each) for each in workers.trained] == [1, 1, 2, 5, 5, 5, 3]
    assert "killed" in found.why_not


def test_where_nothing_fits_nothing_is_trained_at_it() -> None:
    found = _found(_Workers(), GIB // 2)
    assert (found.largest, found.batch_size, found.tried) == (None, None, 0)


@pytest.mark.parametrize("maximum", [64, 5_000])
def test_no_more_than_the_maximum_or_all_examples_is_tried(maximum: int) -> None:
    found = _found(_Workers(), 4 * GIB, maximum=maximum)
    assert (found.largest, found.is_maximum) == (min(maximum, 500), True)


def test_what_fitted_before_holds_only_with_about_the_memory_of_then() -> None:
    part = Fitting("blobs", 0.1, 500, 20)
    all_of_it = Fits(500, True, 500, 20, 20, 2 * GIB, 9 * GIB)
    limited = Fits(200, False, 180, 20, 20, 8 * GIB, 9 * GIB)

    def has(gib: float) -> MachineMemory:
        return MachineMemory(total=64 * GIB, available=int(gib * GIB))

    assert still_holds(all_of_it, part, has(3))
    assert not still_holds(all_of_it, part, has(2))
    assert still_holds(limited, part, has(10))
    assert not still_holds(limited, part, has(7))
    assert not still_holds(limited, part, has(30)), "more fits now"
    assert still_holds(limited, replace(part, memory_limit=9 * GIB), has(1)), "a limit that is named is the same"
    assert still_holds(replace(limited, limit_bytes=None), part, has(1)), "on a GPU"
