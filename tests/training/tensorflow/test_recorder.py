"""A user's data, handed to a step as fit hands it."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from scipy import sparse

from batchmark.training.keras_versions import is_keras_3
from batchmark.training.tensorflow.recorder import TensorRecorder
from batchmark.workloads import Split

_X = np.arange(12, dtype="float32").reshape(6, 2)
_Y = np.arange(6, dtype="int32")
_W = np.linspace(0.0, 1.0, 6, dtype="float32")


def _table() -> Any:
    pandas = pytest.importorskip("pandas")
    return pandas.DataFrame({"a": np.arange(6), "b": np.arange(6) / 2})


def test_data_are_packed_as_train_step_takes_them() -> None:
    only_x = TensorRecorder().given(Split(_X))
    assert tf.is_tensor(only_x) or len(only_x) == 1
    assert len(TensorRecorder().given(Split(_X, _Y))) == 2
    x, y, weight = TensorRecorder().given(Split(_X, _Y, _W))
    for tensor, array in ((x, _X), (y, _Y), (weight, _W)):
        np.testing.assert_array_equal(tensor, array)


def test_arrays_in_lists_and_dictionaries_keep_their_structure() -> None:
    x, y = TensorRecorder().given(Split({"left": _X, "right": [_X, _Y]}, [_Y, {"more": _Y}]))
    assert set(x) == {"left", "right"}
    np.testing.assert_array_equal(x["right"][1], _Y)
    np.testing.assert_array_equal(y[1]["more"], _Y)


@pytest.mark.skipif(not is_keras_3(), reason="Keras 2 hands a step the one weight as it is")
def test_one_weight_for_an_example_counts_for_every_output() -> None:
    _, y, weight = TensorRecorder().given(Split(_X, {"first": _Y, "second": [_Y, _Y]}, _W))
    tf.nest.assert_same_structure(y, weight)
    for each in tf.nest.flatten(weight):
        np.testing.assert_array_equal(each, _W)


def test_a_weight_for_each_output_is_kept() -> None:
    _, _, weight = TensorRecorder().given(Split(_X, [_Y, _Y], [_W, 2 * _W]))
    np.testing.assert_array_equal(weight[1], 2 * _W)


def test_a_weight_for_one_output_stays_one() -> None:
    assert tf.is_tensor(TensorRecorder().given(Split(_X, _Y, _W))[2])


@pytest.mark.parametrize(
    ("array", "dtype"),
    [
        (_X.astype("float64"), "float32"),
        (_X.astype("float16"), "float32"),
        (_X, "float32"),
        (_Y.astype("int64"), "int64"),
        (_Y.astype("uint8"), "uint8"),
        (_Y > 2, "bool"),
        (tf.constant(list("abcdef")), "string"),
    ],
)
def test_every_float_becomes_keras_own_and_nothing_else_changes(array: Any, dtype: str) -> None:
    (tensor,) = tf.nest.flatten(TensorRecorder().given(Split({"x": array})))
    assert tensor.dtype == dtype
    if dtype == "string":
        assert [text.decode() for text in tensor.numpy().tolist()] == list("abcdef")


def test_tensors_are_data_too() -> None:
    x, y = TensorRecorder().given(Split(tf.constant(_X, "float64"), tf.constant(["a"] * 6)))
    # As fit has it: Keras 2 leaves tensors alone.
    assert (x.dtype, y.dtype) == ("float32" if is_keras_3() else "float64", "string")


def test_a_column_of_a_table_gets_an_axis_of_its_own_as_in_fit() -> None:
    table = _table()
    x, y = TensorRecorder().given(Split(table, table["b"]))
    assert (x.shape, y.shape) == ((6, 2), (6, 1))


def test_a_table_of_mixed_types_becomes_one_matrix_as_in_fit() -> None:
    table = _table()
    assert TensorRecorder().given(Split(table)).dtype.is_floating


def test_a_sparse_matrix_comes_as_a_sparse_tensor_as_in_fit() -> None:
    x, y = TensorRecorder().given(Split(sparse.csr_matrix(_X), np.arange(6)))
    assert isinstance(x, tf.SparseTensor)
    np.testing.assert_array_equal(tf.sparse.to_dense(x), _X)
    assert y.shape == (6,)


def test_arrays_keep_the_shape_they_have() -> None:
    x, y, weight = TensorRecorder().given(Split(_X, np.arange(6), np.ones(6)))
    assert (x.shape, y.shape, weight.shape) == ((6, 2), (6,), (6,))
