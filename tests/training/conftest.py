"""What every test of a training room starts from. TensorFlow is imported here, once for the whole run."""

import pytest

from batchmark.training.beside_fit import BesideFit
from batchmark.training.loading import Loaded, load
from batchmark.workloads import Workload


@pytest.fixture(scope="session")
def loaded_blobs() -> Loaded:
    return load("blobs")


@pytest.fixture(scope="session")
def beside_blobs(loaded_blobs: Loaded) -> BesideFit:
    """What fit does on blobs, found once for all tests."""
    return BesideFit(loaded_blobs)


@pytest.fixture(scope="session")
def blobs(loaded_blobs: Loaded) -> Workload:
    return loaded_blobs.workload
