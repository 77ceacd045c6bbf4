"""What a loop is, whatever runs its epochs."""

from typing import Any, Protocol

from batchmark.training.boundary import EpochBoundaries


class Loop(Protocol):
    """One continuing training."""

    model: Any
    compilation: str
    """What runs an epoch, in words for a report."""
    xla: bool
    """Whether XLA compiles the steps."""

    def run(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs and return their boundaries."""

    def begin(self) -> None:
        """Begin a call within which `go_on` trains: its set-up is done, and an epoch that is not counted."""

    def go_on(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs within the call that was begun, and return their boundaries.

        The first of them, too, is an epoch and no call's set-up: `EpochBoundaries.rounds` with no warm-up.
        """

    def end(self) -> None:
        """End the call that was begun."""
