"""Where one epoch ends and the next begins: the harness's only work inside a measured epoch."""

import time
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise, takewhile
from typing import Any

import numpy as np

from batchmark.metrics import table
from batchmark.metrics.reading import Meter
from batchmark.training.backend import the_backend

Clock = Callable[[], float]
"""Returns seconds from an arbitrary origin; never goes backwards."""

Logs = dict[str, float]
"""What an epoch ended with, by metric."""


def is_finite(logs: Mapping[str, Any]) -> bool:
    """Whether every number in `logs` is finite: a train step of one's own may log its loss under any name."""
    return all(np.all(np.isfinite(value)) for value in map(np.asarray, logs.values()) if value.dtype.kind in "fc")


class EpochBoundaries:
    """The instants at which epochs ended, what each logged, and what the metrics' meters showed.

    A round runs from one boundary to the next, so whatever the framework does between epochs is
    in it, and what a call does before its first epoch is not. Reading the meters is in no round.
    """

    def __init__(self, clock: Clock = time.perf_counter, meters: Mapping[str, Meter] | None = None) -> None:
        """Start now, without boundaries; `meters` by the metric's name, None: all that the metrics have here."""
        self._clock = clock
        # Found once: nothing is looked up within an epoch.
        self._synchronise = the_backend().device.synchronise
        if meters is None:
            meters = table.meters(on_accelerator=the_backend().device.has_accelerator())
        self._names, self._meters = tuple(meters), tuple(meters.values())
        self._readings = [tuple(meter() for meter in self._meters)]
        self._ends: list[float] = []
        self.logs: list[Mapping[str, Any]] = []
        """What each epoch logged."""
        self._begins = [clock()]

    def mark(self, logs: Mapping[str, Any], model: Any = None, *, is_done: bool = False) -> None:
        """End an epoch of `model` now: wait for the device, unless all of it `is_done`, then read the clock.

        The next one begins when the meters are read.
        """
        if not is_done:
            self._synchronise(model)
        now = self._clock()
        self._ends.append(now)
        self.logs.append(logs)
        if self._meters:
            self._readings.append(tuple([meter() for meter in self._meters]))
            now = self._clock()
        self._begins.append(now)

    @property
    def epochs(self) -> int:
        """How many epochs ended."""
        return len(self._ends)

    @property
    def seconds_since_start(self) -> float:
        """From the call's start to its first epoch's end: set-up, tracing and compilation included."""
        return self._ends[0] - self._begins[0]

    def rounds(self, *, warm_up: int = 1) -> tuple[float, ...]:
        """Return the seconds from each boundary to the next, up to the first epoch with a log that is not finite.

        The first `warm_up` epochs only give the boundary that the first round starts from: a call's own set-up is in
        the first, and caches are still cold in the next few. 0 is for a call that goes on where it was paused.
        """
        finite = self._finite
        return tuple(
            end - begin for begin, end in zip(self._begins[warm_up:finite], self._ends[warm_up:finite], strict=True)
        )

    def instruments(self, *, warm_up: int = 1) -> dict[str, tuple[float, ...]]:
        """Return what each meter showed of the same rounds, by the metric's name."""
        readings = self._readings[warm_up : self._finite + 1]
        rounds, windows = self.rounds(warm_up=warm_up), table.windows()
        shown = {
            name: tuple(now[index] - before[index] for before, now in pairwise(readings))
            for index, name in enumerate(self._names)
        }
        return {name: _told(values, rounds, windows.get(name, 0.0)) for name, values in shown.items()}

    @property
    def _finite(self) -> int:
        """How many epochs ended before one with a log that is not finite."""
        return len(list(takewhile(is_finite, self.logs)))

    @property
    def diverged(self) -> bool:
        """Whether an epoch ended with a log that is not a finite number."""
        return not all(map(is_finite, self.logs))


def _told(shown: tuple[float, ...], rounds: Sequence[float], window: float) -> tuple[float, ...]:
    """Return what a meter tells of each round, of what it showed: by its seconds where it tells of a window alone.

    Nothing where the rounds together are shorter than that.
    """
    if not window:
        return shown
    seconds = sum(rounds)
    return tuple(sum(shown) * own / seconds for own in rounds) if seconds >= window else ()


def seconds_per_mark(marks: int = 2_000) -> float:
    """Return what one boundary costs, in seconds: the harness's own work per round."""
    boundaries = EpochBoundaries()
    boundaries.mark({})
    start = time.perf_counter()
    for _ in range(marks):
        boundaries.mark({})
    return (time.perf_counter() - start) / marks
