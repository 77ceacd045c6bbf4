"""What a proof found: whether a way of training does the same work as ``fit`` on a user's own model."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What a proof found."""

    PROVEN = "proven"
    """The same work, within rounding."""
    NOT_COMPARABLE = "not comparable"
    """The same work wherever that can be seen: other random numbers are drawn, and with them held it is the same."""
    OTHER_WORK = "other work"
    """Not what ``fit`` does, or not shown to be: it is not used on this model."""


@dataclass(frozen=True)
class Proof:
    """What came out when a loop, or trainings of many seeds at once, trained a model for some steps beside ``fit``."""

    outcome: Outcome
    steps: int
    """Optimizer updates that were compared; 0 where it didn't come to that."""
    largest_difference: float | None = None
    """Of the weights and other state, relative to how far ``fit`` moved it; None where nothing was compared."""
    reason: str = ""
    """What differs, or why not all can be compared; empty: nothing."""

    @property
    def is_refused(self) -> bool:
        """Whether what was tried may not be used on this model."""
        return self.outcome is Outcome.OTHER_WORK
