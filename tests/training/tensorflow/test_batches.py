"""Batches as a step takes them."""

import numpy as np
import tensorflow as tf

from batchmark.training.examples import InMemory, Pipeline
from batchmark.training.tensorflow.batches import batch_at, spec_of_batches
from batchmark.workloads import Split

_X = np.arange(12, dtype="float32").reshape(6, 2)
_Y = np.arange(6, dtype="int32")


def test_batches_of_arrays_may_have_any_number_of_examples() -> None:
    x, y = spec_of_batches(InMemory(Split(_X, _Y)), 4)
    assert (x.shape.as_list(), x.dtype) == ([None, 2], "float32")
    assert (y.shape.as_list(), y.dtype) == ([None], "int32")


def test_a_pipeline_says_itself_what_its_batches_are() -> None:
    pipeline = Pipeline(lambda size: tf.data.Dataset.from_tensor_slices(_X).batch(size), examples=6)
    assert spec_of_batches(pipeline, 4) == tf.TensorSpec([None, 2], "float32")


def test_a_batch_holds_the_examples_asked_for_in_that_order() -> None:
    x, y = batch_at(InMemory(Split({"x": _X}, _Y)), tf.constant([4, 0, 4]))
    np.testing.assert_array_equal(y, [4, 0, 4])
    np.testing.assert_array_equal(x["x"], _X[[4, 0, 4]])
