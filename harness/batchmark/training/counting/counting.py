"""What a backend has to be counted by."""

from dataclasses import dataclass
from typing import Any, Protocol

from batchmark.training.counting.operations import CountOperations
from batchmark.training.counting.program import Program
from batchmark.training.examples import Examples


class ProgramOfStep(Protocol):
    """Compiles a step to see what it is compiled to."""

    def __call__(self, model: Any, data: Examples, batch_size: int) -> Program:
        """Return what XLA makes of the train step of a `model` that has trained. Raises what XLA raises."""


@dataclass(frozen=True)
class Counting:
    """One backend's."""

    runs_in: tuple[str, ...]
    """What the path of a file has in it whose functions run operations, or wait for them."""
    traces: frozenset[str]
    """The names of functions in which a program is traced or compiled; a call of one is a tracing."""
    operations: CountOperations | None = None
    """None: it has no statistics of what it ran."""
    program_of_step: ProgramOfStep | None = None
    """None: XLA has no part in it."""

    def runs(self, file: str) -> bool:
        """Whether the functions of `file` run operations."""
        return any(part in file for part in self.runs_in)
