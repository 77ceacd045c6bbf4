"""What is seen of weights alone."""

import numpy as np
import pytest

from batchmark.training.observing.weights import distance, projections


def test_the_distance_is_the_euclidean_one() -> None:
    assert distance(np.array([3.0, 1.0, -4.0]), np.array([0.0, 1.0, 0.0])) == 5


def test_projections_estimate_the_squared_distance_of_two_trainings() -> None:
    generator = np.random.default_rng(0)
    one, other = generator.exponential(size=(2, 300))
    directions = projections(2_000, 300)
    estimated = np.mean((directions @ one - directions @ other) ** 2)
    # Four of its standard errors.
    assert estimated == pytest.approx(distance(one, other) ** 2, rel=4 * np.sqrt(2 / 2_000))


def test_a_direction_is_the_same_however_many_there_are() -> None:
    np.testing.assert_array_equal(projections(3, 7), projections(9, 7)[:3])
    assert not np.array_equal(projections(2, 7)[0], projections(2, 7)[1])
