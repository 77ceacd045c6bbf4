"""What an equivalence verdict promises, over all looks and the whole family."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import t as student

from batchmark.analysis.equivalence import Equivalence, EquivalenceDesign, Verdict, judge

MARGIN = 0.01
LOOKS = (10, 20, 40)
NO_COST = 1e-9
"""Of stuck seeds: what the interval alone promises."""


def last_verdict(differences: Sequence[float], design: EquivalenceDesign) -> Verdict:
    """Judge as a study does: look again with more seeds until the verdict is settled."""
    for look, seeds in enumerate(design.looks):
        verdict = judge(differences[:seeds], design, look).verdict
        if verdict is not Verdict.STRADDLES:
            return verdict
    raise AssertionError


def verdicts(truth: float, *, spread: float, design: EquivalenceDesign, simulations: int, seed: int) -> list[Verdict]:
    rng = np.random.default_rng(seed)
    return [last_verdict(list(rng.normal(truth, spread, design.looks[-1])), design) for _ in range(simulations)]


@pytest.mark.parametrize("truth", [MARGIN, -MARGIN])
@pytest.mark.parametrize("spread", [0.002, 0.012, 0.03])
def test_a_difference_of_the_margin_is_called_equivalent_at_most_alpha_often_over_all_looks(
    truth: float, spread: float
) -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1, cost=NO_COST)
    found = verdicts(truth, spread=spread, design=design, simulations=3000, seed=1)
    assert found.count(Verdict.EQUIVALENT) / 3000 <= 0.05
    assert found.count(Verdict.DIFFERENT) / 3000 <= 0.05


def test_a_family_at_the_margin_holds_together_at_alpha() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=5, cost=NO_COST)
    found = verdicts(MARGIN, spread=0.01, design=design, simulations=5 * 2000, seed=2)
    families = [found[start : start + 5] for start in range(0, len(found), 5)]
    assert sum(Verdict.EQUIVALENT in family for family in families) / 2000 <= 0.05


def test_no_difference_is_called_equivalent_with_power() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1, cost=NO_COST)
    found = verdicts(0.0, spread=0.012, design=design, simulations=300, seed=3)
    assert found.count(Verdict.EQUIVALENT) / 300 > 0.95


def test_a_difference_of_twice_the_margin_is_called_different_with_power() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1, cost=NO_COST)
    found = verdicts(-2 * MARGIN, spread=0.012, design=design, simulations=300, seed=4)
    assert found.count(Verdict.DIFFERENT) / 300 > 0.95


def test_too_much_spread_is_never_called_equivalent_and_different_at_most_twice_alpha_often() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1, cost=NO_COST)
    found = verdicts(0.0, spread=0.2, design=design, simulations=3000, seed=5)
    assert found.count(Verdict.EQUIVALENT) == 0
    assert found.count(Verdict.DIFFERENT) / 3000 <= 0.10
    assert found.count(Verdict.INCONCLUSIVE) / 3000 >= 0.90


def test_the_level_is_that_of_two_one_sided_tests_shared_by_looks_and_family() -> None:
    assert EquivalenceDesign(MARGIN, (10,), family=1, cost=NO_COST).level == pytest.approx(0.90)
    design = EquivalenceDesign(MARGIN, LOOKS, family=4, cost=NO_COST)
    # A look before the last can only call it different, and has little of alpha.
    assert [design.error_at(look) for look in range(3)] == pytest.approx([0.05 / 80, 0.05 / 80, 0.9 * 0.05 / 4])
    assert design.level == pytest.approx(1 - 2 * 0.9 * 0.05 / 4)


def test_the_interval_of_one_look_agrees_with_two_one_sided_t_tests() -> None:
    design = EquivalenceDesign(MARGIN, (12,), family=1, cost=NO_COST)
    rng = np.random.default_rng(6)
    seen = set()
    for _ in range(200):
        differences = rng.normal(0.004, 0.01, 12)
        error = differences.std(ddof=1) / math.sqrt(12)
        above = student.sf((differences.mean() + MARGIN) / error, 11)
        below = student.cdf((differences.mean() - MARGIN) / error, 11)
        is_equivalent = max(above, below) < 0.05
        low, high = (getattr(judge(differences.tolist(), design, 0).estimate, end) for end in ("low", "high"))
        assert (low > -MARGIN and high < MARGIN) == is_equivalent
        seen.add(is_equivalent)
    assert seen == {True, False}


def at_last_look(
    differences: Sequence[float], sides: tuple[Sequence[float], Sequence[float]] | None = None
) -> Equivalence:
    return judge(differences, EquivalenceDesign(MARGIN, (3, 6), family=1, cost=0.001), 1, sides=sides)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (0.0, Verdict.EQUIVALENT),
        (0.009, Verdict.EQUIVALENT),
        (0.0099, Verdict.INCONCLUSIVE),
        (MARGIN, Verdict.INCONCLUSIVE),
        (-0.02, Verdict.DIFFERENT),
        (0.02, Verdict.DIFFERENT),
    ],
)
def test_differences_without_spread_are_judged_by_their_value_and_what_stuck_seeds_cost(
    value: float, verdict: Verdict
) -> None:
    design = EquivalenceDesign(MARGIN, (400,), family=1, cost=0.05)
    assert judge([value] * 400, design, 0).verdict is verdict


def test_before_the_last_look_nothing_is_equivalent_and_something_may_be_different() -> None:
    design = EquivalenceDesign(MARGIN, (3, 6), family=1, cost=NO_COST)
    assert judge([0.0] * 3, design, 0).verdict is Verdict.STRADDLES
    assert judge([0.02] * 3, design, 0).verdict is Verdict.DIFFERENT
    assert judge([-0.1, 0.0, 0.1] * 2, design, 1).verdict is Verdict.INCONCLUSIVE
    assert judge([0.0] * 6, design, 1).verdict is Verdict.EQUIVALENT


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
def test_a_diverged_seed_ends_nothing_and_counts_as_a_stuck_one(lost: float) -> None:
    design = EquivalenceDesign(MARGIN, (3, 6), family=1, cost=0.5)
    sides = ([0.8] * 6, [0.8, 0.8 + lost, 0.8, 0.8, 0.8, 0.8])
    first = judge([0.0, lost, 0.0], design, 0, sides=(sides[0][:3], sides[1][:3]))
    assert first.verdict is Verdict.STRADDLES
    last = judge([0.0, lost, *([0.0] * 4)], design, 1, sides=sides)
    assert last.verdict is Verdict.INCONCLUSIVE
    assert last.reason == "of 6 seeds the candidate diverged at 1 and the reference at 0"
    assert (last.dropped_seeds, last.estimate.n) == (1, 6)
    assert last.estimate.value == pytest.approx(-0.5 / 6)


def test_seeds_that_diverged_on_both_sides_say_nothing_of_either() -> None:
    lost = [math.nan] * 6
    found = at_last_look(lost, (lost, lost))
    assert (found.verdict, found.dropped_seeds, found.estimate.n) == (Verdict.INCONCLUSIVE, 6, 0)


def test_divergence_of_an_unknown_side_is_inconclusive() -> None:
    found = at_last_look([math.nan] * 3 + [0.0] * 3)
    assert (found.verdict, found.dropped_seeds, found.estimate.n) == (Verdict.INCONCLUSIVE, 3, 3)
    assert found.reason == "3 of 6 seeds have no finite difference"


@pytest.mark.parametrize(
    "fields",
    [
        {"margin": 0.0},
        {"margin": math.nan},
        {"looks": ()},
        {"looks": (1, 2)},
        {"looks": (20, 20)},
        {"family": 0},
        {"alpha": 0.5},
        {"cost": 0.0},
        {"cost": math.nan},
    ],
)
def test_a_design_that_promises_nothing_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        EquivalenceDesign(**({"margin": MARGIN, "looks": LOOKS, "family": 1} | fields))  # type: ignore[arg-type]


def test_a_look_that_was_not_planned_is_refused() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1, cost=NO_COST)
    for look in (-1, 3):
        with pytest.raises(ValueError, match="looks 0 to 2"):
            judge([0.0] * 10, design, look)
    with pytest.raises(ValueError, match="2 reference seeds"):
        judge([math.nan] * 10, design, 0, sides=([0.8] * 2, [0.8] * 10))
