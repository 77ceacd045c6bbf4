"""Learning curves over seeds."""

import math

import numpy as np

from batchmark.studies.questions.learning_curves import MOST_LOOKS, learning_curve


def test_a_curve_is_the_median_over_seeds_with_its_interval() -> None:
    values = np.arange(12)[:, None] + np.array([0.0, 100.0])
    line = learning_curve("it", (1.0, 2.0), values, level=0.95)
    assert line.x == (1.0, 2.0)
    assert line.y == (5.5, 105.5)
    assert all(low < middle < high for low, middle, high in zip(line.low, line.y, line.high, strict=True))


def test_few_seeds_have_a_curve_without_an_interval() -> None:
    line = learning_curve("it", (1.0,), np.array([[1.0], [2.0]]), level=0.95)
    assert line.y == (1.5,)
    assert math.isnan(line.low[0])
    assert math.isnan(line.high[0])


def test_it_ends_where_half_of_the_seeds_have_diverged_and_its_interval_where_it_is_infinite() -> None:
    values = np.tile(np.arange(3.0), (12, 1))
    values[:3, 1] = -np.inf
    values[:7, 2] = -np.inf
    line = learning_curve("it", (1.0, 2.0, 3.0), values, level=0.95)
    assert line.x == (1.0, 2.0)
    assert math.isnan(line.low[1])


def test_a_long_training_has_its_first_and_last_look_and_not_all_between() -> None:
    line = learning_curve("it", tuple(range(1, 1001)), np.zeros((6, 1000)), level=0.95)
    assert (*line.x[:4], line.x[-1]) == (1.0, 2.0, 3.0, 4.0, 1000.0)
    assert len(line.x) <= MOST_LOOKS


def test_of_no_looks_there_is_no_curve() -> None:
    assert learning_curve("it", (), np.zeros((6, 0)), level=0.95).x == ()
