"""Initial weights that one worker hands to another by value: two backends draw others from the same seed."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.errors import WorkloadError
from batchmark.training.state import is_float

Weights = tuple[NDArray[Any], ...]


def write_weights(path: Path, weights: Mapping[int, Weights]) -> None:
    """Write each seed's weights into a file."""
    # Of bfloat16 a file would keep two bytes of nothing known; as float32 it is exact.
    numbers = {
        f"{seed}/{index}": value.astype(np.float32) if value.dtype.name == "bfloat16" else value
        for seed, own in weights.items()
        for index, value in enumerate(own)
    }
    np.savez(path, **numbers)  # type: ignore[arg-type]  # arrays by name


def read_weights(path: Path) -> dict[int, list[NDArray[Any]]]:
    """Return each seed's weights, in order, as `write_weights` wrote them."""
    found: dict[int, list[NDArray[Any]]] = {}
    with np.load(path) as file:
        for name in file.files:
            found.setdefault(int(name.partition("/")[0]), []).append(file[name])
    return found


def taken(given: Sequence[NDArray[Any]], own: Weights, line: str) -> Weights:
    """Return the weights that were `given` in the types of one's `own`; what are no numbers, as a seed's state, stay.

    Raises WorkloadError: they are of another model; `line` builds this one.
    """
    if [value.shape for value in given] != [value.shape for value in own]:
        message = f"{line}: the two sides' models have other weights: make the same model on each backend"
        raise WorkloadError(message)
    return tuple(theirs.astype(ours.dtype) if is_float(ours) else ours for theirs, ours in zip(given, own, strict=True))
