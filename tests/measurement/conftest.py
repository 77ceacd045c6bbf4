"""One worker process with TensorFlow, shared: it takes seconds to start."""

from collections.abc import Iterator

import pytest

from batchmark.measurement.connection import Worker
from repository import ROOT

EXAMPLE_WORKLOADS = ROOT / "tests" / "example_workloads"


@pytest.fixture(scope="session")
def example_workloads() -> dict[str, str]:
    """The environment in which ``planted:NAME`` is found."""
    return {"PYTHONPATH": str(EXAMPLE_WORKLOADS)}


@pytest.fixture(scope="session")
def worker(example_workloads: dict[str, str]) -> Iterator[Worker]:
    with Worker(environment=example_workloads) as live:
        yield live
