"""The errors a user can cause or meet. A door prints one in one line and exits 2."""


class BatchmarkError(Exception):
    """What was got, what was expected, and what to type next, in one line."""


_BY_SIGTERM = "ended by SIGTERM"


class Terminated(KeyboardInterrupt):
    """SIGTERM: it ends what runs as Ctrl-C does, and is told by its own name."""


def why_stopped(error: BaseException) -> str:
    """Return, for a report on what was finished, why there isn't more: Ctrl-C, SIGTERM or an error."""
    if isinstance(error, Terminated):
        return _BY_SIGTERM
    return "interrupted by Ctrl-C" if isinstance(error, KeyboardInterrupt) else str(error)


def interruption(stopped: str | None) -> KeyboardInterrupt:
    """Return, to be raised where a part is of no use, what ended a measurement that the user `stopped`."""
    return Terminated() if stopped == _BY_SIGTERM else KeyboardInterrupt()


class BatchSizeError(BatchmarkError):
    """A batch size, or a grid of them, that can't be measured."""


class UnknownNameError(BatchmarkError):
    """A workload, a loop or a setting that nobody knows, with the known ones named."""


class WorkloadError(BatchmarkError):
    """A workload whose model or data can't be used, with the user's own file and line."""


class StoredFileError(BatchmarkError):
    """A stored file that can't be read as what it is given for, or can't be written."""


class PolicyError(BatchmarkError):
    """A tolerance, or another setting of pyproject.toml, that can't be used, with the known ones named."""


class IncomparableError(BatchmarkError):
    """Two sides whose comparison would mean nothing, with what they differ in."""


class MissingPackageError(BatchmarkError):
    """A package that the question needs is not installed."""


class UnsupportedBackendError(BatchmarkError):
    """A Keras that trains with something else than TensorFlow, with where that was asked for."""


class UnsupportedPlatformError(BatchmarkError):
    """An operating system that nothing can be measured on, with those that it can."""


class TrainingError(BatchmarkError):
    """The worker reports that it could not build or train what it was asked to."""


class MalformedMessageError(BatchmarkError):
    """What controller or worker said isn't what was declared, with what was expected."""


class WorkerDiedError(BatchmarkError):
    """The worker process ended, or did not answer, in the middle of a request."""


class WorkerSilentError(WorkerDiedError):
    """The worker did not answer in time and was ended."""
