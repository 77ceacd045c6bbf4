"""Whether a data set is the one that earlier measurements were made with."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.errors import WorkloadError


def digest_of(arrays: Iterable[NDArray[Any]]) -> str:
    """Return the SHA-256 of whole numbers and of the shapes they stand in, in hexadecimal.

    The same on every platform and under every version of numpy: the values count, not the type they are kept in.
    So arrays are checked before they are scaled to floating-point numbers, whose last bit may differ.
    """
    found = hashlib.sha256()
    for array in arrays:
        # No memory order and no `tobytes` of a type that is 4 bytes here and 8 there.
        found.update(f"{array.shape};".encode())
        found.update(np.ascontiguousarray(array, dtype="<i4").tobytes())
    return found.hexdigest()


def require_data(name: str, arrays: Iterable[NDArray[Any]], *, sha256: str, source: str) -> None:
    """Check that the `arrays` of the workload `name` are the ones that `sha256` was taken of.

    `arrays`: of whole numbers within 32 bits. `source`: what gave them, and in which versions it gives the right
    ones; the error ends with it.

    Raises WorkloadError: they differ.
    """
    found = digest_of(arrays)
    if found != sha256:
        message = (
            f"the data of {name} have the SHA-256 {found[:12]}…, expected {sha256[:12]}…: "
            f"measurements on them could not be compared with others; {source}"
        )
        raise WorkloadError(message)
