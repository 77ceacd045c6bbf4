"""Measured rounds, played to pytest-benchmark: its statistics, storage and comparisons work on what we measured.

pytest-benchmark times a call with the timer it is given. Ours is a clock that moves only while a recorded
round is played, by that round's seconds; so each of its rounds is one of ours, to the last digit.
"""

from collections.abc import Collection
from typing import Any

import pytest

from batchmark.files.sweep import to_extra_info
from batchmark.records import Cell, Status
from batchmark.studies.sweep.run import Sweep


class PlaybackClock:
    """A clock for pytest-benchmark: reads 0 before a round is played, and that round's seconds after."""

    def __init__(self) -> None:
        """Start at 0."""
        self._now = 0.0

    def __call__(self) -> float:
        """Return the seconds of the round just played, once, and 0 before the next."""
        now, self._now = self._now, 0.0
        return now

    def play(self, seconds: float) -> None:
        """Let a round of `seconds` pass."""
        self._now = seconds


class Playback:
    """Plays the cells of one sweep."""

    def __init__(self, result: Sweep, clock: PlaybackClock, *, asked_loops: Collection[str] = ()) -> None:
        """Play `result` on `clock`, which must be the timer of each benchmark.

        `asked_loops` were asked for by name: one of these that is refused is a failure, and of the others a skip.
        """
        self.result = result
        self._asked_loops = asked_loops
        self._clock = clock

    def play(self, benchmark: Any, workload: str, batch_size: int, loop: str) -> None:  # noqa: ANN401
        """Let `benchmark`, pytest-benchmark's fixture, record the rounds of one cell.

        A cell that diverged or failed fails the test, after the rounds it has are recorded, and so does one whose loop
        is refused and was asked for by name; what else is refused or was never reached is skipped.
        """
        record = self.result.record_of(Cell.by_way(workload, batch_size, loop))
        if record.rounds:
            rounds = iter(record.rounds)
            benchmark.extra_info.update(to_extra_info(record))
            benchmark.pedantic(lambda: self._clock.play(next(rounds, 0.0)), rounds=len(record.rounds), iterations=1)
        reason = "; ".join(record.warnings)
        asked = record.cell.loop in self._asked_loops
        if record.status in (Status.DIVERGED, Status.FAILED) or (asked and record.status is Status.REFUSED):
            pytest.fail(f"{record.cell} {record.status}: {reason}", pytrace=False)
        if not record.rounds:
            pytest.skip(f"{record.cell} was not measured: {reason}")
