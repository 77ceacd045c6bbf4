"""With every draw held, a graph and XLA have the same numbers, and it is only while they are held."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training.tensorflow.held_randomness import TensorRandomness

_RANDOMNESS = TensorRandomness()

_DRAWS: dict[str, Callable[[], Any]] = {
    "uniform": lambda: tf.random.uniform((64,), -1.0, 3.0),
    "normal": lambda: tf.random.normal((8, 8)),
    "truncated": lambda: tf.random.truncated_normal((64,)),
    "whole numbers": lambda: tf.random.uniform((64,), 0, 10, dtype=tf.int32),
    "stateless": lambda: tf.random.stateless_uniform((64,), seed=(1, 2)),
    "stateless normal": lambda: tf.random.stateless_normal((64,), seed=(1, 2)),
    "stateless whole numbers": lambda: tf.random.stateless_uniform((64,), (1, 2), 0, 10, dtype=tf.int32),
    "dropout": lambda: tf.nn.dropout(tf.ones((64,)), 0.5),
    "half precision": lambda: tf.random.uniform((64,), dtype=tf.float16),
}


@pytest.mark.parametrize("name", _DRAWS)
def test_a_graph_and_xla_draw_the_same(name: str) -> None:
    draw = _DRAWS[name]
    with _RANDOMNESS.held():
        graph, xla = (tf.function(lambda: draw(), jit_compile=jit)() for jit in (False, True))  # noqa: PLW0108  traced anew
    np.testing.assert_array_equal(graph, xla)
    assert len(np.unique(graph)) > 1


def test_uniform_numbers_stay_in_their_range() -> None:
    with _RANDOMNESS.held():
        numbers = tf.function(_DRAWS["uniform"])().numpy()
        whole = tf.function(_DRAWS["whole numbers"])().numpy()
    assert -1 <= numbers.min() < 0
    assert 2 < numbers.max() < 3
    assert (whole.min(), whole.max()) == (0, 9)


def test_afterwards_numbers_are_drawn_again() -> None:
    with _RANDOMNESS.held():
        pass
    draw = tf.function(_DRAWS["normal"])
    assert (draw().numpy() != draw().numpy()).any()


def test_generators_that_were_seeded_alike_draw_alike() -> None:
    numbers = []
    for seed in (1, 1, 2):
        tf.random.set_seed(seed)
        numbers.append(_RANDOMNESS.draw())
    assert numbers[0] == numbers[1] != numbers[2]
