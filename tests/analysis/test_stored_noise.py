"""The noise between runs that stored runs tell: false alarms of a family, by seeded simulation."""

import math

import numpy as np
import pytest
from scipy.special import stdtrit

from batchmark.analysis.intervals import simultaneous_level
from batchmark.analysis.stored_noise import BetweenRuns, spread_between_runs
from batchmark.analysis.stored_ratio import single_ratio
from simulated_restarts import at_most

SIMULATIONS = 1500
CELLS = 3


@pytest.mark.parametrize("in_common", [True, False], ids=["of the whole run", "of each cell"])
@pytest.mark.parametrize("tails", [3.0, 1000.0], ids=["heavy", "normal"])
@pytest.mark.parametrize("runs", [2, 3, 5, 10])
def test_false_alarms_of_a_family_keep_to_the_promise_however_few_runs_tell_the_noise(
    runs: int, tails: float, *, in_common: bool
) -> None:
    rng = np.random.default_rng(31)
    unit = 0.05 * math.sqrt((tails - 2) / tails)
    level = simultaneous_level(0.95, CELLS)
    alarms = 0
    for _ in range(SIMULATIONS):
        logs = unit * rng.standard_t(tails, (runs + 2, 1 if in_common else CELLS)) + np.zeros(CELLS)
        between = BetweenRuns(spread_between_runs(logs[:runs]), runs)
        sides = np.exp(logs[runs:])
        found = [single_ratio(*pair, between_runs=between, level=level) for pair in sides.T]
        alarms += any(each.lies_beyond(1.0, 1.0) for each in found)
    assert alarms <= at_most(0.05, SIMULATIONS)


def test_taken_for_known_the_noise_of_three_runs_would_promise_too_much() -> None:
    rng = np.random.default_rng(32)
    alarms = 0
    for logs in rng.normal(0.0, 0.05, (SIMULATIONS, 5, 1)):
        between = BetweenRuns(spread_between_runs(logs[:3]))
        alarms += single_ratio(*np.exp(logs[3:, 0]), between_runs=between, level=0.95).lies_beyond(1.0, 1.0)
    assert alarms > 0.1 * SIMULATIONS


def test_the_spread_is_that_of_two_runs_ratio_over_all_cells() -> None:
    logs = np.random.default_rng(33).normal([0.0, 5.0], 0.1, (4000, 2))
    assert spread_between_runs(logs) == pytest.approx(0.1 * math.sqrt(2), rel=0.05)
    assert math.isnan(spread_between_runs(logs[:1]))


def test_a_measured_noise_reaches_further_the_fewer_runs_it_is_of() -> None:
    assert BetweenRuns(0.1).reach(0.95) == pytest.approx(0.1959964)
    assert BetweenRuns(0.1, 6).reach(0.95) == pytest.approx(1.3 * 0.1 * stdtrit(5, 0.975))
    assert BetweenRuns(0.1, 2).reach(0.95) > 4 * BetweenRuns(0.1, 5).reach(0.95)


def test_an_interval_of_two_runs_that_says_nothing_is_none() -> None:
    assert not single_ratio(1.5, 1.0, between_runs=BetweenRuns(0.1, 2), level=0.9999).has_interval
