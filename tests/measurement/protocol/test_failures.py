"""How errors get from a worker to its controller."""

import re

import pytest

from batchmark.errors import (
    BatchmarkError,
    MissingPackageError,
    StoredFileError,
    TrainingError,
    UnknownNameError,
    UnsupportedBackendError,
    WorkloadError,
)
from batchmark.measurement.protocol.failures import Failure, error_of, failure_of


@pytest.mark.parametrize("kind", [WorkloadError, UnknownNameError, MissingPackageError, UnsupportedBackendError])
def test_an_error_that_users_know_arrives_as_itself(kind: type[BatchmarkError]) -> None:
    found = error_of(failure_of(kind("mine.py:3: no model")))
    assert type(found) is kind
    assert str(found) == "mine.py:3: no model"


@pytest.mark.parametrize("error", [StoredFileError("it broke"), ValueError("it broke"), SystemExit("it broke")])
def test_any_other_error_is_one_of_the_training(error: BaseException) -> None:
    found = error_of(failure_of(error))
    assert type(found) is TrainingError
    assert str(found).endswith("it broke")


def test_an_error_of_the_frameworks_is_told_with_its_kind_in_one_line() -> None:
    assert failure_of(ValueError("a\n  b")) == Failure("ValueError: a b", "ValueError")


def _raised(error: Exception) -> Exception:
    """Return an error that was raised in this file, which is nobody's package."""
    try:
        raise error
    except type(error) as raised:
        return raised


def test_an_error_in_a_users_file_begins_with_its_line() -> None:
    told = failure_of(_raised(ValueError("no"))).error
    assert re.fullmatch(r"\S*test_failures\.py:\d+: ValueError: no", told)
    assert failure_of(_raised(WorkloadError("mine.py:3: no"))).error == "mine.py:3: no", "it has its own"


@pytest.mark.parametrize(
    "error",
    [
        ModuleNotFoundError("No module named 'tensorflow'"),
        ModuleNotFoundError("No module named 'keras'"),
        ImportError("Keras cannot be imported. Check that it is installed."),
    ],
)
def test_a_missing_tensorflow_says_what_to_type(error: BaseException) -> None:
    found = error_of(failure_of(error))
    assert type(found) is MissingPackageError
    assert "pip install 'batchmark[tensorflow]'" in str(found)


@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_a_missing_backend_is_named_with_its_extra_and_so_is_keras_beside_it(
    monkeypatch: pytest.MonkeyPatch, backend: str
) -> None:
    monkeypatch.setenv("KERAS_BACKEND", backend)
    for package in (backend, "keras"):
        found = error_of(failure_of(ModuleNotFoundError(f"No module named {package!r}")))
        assert type(found) is MissingPackageError
        assert f"pip install 'batchmark[{backend}]'" in str(found)


def test_another_missing_package_is_the_trainings_own_error() -> None:
    found = error_of(failure_of(ModuleNotFoundError("No module named 'pandas'")))
    assert type(found) is TrainingError
    assert "pandas" in str(found)
