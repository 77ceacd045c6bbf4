"""The largest batch size, over workers that do what they are told to."""

from collections.abc import Callable
from typing import Any, Self

import pytest

from batchmark.errors import (
    BatchmarkError,
    MissingPackageError,
    TrainingError,
    WorkerDiedError,
    WorkerSilentError,
    WorkloadError,
)
from batchmark.measurement.machine_memory import MachineMemory
from batchmark.measurement.memory import ABOVE_LIMIT
from batchmark.measurement.protocol import requests
from batchmark.measurement.protocol.answers import Probed
from batchmark.progress import silent
from batchmark.proofs import Outcome as Found
from batchmark.proofs import Proof
from batchmark.report.largest import render_largest
from batchmark.studies.sweep.largest import Largest, Outcome, run_largest
from batchmark.workloads import Description, find_workload
from fake_worker import FakeWorker

GIB = 1 << 30
MACHINE = MachineMemory(total=16 * GIB, available=10 * GIB)
OUT_OF_MEMORY = TrainingError("ResourceExhaustedError: Graph execution error: OOM when allocating tensor with shape[9]")
NOT_OF_MEMORY = TrainingError("mine.py:3: ValueError: no model for this")

Behaviour = Callable[[int], Probed]


def _takes(size: int, *, diverged: bool = False) -> Probed:
    """A process of half a GiB, and a MiB an example."""
    return Probed(GIB // 2 + (size << 20), None, diverged)


def _until(limit: int, error: BaseException) -> Behaviour:
    def probe(size: int) -> Probed:
        if size > limit:
            raise error
        return _takes(size)

    return probe


class _Workers:
    """Starts workers, each of which can be asked for one thing after the other until it is closed."""

    def __init__(self, probe: Behaviour = _takes, device: str = "CPU", proof: Proof | None = None) -> None:
        self.probe = probe
        self.proof = proof
        self.device = device
        self.live = 0
        self.probed: list[requests.Probe] = []

    def __call__(self) -> FakeWorker:
        return _Worker(self)


class _Worker(FakeWorker):
    """One of a test's workers, which lives from the beginning of its context to its end."""

    def __init__(self, workers: _Workers) -> None:
        super().__init__()
        self._workers = workers
        facts: dict[str, object] = {"tensorflow": "2.21.0", "device": workers.device, "device_name": "A Card"}
        self.on(requests.Facts, lambda _: facts)
        self.on(requests.PeakHostBytes, lambda _: GIB // 2)
        self.on(requests.Probe, self._probe)
        if proof := workers.proof:
            self.on(requests.Prove, lambda _: proof)

    def __enter__(self) -> Self:
        self._workers.live += 1
        assert self._workers.live == 1, "two workers at once share the machine's memory"
        return super().__enter__()

    def close(self) -> None:
        self._workers.live -= 1

    def _probe(self, request: requests.Probe) -> Probed:
        assert self.asked == [request], "not a fresh process"
        assert self.timeouts == [60.0]
        self._workers.probed.append(request)
        return self._workers.probe(request.cell.batch_size)


def _run(workers: _Workers, workload: Description | None = None, **how: Any) -> Largest:
    how.setdefault("memory_limit", GIB)
    return run_largest(
        workload or find_workload("blobs"),
        progress=silent,
        probe_seconds=60.0,
        start_worker=workers,
        memory_of_machine=lambda: MACHINE,
        **how,
    )


def _outcomes(result: Largest) -> dict[int, Outcome]:
    return {probe.batch_size: probe.outcome for probe in result.boundary.probes}


def test_what_trains_above_the_limit_is_a_no() -> None:
    workers = _Workers()
    result = _run(workers, maximum=100_000)
    found = result.boundary
    assert found.answer
    assert found.smallest_failing
    assert found.answer <= 512 < found.smallest_failing <= 1.05 * found.answer
    assert found.verified
    assert _outcomes(result)[1024] is Outcome.ABOVE_LIMIT
    assert result.imported_bytes == GIB // 2
    assert workers.live == 0
    assert {asked.memory_limit for asked in workers.probed} == {GIB}
    assert {asked.cell.loop for asked in workers.probed} == {"fit"}


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (OUT_OF_MEMORY, Outcome.OUT_OF_MEMORY),
        (TrainingError("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 8 GiB"), Outcome.OUT_OF_MEMORY),
        (TrainingError("AbortedError: could not execute a primitive"), Outcome.OUT_OF_MEMORY),
        (NOT_OF_MEMORY, Outcome.FAILED),
        (WorkloadError("its pipeline has no such batch"), Outcome.FAILED),
        (WorkerDiedError("the worker was killed by signal 11 while it did 'probe'"), Outcome.DIED),
        (WorkerDiedError("the worker ended with exit code 3 while it did 'probe'"), Outcome.DIED),
        (WorkerSilentError("the worker said nothing for 60 s"), Outcome.SILENT),
    ],
)
def test_a_probe_that_ends_in_any_way_is_a_no_and_the_search_goes_on(error: Exception, outcome: Outcome) -> None:
    result = _run(_Workers(_until(100, error)))
    assert result.boundary.answer in range(96, 101)
    assert result.boundary.verified
    assert result.stopped is None
    assert _outcomes(result)[128] is outcome
    failed = next(probe for probe in result.boundary.probes if not probe.trained)
    assert failed.reason == str(error)


@pytest.mark.parametrize(
    "error", [NOT_OF_MEMORY, WorkloadError("mine.py:3: no data"), MissingPackageError("no TensorFlow")]
)
def test_a_first_probe_that_fails_for_another_reason_than_memory_ends_it(error: Exception) -> None:
    with pytest.raises(type(error), match=str(error)):
        _run(_Workers(_until(0, error)))


@pytest.mark.parametrize("error", [OUT_OF_MEMORY, WorkerDiedError("killed"), WorkerSilentError("silence")])
def test_where_nothing_trains_it_ends_at_batch_size_1(error: Exception) -> None:
    result = _run(_Workers(_until(0, error)))
    assert (result.boundary.answer, result.boundary.smallest_failing) == (None, 1)
    assert list(_outcomes(result)) == [32, 16, 8, 4, 2, 1]


def test_a_process_that_was_ended_at_the_limit_is_above_it_and_not_a_crash() -> None:
    error = WorkerDiedError(f"the worker was killed by signal 9 while it did 'probe'; its last words: {ABOVE_LIMIT}")
    assert _outcomes(_run(_Workers(_until(100, error))))[128] is Outcome.ABOVE_LIMIT


def test_the_maximum_is_all_examples_unless_another_one_is_given() -> None:
    whole = _run(_Workers(), memory_limit=16 * GIB)
    assert (whole.maximum, whole.boundary.answer, whole.boundary.reached_maximum) == (500, 500, True)
    assert whole.boundary.smallest_failing is None
    for maximum in (50, 700):
        result = _run(_Workers(), maximum=maximum, memory_limit=16 * GIB)
        assert (result.boundary.answer, result.boundary.reached_maximum) == (maximum, True)


def test_many_examples_are_not_begun_with_the_longest_epoch() -> None:
    workers = _Workers()
    _run(workers, Description(name="mine:WORKLOAD", examples=200_000, reference_batch_size=32), memory_limit=4 * GIB)
    assert workers.probed[0].cell.batch_size == 1000


def test_without_a_limit_it_is_90_percent_of_what_is_available() -> None:
    result = _run(_Workers(), memory_limit=None)
    assert result.memory_limit == 9 * GIB
    assert result.limit_is_ours
    assert result.available_bytes == 10 * GIB


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        (GIB // 4, "a memory limit of 256 MiB, is taken by importing TensorFlow alone, which needs 512 MiB"),
        (17 * GIB, "a memory limit of 17 GiB exceeds this machine's 16 GiB"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_before_a_probe(limit: int, message: str) -> None:
    workers = _Workers()
    with pytest.raises(BatchmarkError, match=message):
        _run(workers, memory_limit=limit)
    assert not workers.probed


def test_on_a_gpu_the_limit_is_the_cards() -> None:
    def probe(size: int) -> Probed:
        if size > 300:
            raise OUT_OF_MEMORY
        return Probed(99 * GIB, size << 20, diverged=False)

    workers = _Workers(probe, device="GPU")
    result = _run(workers, memory_limit=None)
    assert result.on_gpu
    assert result.boundary.answer in range(286, 301)
    assert {asked.memory_limit for asked in workers.probed} == {None}
    with pytest.raises(BatchmarkError, match="--memory-limit is for a CPU"):
        _run(workers, memory_limit=GIB)


def test_ctrl_c_keeps_what_is_known() -> None:
    result = _run(_Workers(_until(100, KeyboardInterrupt())))
    assert result.stopped == "interrupted by Ctrl-C"
    assert (result.boundary.answer, result.boundary.smallest_failing) == (64, None)
    assert not result.boundary.settled


def test_ctrl_c_before_there_was_a_probe_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        _run(_Workers(_until(0, KeyboardInterrupt())))


def test_a_loss_that_is_not_finite_takes_the_same_memory() -> None:
    result = _run(_Workers(lambda size: _takes(size, diverged=True)))
    assert result.boundary.answer
    assert all(probe.diverged for probe in result.boundary.probes)


def test_it_says_what_it_is_probing() -> None:
    told: list[tuple[str, float, float]] = []

    def progress(*, phase: str, done: float, of: float, detail: str) -> None:
        told.append((phase, done, of))

    result = run_largest(
        find_workload("blobs"),
        progress=progress,
        memory_limit=GIB,
        probe_seconds=60.0,
        start_worker=_Workers(),
        memory_of_machine=lambda: MACHINE,
    )
    probes = [entry for entry in told if entry[0] == "probes"]
    assert [done for _, done, _ in probes] == list(range(len(result.boundary.probes)))
    assert all(done < of for _, done, of in probes)


def test_a_loop_that_does_other_work_is_refused_before_the_first_probe() -> None:
    workers = _Workers(proof=Proof(Found.OTHER_WORK, 10, 0.5, "weight 'kernel' ended off by half"))
    with pytest.raises(BatchmarkError, match=r"^compiled:xla is refused, .*kernel.*; use --loop fit$"):
        _run(workers, loop="compiled:xla")
    assert not workers.probed


def test_what_was_proven_of_a_loop_is_in_the_report() -> None:
    found = _run(_Workers(proof=Proof(Found.PROVEN, 10, 2e-6)), loop="compiled:xla")
    assert "compiled:xla does fit's work on this model: 10 steps compared" in " ".join(render_largest(found).split())


def test_fit_itself_needs_no_proof() -> None:
    assert _run(_Workers()).proof is None
