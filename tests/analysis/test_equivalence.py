"""What an equivalence verdict promises, over all looks and the whole family."""

import math
from collections.abc import Sequence

import numpy as np
import pytest
from scipy.stats import t as student

from batchmark.analysis.equivalence import Equivalence, EquivalenceDesign, Verdict, judge

MARGIN = 0.01
LOOKS = (10, 20, 40)


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
    design = EquivalenceDesign(MARGIN, LOOKS, family=1)
    found = verdicts(truth, spread=spread, design=design, simulations=3000, seed=1)
    assert found.count(Verdict.EQUIVALENT) / 3000 <= 0.05
    assert found.count(Verdict.DIFFERENT) / 3000 <= 0.05


def test_a_family_at_the_margin_holds_together_at_alpha() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=5)
    found = verdicts(MARGIN, spread=0.01, design=design, simulations=5 * 2000, seed=2)
    families = [found[start : start + 5] for start in range(0, len(found), 5)]
    assert sum(Verdict.EQUIVALENT in family for family in families) / 2000 <= 0.05


def test_no_difference_is_called_equivalent_with_power() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1)
    found = verdicts(0.0, spread=0.012, design=design, simulations=300, seed=3)
    assert found.count(Verdict.EQUIVALENT) / 300 > 0.95


def test_a_difference_of_twice_the_margin_is_called_different_with_power() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1)
    found = verdicts(-2 * MARGIN, spread=0.012, design=design, simulations=300, seed=4)
    assert found.count(Verdict.DIFFERENT) / 300 > 0.95


def test_too_much_spread_is_never_called_equivalent_and_different_at_most_twice_alpha_often() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1)
    found = verdicts(0.0, spread=0.2, design=design, simulations=3000, seed=5)
    assert found.count(Verdict.EQUIVALENT) == 0
    assert found.count(Verdict.DIFFERENT) / 3000 <= 0.10
    assert found.count(Verdict.INCONCLUSIVE) / 3000 >= 0.90


def test_the_level_is_that_of_two_one_sided_tests_shared_by_looks_and_family() -> None:
    assert EquivalenceDesign(MARGIN, (10,), family=1).level == pytest.approx(0.90)
    assert EquivalenceDesign(MARGIN, LOOKS, family=4).level == pytest.approx(1 - 2 * 0.05 / 12)


def test_one_look_agrees_with_two_one_sided_t_tests() -> None:
    design = EquivalenceDesign(MARGIN, (12,), family=1)
    rng = np.random.default_rng(6)
    seen = set()
    for _ in range(200):
        differences = rng.normal(0.004, 0.01, 12)
        error = differences.std(ddof=1) / math.sqrt(12)
        above = student.sf((differences.mean() + MARGIN) / error, 11)
        below = student.cdf((differences.mean() - MARGIN) / error, 11)
        is_equivalent = max(above, below) < 0.05
        assert (judge(list(differences), design, 0).verdict is Verdict.EQUIVALENT) == is_equivalent
        seen.add(is_equivalent)
    assert seen == {True, False}


def at_first_look(differences: Sequence[float], reference: Sequence[float] | None = None) -> Equivalence:
    return judge(differences, EquivalenceDesign(MARGIN, (3, 6), family=1), 0, reference=reference)


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (0.0, Verdict.EQUIVALENT),
        (0.0099, Verdict.EQUIVALENT),
        (MARGIN, Verdict.STRADDLES),
        (-0.02, Verdict.DIFFERENT),
        (0.02, Verdict.DIFFERENT),
    ],
)
def test_differences_without_spread_are_judged_by_their_value(value: float, verdict: Verdict) -> None:
    assert at_first_look([value] * 3).verdict is verdict


def test_straddling_is_final_at_the_last_look_only() -> None:
    design = EquivalenceDesign(MARGIN, (3, 6), family=1)
    assert judge([-0.1, 0.0, 0.1], design, 0).verdict is Verdict.STRADDLES
    assert judge([-0.1, 0.0, 0.1] * 2, design, 1).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("lost", [math.nan, math.inf, -math.inf])
def test_a_diverged_candidate_is_different_however_well_its_other_seeds_did(lost: float) -> None:
    found = at_first_look([0.0, lost, 0.0], reference=[0.8, 0.8, 0.8])
    assert found.verdict is Verdict.DIFFERENT
    assert found.reason == "the candidate diverged at 1 of 3 seeds, the reference at none"
    assert (found.dropped_seeds, found.estimate.n, found.estimate.value) == (1, 2, 0.0)


def test_a_diverged_reference_is_nothing_to_compare_with() -> None:
    found = at_first_look([math.nan, math.nan, 0.0], reference=[math.nan, 0.8, 0.8])
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "the reference diverged at 1 of 3 seeds: there is nothing to compare with"


def test_divergence_of_an_unknown_side_is_inconclusive() -> None:
    found = at_first_look([math.nan] * 3)
    assert (found.verdict, found.dropped_seeds, found.estimate.n) == (Verdict.INCONCLUSIVE, 3, 0)


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
    ],
)
def test_a_design_that_promises_nothing_is_refused(fields: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="expected"):
        EquivalenceDesign(**({"margin": MARGIN, "looks": LOOKS, "family": 1} | fields))  # type: ignore[arg-type]


def test_a_look_that_was_not_planned_is_refused() -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, family=1)
    for look in (-1, 3):
        with pytest.raises(ValueError, match="looks 0 to 2"):
            judge([0.0] * 10, design, look)
    with pytest.raises(ValueError, match="2 reference seeds"):
        judge([math.nan] * 10, design, 0, reference=[0.8] * 2)
