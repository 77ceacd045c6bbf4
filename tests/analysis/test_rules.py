"""How often rules settle a claim wrongly, where the truth is at the bound and where it is far from it."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.analysis.paired import difference
from batchmark.analysis.rules import Ruling, above, below, by_chance, level_for, within
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer

SIMULATIONS = 1500
SEEDS = 40
Values = NDArray[np.float64]
# A side of an interval of 95 %, and three standard errors of such a share.
MOST_WRONG = 0.025 + 3 * math.sqrt(0.025 * 0.975 / SIMULATIONS)


def estimates(middle: float) -> list[Estimate]:
    """Return what repetitions find of an effect of that median, with noise that has a long tail on the right."""
    noise: Values = np.random.default_rng(1).exponential(1.0, (SIMULATIONS, SEEDS)) - math.log(2)
    return [difference(row + middle, np.zeros(SEEDS)) for row in noise]


def share(rulings: list[Ruling], ruling: Ruling) -> float:
    return rulings.count(ruling) / len(rulings)


def test_at_the_bound_above_and_below_confirm_and_refute_wrongly_no_more_often_than_they_say() -> None:
    found = estimates(0.7)
    for rule in (above, below):
        rulings = [rule(each, 0.7) for each in found]
        assert share(rulings, Ruling.CONFIRMED) <= MOST_WRONG
        assert share(rulings, Ruling.REFUTED) <= MOST_WRONG


def test_far_from_the_bound_they_settle_it_rightly_every_time() -> None:
    high, low = estimates(2.0), estimates(-3.0)
    assert {above(each, 0.0) for each in high} == {below(each, 0.0) for each in low} == {Ruling.CONFIRMED}
    assert {above(each, 0.0) for each in low} == {below(each, 0.0) for each in high} == {Ruling.REFUTED}


def test_an_effect_that_just_matters_is_rarely_called_none() -> None:
    # The smallest effect that matters is there: to refute it is wrong.
    rulings = [above(each, 0.0, refuted_within=0.5) for each in estimates(0.5)]
    assert share(rulings, Ruling.REFUTED) <= MOST_WRONG


def test_an_effect_of_nothing_is_called_none_where_the_interval_is_narrow() -> None:
    rulings = [above(each, 0.0, refuted_within=2.0) for each in estimates(0.0)]
    assert share(rulings, Ruling.REFUTED) >= 0.95


@pytest.mark.parametrize("edge", [-0.8, 0.8])
def test_at_the_margin_sameness_is_rarely_confirmed_or_refuted_wrongly(edge: float) -> None:
    rulings = [within(each, -0.8, 0.8) for each in estimates(edge)]
    assert share(rulings, Ruling.CONFIRMED) <= MOST_WRONG
    assert share(rulings, Ruling.REFUTED) <= MOST_WRONG


def test_far_from_the_margin_sameness_is_settled_rightly_every_time() -> None:
    assert {within(each, -2.0, 2.0) for each in estimates(0.0)} == {Ruling.CONFIRMED}
    assert {within(each, -0.5, 0.5) for each in estimates(2.5)} == {Ruling.REFUTED}


@pytest.mark.parametrize("ends", [(None, None), (math.nan, 2.0), (-math.inf, math.inf)])
def test_what_has_no_interval_settles_nothing(ends: tuple[float | None, float | None]) -> None:
    unknown = Estimate(5.0, *ends, 0.95, 3)
    rulings = {above(unknown, 0.0, refuted_within=1.0), below(unknown, 0.0), within(unknown, -9.0, 9.0)}
    assert rulings == {Ruling.INCONCLUSIVE}


def test_an_interval_that_ends_at_infinity_may_settle_it() -> None:
    assert above(Estimate(2.0, 1.0, math.inf, 0.95, 9), 0.0) is Ruling.CONFIRMED
    assert below(Estimate(math.inf, 1.0, math.inf, 0.95, 9), 0.0) is Ruling.REFUTED
    assert within(Estimate(math.inf, math.inf, math.inf, 0.95, 9), -1.0, 1.0) is Ruling.REFUTED


def test_an_end_exactly_at_the_bound_settles_nothing() -> None:
    assert above(Estimate(1.0, 0.0, 2.0, 0.95, 9), 0.0) is Ruling.INCONCLUSIVE
    assert within(Estimate(0.5, 0.0, 1.0, 0.95, 9), 0.0, 1.0) is Ruling.INCONCLUSIVE


def test_each_of_eight_intervals_has_an_eighth_of_the_error() -> None:
    assert level_for(8) == pytest.approx(0.99375)
    assert level_for(1) == pytest.approx(0.95)


def test_of_22_claims_one_is_expected_to_be_wrong_and_three_at_most() -> None:
    expected, most = by_chance(22)
    assert expected == pytest.approx(1.1)
    assert most == 3
    wrong = (np.random.default_rng(2).random((20_000, 22)) < 0.05).sum(axis=1)
    assert (wrong <= most).mean() >= 0.95 > (wrong < most).mean()


def test_a_ruling_is_spelled_as_an_answer() -> None:
    assert {each.value for each in Ruling} <= {each.value for each in Answer}
