"""Everything that a training changes, as a backend finds it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Values = tuple[NDArray[Any], ...]
"""One array for each variable, in the order in which a `State` has them."""


class Kind(StrEnum):
    """What a variable is for."""

    WEIGHT = "weight"
    """Trained, or statistics beside what is trained, or anything else that lasts."""
    OPTIMIZER = "optimizer"
    METRIC = "metric"
    """Begun anew by each epoch."""


@dataclass(frozen=True)
class Entry:
    """One variable."""

    variable: Any
    """The backend's own."""
    name: str
    kind: Kind
    is_shared: bool
    """Whether it belongs neither to the model nor to its optimizer: one at module level, or of another optimizer."""

    @property
    def is_models_own(self) -> bool:
        """Whether it is one of the model's own variables, its metrics' apart."""
        return self.kind is Kind.WEIGHT and not self.is_shared


class State(Protocol):
    """The variables of a model, its optimizer and its metrics, and every other one that its step reads or writes.

    Two models of one workload have theirs in the same order.
    """

    entries: tuple[Entry, ...]

    def read(self) -> Values:
        """Return every variable's value."""

    def restore(self, values: Sequence[NDArray[Any]]) -> None:
        """Put `values` back, as `read` gave them."""

    def trainable(self) -> Values:
        """Return the values of what the model trains."""


@dataclass(frozen=True)
class TracedStep:
    """What tracing a train step told; nothing was trained."""

    logs: Any
    """The structure of what the step returns, without values."""
    variables: tuple[Any, ...]
    """The backend's variables in it: on the model, a layer, an optimizer, or at module level."""
    random_operations: frozenset[str]
    """The kinds of operations in it that draw random numbers."""


def is_float(value: NDArray[Any]) -> bool:
    """Whether an array holds floating-point numbers, reduced precision included."""
    return bool(np.issubdtype(value.dtype, np.floating)) or value.dtype.kind == "V" or value.dtype.name == "bfloat16"
