"""What every test of a training room starts from. TensorFlow is imported here, once for the whole run."""

import pytest

from batchmark.training.loading import Loaded, load
from batchmark.workloads import Workload


@pytest.fixture(scope="session")
def loaded_blobs() -> Loaded:
    return load("blobs")


@pytest.fixture(scope="session")
def blobs(loaded_blobs: Loaded) -> Workload:
    return loaded_blobs.workload
