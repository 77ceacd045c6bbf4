"""What paired effects promise, over seeds whose noise is not normal and some of which diverged."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.analysis.paired import difference, per_doubling, ratio, worst_if_diverged

SIMULATIONS = 1000
SIZES = (8, 32, 128, 500)
Values = NDArray[np.float64]


def slack(level: float) -> float:
    """Three standard errors of a share in that many simulations."""
    return 3 * math.sqrt(level * (1 - level) / SIMULATIONS)


def skewed(rng: np.random.Generator, n: int, spread: float = 1.0) -> Values:
    """Return noise with a long tail on the right, and the median 0."""
    return np.asarray(spread * (rng.exponential(1.0, n) - math.log(2)))


@pytest.mark.parametrize("share_diverged", [0.0, 0.1])
@pytest.mark.parametrize(("n", "level"), [(8, 0.95), (12, 0.99375), (100, 0.95)])
def test_a_difference_covers_its_median_though_seeds_diverge(n: int, level: float, share_diverged: float) -> None:
    rng, covered = np.random.default_rng(1), 0
    for _ in range(SIMULATIONS):
        # What a seed has on both sides is far larger than what they differ by.
        common, noise = rng.standard_cauchy(n), skewed(rng, n)
        has_diverged = rng.random(n) < share_diverged
        candidate = np.where(has_diverged & (noise < 0), np.nan, common + noise + 0.3)
        reference = np.where(has_diverged & (noise > 0), np.nan, common)
        found = difference(
            worst_if_diverged(candidate, higher_is_better=True),
            worst_if_diverged(reference, higher_is_better=True),
            level=level,
        )
        assert found.n == n
        covered += not found.lies_beyond(0.3, 0.3)
    assert covered / SIMULATIONS >= level - slack(level)


@pytest.mark.parametrize("share_diverged", [0.0, 0.1])
@pytest.mark.parametrize(("n", "level"), [(8, 0.95), (12, 0.99375), (100, 0.95)])
def test_a_ratio_covers_its_median_though_seeds_diverge(n: int, level: float, share_diverged: float) -> None:
    rng, covered = np.random.default_rng(2), 0
    for _ in range(SIMULATIONS):
        common, noise = np.exp(rng.standard_t(2, n)), skewed(rng, n)
        has_diverged = rng.random(n) < share_diverged
        candidate = np.where(has_diverged & (noise > 0), np.inf, common * np.exp(noise) * 1.2)
        reference = np.where(has_diverged & (noise < 0), np.inf, common)
        found = ratio(candidate, reference, level=level)
        assert found.n == n
        covered += not found.lies_beyond(1.2, 1.2)
    assert covered / SIMULATIONS >= level - slack(level)


@pytest.mark.parametrize("share_diverged", [0.0, 0.15])
def test_a_slope_covers_its_median_though_seeds_diverge_at_either_end(share_diverged: float) -> None:
    rng, covered, n = np.random.default_rng(3), 0, 12
    for _ in range(SIMULATIONS):
        slopes = 0.05 + skewed(rng, n, 0.1)
        values = np.outer(np.log2(SIZES), slopes) + rng.standard_cauchy(n)
        has_diverged = rng.random(n) < share_diverged
        values[-1, has_diverged & (slopes < 0.05)] = np.nan
        values[0, has_diverged & (slopes > 0.05)] = np.nan
        found = per_doubling(SIZES, list(values), level=0.95)
        assert found.n == n
        covered += not found.lies_beyond(0.05, 0.05)
    assert covered / SIMULATIONS >= 0.95 - slack(0.95)


def test_a_diverged_quality_is_the_lowest_and_a_diverged_distance_the_highest() -> None:
    assert worst_if_diverged([1.0, np.nan], higher_is_better=True).tolist() == [1.0, -math.inf]
    assert worst_if_diverged([1.0, np.nan], higher_is_better=False).tolist() == [1.0, math.inf]


def test_a_distance_that_is_infinite_on_one_side_never_counts_as_the_lowest() -> None:
    found = difference([math.inf] * 8, [1.0] * 8)
    assert (found.value, found.low, found.high) == (math.inf, math.inf, math.inf)
    assert ratio([math.inf] * 8, [1.0] * 8).low == math.inf
    assert ratio([1.0] * 8, [math.inf] * 8).high == 0


def test_an_interval_may_end_at_infinity_and_keeps_its_other_end() -> None:
    found = ratio([*range(1, 9), *[math.inf] * 4], [1.0] * 12)
    # Of 12, ranks 3 and 10 hold the median at 95 %.
    assert found.low == pytest.approx(3.0)
    assert found.high == math.inf


def test_a_ratio_turned_round_is_the_inverse() -> None:
    ours, theirs = np.random.default_rng(4).gamma(2.0, 1.0, (2, 12))
    one, other = ratio(ours, theirs), ratio(theirs, ours)
    assert one.low is not None
    assert other.high is not None
    assert (one.value, one.low) == pytest.approx((1 / other.value, 1 / other.high))


def test_a_slope_falls_without_end_where_larger_batches_diverge_and_rises_so_where_smaller_do() -> None:
    rising = np.arange(4.0)[:, None] * np.ones(8)
    at_largest, at_smallest = rising.copy(), rising.copy()
    at_largest[-1], at_smallest[0] = np.nan, np.nan
    assert per_doubling(SIZES, list(at_largest), level=0.95).high == -math.inf
    assert per_doubling(SIZES, list(at_smallest), level=0.95).low == math.inf


def test_a_slope_is_that_of_least_squares_per_doubling() -> None:
    values = np.random.default_rng(5).gamma(2.0, 1.0, (4, 7))
    slopes = np.polyfit(np.log2(SIZES), values, 1)[0]
    assert per_doubling(SIZES, list(values), level=0.95).value == pytest.approx(np.median(slopes))


def test_too_few_seeds_have_no_interval() -> None:
    assert not difference(np.arange(5.0), np.zeros(5)).has_interval
    assert not ratio(np.arange(1.0, 6.0), np.ones(5)).has_interval
    assert not per_doubling((1, 2), [np.zeros(5), np.ones(5)], level=0.95).has_interval


def test_sides_of_other_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        difference([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="expected"):
        ratio([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="expected"):
        per_doubling((8, 8), [[1.0], [1.0]], level=0.95)


def test_a_ratio_of_what_is_below_0_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        ratio([1.0, -1.0], [1.0, 1.0])
