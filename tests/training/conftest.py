"""What every test of a training room starts from. TensorFlow is imported here, once for the whole run."""

import pytest

from batchmark.workloads import Data, Workload, find_workload


@pytest.fixture(scope="session")
def blobs() -> Workload:
    return find_workload("blobs")


@pytest.fixture(scope="session")
def blobs_data(blobs: Workload) -> Data:
    return blobs.load_data()
