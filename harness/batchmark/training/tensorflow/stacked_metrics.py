"""A model's metrics, of many seeds at once."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray


def new_metrics(model: Any) -> list[NDArray[Any]]:
    """Return what the model's metrics hold before a batch."""
    model.reset_metrics()
    return [variable.numpy() for variable in model.metrics_variables]


def of_each_seed(values: Sequence[NDArray[Any]], seeds: int) -> list[Any]:
    """Return `values` as each of so many seeds has them at first."""
    return [tf.constant(np.broadcast_to(value, (seeds, *value.shape))) for value in values]


def pairs(model: Any, metrics: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return the metrics' variables, each with what stands for it."""
    return list(zip(model.metrics_variables, metrics, strict=True))


def updated(model: Any, scope: Any) -> list[Any]:
    """Return what the metrics' variables hold in `scope`."""
    return [scope.get_current_value(variable) for variable in model.metrics_variables]


def scalar(value: Any) -> Any:
    """Return a log as one number; the mean where a metric gives several."""
    return tf.reduce_mean(tf.cast(value, tf.float32))
