"""How an error gets from the worker to the controller: as its kind and one line, and there as an error of its kind."""

import os
from dataclasses import dataclass

from batchmark.backends import BACKENDS, PROPER_NAMES, TENSORFLOW
from batchmark.errors import (
    BatchmarkError,
    MissingPackageError,
    TrainingError,
    UnknownNameError,
    UnsupportedBackendError,
    WorkloadError,
)
from batchmark.workloads.keras_backend import VARIABLE
from batchmark.workloads.users_code import in_one_line, line_of_error

_OF_KIND: dict[str, type[BatchmarkError]] = {
    error.__name__: error for error in (WorkloadError, UnknownNameError, MissingPackageError, UnsupportedBackendError)
}


@dataclass(frozen=True)
class Failure:
    """An error of the worker's."""

    error: str
    """In one line; what a user's own code raised begins with its file and line."""
    kind: str
    """The error's type, by name."""


def failure_of(error: BaseException) -> Failure:
    """Return what the controller is told of `error`; of a backend that isn't installed, what to type."""
    missing = _missing_backend(error) if isinstance(error, ImportError) else None
    if missing is not None:
        told = f"{PROPER_NAMES[missing]} is not installed in this environment; type: pip install 'batchmark[{missing}]'"
        return Failure(told, MissingPackageError.__name__)
    return Failure(_described(error), type(error).__name__)


def error_of(failure: Failure) -> BatchmarkError:
    """Return the error that the controller raises: the worker's own where it has a name for users, or TrainingError."""
    return _OF_KIND.get(failure.kind, TrainingError)(failure.error)


def _missing_backend(error: ImportError) -> str | None:
    """Return the backend that `error` says is missing, with Keras or without it; None where it says something else."""
    package = str(error).partition("No module named ")[2].strip("'\"")
    if package in BACKENDS:
        return package
    # TensorFlow says it in its own words where Keras is missing.
    if package == "keras" or "Keras cannot be imported" in str(error):
        asked = os.environ.get(VARIABLE, TENSORFLOW)
        return asked if asked in BACKENDS else TENSORFLOW
    return None


def _described(error: BaseException) -> str:
    if isinstance(error, BatchmarkError):
        return str(error)
    where = line_of_error(error)
    return f"{where}: {in_one_line(error)}" if where else in_one_line(error)
