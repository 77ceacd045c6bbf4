"""Training data as loops take it: arrays in memory, or a pipeline for a batch size."""

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.errors import WorkloadError
from batchmark.training.backend import the_backend
from batchmark.training.examples import InMemory, Pipeline
from batchmark.workloads import Split

_X = np.arange(12, dtype="float32").reshape(6, 2)
_Y = np.arange(6, dtype="int32")
_W = np.linspace(0.0, 1.0, 6, dtype="float32")


def _dataset(size: int) -> Any:
    return tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(size)


def test_what_a_step_takes_is_made_once() -> None:
    data = InMemory(Split(_X, _Y))
    assert data.as_fit_gives() is data.as_fit_gives()


def test_examples_in_lists_and_dictionaries_are_counted_once() -> None:
    assert InMemory(Split({"left": _X, "right": [_X, _Y]}, [_Y, {"more": _Y}])).examples == 6


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
    assert [the_backend().pipelines.batch_length(batch) for batch in pipeline.dataset(4)] == [4, 2]
    assert [the_backend().pipelines.batch_length(batch) for batch in pipeline.dataset(3)] == [3, 3]
    assert (asked, pipeline.examples) == ([4, 3], 6)
