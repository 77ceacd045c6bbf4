"""What seeds that get stuck or diverge, or none of those seen, say of all: promises simulated."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.analysis.equivalence import EquivalenceDesign, Verdict, judge
from batchmark.analysis.stuck_seeds import (
    diverged_seeds,
    diverges_more_often,
    seeds_to_show,
    unseen_share,
    widened,
)
from batchmark.records import Estimate

MARGIN = 0.017
LOOKS = (20, 80, 400)
STUCK = 0.5
SIMULATIONS = 1_000
Draw = Callable[[np.random.Generator, int], NDArray[np.float64]]
"""Draws so many differences of mean 0."""


def _verdict(differences: NDArray[np.float64], design: EquivalenceDesign) -> Verdict:
    for look, seeds in enumerate(design.looks):
        verdict = judge(differences[:seeds].tolist(), design, look).verdict
        if verdict is not Verdict.STRADDLES:
            return verdict
    raise AssertionError


def _share(wanted: Verdict, draw: Draw, design: EquivalenceDesign, simulations: int = SIMULATIONS) -> float:
    generator = np.random.default_rng(0)
    found = [_verdict(draw(generator, design.looks[-1]), design) for _ in range(simulations)]
    return found.count(wanted) / simulations


def _normal(generator: np.random.Generator, seeds: int) -> NDArray[np.float64]:
    return generator.normal(0, 0.005, seeds)


def _heavy(generator: np.random.Generator, seeds: int) -> NDArray[np.float64]:
    return 0.005 * generator.standard_t(2.5, seeds)


def _skewed(generator: np.random.Generator, seeds: int) -> NDArray[np.float64]:
    return 0.005 * (generator.lognormal(0, 1, seeds) - math.exp(0.5))


def _skewed_down(generator: np.random.Generator, seeds: int) -> NDArray[np.float64]:
    return -_skewed(generator, seeds)


def _tied(generator: np.random.Generator, seeds: int) -> NDArray[np.float64]:
    """Differences of one example in 500, on either side, and mostly none."""
    return generator.choice([-1, 0, 1], seeds, p=[0.1, 0.8, 0.1]) / 500


NOISES = [_normal, _heavy, _skewed, _skewed_down, _tied]


def _stuck(noise: Draw, share: float, shift: float = 0.0) -> Draw:
    return lambda generator, seeds: (
        noise(generator, seeds) + shift - STUCK * (generator.random(seeds) < share).astype(np.float64)
    )


def test_of_80_seeds_none_stuck_up_to_3_7_percent_may_be() -> None:
    assert unseen_share(80, 0.05) == pytest.approx(0.0368, abs=5e-5)
    assert (1 - unseen_share(80, 0.05)) ** 80 == pytest.approx(0.05)
    assert unseen_share(0, 0.05) == 1


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("share", [0.05, 0.1])
@pytest.mark.parametrize("looks", [(20, 40, 80), LOOKS])
def test_a_share_of_stuck_seeds_that_matters_does_not_pass(noise: Draw, share: float, looks: tuple[int, ...]) -> None:
    design = EquivalenceDesign(MARGIN, looks, 12, cost=STUCK)
    assert _share(Verdict.EQUIVALENT, _stuck(noise, share), design, 500) <= 0.05 / 12


@pytest.mark.exhaustive
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("share", [0.0, 0.005, 0.01, 0.02, 0.034, 0.05, 0.1])
@pytest.mark.parametrize("looks", [(80,), LOOKS])
def test_a_mean_at_the_margin_passes_at_most_as_often_as_promised_whatever_share_is_stuck(
    noise: Draw, share: float, looks: tuple[int, ...]
) -> None:
    for family in (1, 12):
        design = EquivalenceDesign(MARGIN, looks, family, cost=STUCK)
        at_the_margin = _stuck(noise, share, share * STUCK - MARGIN)
        assert _share(Verdict.EQUIVALENT, at_the_margin, design, 4_000) <= 0.05 / family


@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("share", [0.0, 0.02, 0.05])
def test_a_mean_at_the_margin_does_not_pass_with_some_stuck(noise: Draw, share: float) -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, 1, cost=STUCK)
    at_the_margin = _stuck(noise, share, share * STUCK - MARGIN)
    assert _share(Verdict.EQUIVALENT, at_the_margin, design, 300) <= 0.05


def test_without_a_cost_of_stuck_seeds_they_would_pass() -> None:
    design = EquivalenceDesign(MARGIN, (40,), 12, cost=1e-9)
    assert _share(Verdict.EQUIVALENT, _stuck(_normal, 0.05), design, 500) > 10 * 0.05 / 12


@pytest.mark.parametrize("noise", NOISES)
def test_honest_trainings_pass_with_power(noise: Draw) -> None:
    design = EquivalenceDesign(MARGIN, LOOKS, 12, cost=STUCK)
    assert _share(Verdict.EQUIVALENT, noise, design, 200) > 0.9


def test_too_few_seeds_or_a_cost_that_is_not_known_never_pass() -> None:
    for design in (EquivalenceDesign(MARGIN, (20, 80), 1), EquivalenceDesign(MARGIN, LOOKS, 1, cost=math.inf)):
        assert _share(Verdict.EQUIVALENT, lambda _, seeds: np.zeros(seeds), design, 1) == 0


def test_a_margin_that_a_stuck_seed_can_not_hide_in_passes_at_80_seeds() -> None:
    design = EquivalenceDesign(0.05, (20, 80), 1, cost=STUCK)
    assert _share(Verdict.EQUIVALENT, _normal, design, 100) > 0.95


def test_a_seed_that_costs_more_than_was_thought_possible_says_what_is() -> None:
    found = judge([*([0.0] * 399), -3.0], EquivalenceDesign(MARGIN, (400,), 1, cost=STUCK), 0)
    assert found.cost == 3.0
    assert found.verdict is Verdict.INCONCLUSIVE


def _diverging(candidate: float, reference: float, *, seeds: int = 400, simulations: int = 400) -> list[Verdict]:
    generator = np.random.default_rng(1)
    design = EquivalenceDesign(MARGIN, (20, seeds), 1, cost=STUCK)
    found = []
    for _ in range(simulations):
        reached = generator.normal(0.8, 0.005, (2, seeds))
        reached[generator.random((2, seeds)) < [[reference], [candidate]]] = np.nan
        for look, so_many in enumerate(design.looks):
            sides = reached[:, :so_many].tolist()
            verdict = judge((reached[1] - reached[0])[:so_many].tolist(), design, look, sides=(sides[0], sides[1]))
            if verdict.verdict is not Verdict.STRADDLES:
                break
        found.append(verdict.verdict)
    return found


@pytest.mark.parametrize("share", [0.02, 0.05, 0.1])
def test_sides_that_diverge_alike_are_called_different_at_most_as_often_as_promised(share: float) -> None:
    assert _diverging(share, share).count(Verdict.DIFFERENT) / 400 <= 2 * 0.05


@pytest.mark.parametrize("share", [0.05, 0.1])
def test_a_candidate_that_diverges_more_often_is_different_and_never_equivalent(share: float) -> None:
    found = _diverging(share, 0.0)
    assert found.count(Verdict.DIFFERENT) / 400 > 0.95
    assert Verdict.EQUIVALENT not in found


def test_few_that_diverge_alike_still_pass() -> None:
    assert _diverging(0.001, 0.001).count(Verdict.EQUIVALENT) / 400 > 0.9


def test_the_exact_test_asks_which_side_seeds_that_diverged_on_one_alone_did_on() -> None:
    none, lost = [0.8] * 20, [*([math.nan] * 5), *([0.8] * 15)]
    differences = [math.nan] * 5 + [0.0] * 15
    alone = diverged_seeds(differences, (none, lost))
    assert alone.alone == (5, 0)
    assert diverges_more_often(alone, 1 / 32)
    assert not diverges_more_often(alone, 1 / 33)
    both = diverged_seeds(differences, (lost, lost))
    assert both.alone == (0, 0)
    assert not diverges_more_often(both, 0.4)


def test_seeds_to_show_are_as_many_as_pass() -> None:
    error = EquivalenceDesign(MARGIN, LOOKS, 12).error_at(2)
    estimate = Estimate(0.0, -0.002, 0.002, 1 - 2 * error, 80)
    seeds = seeds_to_show(estimate, margin=MARGIN, cost=STUCK, error=error)
    assert seeds is not None
    by = unseen_share(seeds, error) * STUCK
    half = 0.002 * math.sqrt(80 / seeds)
    assert by + half < MARGIN <= unseen_share(seeds - 10, error) * STUCK + half * math.sqrt(seeds / (seeds - 10))
    assert seeds_to_show(estimate, margin=MARGIN, cost=math.inf, error=error) is None
    assert seeds_to_show(Estimate(MARGIN, 0.0, 0.03, 0.9, 80), margin=MARGIN, cost=STUCK, error=error) is None


def test_an_interval_widened_without_end_is_none() -> None:
    assert widened(Estimate(0.0, -1.0, 1.0, 0.9, 9), math.inf).low is None
    assert widened(Estimate(0.0, -1.0, 1.0, 0.9, 9), 0.5) == Estimate(0.0, -1.5, 1.5, 0.9, 9)
