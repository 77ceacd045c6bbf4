"""How far the loss rises in a box, on functions whose maximum is known."""

from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from batchmark.training.observing.sharpness import Rises, highest_in_cube, sharpness

Matrix = NDArray[np.float64]


def _quadratic(matrix: Matrix, around: NDArray[np.float64], level: float = 0.0) -> Rises:
    def function(place: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        off = place - around
        return float(level + off @ matrix @ off / 2), matrix @ off

    return function


def _highest(function: Rises, dimensions: int, seed: int = 0) -> float:
    return highest_in_cube(function, dimensions, generator=np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(5))
def test_a_bowl_whose_bottom_is_the_weights_rises_to_the_boxs_corner(seed: int) -> None:
    generator = np.random.default_rng(seed)
    weights, curvatures = generator.standard_normal(200), generator.exponential(size=200)
    rises = _quadratic(np.diag(curvatures), weights, level=0.5)
    expected = (0.01 * (np.abs(weights) + 1)) ** 2 @ curvatures / 2 / 1.5 * 100
    assert sharpness(rises, weights, box=0.01, generator=generator) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_a_bowl_in_any_direction_has_its_highest_corner_found(seed: int) -> None:
    generator = np.random.default_rng(seed)
    mixing = generator.standard_normal((8, 8))
    rises = _quadratic(mixing @ mixing.T, generator.uniform(-0.5, 0.5, 8))
    best = max(rises(np.array(corner))[0] for corner in product((-1.0, 1.0), repeat=8))
    assert 0.8 * best <= _highest(rises, 8, seed) <= best * (1 + 1e-9)


def test_a_top_within_the_box_is_found_though_its_slopes_differ_a_hundredfold() -> None:
    top = np.linspace(-0.9, 0.9, 7)
    hill = _quadratic(-np.diag(10.0 ** np.linspace(-1, 1, 7)), top, level=3.0)
    assert _highest(hill, 7) == pytest.approx(3, abs=1e-3)


def test_a_saddle_is_climbed_in_both_its_directions() -> None:
    rises = _quadratic(np.diag([2.0, -2.0]), np.array([0.25, 0.5]))
    assert _highest(rises, 2) == pytest.approx(1.25**2, rel=1e-6)


def test_what_is_flat_has_no_sharpness_and_what_falls_everywhere_none_either() -> None:
    generator = np.random.default_rng(0)
    flat = _quadratic(np.zeros((3, 3)), np.zeros(3), level=1.0)
    top = _quadratic(-np.eye(3), np.ones(3), level=1.0)
    assert sharpness(flat, np.ones(3), box=0.1, generator=generator) == 0
    assert sharpness(top, np.ones(3), box=0.1, generator=generator) == 0


def test_a_loss_that_is_no_number_has_none_and_a_place_without_one_is_passed_over() -> None:
    def undefined(place: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        return float("nan"), np.zeros_like(place)

    def undefined_far_out(place: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        return float(place[0]) if place[0] < 0.9 else float("nan"), np.ones_like(place)

    assert np.isnan(sharpness(undefined, np.ones(2), box=0.1, generator=np.random.default_rng(0)))
    assert 0.5 < _highest(undefined_far_out, 1) < 0.9
