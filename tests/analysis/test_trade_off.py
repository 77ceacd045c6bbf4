"""What the trade-off's intervals promise, on curves whose critical batch size is known."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.analysis.trade_off import first_reached, fit_trade_off

SIZES = (4, 16, 64, 128)
FEWEST_STEPS, BALANCE = 100.0, 40.0
FEWEST_EXAMPLES = FEWEST_STEPS * BALANCE
SIMULATIONS = 100
Values = NDArray[np.float64]
B = np.array(SIZES, float)[:, None]
MEDIANS = FEWEST_STEPS * (1 + BALANCE / B)


def steps_of(rng: np.random.Generator, seeds: int, spread: float) -> Values:
    """Return steps by size and seed, with log-normal scatter, part of which a seed has at all sizes."""
    own, shared = rng.standard_normal((len(SIZES), seeds)), rng.standard_normal(seeds)
    return np.asarray(MEDIANS * np.exp(spread * own + 0.1 * shared))


@pytest.mark.parametrize(
    ("seeds", "spread", "censored_above"),
    [
        pytest.param(12, 0.2, math.inf, id="few seeds"),
        pytest.param(12, 0.5, math.inf, id="wide scatter"),
        # About one seed in eight is still on its way at the end.
        pytest.param(24, 0.2, 1.3, id="censored seeds"),
    ],
)
def test_the_critical_sizes_interval_covers_the_known_one(seeds: int, spread: float, censored_above: float) -> None:
    rng = np.random.default_rng(1)
    covered = dict.fromkeys(("fewest_steps", "fewest_examples", "balance", "critical_batch_size"), 0)
    truth = dict(zip(covered, (FEWEST_STEPS, FEWEST_EXAMPLES, BALANCE, BALANCE / 4), strict=True))
    with_interval = 0
    for each in range(SIMULATIONS):
        steps = steps_of(rng, seeds, spread)
        steps[steps > censored_above * MEDIANS] = np.inf
        found = fit_trade_off(SIZES, list(steps), list(steps * B), seed=each)
        if found.refused or not found.balance.has_interval:
            continue
        with_interval += 1
        for name in covered:
            covered[name] += not getattr(found, name).lies_beyond(truth[name], truth[name])
    assert with_interval > SIMULATIONS / 2
    assert min(covered.values()) / with_interval >= 0.95 - 3 * math.sqrt(0.95 * 0.05 / with_interval)


def test_a_curve_without_scatter_is_found_again() -> None:
    steps = MEDIANS * np.ones(12)
    found = fit_trade_off(SIZES, list(steps), list(steps * B))
    values = [found.fewest_steps.value, found.fewest_examples.value, found.balance.value]
    assert values == pytest.approx([FEWEST_STEPS, FEWEST_EXAMPLES, BALANCE], rel=1e-3)
    assert found.critical_batch_size.value == pytest.approx(BALANCE / 4, rel=1e-3)
    assert not found.refused


def test_at_the_critical_batch_size_steps_fall_20_percent_short_of_perfect_scaling() -> None:
    critical = BALANCE / 4
    steps = FEWEST_STEPS * (1 + BALANCE / critical)
    perfect = FEWEST_EXAMPLES / critical
    assert perfect / steps == pytest.approx(0.8)


def test_the_mean_batch_stands_for_the_batch_size_where_the_last_one_is_partial() -> None:
    # 500 examples in batches of 300: two steps an epoch, of 250 on average.
    mean = np.array([[4.0], [16.0], [64.0], [250.0]])
    steps = FEWEST_STEPS * (1 + BALANCE / mean) * np.ones(12)
    found = fit_trade_off((4, 16, 64, 300), list(steps), list(steps * mean))
    assert found.balance.value == pytest.approx(BALANCE, rel=1e-3)


def test_a_size_whose_median_seed_never_got_there_is_left_out_and_said() -> None:
    steps = MEDIANS * np.ones(12)
    steps[3, :7] = np.inf
    found = fit_trade_off(SIZES, list(steps), list(steps * B))
    assert found.left_out == (128,)
    assert found.censored == {4: 0, 16: 0, 64: 0, 128: 7}
    assert found.balance.value == pytest.approx(BALANCE, rel=1e-3)


def test_two_sizes_that_get_there_make_no_curve() -> None:
    steps = MEDIANS * np.ones(12)
    steps[2:] = np.inf
    found = fit_trade_off(SIZES, list(steps), list(steps * B))
    assert found.refused
    assert math.isnan(found.balance.value)


@pytest.mark.parametrize("steps", [pytest.param(1e4 / B, id="perfect scaling"), pytest.param(100 + 0 * B, id="none")])
def test_steps_that_show_no_bend_make_no_curve(steps: Values) -> None:
    by_seed = steps * np.ones(12)
    assert fit_trade_off(SIZES, list(by_seed), list(by_seed * B)).refused


def test_too_few_seeds_for_the_level_have_no_interval() -> None:
    steps = steps_of(np.random.default_rng(2), 8, 0.1)
    assert fit_trade_off(SIZES, list(steps), list(steps * B)).balance.has_interval
    few = fit_trade_off(SIZES, list(steps), list(steps * B), level=0.99375)
    assert not few.balance.has_interval
    assert math.isfinite(few.balance.value)


def test_the_same_seed_draws_the_same_interval() -> None:
    steps = steps_of(np.random.default_rng(3), 12, 0.2)
    one, other = (fit_trade_off(SIZES, list(steps), list(steps * B), seed=4) for _ in range(2))
    assert one == other


def test_sizes_that_have_other_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        fit_trade_off(SIZES, [[1.0]] * 3, [[1.0]] * 3)


def test_a_target_is_reached_at_the_first_position_that_is_there_and_never_after_a_divergence() -> None:
    curves = [[0.9, 0.5, 0.6, 0.4], [0.9, 0.8, 0.8, 0.7], [0.9, math.nan, math.nan, math.nan]]
    assert first_reached([10, 20, 30, 40], curves, 0.5, higher=False).tolist() == [20, math.inf, math.inf]
    assert first_reached([10, 20, 30, 40], curves, 0.9, higher=True).tolist() == [10, 10, 10]
