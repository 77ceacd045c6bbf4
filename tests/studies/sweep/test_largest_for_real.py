"""The largest batch size, for real: TensorFlow in fresh processes under a limit, against probes without one."""

from collections.abc import Callable
from functools import partial

import pytest

from batchmark.measurement.connection import Worker
from batchmark.measurement.protocol import requests
from batchmark.progress import silent
from batchmark.records import Cell
from batchmark.studies.sweep.largest import Outcome, run_largest
from batchmark.workloads import Description
from repository import ROOT

EXAMPLE_WORKLOADS = ROOT / "tests" / "example_workloads"
WORKLOAD = Description(name="heavy:ACTIVATIONS", examples=400, reference_batch_size=285)
MIB = 1 << 20


@pytest.fixture
def start_worker() -> Callable[[], Worker]:
    return partial(Worker, environment={"PYTHONPATH": str(EXAMPLE_WORKLOADS)})


def _peak(start_worker: Callable[[], Worker], size: int) -> int:
    """The peak in bytes of a process that nothing limits."""
    with start_worker() as worker:
        return worker.ask(requests.Probe(Cell(WORKLOAD.name, size, "fit"), seed=0)).peak_host_bytes


@pytest.mark.exhaustive
def test_the_boundary_is_where_a_process_without_a_limit_would_exceed_it(start_worker: Callable[[], Worker]) -> None:
    # What a process takes at 300; it repeats within 0.5 MiB, and an example more takes as much.
    limit = _peak(start_worker, 300) + 3 * MIB
    result = run_largest(WORKLOAD, progress=silent, memory_limit=limit, maximum=315, start_worker=start_worker)
    found = result.boundary
    assert [(probe.batch_size, probe.outcome) for probe in found.probes] == [
        (285, Outcome.TRAINED),
        (315, Outcome.ABOVE_LIMIT),
        (300, Outcome.TRAINED),
        (315, Outcome.ABOVE_LIMIT),
        (300, Outcome.TRAINED),
    ]
    assert (found.answer, found.smallest_failing, found.verified) == (300, 315, True)
