"""Progress of long work on standard error: a bar in a terminal, a line now and then elsewhere."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

import batchmark.progress

_SECONDS_BETWEEN_LINES = 15.0


@contextmanager
def show_progress(stream: IO[str] | None = None) -> Iterator[batchmark.progress.Progress]:
    """Show progress on `stream` (standard error by default) while the context lasts."""
    # No markup and no emoji: a detail may hold tensorflow[and-cuda] and package.module:attribute.
    console = Console(file=stream or sys.stderr, markup=False, emoji=False)
    if console.is_terminal:
        with Progress(
            TextColumn("{task.description:12}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            console=console,
            transient=True,
        ) as bar:
            yield _Bar(bar)
    else:
        yield _Lines(console)


class _Bar:
    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._phase: str | None = None
        self._task: TaskID | None = None

    def __call__(self, *, phase: str, done: float, of: float, detail: str) -> None:
        if phase != self._phase or self._task is None:
            if self._task is not None:
                self._bar.remove_task(self._task)
            self._phase = phase
            self._task = self._bar.add_task(phase, total=of, detail=detail)
        self._bar.update(self._task, completed=done, total=of, detail=detail)


class _Lines:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase: str | None = None
        self._last = -_SECONDS_BETWEEN_LINES

    def __call__(self, *, phase: str, done: float, of: float, detail: str) -> None:
        now = time.monotonic()
        if phase == self._phase and now - self._last < _SECONDS_BETWEEN_LINES:
            return
        self._phase, self._last = phase, now
        share = f"{100 * done / of:3.0f} %" if of else ""
        self._console.print(f"batchmark: {phase} {share} {detail}".rstrip(), highlight=False, soft_wrap=True)
