"""Weights of many seeds are updated alike with the axis of seeds first and last."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.tensorflow.seeds_axis import SeedsFirst, SeedsLast, stacked

_SEEDS = 3
_SHAPES = ((4, 5), (5,), ())
_OPTIMIZERS = {
    "SGD": {"learning_rate": 0.1, "momentum": 0.9},
    "Adam": {"learning_rate": 0.01},
    "AdamW": {"learning_rate": 0.01, "weight_decay": 0.1},
    "RMSprop": {"learning_rate": 0.01, "momentum": 0.5, "centered": True},
}

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has no stateless calls: nothing is stacked")


def _drawn(seed: int) -> list[NDArray[np.float32]]:
    draw = np.random.default_rng(seed)
    return [draw.normal(size=(_SEEDS, *shape)).astype(np.float32) for shape in _SHAPES]


def _both(name: str) -> tuple[SeedsFirst, SeedsLast]:
    model = SimpleNamespace(optimizer=getattr(keras.optimizers, name)(**_OPTIMIZERS[name]))
    return SeedsFirst(model, _drawn(0)), SeedsLast(model, _drawn(0))


def _update(held: SeedsFirst, *steps: int) -> None:
    for step in steps:
        held.apply([tf.constant(each) for each in _drawn(step)])


def _require_alike(one: SeedsFirst, other: SeedsFirst) -> None:
    assert one.is_by_seed() == other.is_by_seed()
    for ours, theirs in zip(
        (*one.weights(), *one.optimizer_state()), (*other.weights(), *other.optimizer_state()), strict=True
    ):
        np.testing.assert_allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-5, atol=1e-6)


def test_weights_of_each_seed_become_one_array_for_each_weight() -> None:
    of_seeds: Any = [[np.full(shape, seed) for shape in _SHAPES] for seed in range(_SEEDS)]
    for shape, together in zip(_SHAPES, stacked(of_seeds), strict=True):
        assert together.shape == (_SEEDS, *shape)
        assert [float(each.mean()) for each in together] == [0, 1, 2]


@pytest.mark.parametrize("name", _OPTIMIZERS)
def test_the_same_gradients_end_the_same(name: str) -> None:
    first, last = _both(name)
    for held in (first, last):
        _update(held, 1, 2, 3, 4)
    _require_alike(first, last)
    for before, after in zip(_drawn(0), first.weights(), strict=True):
        assert np.abs(before - after).max() > 1e-2


@pytest.mark.parametrize("name", _OPTIMIZERS)
def test_one_goes_on_from_the_other(name: str) -> None:
    """Both ways, and the rate with the rest: nothing but a change of storage."""
    (first, last), (plain, _) = _both(name), _both(name)
    for held in (first, plain):
        held.optimizer.learning_rate = 0.02
    _update(first, 1, 2)
    last.go_on_from(first)
    _require_alike(last, first)
    _update(last, 3, 4)
    first.go_on_from(last)
    _update(first, 5)
    _update(plain, 1, 2, 3, 4, 5)
    _require_alike(first, plain)
    assert float(last.optimizer.learning_rate) == pytest.approx(0.02)
    assert int(first.optimizer.iterations) == 5


def test_weights_are_stored_with_the_axis_of_seeds_where_it_is_said_to_be() -> None:
    first, last = _both("Adam")
    for held, shapes in (
        (first, [(_SEEDS, *shape) for shape in _SHAPES]),
        (last, [(*shape, _SEEDS) for shape in _SHAPES]),
    ):
        stored = [tuple(each.shape) for each in held.optimizer.variables]
        assert sorted(stored) == sorted([(), (), *shapes, *shapes])


def test_the_state_of_an_optimizer_is_given_with_the_axis_of_seeds_first() -> None:
    for held in _both("Adam"):
        _update(held, 1)
        state, by_seed = held.optimizer_state(), held.is_by_seed()
        given = [tuple(value.shape) for value, is_one in zip(state, by_seed, strict=True) if is_one]
        assert sorted(given) == sorted(2 * [(_SEEDS, *shape) for shape in _SHAPES])
        assert [tuple(value.shape) for value, is_one in zip(state, by_seed, strict=True) if not is_one] == [(), ()]


def test_weights_are_taken_and_given_with_the_axis_of_seeds_first() -> None:
    for held in _both("SGD"):
        held.set_weights(_drawn(7))
        for given, taken in zip(held.weights(), _drawn(7), strict=True):
            np.testing.assert_array_equal(given, taken)
