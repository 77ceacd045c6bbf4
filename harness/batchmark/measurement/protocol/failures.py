"""How an error gets from the worker to the controller: as its kind and one line, and there as an error of its kind."""

from dataclasses import dataclass

from batchmark.errors import (
    BatchmarkError,
    MissingPackageError,
    TrainingError,
    UnknownNameError,
    UnsupportedBackendError,
    WorkloadError,
)
from batchmark.workloads.users_code import in_one_line, line_of_error

_OF_KIND: dict[str, type[BatchmarkError]] = {
    error.__name__: error for error in (WorkloadError, UnknownNameError, MissingPackageError, UnsupportedBackendError)
}
_OF_IMPORTS = (ModuleNotFoundError.__name__, ImportError.__name__)


@dataclass(frozen=True)
class Failure:
    """An error of the worker's."""

    error: str
    """In one line; what a user's own code raised begins with its file and line."""
    kind: str
    """The error's type, by name."""


def failure_of(error: BaseException) -> Failure:
    """Return what the controller is told of `error`."""
    return Failure(_described(error), type(error).__name__)


def error_of(failure: Failure) -> BatchmarkError:
    """Return the error that the controller raises: the worker's own where it has a name for users, or a TrainingError.

    A TensorFlow that isn't there is a MissingPackageError that says what to type.
    """
    if failure.kind in _OF_IMPORTS:
        package = failure.error.partition("No module named ")[2].strip("'\"")
        # TensorFlow says it in its own words where Keras is missing.
        if package in ("tensorflow", "keras") or "Keras cannot be imported" in failure.error:
            message = "TensorFlow is not installed in this environment; type: pip install 'batchmark[tensorflow]'"
            return MissingPackageError(message)
    return _OF_KIND.get(failure.kind, TrainingError)(failure.error)


def _described(error: BaseException) -> str:
    if isinstance(error, BatchmarkError):
        return str(error)
    where = line_of_error(error)
    return f"{where}: {in_one_line(error)}" if where else in_one_line(error)
