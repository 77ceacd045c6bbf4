"""The contrast sees a planted effect, and little else."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.analysis.power_of_two import (
    Against,
    Comparison,
    Conclusion,
    Contrast,
    Outcome,
    comparisons,
    conclude,
    contrasts,
)
from batchmark.records import CellRecord, Estimate
from synthetic import GRID, Noise, gaussian, record_of, sweep_of

FAMILY = len(comparisons(GRID))


def skewed(relative: float) -> Noise:
    """Return noise that only ever adds time, exponentially distributed."""
    return lambda rng, shape: np.log1p(rng.exponential(relative, shape))


def heavy_tailed(relative: float) -> Noise:
    return lambda rng, shape: relative * rng.standard_t(2, shape)


def spiky(relative: float) -> Noise:
    """Return small noise with a long delay now and then."""

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float64]:
        spikes = (rng.random(shape) < 0.15) * rng.exponential(20 * relative, shape)
        return np.log1p(np.abs(rng.normal(0, relative, shape)) + spikes)

    return draw


def drifting(turns: int) -> list[float]:
    return list(np.linspace(1.0, 1.3, turns))


def conclusion_of(records: list[CellRecord], against: Against = Against.NEIGHBOURS) -> Conclusion:
    found = contrasts(records, family=FAMILY)
    return conclude([contrast for contrast in found if contrast.comparison.against is against])


def test_a_grid_yields_its_contrasts() -> None:
    assert comparisons((3, 4, 5, 16, 50, 63, 64, 65, 100, 120, 128, 500)) == (
        Comparison(4, Against.NEIGHBOURS, (3, 5)),
        Comparison(64, Against.NEIGHBOURS, (63, 65)),
        Comparison(64, Against.ROUND_SIZES, (50, 100, 120)),
        Comparison(128, Against.ROUND_SIZES, (100, 120)),
    )


def test_one_and_two_are_no_contrasts_and_a_neighbour_is_no_round_size() -> None:
    # 1 and 2 neighbour each other; none of 2^k ± 1 is a multiple of ten, so no neighbour is ever counted twice.
    assert comparisons((1, 2, 3)) == ()
    assert all(
        set(c.others).isdisjoint({c.batch_size - 1, c.batch_size, c.batch_size + 1}) or c.against is Against.NEIGHBOURS
        for c in comparisons(range(1, 2000))
    )


@pytest.mark.parametrize("turns", [12, 36])
@pytest.mark.parametrize(
    "noise",
    [gaussian(0.05), heavy_tailed(0.05), skewed(0.05), spiky(0.01)],
    ids=["normal", "heavy tails", "skew", "spikes"],
)
def test_without_an_effect_a_sweep_raises_any_alarm_at_most_5_percent_of_the_time(noise: Noise, turns: int) -> None:
    rng = np.random.default_rng(1)
    simulations = 400
    alarms = 0
    for _ in range(simulations):
        found = contrasts(sweep_of(rng, noise=noise, turns=turns, drift=drifting(turns)), family=FAMILY)
        alarms += any(contrast.ratio.lies_beyond(1.0, 1.0) for contrast in found)
    assert alarms / simulations <= 0.05


def test_neighbours_that_differ_from_each_other_do_not_hide_an_effect_against_their_mean() -> None:
    rng = np.random.default_rng(2)
    effects = {65: 1.1}
    found = [conclusion_of(sweep_of(rng, noise=gaussian(0.01), turns=24, effects=effects)) for _ in range(50)]
    at_64 = [c.ratio for conclusion in found for c in conclusion.faster if c.comparison.batch_size == 64]
    assert len(at_64) > 48
    assert np.mean([ratio.value for ratio in at_64]) == pytest.approx(1 / np.sqrt(1.1), abs=0.005)


def test_planted_effects_are_all_covered_at_the_level_of_one() -> None:
    rng = np.random.default_rng(3)
    effects = {32: 0.95, 64: 0.9, 128: 1.0, 256: 1.1}
    simulations = 200
    held = 0
    for _ in range(simulations):
        found = contrasts(sweep_of(rng, noise=gaussian(0.02), effects=effects), family=FAMILY)
        truths = [
            (c.ratio, effects[c.comparison.batch_size]) for c in found if c.comparison.against is Against.NEIGHBOURS
        ]
        assert len(truths) == 4
        held += all(not ratio.lies_beyond(truth, truth) for ratio, truth in truths)
    assert held / simulations >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / simulations)


def test_an_effect_of_5_percent_at_one_power_is_found_and_sized() -> None:
    rng = np.random.default_rng(4)
    simulations = 100
    found = [
        conclusion_of(sweep_of(rng, noise=gaussian(0.01), effects={64: 0.95}, drift=drifting(12)))
        for _ in range(simulations)
    ]
    right = [
        conclusion
        for conclusion in found
        if conclusion.outcome is Outcome.FASTER and [c.comparison.batch_size for c in conclusion.faster] == [64]
    ]
    assert len(right) / simulations > 0.95
    assert np.mean([conclusion.faster[0].ratio.value for conclusion in right]) == pytest.approx(0.95, abs=0.005)


def test_more_steps_or_a_partial_last_batch_are_no_effect_of_the_size() -> None:
    # 500 examples take 167, 125 and 100 steps at 3, 4 and 5.
    records = sweep_of(np.random.default_rng(5), noise=gaussian(0.0), sizes=(3, 4, 5, 63, 64, 65, 500))
    for contrast in contrasts(records, family=2):
        assert contrast.on_curve
        assert contrast.ratio.value == pytest.approx(1.0, abs=1e-9)


def test_round_sizes_are_compared_on_the_curve() -> None:
    records = sweep_of(np.random.default_rng(6), noise=gaussian(0.005), effects=dict.fromkeys((32, 64, 128, 256), 0.9))
    conclusion = conclusion_of(records, Against.ROUND_SIZES)
    assert conclusion.outcome is Outcome.FASTER
    assert [c.comparison.batch_size for c in conclusion.faster] == [32, 64, 128, 256]


def test_without_a_curve_the_contrast_is_in_cost_per_example_and_says_so() -> None:
    sizes = (63, 64, 65)
    records = [record_of(size, [[seconds]] * 12) for size, seconds in zip(sizes, (1.0, 0.9, 1.0), strict=True)]
    (contrast,) = contrasts(records, family=1)
    assert not contrast.on_curve
    assert contrast.ratio.value == pytest.approx(0.9)


def test_the_family_widens_the_interval_and_is_never_taken_for_less_than_there_are() -> None:
    records = sweep_of(np.random.default_rng(7), noise=gaussian(0.01), turns=40)
    own = contrasts(records, family=1)
    assert all(contrast.ratio.level == pytest.approx(1 - 0.05 / FAMILY) for contrast in own)
    assert contrasts(records, family=100)[0].ratio.level == pytest.approx(1 - 0.05 / 100)


def contrast(value: float, low: float | None, high: float | None, *, size: int = 64, n: int = 12) -> Contrast:
    comparison = Comparison(size, Against.NEIGHBOURS, (size - 1, size + 1))
    return Contrast(comparison, Estimate(value, low, high, 0.99, n), on_curve=True)


FASTER = contrast(0.95, 0.94, 0.96)
SLOWER = contrast(1.05, 1.04, 1.06)
SAME = contrast(1.0, 0.995, 1.005)
OPEN = contrast(1.0, 0.98, 1.02)
FEW = contrast(0.8, None, None, n=3)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        ([], Outcome.NOT_MEASURED),
        ([FASTER, OPEN], Outcome.FASTER),
        ([SLOWER, SAME], Outcome.SLOWER),
        ([FASTER, SLOWER, OPEN], Outcome.MIXED),
        ([SAME, SAME], Outcome.NO_DIFFERENCE),
        ([SAME, OPEN], Outcome.INCONCLUSIVE),
        ([FEW], Outcome.INCONCLUSIVE),
        ([contrast(0.996, 0.994, 0.998)], Outcome.FASTER),
    ],
)
def test_a_conclusion_is_drawn_from_whole_intervals(given: list[Contrast], outcome: Outcome) -> None:
    assert conclude(given).outcome is outcome


def test_the_conclusion_carries_which_and_by_how_much() -> None:
    conclusion = conclude([FASTER, SLOWER, OPEN])
    assert (conclusion.faster, conclusion.slower) == ((FASTER,), (SLOWER,))


def test_an_inconclusive_one_says_about_how_many_turns_would_settle_it() -> None:
    # Half-width 2 % at 12 turns: 1 % takes four times as many.
    assert conclude([SAME, OPEN]).turns_needed == 48
    # Level 0.99 has an interval from 8 turns.
    assert conclude([FEW]).turns_needed == 8
    assert conclude([FASTER, OPEN]).turns_needed is None
