"""What an interval promises, held against samples whose true value is known."""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from batchmark.analysis.intervals import (
    difference_interval,
    mean_interval,
    median_interval,
    ratio_interval,
    simultaneous_level,
    units_needed,
)

Draw = Callable[[np.random.Generator, tuple[int, int]], NDArray[np.float64]]

SIMULATIONS = 2000
# Three standard errors of a share of 0.95 in that many simulations.
SLACK = 3 * math.sqrt(0.95 * 0.05 / SIMULATIONS)


def coverage_of_median(draw: Draw, truth: float, n: int, level: float) -> float:
    samples = draw(np.random.default_rng(1), (SIMULATIONS, n))
    return sum(not median_interval(row - truth, level=level).lies_beyond(0, 0) for row in samples) / SIMULATIONS


def widths(n: int, level: float) -> tuple[float, float]:
    estimate = median_interval(range(n), level=level)
    assert estimate.low is not None
    assert estimate.high is not None
    return estimate.low, estimate.high


@pytest.mark.parametrize("n", [6, 12, 13, 40])
@pytest.mark.parametrize(
    ("draw", "truth"),
    [
        pytest.param(lambda rng, shape: rng.standard_cauchy(shape), 0.0, id="heavy tails"),
        pytest.param(lambda rng, shape: rng.exponential(1.0, shape), math.log(2), id="skew"),
    ],
)
def test_the_medians_interval_covers_it_whatever_the_distribution(draw: Draw, truth: float, n: int) -> None:
    coverage = coverage_of_median(draw, truth, n, 0.95)
    assert coverage >= 0.95 - SLACK


def test_the_medians_interval_is_no_wider_than_its_promise_needs() -> None:
    # With 40 values, ranks 14 and 27 cover with 0.962, ranks 15 and 26 with 0.919.
    assert widths(40, 0.95) == (13, 26)


def test_the_interval_of_a_paired_ratio_covers_it_under_drift_that_both_sides_share() -> None:
    rng = np.random.default_rng(2)
    drift = np.linspace(0, 0.3, 12)
    covered = 0
    for _ in range(SIMULATIONS):
        candidate = drift + rng.normal(math.log(1.02), 0.01, 12)
        baseline = drift + rng.normal(0, 0.01, 12)
        estimate = ratio_interval(candidate - baseline)
        assert estimate.high is not None
        assert estimate.low is not None
        # Unpaired, drift alone would make it thirty times as wide.
        assert estimate.high - estimate.low < 0.1
        covered += not estimate.lies_beyond(1.02, 1.02)
    assert covered / SIMULATIONS >= 0.95 - SLACK


def test_eight_simultaneous_intervals_all_hold_together_at_the_level_of_one() -> None:
    rng = np.random.default_rng(3)
    level = simultaneous_level(0.95, 8)
    all_hold = sum(
        not any(median_interval(row, level=level).lies_beyond(0, 0) for row in rng.standard_t(2, (8, 12)))
        for _ in range(500)
    )
    assert all_hold / 500 >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / 500)


@pytest.mark.parametrize("n", [2, 5, 30])
def test_the_means_interval_covers_it_as_often_as_it_says(n: int) -> None:
    samples = np.random.default_rng(4).normal(3.0, 1.0, (SIMULATIONS, n))
    covered = sum(not mean_interval(row).lies_beyond(3.0, 3.0) for row in samples) / SIMULATIONS
    assert abs(covered - 0.95) <= SLACK


def test_the_means_interval_is_students() -> None:
    # Student's t at 0.975 with 2 degrees of freedom is 4.3027; the standard deviation of 1, 2, 3 is 1.
    estimate = mean_interval([1.0, 2.0, 3.0])
    assert estimate.value == 2.0
    assert estimate.low == pytest.approx(2 - 4.30265 / math.sqrt(3), rel=1e-5)
    assert estimate.high == pytest.approx(2 + 4.30265 / math.sqrt(3), rel=1e-5)


def test_the_difference_of_unpaired_means_is_covered_as_often_as_it_says() -> None:
    generator = np.random.default_rng(3)
    covered = 0
    for _ in range(SIMULATIONS):
        # Of unlike spread and number.
        candidate, baseline = generator.normal(0.3, 0.05, 15), generator.normal(0.2, 0.01, 6)
        covered += not difference_interval(candidate, baseline).lies_beyond(0.1, 0.1)
    assert abs(covered / SIMULATIONS - 0.95) < 2 * SLACK


def test_the_difference_is_welchs() -> None:
    # As scipy's ttest_ind with unequal variances has it.
    found = difference_interval([4, 5, 6.5], [1, 2, 2.5, 3.5])
    assert (found.value, found.low, found.high) == pytest.approx((2.9166667, 0.4090066, 5.4243267), abs=1e-6)
    assert found.n == 3


@pytest.mark.parametrize(("candidate", "baseline"), [([1.0], [1.0, 2.0]), ([1.0, 1.0], [2.0, 2.0]), ([], [1.0])])
def test_too_few_values_or_none_that_differ_give_no_interval(candidate: list[float], baseline: list[float]) -> None:
    assert not difference_interval(candidate, baseline).has_interval


@pytest.mark.parametrize(("level", "needed"), [(0.5, 2), (0.9, 5), (0.95, 6), (0.99, 8), (1 - 0.05 / 16, 10)])
def test_the_units_needed_are_the_fewest_with_an_interval(level: float, needed: int) -> None:
    assert units_needed(level) == needed
    assert median_interval(range(needed), level=level).has_interval
    assert not median_interval(range(needed - 1), level=level).has_interval


def test_a_higher_level_never_narrows_the_interval() -> None:
    found = [widths(60, level) for level in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)]
    assert all(wider[0] <= low and high <= wider[1] for (low, high), wider in pairwise(found))


@pytest.mark.parametrize("interval", [median_interval, mean_interval])
def test_nan_is_a_missing_unit_and_nothing_left_is_nan(interval: Callable[..., object]) -> None:
    with_gaps = [math.nan, *map(float, range(10)), math.nan]
    assert interval(with_gaps) == interval([float(number) for number in range(10)])
    for nothing in ([], [math.nan]):
        assert repr(interval(nothing)) == "Estimate(value=nan, low=None, high=None, level=0.95, n=0)"


def test_one_value_has_no_interval_and_equal_values_have_one_without_width() -> None:
    assert not mean_interval([0.1]).has_interval
    equal = mean_interval([0.1] * 3)
    assert (equal.value, equal.low, equal.high) == (0.1, 0.1, 0.1)


def test_an_infinite_value_leaves_the_mean_without_an_interval_and_the_median_with_one() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, math.inf]
    assert not mean_interval(values).has_interval
    assert median_interval(values).high == math.inf
    assert median_interval(values).value == 3.5


@given(st.lists(st.floats(-1e6, 1e6), max_size=40), st.floats(0.01, 0.999))
def test_the_interval_holds_the_median_and_lies_within_the_values(values: list[float], level: float) -> None:
    estimate = median_interval(values, level=level)
    assert estimate.n == len(values)
    assert estimate.has_interval == (len(values) >= units_needed(level))
    if estimate.low is not None and estimate.high is not None:
        assert min(values) <= estimate.low <= estimate.value <= estimate.high <= max(values)


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95.0, math.nan])
def test_a_level_outside_0_to_1_is_refused(level: float) -> None:
    for ask in (units_needed, lambda at: median_interval([1.0], level=at), lambda at: mean_interval([1.0], level=at)):
        with pytest.raises(ValueError, match="level"):
            ask(level)
    with pytest.raises(ValueError, match="family"):
        simultaneous_level(0.95, 0)
