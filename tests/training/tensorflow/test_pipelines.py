"""What is asked of a dataset, and made of one."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training.tensorflow.pipelines import Datasets

_X = np.arange(12, dtype="float32").reshape(6, 2)
_Y = np.arange(6, dtype="int32")


@pytest.mark.parametrize("batch", [_X, (_X, _Y[:6]), ({"a": _X}, [_Y])])
def test_a_batch_has_as_many_examples_as_its_first_axis(batch: Any) -> None:
    assert Datasets().batch_length(tf.nest.map_structure(tf.constant, batch)) == 6


def test_a_ragged_batch_has_as_many_examples_as_rows() -> None:
    assert Datasets().batch_length(tf.ragged.constant([[1], [2, 3]])) == 2


def test_batches_of_other_shapes_are_told_apart_and_ragged_ones_by_what_is_in_them() -> None:
    shape_of = Datasets().shape_of
    assert shape_of((tf.zeros((2, 3)), None)) == shape_of((tf.ones((2, 3)), None)) != shape_of((tf.zeros((2, 4)), None))
    assert shape_of(tf.ragged.constant([[1], [2, 3]])) != shape_of(tf.ragged.constant([[1], [2]]))


def test_what_repeats_a_dataset_fills_one_batch() -> None:
    (batch,) = Datasets().repeated(tf.data.Dataset.range(4).batch(2), 6)
    assert batch.numpy().tolist() == [0, 1, 2, 3, 0, 1]
