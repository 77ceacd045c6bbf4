"""Four verdicts, and what it would take to settle one."""

import pytest

from batchmark.analysis.verdict import judge_ratio, passes_needed
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
