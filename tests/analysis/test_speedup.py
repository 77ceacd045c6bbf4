"""The paired ratio of two cells."""

import math

import pytest

from batchmark.analysis.speedup import speedup
from synthetic import record_of


def test_above_one_the_candidate_is_faster_whatever_both_drift_by() -> None:
    drift = [1.0, 1.5, 0.7, 2.0, 1.1, 3.0]
    fit = record_of(32, [[4.0 * common] for common in drift])
    compiled = record_of(32, [[1.0 * common] for common in drift], loop="compiled")
    estimate = speedup(fit, compiled)
    assert (estimate.value, estimate.low, estimate.high) == pytest.approx((4.0, 4.0, 4.0))
    assert estimate.n == 6
    assert speedup(compiled, fit).value == pytest.approx(0.25)


def test_only_turns_that_both_have_are_paired() -> None:
    fit = record_of(32, [[2.0], [2.0], [100.0]])
    compiled = record_of(32, [[1.0], [1.0]], loop="compiled")
    assert speedup(fit, compiled).value == pytest.approx(2.0)
    assert speedup(fit, compiled).n == 2


def test_no_common_turn_gives_nan() -> None:
    assert math.isnan(speedup(record_of(32, []), record_of(32, [[1.0]])).value)
