"""Trying a user's workload out before it is measured."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from batchmark.errors import BatchmarkError, WorkloadError
from batchmark.training.beside_fit import BesideFit
from batchmark.training.loading import Loaded, load
from batchmark.training.trying_out import try_out

_START = """
import numpy as np
import tensorflow as tf
from tensorflow import keras
from batchmark import Workload

X = np.random.default_rng(0).normal(size=(40, 2)).astype("float32")
Y = X.sum(axis=1, keepdims=True)

def compiled(layer=None, **settings):
    model = keras.Sequential([keras.Input((2,)), layer or keras.layers.Dense(1)])
    model.compile(**{"optimizer": "sgd", "loss": "mse", **settings})
    return model

def build():
    return compiled()

def data():
    return X, Y

"""
_FIRST_LINE = _START.count("\n") + 1


@pytest.fixture
def try_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[..., Loaded]:
    """Write a user's module with this in it, load the workload and try it out."""
    monkeypatch.syspath_prepend(str(tmp_path))
    module = f"trying_{abs(hash(request.node.nodeid))}"

    def write_and_try(source: str, arguments: str) -> Loaded:
        (tmp_path / f"{module}.py").write_text(f"{_START}{source}\n\nW = Workload({arguments})\n")
        loaded = load(f"{module}:W")
        try_out(BesideFit(loaded))
        return loaded

    return write_and_try


def _refused(try_source: Callable[..., Loaded], source: str, arguments: str, *, line: int = _FIRST_LINE) -> str:
    """Return why, without the user's own file and line, which it starts with."""
    with pytest.raises(WorkloadError) as caught:
        try_source(source, arguments)
    message = str(caught.value)
    assert "\n" not in message
    where, why = message.split(": ", 1)
    assert Path(where).name.startswith("trying_")
    assert where.endswith(f".py:{line}")
    return why


def test_what_trains_is_let_through(loaded_blobs: Loaded) -> None:
    before = np.copy(loaded_blobs.train.split.x)  # type: ignore[union-attr]
    try_out(BesideFit(loaded_blobs))
    np.testing.assert_array_equal(before, loaded_blobs.train.split.x)  # type: ignore[union-attr]


def test_a_dataset_that_trains_is_let_through(try_source: Callable[..., Loaded]) -> None:
    source = "def batches(batch_size):\n    return tf.data.Dataset.from_tensor_slices((X, Y)).batch(batch_size)"
    assert try_source(source, "build, batches").train.examples == 40


def test_ten_steps_are_enough_and_are_taken_three_times(try_source: Callable[..., Loaded]) -> None:
    source = """
STEPS = []

class Counting(keras.Sequential):
    def train_step(self, data):
        tf.py_function(lambda: STEPS.append(1), [], [])
        return super().train_step(data)

def counting():
    model = Counting([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model
"""
    loaded = try_source(source, "counting, data, reference_batch_size=2")
    assert sum(loaded.workload.build_model.__globals__["STEPS"]) == 30


def test_a_model_that_is_not_compiled_is_refused(try_source: Callable[..., Loaded]) -> None:
    source = "def plain():\n    return keras.Sequential([keras.layers.Dense(1)])"
    why = _refused(try_source, source, "plain, data")
    assert why == "the model isn't compiled; call model.compile(optimizer=..., loss=...) before returning it"


def test_a_builder_that_raises_is_told_with_its_own_line(try_source: Callable[..., Loaded]) -> None:
    source = "def raising():\n    units = 'many'\n    return compiled(keras.layers.Dense(-1))"
    why = _refused(try_source, source, "raising, data", line=_FIRST_LINE + 2)
    assert why.startswith("the model can't be built: ValueError: ")


@pytest.mark.parametrize(("returned", "kind"), [("None", "NoneType"), ("build", "function"), ("(build(),)", "tuple")])
def test_what_is_no_model_is_refused_by_its_kind(try_source: Callable[..., Loaded], returned: str, kind: str) -> None:
    why = _refused(try_source, f"def odd():\n    return {returned}", "odd, data")
    assert why == f"it returns a {kind}; expected a compiled Keras model"


def test_a_model_that_does_not_take_the_declared_learning_rate_is_refused(try_source: Callable[..., Loaded]) -> None:
    why = _refused(try_source, "def mine():\n    return compiled()", "mine, data, learning_rate=0.1")
    assert why == "it has to take the learning_rate that the workload declares"


def test_labels_that_do_not_match_the_model_are_refused(try_source: Callable[..., Loaded]) -> None:
    source = """
def three_classes():
    return compiled(keras.layers.Dense(3, activation="softmax"), loss="categorical_crossentropy")
"""
    why = _refused(try_source, source, "three_classes, data", line=_FIRST_LINE + 1)
    assert why.startswith("the model can't be trained on the data: ValueError: ")


def test_inputs_of_another_shape_are_refused(try_source: Callable[..., Loaded]) -> None:
    source = "def five():\n    return X[:, :1], Y"
    with pytest.raises(WorkloadError, match="the model can't be trained on the data: ") as caught:
        try_source(source, "build, five")
    assert "\n" not in str(caught.value)


def test_an_error_in_the_users_own_step_is_told_with_its_line(try_source: Callable[..., Loaded]) -> None:
    source = """
class Mine(keras.Sequential):
    def train_step(self, data):
        return data["no such key"]

def mine():
    model = Mine([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model
"""
    why = _refused(try_source, source, "mine, data", line=_FIRST_LINE + 3)
    assert why.startswith("the model can't be trained on the data: ")


@pytest.mark.parametrize("bad", ["nan", "inf"])
def test_inputs_that_are_not_finite_are_named_as_the_cause(try_source: Callable[..., Loaded], bad: str) -> None:
    source = f"def broken():\n    x = X.copy()\n    x[3] = np.{bad}\n    return x, Y"
    why = _refused(try_source, source, "build, broken")
    assert why.startswith("the loss is ")
    assert "after 1 step of 10 examples" in why
    assert "(the inputs hold values that are not finite)" in why


def test_inputs_on_a_wrong_scale_are_told_with_their_range(try_source: Callable[..., Loaded]) -> None:
    source = "def large():\n    return np.array([[-3.0, 4.0]] * 40) * 1e30, Y"
    why = _refused(try_source, source, "build, large")
    assert "the data are on a wrong scale for the loss (inputs from -3e+30 to 4e+30)" in why


def test_a_learning_rate_that_is_too_large_is_refused_within_the_first_steps(
    try_source: Callable[..., Loaded],
) -> None:
    source = "def fast(learning_rate):\n    return compiled(optimizer=keras.optimizers.SGD(learning_rate))"
    with pytest.raises(WorkloadError, match=r"after \d+ steps of 4 examples: .* or the learning rate is too large$"):
        try_source(source, "fast, data, learning_rate=1e12, reference_batch_size=4")


def test_inputs_that_are_text_have_no_range(try_source: Callable[..., Loaded]) -> None:
    source = """
def build_text():
    length = keras.layers.Lambda(lambda text: tf.strings.length(text) / 0)
    model = keras.Sequential([keras.Input((1,), dtype="string"), length, keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    return model

def texts():
    return tf.constant([["word"]] * 40), Y
"""
    why = _refused(try_source, source, "build_text, texts", line=_FIRST_LINE + 7)
    assert "wrong scale for the loss, or the learning rate" in why


def test_this_packages_own_errors_pass_unchanged(loaded_blobs: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> Any:
        message = "already told; type this"
        raise BatchmarkError(message)

    monkeypatch.setattr("batchmark.training.short_training.trace_step", refuse)
    with pytest.raises(BatchmarkError, match=r"^already told; type this$"):
        try_out(BesideFit(loaded_blobs))
