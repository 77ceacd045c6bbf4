import numpy as np

from batchmark.analysis.intervals import mean_interval
from batchmark.records import Estimate
from batchmark.studies.claims.claim import Answer
from batchmark.studies.claims.settled import settled
from claim_results_made import skewed


def rule(estimate: Estimate) -> Answer:
    """Within ±1 confirms, outside refutes."""
    if estimate.lies_within(-1.0, 1.0):
        return Answer.CONFIRMED
    return Answer.REFUTED if estimate.lies_beyond(-1.0, 1.0) else Answer.INCONCLUSIVE


def at(half_width: float, value: float = 0.0) -> "object":
    """Return what gives an interval of this half-width at 95 %, and twice that above."""

    def of(level: float) -> Estimate:
        reach = half_width * (2 if level > 0.951 else 1)
        return Estimate(value, value - reach, value + reach, level, 20)

    return of


def test_what_confirms_may_take_all_of_the_error() -> None:
    found, answer = settled(at(0.8), rule, family=10)  # type: ignore[arg-type]  # as it says

    assert answer is Answer.CONFIRMED
    assert found.level == 0.95


def test_what_refutes_shares_it() -> None:
    _, not_enough = settled(at(0.8, 2.0), rule, family=10)  # type: ignore[arg-type]  # as it says
    found, enough = settled(at(0.4, 2.0), rule, family=10)  # type: ignore[arg-type]  # as it says

    assert not_enough is Answer.INCONCLUSIVE
    assert enough is Answer.REFUTED
    assert found.level > 0.99


def test_claims_whose_conditions_do_not_all_hold_are_rarely_confirmed() -> None:
    generator = np.random.default_rng(0)
    times, confirmed = 1000, 0
    for _ in range(times):
        # One of three lies at the edge; the others hold by far.
        answers = [
            settled(
                lambda level, values=values: mean_interval(values, level=level),  # type: ignore[misc]  # a default
                rule,
                family=3,
            )[1]
            for values in (skewed(generator, 60, 1.0) + 1.0, skewed(generator, 60, 0.1), skewed(generator, 60, 0.1))
        ]
        confirmed += set(answers) == {Answer.CONFIRMED}

    assert confirmed / times <= 0.05
    assert confirmed


def test_claims_that_hold_are_rarely_refuted() -> None:
    generator = np.random.default_rng(1)
    times, refuted = 300, 0
    for _ in range(times):
        answers = [
            settled(
                lambda level, values=values: mean_interval(values, level=level),  # type: ignore[misc]  # a default
                rule,
                family=10,
            )[1]
            # All at the edge, which still holds.
            for values in skewed(generator, (10, 60), 1.0) + 1.0
        ]
        refuted += Answer.REFUTED in answers

    assert refuted / times <= 0.08
    assert refuted
