"""What the interval of two runs that weren't measured together promises, held against runs whose truth is known."""

import math

import numpy as np
import pytest

from batchmark.analysis.stored_noise import BetweenRuns
from batchmark.analysis.stored_ratio import single_ratio, stored_ratio

SIMULATIONS = 2000


def _coverage(*, turns: tuple[int, int], within: float, between: float, assumed: float, level: float = 0.95) -> float:
    """Return how often the interval holds a true ratio of 1.2."""
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(SIMULATIONS):
        offset = rng.normal(0, between)
        baseline, candidate = (np.exp(rng.normal(0, within, count)) for count in turns)
        found = stored_ratio(
            (1.2 * math.exp(offset) * candidate).tolist(),
            baseline.tolist(),
            between_runs=BetweenRuns(assumed),
            level=level,
        )
        held += not found.lies_beyond(1.2, 1.2)
    return held / SIMULATIONS


@pytest.mark.parametrize("turns", [(3, 3), (12, 5)])
@pytest.mark.parametrize(("within", "between"), [(0.01, 0.1), (0.1, 0.1), (0.3, 0.05)])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_the_interval_covers_the_truth_where_runs_differ_as_assumed(
    turns: tuple[int, int], within: float, between: float, level: float
) -> None:
    slack = 3 * math.sqrt(level * (1 - level) / SIMULATIONS)
    assert _coverage(turns=turns, within=within, between=between, assumed=between, level=level) >= level - slack


def test_turns_alone_would_promise_too_much() -> None:
    assert _coverage(turns=(12, 12), within=0.02, between=0.1, assumed=1e-9) < 0.3


def test_the_spread_between_runs_enters_in_quadrature() -> None:
    turns = [1.0, 1.1, 0.9, 1.05]
    widths = []
    for between in (1e-12, 0.1):
        found = stored_ratio(turns, turns, between_runs=BetweenRuns(between), level=0.95)
        assert found.high is not None
        widths.append(math.log(found.high))
    assert widths[1] == pytest.approx(math.hypot(widths[0], 1.959964 * 0.1), rel=1e-6)


@pytest.mark.parametrize("turns", [[1.0], [1.0, 1.0, 1.0]])
def test_a_turn_or_turns_without_spread_have_no_interval(turns: list[float]) -> None:
    found = stored_ratio([1.5 * turn for turn in turns], turns, between_runs=BetweenRuns(0.1), level=0.95)
    assert found.value == pytest.approx(1.5)
    assert not found.has_interval


def test_a_single_value_has_the_spread_between_runs_alone() -> None:
    found = single_ratio(1.5, 1.0, between_runs=BetweenRuns(0.1), level=0.95)
    assert found.value == 1.5
    assert (found.low, found.high) == pytest.approx((1.5 * math.exp(-0.1959964), 1.5 * math.exp(0.1959964)))
