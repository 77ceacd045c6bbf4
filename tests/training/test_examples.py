"""Training data as loops take it: arrays as tensors, or a pipeline for a batch size."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.errors import WorkloadError
from batchmark.training.examples import InMemory, Pipeline, batch_length
from batchmark.training.keras_versions import is_keras_3
from batchmark.workloads import Split

_X = np.arange(12, dtype="float32").reshape(6, 2)
_Y = np.arange(6, dtype="int32")
_W = np.linspace(0.0, 1.0, 6, dtype="float32")


def _dataset(size: int) -> Any:
    return tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(size)


def test_data_are_packed_as_train_step_takes_them() -> None:
    only_x = InMemory(Split(_X)).tensors()
    assert tf.is_tensor(only_x) or len(only_x) == 1
    assert len(InMemory(Split(_X, _Y)).tensors()) == 2
    x, y, weight = InMemory(Split(_X, _Y, _W)).tensors()
    for tensor, array in ((x, _X), (y, _Y), (weight, _W)):
        np.testing.assert_array_equal(tensor, array)


def test_tensors_are_made_once() -> None:
    data = InMemory(Split(_X, _Y))
    assert data.tensors() is data.tensors()


def test_arrays_in_lists_and_dictionaries_keep_their_structure() -> None:
    data = InMemory(Split({"left": _X, "right": [_X, _Y]}, [_Y, {"more": _Y}]))
    x, y = data.tensors()
    assert data.examples == 6
    assert set(x) == {"left", "right"}
    np.testing.assert_array_equal(x["right"][1], _Y)
    np.testing.assert_array_equal(y[1]["more"], _Y)


@pytest.mark.skipif(not is_keras_3(), reason="Keras 2 hands a step the one weight as it is")
def test_one_weight_for_an_example_counts_for_every_output() -> None:
    _, y, weight = InMemory(Split(_X, {"first": _Y, "second": [_Y, _Y]}, _W)).tensors()
    tf.nest.assert_same_structure(y, weight)
    for each in tf.nest.flatten(weight):
        np.testing.assert_array_equal(each, _W)


def test_a_weight_for_each_output_is_kept() -> None:
    _, _, weight = InMemory(Split(_X, [_Y, _Y], [_W, 2 * _W])).tensors()
    np.testing.assert_array_equal(weight[1], 2 * _W)


def test_a_weight_for_one_output_stays_one() -> None:
    assert tf.is_tensor(InMemory(Split(_X, _Y, _W)).tensors()[2])


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
    data = InMemory(Split({"x": array}))
    (tensor,) = tf.nest.flatten(data.tensors())
    assert tensor.dtype == dtype
    if dtype == "string":
        assert [text.decode() for text in tensor.numpy().tolist()] == list("abcdef")


def test_tensors_are_data_too() -> None:
    x, y = InMemory(Split(tf.constant(_X, "float64"), tf.constant(["a"] * 6))).tensors()
    # As fit has it: Keras 2 leaves tensors alone.
    assert (x.dtype, y.dtype) == ("float32" if is_keras_3() else "float64", "string")


def test_a_batch_holds_the_examples_asked_for_in_that_order() -> None:
    x, y = InMemory(Split({"x": _X}, _Y)).batch(tf.constant([4, 0, 4]))
    np.testing.assert_array_equal(y, [4, 0, 4])
    np.testing.assert_array_equal(x["x"], _X[[4, 0, 4]])


@pytest.mark.parametrize("examples", [4, 6, 15])
def test_repeated_data_are_the_same_again_and_again(examples: int) -> None:
    again = InMemory(Split({"x": _X}, [_Y, _Y], _W)).repeated(examples)
    assert again.examples == examples
    expected = [index % 6 for index in range(examples)]
    np.testing.assert_array_equal(again.split.x["x"], _X[expected])
    np.testing.assert_array_equal(again.split.y[1], _Y[expected])
    np.testing.assert_array_equal(again.split.sample_weight, _W[expected])


def test_what_was_not_given_is_not_repeated() -> None:
    again = InMemory(Split(_X)).repeated(8)
    assert (again.split.y, again.split.sample_weight) == (None, None)


@pytest.mark.parametrize(
    ("split", "message"),
    [
        (Split(_X, _Y[:5]), "x has 6, y has 5 examples"),
        (Split(_X, _Y, _W[:3]), "x has 6, y has 6, sample_weight has 3 examples"),
        (Split([_X, _X[:4]], _Y), "x has 4 and 6, y has 6 examples"),
        (Split(_X, {"a": _Y, "b": _Y[:1]}), "x has 6, y has 1 and 6 examples"),
    ],
)
def test_arrays_of_different_lengths_are_refused_with_each_length(split: Split, message: str) -> None:
    with pytest.raises(WorkloadError) as caught:
        InMemory(split)
    assert str(caught.value) == f"the data have different lengths: {message}"


@pytest.mark.parametrize("split", [Split(_X[:0]), Split(_X[:0], _Y[:0]), Split([]), Split({}, {}), Split([], _Y)])
def test_no_example_is_refused(split: Split) -> None:
    with pytest.raises(WorkloadError, match=r"^the data set is empty$"):
        InMemory(split)


@pytest.mark.parametrize(
    ("split", "what"),
    [
        (Split(None), "x is a NoneType"),
        (Split(5), "x is a int"),
        (Split([object()]), "x is a object"),
        (Split(_X, 5), "y is a int"),
        (Split(_X, np.array(1.0)), "y is a ndarray"),
    ],
)
def test_what_is_no_array_is_refused_by_name(split: Split, what: str) -> None:
    with pytest.raises(WorkloadError, match=f"{what}; expected an array whose first axis counts examples"):
        InMemory(split)


def test_a_pipeline_makes_a_new_dataset_for_each_batch_size() -> None:
    asked: list[int] = []

    def make(size: int) -> Any:
        asked.append(size)
        return _dataset(size)

    pipeline = Pipeline(make, examples=6)
    assert [batch_length(batch) for batch in pipeline.dataset(4)] == [4, 2]
    assert [batch_length(batch) for batch in pipeline.dataset(3)] == [3, 3]
    assert (asked, pipeline.examples) == ([4, 3], 6)


@pytest.mark.parametrize("batch", [_X, (_X, _Y[:6]), ({"a": _X}, [_Y])])
def test_a_batch_has_as_many_examples_as_its_first_axis(batch: Any) -> None:
    assert batch_length(tf.nest.map_structure(tf.constant, batch)) == 6
