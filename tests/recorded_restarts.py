"""Rounds of two identical sides as a real machine took them, to draw comparisons from: noise that nobody made up.

A recording is a JSON file in `tests/data/`, its name beginning with ``restarts-``::

    {"seconds_per_visit": [{"baseline": [{"0": 0.071, "2": 0.070}, …], "candidate": [{"1": 0.072, …}, …]}, …]}

by restart, side, turn, place in the turn; ``batchmark calibrate --trace`` writes it.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from batchmark.analysis.restarts import neighbouring_log_ratios, restart_effects
from batchmark.studies.live.trace import TRACE

Matrix = NDArray[np.float64]
RECORDINGS = sorted((Path(__file__).parent / "data").glob("restarts-*.json"))


def recorded_effects(recording: Path) -> Matrix:
    """Return the effect of each restart, shape (restarts,)."""
    restarts = TRACE.read(recording).seconds_per_visit
    return restart_effects([neighbouring_log_ratios(sides.baseline, sides.candidate) for sides in restarts])


def drawn_effects(rng: np.random.Generator, recorded: Matrix, *, comparisons: int, restarts: int) -> Matrix:
    """Return comparisons of identical sides, shape (comparisons, restarts), of recorded restarts.

    Each restart is drawn with replacement, and as which side was called the candidate says nothing, the sides are
    exchanged at random: so the true effect is none, whatever was recorded.
    """
    shape = (comparisons, restarts)
    drawn = rng.choice(recorded[np.isfinite(recorded)], shape) * rng.choice([-1.0, 1.0], shape)
    return np.asarray(drawn, np.float64)
