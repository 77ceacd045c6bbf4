"""The gradient's noise, on examples whose gradients are known."""

import numpy as np
import pytest

from batchmark.training.observing.draws import Draws
from batchmark.training.observing.layers import Layer
from batchmark.training.observing.noise import Gradient, squared_lengths, variances

EXAMPLES, WEIGHTS = 60, 5
LAYERS = (Layer("first", (slice(0, 2),)), Layer("second", (slice(2, 3), slice(3, 5))))
# Skewed, and not around 0.
OF_EXAMPLES = np.random.default_rng(5).exponential(size=(EXAMPLES, WEIGHTS)) * np.arange(1, WEIGHTS + 1) - 1
VARIANCE = OF_EXAMPLES.var(axis=0, ddof=1)


def _gradient() -> Gradient:
    return lambda indices: OF_EXAMPLES[np.asarray(indices)].mean(axis=0)


def _is_the_mean(found: list[float], expected: float) -> bool:
    return bool(abs(np.mean(found) - expected) < 4 * np.std(found) / np.sqrt(len(found)))


@pytest.mark.parametrize("sizes", [(1, 8), (4, 30), (8, 60)])
def test_the_two_formulas_of_the_noise_scale_are_unbiased(sizes: tuple[int, int]) -> None:
    small, large = sizes
    traces, squares = [], []
    for seed in range(1_500):
        draws = Draws(EXAMPLES, np.random.default_rng(seed))
        of_small, of_large = squared_lengths(_gradient(), draws, sizes=sizes, batches=3)
        traces.append((of_small - of_large) / (1 / small - 1 / large))
        squares.append((large * of_large - small * of_small) / (large - small))
    assert _is_the_mean(traces, VARIANCE.sum())
    mean = OF_EXAMPLES.mean(axis=0)
    assert _is_the_mean(squares, mean @ mean - VARIANCE.sum() / EXAMPLES)


@pytest.mark.parametrize(("size", "batches"), [(1, 10), (4, 15), (4, 40), (25, 7), (59, 2)])
def test_the_variance_is_that_of_an_example_divided_by_the_batch_size(size: int, batches: int) -> None:
    found = [
        variances(_gradient(), Draws(EXAMPLES, np.random.default_rng(seed)), LAYERS, size=size, batches=batches)
        for seed in range(1_500)
    ]
    first, second = ([each[layer] for each in found] for layer in (0, 1))
    assert _is_the_mean(first, VARIANCE[:2].sum() / size)
    assert _is_the_mean(second, VARIANCE[2:].sum() / size)


def test_batches_that_are_the_whole_set_have_no_variance_to_tell_it_by() -> None:
    draws = Draws(EXAMPLES, np.random.default_rng(0))
    assert np.isnan(variances(_gradient(), draws, LAYERS, size=EXAMPLES, batches=3)).all()
