"""The curve finds what it was planted with, and says where it fits badly."""

import numpy as np
import pytest

from batchmark.analysis.cost_curve import fit_cost_curve, fit_turns
from batchmark.records import Estimate
from synthetic import COST, EXAMPLES, GRID, OVERHEAD, gaussian, record_of, steps_of, sweep_of


def test_without_noise_the_curve_is_found_exactly_partial_last_batches_included() -> None:
    curve = fit_cost_curve(sweep_of(np.random.default_rng(0), noise=gaussian(0.0)))
    assert curve is not None
    assert curve.overhead.value == pytest.approx(OVERHEAD, rel=1e-9)
    assert curve.cost.value == pytest.approx(COST, rel=1e-9)
    assert all(abs(residual.value) < 1e-9 for residual in curve.residuals.values())
    assert curve.seconds_per_epoch(16, 500) == pytest.approx(16 * OVERHEAD + 500 * COST)


def test_a_cost_once_an_epoch_lands_in_the_cost_per_example() -> None:
    once = 0.004
    records = [record_of(size, [[once + OVERHEAD * steps_of(size) + COST * EXAMPLES]] * 6) for size in (1, 7, 64, 500)]
    curve = fit_cost_curve(records)
    assert curve is not None
    assert curve.overhead.value == pytest.approx(OVERHEAD)
    assert curve.cost.value == pytest.approx(COST + once / EXAMPLES)


def test_the_parameters_intervals_cover_the_truth_as_often_as_they_say() -> None:
    rng = np.random.default_rng(1)
    covered = np.zeros(2)
    simulations = 300
    for _ in range(simulations):
        curve = fit_cost_curve(sweep_of(rng, noise=gaussian(0.02), sizes=(1, 8, 32, 64, 128, 500)))
        assert curve is not None
        covered += [
            not curve.overhead.lies_beyond(OVERHEAD, OVERHEAD),
            not curve.cost.lies_beyond(COST, COST),
        ]
    assert min(covered) / simulations >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / simulations)


def test_a_size_off_the_curve_is_named_and_the_others_are_not() -> None:
    rng = np.random.default_rng(2)
    curve = fit_cost_curve(sweep_of(rng, noise=gaussian(0.01), effects={127: 1.25}))
    assert curve is not None
    assert curve.misfits() == (127,)
    assert curve.misfits(tolerance=0.5) == ()
    assert curve.residuals[127].value == pytest.approx(0.23, abs=0.04)


def test_a_size_is_named_only_when_its_whole_interval_lies_beyond_the_tolerance() -> None:
    rng = np.random.default_rng(3)
    named = 0
    for _ in range(100):
        curve = fit_cost_curve(sweep_of(rng, noise=gaussian(0.1)))
        assert curve is not None
        named += len(curve.misfits())
    # Noise of 10 %, no misfit: at most 2.5 % of all sizes on each side by promise, far fewer beyond ±5 %.
    assert named / (100 * len(GRID)) < 0.005


def test_overhead_and_cost_are_never_negative() -> None:
    falling = [record_of(size, [[seconds]] * 6) for size, seconds in ((1, 1.0), (50, 2.0), (500, 3.0))]
    curve = fit_cost_curve(falling)
    assert curve is not None
    assert curve.overhead.value == 0.0
    assert curve.cost.value > 0.0


@pytest.mark.parametrize("unit", [1e-9, 1.0, 1e6])
def test_the_fit_does_not_depend_on_how_long_an_epoch_takes(unit: float) -> None:
    records = [
        record_of(size, [[unit * (OVERHEAD * steps_of(size) + COST * EXAMPLES)]] * 6) for size in (1, 7, 64, 500)
    ]
    curve = fit_cost_curve(records)
    assert curve is not None
    assert curve.overhead.value == pytest.approx(unit * OVERHEAD, rel=1e-9)
    assert curve.cost.value == pytest.approx(unit * COST, rel=1e-9)


def test_fewer_than_three_step_counts_or_no_common_turn_give_no_curve() -> None:
    assert fit_cost_curve([record_of(size, [[1.0]]) for size in (100, 250, 500)]) is not None
    assert fit_cost_curve([record_of(size, [[1.0]]) for size in (100, 101, 500)]) is None
    assert fit_cost_curve([record_of(1, [[1.0]]), record_of(8, []), record_of(500, [[1.0]])]) is None
    assert fit_turns([]) is None


def test_one_turn_gives_a_curve_without_intervals() -> None:
    curve = fit_cost_curve(sweep_of(np.random.default_rng(0), noise=gaussian(0.01), turns=1))
    assert curve is not None
    assert curve.overhead == Estimate(curve.overhead.value, None, None, 0.95, 1)
    assert curve.misfits() == ()
