"""Four verdicts, and what it would take to settle one."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from batchmark.analysis.verdict import judge_difference, judge_ratio, passes_needed, restarts_needed, seeds_needed
from batchmark.comparison import Verdict
from batchmark.records import Estimate


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.99, 1.01, Verdict.UNCHANGED),
        (1.021, 1.08, Verdict.REGRESSED),
        (0.90, 0.979, Verdict.IMPROVED),
        (1.00, 1.05, Verdict.INCONCLUSIVE),
        (0.95, 1.05, Verdict.INCONCLUSIVE),
        (None, None, Verdict.INCONCLUSIVE),
    ],
)
def test_the_whole_interval_decides(low: float | None, high: float | None, verdict: Verdict) -> None:
    value = 1.0 if low is None or high is None else (low + high) / 2
    assert judge_ratio(Estimate(value, low, high, 0.95, 3), tolerance=0.02) is verdict


def test_a_tolerance_of_zero_asks_for_significance_alone() -> None:
    assert judge_ratio(Estimate(1.001, 1.0001, 1.002, 0.95, 3), tolerance=0.0) is Verdict.REGRESSED
    assert judge_ratio(Estimate(1.001, 0.9999, 1.002, 0.95, 3), tolerance=0.0) is Verdict.INCONCLUSIVE


def test_more_passes_are_needed_the_wider_the_interval_is() -> None:
    narrow = passes_needed(Estimate(1.0, 0.96, 1.04, 0.95, 3), tolerance=0.02)
    wide = passes_needed(Estimate(1.0, 0.90, 1.11, 0.95, 3), tolerance=0.02)
    # The half-widths, 0.04 and 0.105, have to become 0.0198.
    assert (narrow, wide) == (13, 85)


@pytest.mark.parametrize(
    "ratio", [Estimate(1.0, None, None, 0.95, 1), Estimate(1.02, 1.0, 1.04, 0.95, 3), Estimate(1.0, 0.0, 2.0, 0.95, 3)]
)
def test_what_can_not_be_told_is_not_told(ratio: Estimate) -> None:
    assert passes_needed(ratio, tolerance=0.02) is None


@given(
    st.integers(2, 16), st.floats(0.001, 0.05), st.floats(-0.05, 0.05), st.floats(0.9, 0.999), st.floats(0.9, 0.9999)
)
def test_restarts_are_needed_until_students_interval_ends_before_the_bound(
    restarts: int, spread: float, value: float, level: float, asked: float
) -> None:
    ratio = _ratio(restarts, spread, value, level)
    needed = restarts_needed(ratio, tolerance=0.01, level=asked)
    distance = abs(abs(value) - math.log1p(0.01))
    if needed is None:
        assert _half_width(1000, spread, asked) >= distance * (1 - 1e-6)
    else:
        assert needed > restarts
        assert _half_width(needed, spread, asked) < distance * (1 + 1e-6)
        assert needed == restarts + 1 or _half_width(needed - 1, spread, asked) >= distance * (1 - 1e-6)


def test_few_restarts_promise_that_more_are_worth_more_than_their_number() -> None:
    ratio = _ratio(4, 0.01, 0.005, 0.95)
    # Three degrees of freedom ask for 3.2 standard errors, 17 for 2.1.
    assert restarts_needed(ratio, tolerance=0.0) == 18
    assert passes_needed(ratio, tolerance=0.0) == 41


def test_a_surer_look_takes_more_restarts() -> None:
    ratio = _ratio(8, 0.01, 0.005, 0.95)
    assert restarts_needed(ratio, tolerance=0.0) == 18
    assert restarts_needed(ratio, tolerance=0.0, level=0.99) == 31


@pytest.mark.parametrize(
    "ratio",
    [
        Estimate(1.0, None, None, 0.95, 1),
        Estimate(1.01, 1.0, 1.02, 0.95, 4),
        Estimate(1.0, 0.0, 2.0, 0.95, 4),
        Estimate(1.0, 0.01, 100.0, 0.95, 4),
    ],
)
def test_restarts_that_can_not_be_told_or_are_too_many_are_not_told(ratio: Estimate) -> None:
    assert restarts_needed(ratio, tolerance=0.01) is None


def _ratio(restarts: int, spread: float, value: float, level: float) -> Estimate:
    half_width = _half_width(restarts, spread, level)
    return Estimate(math.exp(value), math.exp(value - half_width), math.exp(value + half_width), level, restarts)


def _half_width(restarts: int, spread: float, level: float) -> float:
    return float(student.ppf((1 + level) / 2, restarts - 1)) * spread / math.sqrt(restarts)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.004, 0.009, Verdict.UNCHANGED),
        (0.011, 0.02, Verdict.IMPROVED),
        (-0.03, -0.011, Verdict.REGRESSED),
        (-0.02, 0.005, Verdict.INCONCLUSIVE),
        (-0.005, 0.01, Verdict.INCONCLUSIVE),
        (0.01, 0.01, Verdict.INCONCLUSIVE),
        (-0.01, -0.01, Verdict.INCONCLUSIVE),
        (None, None, Verdict.INCONCLUSIVE),
    ],
)
def test_of_a_difference_more_is_better(low: float | None, high: float | None, verdict: Verdict) -> None:
    value = 0.0 if low is None or high is None else (low + high) / 2
    assert judge_difference(Estimate(value, low, high, 0.95, 20), margin=0.01) is verdict


def test_more_seeds_are_needed_the_wider_the_interval_is() -> None:
    # The half-width, 0.04, has to become 0.01.
    assert seeds_needed(Estimate(0.0, -0.04, 0.04, 0.95, 5), margin=0.01) == 80
    assert seeds_needed(Estimate(0.0, None, None, 0.95, 1), margin=0.01) is None
    assert seeds_needed(Estimate(0.01, -0.03, 0.05, 0.95, 5), margin=0.01) is None
