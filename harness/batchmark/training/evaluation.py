"""Loss and quality of a model on data it was not trained on."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

# Examples a slice: bounds the memory of many seeds at once, and is large enough to keep the cores busy.
_SLICE = 2_000


def mean_over_slices(examples: int, evaluate_slice: Callable[[Any], Any]) -> Any:
    """Return the example-weighted mean of `evaluate_slice` over slices of 0…`examples`, for use in a graph.

    `evaluate_slice` takes the indices of one slice and returns a tensor of means over that slice; every
    slice gives the same shape.
    """
    slices, rest = divmod(examples, _SLICE)
    total = tf.constant(0.0)
    if rest:
        total += rest * evaluate_slice(tf.range(slices * _SLICE, examples))
    if slices:
        first = _SLICE * evaluate_slice(tf.range(_SLICE))
        total = total + first
        for index in tf.range(1, slices):
            total += _SLICE * evaluate_slice(index * _SLICE + tf.range(_SLICE))
    return total / examples
