"""One benchmark per cell: the seconds of a steady-state training epoch."""

from typing import Any

from batchmark.playback import Playback


def test_epoch(benchmark: Any, sweep: Playback, workload: str, batch_size: int, loop: str) -> None:  # noqa: ANN401
    """Report the rounds that the interleaved sweep measured of this cell."""
    sweep.play(benchmark, workload, batch_size, loop)
