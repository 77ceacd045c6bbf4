"""How a workload is found: by its name, or as ``package.module:attribute``.

A package offers workloads by name through the entry-point group ``batchmark.workloads``.
"""

import importlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import entry_points

from batchmark.errors import UnknownNameError, WorkloadError
from batchmark.workloads.keras_backend import chosen_backend, require_backend_kept
from batchmark.workloads.users_code import in_one_line, line_of, line_of_error
from batchmark.workloads.users_files import add_workloads_module
from batchmark.workloads.workload import Workload

ENTRY_POINTS = "batchmark.workloads"
EVERY = "all"
"""Stands for every built-in workload but those of the laboratory."""

# Named by where they stand, not imported: a workload's data may need scikit-learn, a second to import.
_BUILT_IN = {
    "blobs": "batchmark.workloads.blobs:BLOBS",
    "digits-mlp": "batchmark.workloads.digits_mlp:DIGITS_MLP",
    "mnist-cnn": "batchmark.workloads.mnist_cnn:MNIST_CNN",
    "sequence-rnn": "batchmark.workloads.sequence_rnn:SEQUENCE_RNN",
    "char-lm": "batchmark.workloads.char_lm:CHAR_LM",
}
# What claims on batch size are settled on: found by name, but not what a sweep of everything is to measure.
_OF_THE_LABORATORY = {
    "blobs-8000": "batchmark.workloads.blobs:BLOBS_8000",
    "mnist-cnn-accumulated": "batchmark.workloads.mnist_cnn:MNIST_CNN_ACCUMULATED",
    "digits-contrastive": "batchmark.workloads.digits_contrastive:DIGITS_CONTRASTIVE",
    "digits-supervised": "batchmark.workloads.digits_contrastive:DIGITS_SUPERVISED",
    "digits-random-encoder": "batchmark.workloads.digits_contrastive:DIGITS_RANDOM_ENCODER",
}
_OURS = _BUILT_IN | _OF_THE_LABORATORY


def built_in_workloads() -> tuple[str, ...]:
    """Return the names of the built-in workloads, without those of the laboratory."""
    return tuple(_BUILT_IN)


def laboratory_workloads() -> tuple[str, ...]:
    """Return the names of the built-in workloads that claims on batch size are settled on."""
    return tuple(_OF_THE_LABORATORY)


def is_built_in(name: str) -> bool:
    """Whether the workload called `name` is one of ours, which import neither TensorFlow nor much else."""
    return name in _OURS


def expand(names: Iterable[str]) -> tuple[str, ...]:
    """Return `names` without repetition, ``all`` replaced by what it stands for."""
    return tuple(dict.fromkeys(each for name in names for each in (_BUILT_IN if name == EVERY else (name,))))


def expand_known(names: Iterable[str]) -> tuple[str, ...]:
    """Return what `expand` does, once each is known to be a workload's name; imports nothing.

    Raises UnknownNameError.
    """
    expanded = expand(names)
    for name in expanded:
        require_known(name)
    return expanded


def require_known(name: str) -> None:
    """Refuse a name that is neither a workload's nor a ``package.module:attribute``; imports nothing.

    Raises UnknownNameError.
    """
    _spec(name)


def module_of(name: str) -> str:
    """Return the module that holds the workload called `name`; imports nothing.

    Raises UnknownNameError: it is neither a workload's name nor a ``package.module:attribute``.
    """
    return _spec(name).partition(":")[0]


@cache
def find_workload(name: str) -> Workload:
    """Return the workload called `name`, or the one that ``package.module:attribute`` points at.

    This imports the module that holds it, and with it TensorFlow where the module is a user's own.

    Raises UnknownNameError: no workload has this name. WorkloadError: what is named can't be imported, or is none.
    UnsupportedBackendError: it has Keras train with something else than TensorFlow.
    """
    module_name, _, attribute = _spec(name).partition(":")
    add_workloads_module(module_name)
    backend = chosen_backend()
    try:
        with _without_arguments():
            module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        # A missing TensorFlow is another matter: the worker's door knows what to type then.
        if error.name and module_name.split(".")[0] != error.name.split(".")[0]:
            raise
        message = (
            f"workload {name!r} can't be imported: no module {error.name!r} here; start in its folder, or install it"
        )
        raise WorkloadError(message) from error
    except Exception as error:
        where = line_of_error(error)
        message = f"workload {name!r} can't be imported: {f'{where}: ' if where else ''}{in_one_line(error)}"
        raise WorkloadError(message) from error
    except SystemExit as error:
        message = (
            f"workload {name!r} can't be imported: {line_of_error(error) or module_name}: it ends the program "
            f"({in_one_line(error)}); put what only a program does, such as reading arguments, under "
            'if __name__ == "__main__":'
        )
        raise WorkloadError(message) from error
    require_backend_kept(backend, module_name)
    return _checked(name, _attribute_of(module, attribute, name))


@contextmanager
def _without_arguments() -> Iterator[None]:
    """Take away the arguments of this program for a while: they are none of a user's own module."""
    arguments = sys.argv[1:]
    del sys.argv[1:]
    try:
        yield
    finally:
        sys.argv[1:] = arguments


def _spec(name: str) -> str:
    if name in _OURS:
        return _OURS[name]
    if ":" in name:
        return name
    offered = {entry.name: entry.value for entry in entry_points(group=ENTRY_POINTS)}
    if name not in offered:
        message = (
            f"unknown workload {name!r}; the workloads are {', '.join([*_BUILT_IN, *offered])}; "
            "one of your own is written package.module:attribute, and those of the laboratory are "
            f"{', '.join(_OF_THE_LABORATORY)}"
        )
        raise UnknownNameError(message)
    return offered[name]


def _attribute_of(module: object, path: str, name: str) -> object:
    found = module
    for part in path.split("."):
        if not hasattr(found, part):
            message = f"workload {name!r}: {getattr(module, '__file__', module)} has no {path!r}"
            raise WorkloadError(message)
        found = getattr(found, part)
    return found


def _checked(name: str, found: object) -> Workload:
    if callable(found) and not isinstance(found, Workload):
        function = found
        try:
            found = function()
        except (Exception, SystemExit) as error:
            message = f"{line_of_error(error) or line_of(function)}: {in_one_line(error)}"
            raise WorkloadError(message) from error
        if not isinstance(found, Workload):
            message = (
                f"{line_of(function)}: workload {name!r} returns a {type(found).__name__}; "
                "expected batchmark.Workload(build_model, load_data)"
            )
            raise WorkloadError(message)
    if not isinstance(found, Workload):
        message = (
            f"workload {name!r} is a {type(found).__name__}; expected batchmark.Workload(build_model, load_data), "
            "or a function that returns one"
        )
        raise WorkloadError(message)
    for what in ("build_model", "load_data"):
        if not callable(value := getattr(found, what)):
            message = f"workload {name!r}: its {what} is a {type(value).__name__}; expected a function"
            raise WorkloadError(message)
    return found
