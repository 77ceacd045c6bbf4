"""One benchmark per cell: the seconds of a steady-state training epoch."""

from typing import Any

import pytest

from batchmark.declared.loaded import refuse_unless_loaded  # noqa: F401  the mark's condition
from batchmark.doors.pytest.playback import Playback

__all__ = ["test_epoch"]


@pytest.mark.skipif("refuse_unless_loaded(config)")
def test_epoch(
    benchmark: Any,  # noqa: ANN401
    batchmark_sweep: Playback,
    batchmark_workload: str,
    batchmark_batch_size: int,
    batchmark_loop: str,
) -> None:
    """Report the rounds that the interleaved sweep measured of this cell."""
    batchmark_sweep.play(benchmark, batchmark_workload, batchmark_batch_size, batchmark_loop)
