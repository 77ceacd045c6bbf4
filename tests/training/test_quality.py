"""Quality metrics, on numbers small enough to check by eye."""

import pytest
import tensorflow as tf

from batchmark.errors import UnknownNameError
from batchmark.training.quality import accuracy, negative_loss, quality_metric

_LOSS = tf.constant(1.5)
_PREDICTIONS = tf.constant([[0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.9, 0.1]])


def test_accuracy_of_one_hot_targets() -> None:
    targets = tf.constant([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert float(accuracy(targets, _PREDICTIONS, _LOSS)) == 0.75


def test_accuracy_of_class_numbers() -> None:
    assert float(accuracy(tf.constant([0, 0, 1, 0]), _PREDICTIONS, _LOSS)) == 0.75


def test_accuracy_of_a_single_probability() -> None:
    probabilities = tf.constant([[0.8], [0.4], [0.3], [0.9]])
    assert float(accuracy(tf.constant([1, 0, 1, 1]), probabilities, _LOSS)) == 0.75
    assert float(accuracy(tf.constant([[1.0], [0.0], [1.0], [1.0]]), probabilities, _LOSS)) == 0.75


def test_accuracy_of_each_position_of_a_sequence() -> None:
    predictions = tf.stack([_PREDICTIONS, _PREDICTIONS])
    assert float(accuracy(tf.constant([[0, 0, 1, 0], [0, 1, 1, 0]]), predictions, _LOSS)) == 0.875


def test_a_smaller_loss_is_better() -> None:
    assert float(negative_loss(None, None, _LOSS)) == -1.5


def test_an_unknown_metric_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(UnknownNameError, match="accuracy"):
        quality_metric("beauty")
