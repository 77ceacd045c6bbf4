"""Where a series changed its level for good: found where it stands out, and hardly ever made up."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.analysis.lasting_step import FEWEST_RUNS, largest_step, robust_spread

Noise = Callable[[np.random.Generator, int], NDArray[np.float64]]
REPETITIONS = 60


def _normal(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    return generator.normal(size=count)


def _heavy_tails(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    return generator.standard_t(3, count)


def _lognormal(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    return generator.lognormal(size=count)


def _one_goes_with_the_next(generator: np.random.Generator, count: int) -> NDArray[np.float64]:
    values = generator.normal(size=count)
    for at in range(1, count):
        values[at] += 0.5 * values[at - 1]
    return values


@pytest.mark.parametrize("noise", [_normal, _heavy_tails, _lognormal, _one_goes_with_the_next])
@pytest.mark.parametrize("runs", [10, 20, 120])
def test_a_series_without_a_step_has_one_told_in_at_most_one_of_twenty(noise: Noise, runs: int) -> None:
    told = [largest_step(noise(np.random.default_rng([runs, seed]), runs).tolist()) for seed in range(REPETITIONS)]
    assert sum(each is not None for each in told) <= 0.05 * REPETITIONS


@pytest.mark.parametrize(("size", "runs", "at"), [(5.0, 20, 10), (-4.0, 60, 40), (4.0, 120, 20)])
def test_a_step_beyond_the_noise_is_found_where_it_is(size: float, runs: int, at: int) -> None:
    found = 0
    for seed in range(REPETITIONS):
        values = np.random.default_rng([runs, seed]).normal(size=runs)
        values[at:] += size
        step = largest_step(values.tolist())
        found += step is not None and abs(step.at - at) <= 2 and math.copysign(1, step.change) == math.copysign(1, size)
    assert found >= 0.9 * REPETITIONS


def test_of_two_steps_the_one_that_stands_out_most_is_told() -> None:
    values = np.random.default_rng(3).normal(0.0, 0.1, 60)
    values[20:] += 1.0
    values[40:] += 5.0
    step = largest_step(values.tolist())
    assert step is not None
    assert step.at == 40
    assert step.change == pytest.approx(5.0, abs=0.2)


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 50, [0.0] * 9, [1.0] * 4 + [9.0] * 3])
def test_too_few_runs_or_none_that_differ_tell_nothing(values: list[float]) -> None:
    assert largest_step(values) is None


def test_without_any_noise_a_change_is_a_step() -> None:
    step = largest_step([1.0] * FEWEST_RUNS + [2.0] * FEWEST_RUNS)
    assert step is not None
    assert (step.at, step.change) == (FEWEST_RUNS, 1.0)


def test_one_wild_value_does_not_widen_the_spread() -> None:
    assert robust_spread([1.0, 2.0, 3.0, 4.0, 500.0]) == pytest.approx(1.4826)
    assert math.isnan(robust_spread([]))
