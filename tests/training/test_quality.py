"""Quality metrics, on numbers small enough to check by eye."""

import pytest
import tensorflow as tf

from batchmark.errors import UnknownNameError
from batchmark.training.quality import accuracy, quality_metric

_PREDICTIONS = tf.constant([[0.8, 0.2], [0.4, 0.6], [0.3, 0.7], [0.9, 0.1]])


def test_accuracy_of_one_hot_targets() -> None:
    targets = tf.constant([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    assert float(accuracy(targets, _PREDICTIONS)) == 0.75


def test_accuracy_of_class_numbers() -> None:
    assert float(accuracy(tf.constant([0, 0, 1, 0]), _PREDICTIONS)) == 0.75


def test_an_unknown_metric_is_refused_with_the_known_ones_named() -> None:
    with pytest.raises(UnknownNameError, match="accuracy"):
        quality_metric("beauty")
