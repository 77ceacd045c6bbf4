"""Where one epoch ends and the next begins: the harness's only work inside a measured epoch."""

import time
from collections.abc import Callable, Mapping
from itertools import pairwise, takewhile
from typing import Any

import numpy as np

from batchmark.training.backend import the_backend

Clock = Callable[[], float]
"""Returns seconds from an arbitrary origin; never goes backwards."""

Logs = dict[str, float]
"""What an epoch ended with, by metric."""


def is_finite(logs: Mapping[str, Any]) -> bool:
    """Whether every number in `logs` is finite: a train step of one's own may log its loss under any name."""
    return all(np.all(np.isfinite(value)) for value in map(np.asarray, logs.values()) if value.dtype.kind in "fc")


class EpochBoundaries:
    """The instants at which epochs ended, and what each logged.

    A round runs from one boundary to the next, so whatever the framework does between epochs is
    in it, and what a call does before its first epoch is not.
    """

    def __init__(self, clock: Clock = time.perf_counter) -> None:
        """Start now, without boundaries."""
        self._clock = clock
        # Found once: nothing is looked up within an epoch.
        self._synchronise = the_backend().device.synchronise
        self._start = clock()
        self._instants: list[float] = []
        self.logs: list[Mapping[str, Any]] = []
        """What each epoch logged."""

    def mark(self, logs: Mapping[str, Any]) -> None:
        """End an epoch now: wait for the device, then read the clock."""
        self._synchronise()
        self._instants.append(self._clock())
        self.logs.append(logs)

    @property
    def epochs(self) -> int:
        """How many epochs ended."""
        return len(self._instants)

    @property
    def seconds_since_start(self) -> float:
        """From the call's start to its first epoch's end: set-up, tracing and compilation included."""
        return self._instants[0] - self._start

    def rounds(self, *, warm_up: int = 1) -> tuple[float, ...]:
        """Return the seconds from each boundary to the next, up to the first epoch with a log that is not finite.

        The first `warm_up` epochs only give the boundary that the first round starts from: a call's own set-up is in
        the first, and caches are still cold in the next few. 0 is for a call that goes on where it was paused.
        """
        finite = len(list(takewhile(is_finite, self.logs)))
        instants = [self._start, *self._instants[:finite]]
        return tuple(later - earlier for earlier, later in pairwise(instants[warm_up:]))

    @property
    def diverged(self) -> bool:
        """Whether an epoch ended with a log that is not a finite number."""
        return not all(map(is_finite, self.logs))


def seconds_per_mark(marks: int = 2_000) -> float:
    """Return what one boundary costs, in seconds: the harness's own work per round."""
    boundaries = EpochBoundaries()
    boundaries.mark({})
    start = time.perf_counter()
    for _ in range(marks):
        boundaries.mark({})
    return (time.perf_counter() - start) / marks
