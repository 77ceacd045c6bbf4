"""A user's data, part by part: whatever Keras' adapters take, in whatever lists and dictionaries it is kept."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from batchmark.errors import WorkloadError
from batchmark.training.backend import the_backend

Indices = Sequence[int] | np.ndarray[Any, np.dtype[np.integer[Any]]]


def map_parts(function: Callable[[Any], Any], data: Any) -> Any:
    """Return `data` with `function` applied to each array, table, tensor or list of numbers in it; None stays."""
    if data is None:
        return None
    if isinstance(data, dict):
        return {key: map_parts(function, part) for key, part in data.items()}
    if isinstance(data, (list, tuple)) and not _is_list_of_values(data):
        return type(data)(map_parts(function, part) for part in data)
    return function(data)


def parts_of(data: Any) -> Iterator[Any]:
    """Yield each array, table, tensor or list of numbers in `data`."""
    found: list[Any] = []
    map_parts(found.append, data)
    yield from found


def leaves_of(nested: Any) -> Iterator[Any]:
    """Yield what stands in lists, tuples and dictionaries, and in such in these; else `nested` itself."""
    if isinstance(nested, (dict, list, tuple)):
        for each in nested.values() if isinstance(nested, dict) else nested:
            yield from leaves_of(each)
    else:
        yield nested


def length_of(name: str, part: Any) -> int:
    """Return the number of examples in a part that is called `name`.

    Raises WorkloadError: it has no length.
    """
    try:
        # A sparse matrix has a shape and no length.
        return int(part.shape[0]) if getattr(part, "shape", None) is not None else len(part)
    except (TypeError, IndexError, ValueError) as error:
        message = f"{name} is a {type(part).__name__}; expected an array whose first axis counts examples"
        raise WorkloadError(message) from error


def take(part: Any, indices: Indices) -> Any:
    """Return the examples of `part` at `indices`, in that order, as a part of the same kind."""
    if hasattr(part, "iloc"):
        return part.iloc[np.asarray(indices)]
    taken = the_backend().arrays.take(part, indices)
    if taken is not None:
        return taken
    if isinstance(part, (list, tuple)):
        return [part[index] for index in indices]
    if hasattr(part, "tocsr"):
        return part.tocsr()[np.asarray(indices)]
    return part[np.asarray(indices)]


def _is_list_of_values(data: Sequence[Any]) -> bool:
    """Whether a list is an array in disguise: of numbers, words or lists of such."""
    first = data[0] if data else None
    if isinstance(first, (list, tuple)):
        return _is_list_of_values(first)
    return isinstance(first, (bool, int, float, complex, str, bytes, np.generic))
