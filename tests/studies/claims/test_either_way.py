"""Medians over seeds of what has no worse side."""

import math

import numpy as np
import pytest

from batchmark.analysis.intervals import median_interval
from batchmark.studies.claims.either_way import (
    as_factor,
    median_either_way,
    median_line,
    ratio_either_way,
    slopes,
)
from claim_results_made import skewed


def test_without_lost_seeds_it_is_the_median_with_its_interval() -> None:
    values = skewed(np.random.default_rng(0), 31, 1.0)

    assert median_either_way(values, level=0.9) == median_interval(values, level=0.9)


def test_wherever_the_lost_seeds_lie_the_interval_holds_theirs() -> None:
    generator = np.random.default_rng(1)
    values = skewed(generator, 24, 1.0)
    values[:5] = np.nan

    found = median_either_way(values)

    for _ in range(200):
        filled = values.copy()
        filled[:5] = generator.choice([-np.inf, -1.0, 0.0, 1.0, np.inf], 5)
        theirs = median_interval(filled)
        assert found.low is not None
        assert found.high is not None
        assert theirs.low is not None
        assert theirs.high is not None
        assert found.low <= theirs.low
        assert theirs.high <= found.high
        assert found.low <= found.value <= found.high


def test_lost_seeds_are_counted() -> None:
    assert median_either_way(np.array([1.0, np.nan, 2.0])).n == 3


def test_with_most_seeds_lost_nothing_is_known() -> None:
    values = np.full(20, np.nan)
    values[0] = 1.0

    found = median_either_way(values)

    assert (found.low, found.high) == (-math.inf, math.inf)


def test_a_ratio_is_that_of_the_pairs_and_a_lost_one_lies_on_either_side() -> None:
    reference = np.exp(skewed(np.random.default_rng(2), 30, 1.0))
    candidate = 2 * reference

    assert ratio_either_way(candidate, reference).value == pytest.approx(2.0)

    candidate[:16] = np.nan
    found = ratio_either_way(candidate, reference)
    assert (found.low, found.high) == (0.0, math.inf)
    assert found.value == pytest.approx(2.0)


def test_nothing_over_nothing_says_nothing_and_something_over_nothing_is_more() -> None:
    found = ratio_either_way(np.zeros(9), np.zeros(9))
    assert (found.low, found.high) == (0.0, math.inf)

    assert ratio_either_way(np.ones(9), np.zeros(9)).low == math.inf


def test_a_factor_of_an_interval_that_is_not_there_is_not_there() -> None:
    assert as_factor(median_either_way(np.array([0.0, 0.0]))).low is None


def test_a_slope_is_that_of_least_squares_seed_by_seed() -> None:
    generator = np.random.default_rng(3)
    places = [3.0, 5.0, 7.0, 8.97]
    values = skewed(generator, (4, 6), 1.0)

    expected = np.polyfit(places, values, 1)[0]

    np.testing.assert_allclose(slopes(places, list(values)), expected)


@pytest.mark.parametrize("lost", [np.nan, np.inf, -np.inf])
def test_a_seed_without_a_finite_value_at_one_place_has_no_slope(lost: float) -> None:
    values = [np.array([1.0, 2.0]), np.array([2.0, lost]), np.array([3.0, 4.0])]

    found = slopes([1.0, 2.0, 3.0], values)

    assert found[0] == pytest.approx(1.0)
    assert np.isnan(found[1])


def test_a_place_where_nothing_is_known_is_left_out_of_a_line() -> None:
    known, lost = np.arange(1.0, 21.0), np.full(20, np.nan)

    line = median_line("distance", (8, 32), (known, lost))

    assert line.x == (8.0,)
    assert line.low[0] <= line.y[0] <= line.high[0]


def test_what_is_not_above_zero_is_left_out_of_a_logarithmic_line() -> None:
    zeros, known = np.zeros(20), np.arange(1.0, 21.0)

    assert median_line("distance", (8, 32), (zeros, known)).x == (8.0, 32.0)
    assert median_line("distance", (8, 32), (zeros, known), is_logarithmic=True).x == (32.0,)
