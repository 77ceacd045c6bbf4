"""Restarts that one side lost: how unequal they are by chance, and what that makes of a verdict."""

import pytest

from batchmark.analysis.lost_restarts import chance_of_losing, with_lost
from batchmark.comparison import LostRestarts, Verdict


@pytest.mark.parametrize(
    ("baseline", "candidate", "chance"),
    [(0, 1, 1 / 2), (0, 6, 1 / 2**6), (1, 6, 8 / 2**7), (6, 1, 1 - 1 / 2**7), (3, 3, 42 / 2**6), (0, 0, 1.0)],
)
def test_the_chance_of_losses_is_that_of_a_coin(baseline: int, candidate: int, chance: float) -> None:
    assert chance_of_losing(LostRestarts(baseline, candidate)) == pytest.approx(chance)


@pytest.mark.parametrize("verdict", [Verdict.UNCHANGED, Verdict.IMPROVED, Verdict.INCONCLUSIVE])
def test_a_verdict_on_what_is_left_is_none_where_the_candidate_lost_more(verdict: Verdict) -> None:
    assert with_lost(verdict, LostRestarts(0, 1)) is Verdict.INCONCLUSIVE
    assert with_lost(verdict, LostRestarts(2, 3)) is Verdict.INCONCLUSIVE
    assert with_lost(verdict, LostRestarts(0, 9)) is Verdict.INCONCLUSIVE
    assert with_lost(verdict, LostRestarts(0, 10)) is Verdict.REGRESSED


@pytest.mark.parametrize("lost", [None, LostRestarts(1, 1), LostRestarts(12, 0)])
@pytest.mark.parametrize("verdict", list(Verdict))
def test_losses_of_both_or_of_the_baseline_change_nothing(verdict: Verdict, lost: LostRestarts | None) -> None:
    assert with_lost(verdict, lost) is verdict


def test_what_is_slower_regressed_whatever_was_lost() -> None:
    assert with_lost(Verdict.REGRESSED, LostRestarts(0, 1)) is Verdict.REGRESSED
