"""The largest batch size, for real: TensorFlow in fresh processes under a limit, against probes without one."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import Probed
from batchmark.progress import silent
from batchmark.records import Cell
from batchmark.studies.largest import Outcome, run_largest
from batchmark.workloads import Description

EXAMPLE_WORKLOADS = Path(__file__).parents[1] / "example_workloads"
WORKLOAD = Description(name="heavy:ACTIVATIONS", examples=400, reference_batch_size=200)


@pytest.fixture
def start_worker() -> Callable[[], Worker]:
    return partial(Worker, environment={"PYTHONPATH": str(EXAMPLE_WORKLOADS)})


def _peak(start_worker: Callable[[], Worker], size: int) -> int:
    """The peak in bytes of a process that nothing limits."""
    with start_worker() as worker:
        params = {"cell": asdict(Cell(WORKLOAD.name, size, "fit")), "seed": 0}
        return worker.request("probe", Probed, params).peak_host_bytes


def test_the_boundary_is_where_a_process_without_a_limit_would_exceed_it(start_worker: Callable[[], Worker]) -> None:
    # In a middle that no version of TensorFlow moves: the peaks of the two ends are measured here.
    low, high = (_peak(start_worker, size) for size in (200, 400))
    limit = (low + high) // 2
    result = run_largest(WORKLOAD, progress=silent, memory_limit=limit, start_worker=start_worker)
    found = result.boundary
    assert found.verified
    assert found.answer
    assert found.smallest_failing
    assert 200 < found.answer < found.smallest_failing < 400
    assert found.smallest_failing <= 1.05 * found.answer
    assert {probe.outcome for probe in found.probes} == {Outcome.TRAINED, Outcome.ABOVE_LIMIT}
    assert len(found.probes) <= 8
    assert _peak(start_worker, int(found.answer / 1.05)) <= limit < _peak(start_worker, int(found.smallest_failing * 1.05))
