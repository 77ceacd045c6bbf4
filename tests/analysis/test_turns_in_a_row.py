"""How often the interval of a median misses it where each turn resembles the one before: the figures of the docs."""

import numpy as np
import pytest

from batchmark.analysis.intervals import median_interval

SIMULATIONS = 2000


@pytest.mark.parametrize(("correlation", "fewest", "most"), [(0.0, 0.005, 0.05), (0.28, 0.02, 0.11), (0.6, 0.09, 0.26)])
@pytest.mark.parametrize("turns", [6, 8, 12, 20, 40])
def test_turns_that_resemble_each_other_are_missed_as_often_as_is_documented(
    turns: int, correlation: float, fewest: float, most: float
) -> None:
    rng = np.random.default_rng(51)
    shocks = rng.standard_normal((SIMULATIONS, turns))
    logs = shocks.copy()
    for turn in range(1, turns):
        logs[:, turn] = correlation * logs[:, turn - 1] + np.sqrt(1 - correlation**2) * shocks[:, turn]
    # Skewed; the median is 1.
    missed = sum(median_interval(row).lies_beyond(1.0, 1.0) for row in np.exp(logs)) / SIMULATIONS
    assert fewest - 0.003 <= missed <= most
