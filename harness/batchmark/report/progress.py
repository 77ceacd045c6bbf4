"""Progress of long work on standard error: one bar in a terminal, a line a minute in a log."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

import batchmark.progress
from batchmark.progress import in_words

_SECONDS_BETWEEN_LINES = 60.0
# What is done in the last seconds alone says little of what is left: cells differ by hundreds of times.
_SECONDS_OF_SPEED = 600.0

Clock = Callable[[], float]
"""Seconds from wherever it began."""


@contextmanager
def show_progress(
    stream: IO[str] | None = None, *, clock: Clock = time.monotonic
) -> Iterator[batchmark.progress.Progress]:
    """Show progress on `stream` (standard error by default) while the context lasts.

    What is told with nothing to be done, `of` 0, is a notice: a log has its line at once.
    """
    # No markup and no emoji: a detail may hold tensorflow[and-cuda] and package.module:attribute.
    console = Console(file=stream or sys.stderr, markup=False, emoji=False)
    if console.is_terminal:
        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.percentage:3.0f} %"),
            TimeRemainingColumn(),
            TextColumn("left  {task.fields[detail]}", markup=False),
            console=console,
            transient=True,
            get_time=clock,
            speed_estimate_period=_SECONDS_OF_SPEED,
        ) as bar:
            yield _Bar(bar)
    else:
        yield _Lines(console, clock)


class _Bar:
    """The one bar: begun anew with each phase."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._phase: str | None = None
        self._done = 0.0
        self._task: TaskID | None = None

    def __call__(self, *, phase: str, done: float, of: float, detail: str) -> None:
        if self._task is None:
            self._task = self._bar.add_task(phase, total=of, detail=detail)
        elif phase != self._phase or _is_begun_anew(self._done, done):
            self._bar.reset(self._task, total=of, description=phase, detail=detail)
        self._phase, self._done = phase, done
        self._bar.update(self._task, completed=done, total=of, detail=detail)


@dataclass
class _Phase:
    name: str
    began: float
    done_before: float
    done: float

    def seconds_left(self, now: float, done: float, of: float) -> float | None:
        """Return what is left at the speed so far; None where nothing was done yet."""
        finished = done - self.done_before
        return (now - self.began) / finished * (of - done) if finished > 0 else None


class _Lines:
    """A line a minute, and a notice at once."""

    def __init__(self, console: Console, clock: Clock) -> None:
        self._console = console
        self._clock = clock
        self._phase: _Phase | None = None
        self._last: float | None = None

    def __call__(self, *, phase: str, done: float, of: float, detail: str) -> None:
        now = self._clock()
        if not of:
            self._print(phase, detail)
            return
        if self._phase is None or phase != self._phase.name or _is_begun_anew(self._phase.done, done):
            self._phase = _Phase(phase, now, done, done)
        self._phase.done = done
        if self._last is not None and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._last = now
        left = self._phase.seconds_left(now, done, of)
        self._print(phase, f"{100 * done / of:3.0f} %{'' if left is None else f', {in_words(left)} left,'}", detail)

    def _print(self, *parts: str) -> None:
        self._console.print(f"batchmark: {' '.join(filter(None, parts))}", highlight=False, soft_wrap=True)


def _is_begun_anew(before: float, done: float) -> bool:
    """Whether a phase of the same name begins once more: its speed before says nothing of it."""
    return done < before / 2
