"""Training with its random numbers held: every draw gives the same fixed numbers, whatever compiles it.

XLA draws other random numbers than a graph does, so two trainings with dropout can't be compared as they are. Where
both are given the same numbers instead, all else can be.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.ops import (
    gen_random_ops,
    gen_stateful_random_ops,
    gen_stateless_random_ops,
    gen_stateless_random_ops_v2,
)

Numbers = Callable[[Any, dict[str, Any]], Any]
"""Takes a shape, or what is shuffled, and an operation's arguments, and returns a tensor."""

# Steps through the unit interval and meets every part of it; multiples of 2^-24 below 1 are exact in float32.
_STRIDE, _PARTS = 10_368_889, 1 << 24


def _units(shape: Any, arguments: dict[str, Any]) -> Any:
    dtype = tf.as_dtype(arguments["dtype"])
    count = tf.range(tf.reduce_prod(tf.cast(shape, tf.int64)), dtype=tf.int64)
    parts = tf.cast(tf.math.floormod((count + 1) * _STRIDE, _PARTS), tf.float32) / _PARTS
    return tf.cast(tf.reshape(parts, shape), dtype)


def _normals(shape: Any, arguments: dict[str, Any]) -> Any:
    # Uniform with the variance of a normal number: what matters is that both sides have the same.
    units = _units(shape, {"dtype": tf.float32})
    return tf.cast((units - 0.5) * np.float32(np.sqrt(12)), tf.as_dtype(arguments["dtype"]))


def _whole_numbers(shape: Any, arguments: dict[str, Any]) -> Any:
    low, high = (tf.convert_to_tensor(arguments[name]) for name in ("minval", "maxval"))
    units = tf.cast(_units(shape, {"dtype": tf.float32}), tf.float64)
    return low + tf.cast(tf.floor(units * tf.cast(high - low, tf.float64)), low.dtype)


def _turned(value: Any, _: dict[str, Any]) -> Any:
    return tf.roll(value, shift=1, axis=0)


HELD_OPERATIONS = frozenset(
    {
        "RandomUniform", "RandomStandardNormal", "TruncatedNormal", "RandomUniformInt", "RandomShuffle",
        "StatelessRandomUniform", "StatelessRandomNormal", "StatelessTruncatedNormal", "StatelessRandomUniformInt",
        "StatelessRandomUniformV2", "StatelessRandomNormalV2", "StatelessTruncatedNormalV2",
        "StatelessRandomUniformIntV2", "StatefulUniform", "StatefulStandardNormalV2", "StatefulTruncatedNormal",
        "StatefulUniformInt",
    }
)  # fmt: skip
"""The kinds of operations that are held."""

_HELD: dict[Any, dict[str, Numbers]] = {
    gen_random_ops: {
        "random_uniform": _units,
        "random_standard_normal": _normals,
        "truncated_normal": _normals,
        "random_uniform_int": _whole_numbers,
        "random_shuffle": _turned,
    },
    gen_stateless_random_ops: {
        "stateless_random_uniform": _units,
        "stateless_random_normal": _normals,
        "stateless_truncated_normal": _normals,
        "stateless_random_uniform_int": _whole_numbers,
    },
    gen_stateless_random_ops_v2: {
        "stateless_random_uniform_v2": _units,
        "stateless_random_normal_v2": _normals,
        "stateless_truncated_normal_v2": _normals,
        "stateless_random_uniform_int_v2": _whole_numbers,
    },
    gen_stateful_random_ops: {
        "stateful_uniform": _units,
        "stateful_standard_normal_v2": _normals,
        "stateful_truncated_normal": _normals,
        "stateful_uniform_int": _whole_numbers,
    },
}


class TensorRandomness:
    """What TensorFlow draws."""

    held_operations = HELD_OPERATIONS
    """The kinds of operations that are held."""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let what is traced in this context draw fixed numbers; rarer distributions go on drawing."""
        before = [(module, name, getattr(module, name)) for module, names in _HELD.items() for name in names]
        for module, name, operation in before:
            setattr(module, name, _held(operation, _HELD[module][name]))
        try:
            yield
        finally:
            for module, name, operation in before:
                setattr(module, name, operation)

    def draw(self) -> float:
        """Draw a number from TensorFlow's global generator."""
        return float(tf.random.uniform(()))


def _held(operation: Callable[..., Any], numbers: Numbers) -> Callable[..., Any]:
    signature = inspect.signature(operation)

    def draw(*arguments: Any, **named: Any) -> Any:
        bound = signature.bind(*arguments, **named)
        bound.apply_defaults()
        if "shape" not in bound.arguments:
            return numbers(bound.arguments["value"], bound.arguments)
        return numbers(tf.cast(bound.arguments["shape"], tf.int32), bound.arguments)

    return draw
