"""Quality metrics: of targets, predictions and the model's own loss on them; higher is better."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from batchmark.errors import UnknownNameError


def accuracy(targets: Any, predictions: Any, loss: Any) -> Any:
    """Return the share of examples whose most probable class is the target's, shape ().

    `targets`: one-hot (batch, …, classes) or class numbers (batch, …); `predictions`: (batch, …, classes), of which
    a single one is the probability of class 1.
    """
    del loss
    if predictions.shape[-1] == 1:
        hit = tf.equal(predictions[..., 0] > 0.5, tf.reshape(targets, tf.shape(predictions)[:-1]) > 0)  # noqa: PLR2004
        return tf.reduce_mean(tf.cast(hit, tf.float32))
    chosen = tf.argmax(predictions, axis=-1, output_type=tf.int32)
    one_hot = targets.shape.rank == predictions.shape.rank
    labels = tf.argmax(targets, axis=-1, output_type=tf.int32) if one_hot else tf.cast(targets, tf.int32)
    return tf.reduce_mean(tf.cast(tf.equal(chosen, labels), tf.float32))


def negative_loss(targets: Any, predictions: Any, loss: Any) -> Any:
    """Return minus the model's own loss, shape (): for regression and for language models (nats per token)."""
    del targets, predictions
    return -loss


_Metric = Callable[[Any, Any, Any], Any]
_METRICS: dict[str, _Metric] = {"accuracy": accuracy, "negative_loss": negative_loss}


def quality_metric(name: str) -> _Metric:
    """Return the metric called `name`.

    Raises UnknownNameError with the known ones named.
    """
    if name not in _METRICS:
        message = (
            f"unknown quality metric {name!r}; a workload whose quality is judged has one of {', '.join(_METRICS)}, "
            "and a quality_margin"
        )
        raise UnknownNameError(message)
    return _METRICS[name]
