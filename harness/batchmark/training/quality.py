"""Quality metrics: of targets and predictions, higher is better."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from batchmark.errors import UnknownNameError


def accuracy(targets: Any, predictions: Any) -> Any:
    """Return the share of examples whose most probable class is the target's, shape ().

    `targets`: one-hot (batch, classes) or class numbers (batch,); `predictions`: (batch, classes).
    """
    chosen = tf.argmax(predictions, axis=-1, output_type=tf.int32)
    one_hot = targets.shape.rank == predictions.shape.rank
    labels = tf.argmax(targets, axis=-1, output_type=tf.int32) if one_hot else tf.cast(targets, tf.int32)
    return tf.reduce_mean(tf.cast(tf.equal(chosen, labels), tf.float32))


_METRICS: dict[str, Callable[[Any, Any], Any]] = {"accuracy": accuracy}


def quality_metric(name: str) -> Callable[[Any, Any], Any]:
    """Return the metric called `name`.

    Raises UnknownNameError with the known ones named.
    """
    if name not in _METRICS:
        message = f"unknown quality metric {name!r}; the metrics are {', '.join(_METRICS)}"
        raise UnknownNameError(message)
    return _METRICS[name]
