"""From a workload to the data that its loops train on, with what is wrong with them told in the user's words."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.examples import Examples, InMemory, Pipeline
from batchmark.training.keras_versions import keras
from batchmark.workloads import Data, Description, Split, Workload, as_split, find_workload
from batchmark.workloads.users_code import in_one_line, line_of, line_of_error


@dataclass(frozen=True)
class Loaded:
    """A workload with its data."""

    workload: Workload
    description: Description
    """With the name it was found by and the number of examples there are."""
    train: Examples
    validation: Split | None
    """The workload's own test set, where it is in memory."""
    fresh: Split | None
    """The large test set; the own one where there is no other."""


def load(name: str) -> Loaded:
    """Find the workload called `name` and load its data.

    Raises UnknownNameError: no such workload. WorkloadError: data that can't be trained on, with the line of the
    function that returned them.
    """
    workload = find_workload(name)
    function = workload.load_data
    try:
        train, validation, fresh = _parts(workload)
    except BatchmarkError as error:
        message = f"{line_of(function)}: workload {name!r}: {error}"
        raise type(error)(message) from error
    except Exception as error:
        message = f"{line_of_error(error) or line_of(function)}: workload {name!r}: {in_one_line(error)}"
        raise WorkloadError(message) from error
    description = workload.described(name=name, examples=train.examples)
    return Loaded(workload, description, train, validation, fresh if fresh is not None else validation)


def _parts(workload: Workload) -> tuple[Examples, Split | None, Split | None]:
    size = workload.reference_batch_size
    is_pipeline = "batch_size" in inspect.signature(workload.load_data).parameters
    given = _asked_for(workload.load_data, size) if is_pipeline else workload.load_data()
    data = given if isinstance(given, Data) else Data(given)
    pipelines = the_backend().pipelines
    if pipelines.is_one(data.train):
        if not is_pipeline:
            message = (
                f"it returns a {pipelines.kind} whatever the batch size; let it take one: def load_data(batch_size)"
            )
            raise WorkloadError(message)
        pipelines.require_epoch(data.train, size)
        examples = workload.examples or _counted(data.train, size)
        return Pipeline(partial(_training_dataset, workload.load_data), examples=examples), None, None
    _refuse_what_cannot_restart(data.train)
    if is_pipeline:
        returned = type(data.train).__name__
        message = f"it takes a batch size and returns a {returned}; expected a {pipelines.kind}"
        raise WorkloadError(message)
    train = InMemory(as_split(data.train))
    if workload.examples and workload.examples != train.examples:
        message = f"it returns {train.examples} training examples, and the workload declares {workload.examples}"
        raise WorkloadError(message)
    return train, _test_set(data.validation), _test_set(data.fresh)


def _asked_for(load_data: Callable[..., Any], batch_size: int) -> Any:
    """Return what `load_data` gives for `batch_size`, by name wherever among its arguments it is."""
    parameter = inspect.signature(load_data).parameters["batch_size"]
    if parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
        return load_data(batch_size)
    return load_data(batch_size=batch_size)


def _training_dataset(load_data: Callable[..., Any], batch_size: int) -> Any:
    returned = _asked_for(load_data, batch_size)
    return returned.train if isinstance(returned, Data) else returned


def _test_set(part: Any) -> Split | None:
    # Test data as a dataset are the user's for other ends: quality is judged on arrays.
    if part is None or the_backend().pipelines.is_one(part):
        return None
    return InMemory(as_split(part)).split


def _counted(dataset: Any, batch_size: int) -> int:
    """Return the examples of a dataset of batches; goes over it twice.

    Raises WorkloadError: it is empty, its batches have another size, or a second pass gives less.
    """
    batch_length = the_backend().pipelines.batch_length
    passes = [[batch_length(batch) for batch in dataset] for _ in range(2)]
    first, second = (sum(lengths) for lengths in passes)
    if not first:
        message = "the data set is empty"
        raise WorkloadError(message)
    if second != first:
        message = (
            f"its dataset gives {first} examples once and {second} when it is gone through again; "
            "an epoch has to start from the beginning"
        )
        raise WorkloadError(message)
    if max(passes[0]) != min(batch_size, first):
        message = (
            f"asked for batches of {batch_size} it gives batches of {max(passes[0])}; "
            f"use {the_backend().pipelines.batched}"
        )
        raise WorkloadError(message)
    return first


def _refuse_what_cannot_restart(data: Any) -> None:
    if inspect.isgenerator(data) or isinstance(data, keras.utils.Sequence):
        message = (
            f"it returns a {type(data).__name__}, which can't be started again for each batch size; "
            f"return arrays, or let it take a batch_size and return a {the_backend().pipelines.kind}"
        )
        raise WorkloadError(message)
