"""Failures of two sides, and chance."""

import numpy as np
import pytest

from batchmark.analysis.fisher import fisher_tail


def test_it_is_the_textbooks_tail() -> None:
    # The lady tasting tea: all 4 of 8 cups right has 1 of 70 ways; 3 of 4 or better 17.
    assert fisher_tail(4, 0, 4) == pytest.approx(1 / 70)
    assert fisher_tail(3, 1, 4) == pytest.approx(17 / 70)


def test_equal_counts_are_no_evidence() -> None:
    assert fisher_tail(5, 5, 20) > 0.5
    assert fisher_tail(0, 0, 20) == 1.0


def test_one_failure_of_twenty_is_a_coin() -> None:
    assert fisher_tail(1, 0, 20) == pytest.approx(0.5)


def test_sides_that_fail_alike_are_called_worse_no_more_often_than_promised() -> None:
    generator = np.random.default_rng(1)
    failures = generator.binomial(40, 0.1, (5000, 2))
    alarms = sum(fisher_tail(int(max(pair)), int(min(pair)), 40) <= 0.025 for pair in failures)
    # Both directions at 2.5 %: 250 of 5,000 at most; above 300 has a probability below 0.1 %.
    assert alarms <= 300


@pytest.mark.parametrize(("more", "fewer", "trials"), [(1, 2, 5), (6, 0, 5), (1, -1, 5)])
def test_counts_that_can_not_be_are_refused(more: int, fewer: int, trials: int) -> None:
    with pytest.raises(ValueError, match="failures of"):
        fisher_tail(more, fewer, trials)
