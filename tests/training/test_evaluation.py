"""Test data are evaluated on as arrays are, however they are handed over."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training.evaluation import EVALUATED_AT_ONCE, Evaluated, evaluate
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.workloads import Split
from batchmark.workloads.quality import Quality

_EXAMPLES = 1_500
_DRAW = np.random.default_rng(0)
_X = _DRAW.normal(size=(_EXAMPLES, 4)).astype(np.float32)
_Z = _DRAW.normal(size=(_EXAMPLES, 4)).astype(np.float32)
_LABELS = (_X[:, 0] + 0.1 * _Z[:, 0] > 0).astype(np.int64)
_WEIGHTS = np.linspace(0, 3, _EXAMPLES, dtype=np.float32)
_ACCURACY = Quality(log="accuracy", sign=1.0, floor=0.5)
_LOSS = Quality(log="loss", sign=-1.0, floor=0.0)
_KERAS_3 = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 asks a loss of compile's alone")


def _compiled(model: Any) -> Any:
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _plain(kind: Any = keras.Sequential) -> Any:
    return _compiled(kind([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")]))


def _of_two(pack: Callable[[Any, Any], Any]) -> Any:
    x, z = keras.Input((4,), name="x"), keras.Input((4,), name="z")
    halves = [keras.layers.Dense(4)(x), keras.layers.Dense(4, activation="tanh")(z)]
    out = keras.layers.Dense(2, activation="softmax")(keras.layers.Concatenate()(halves))
    return _compiled(keras.Model(pack(x, z), out))


class Reconstructing(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    """What it learns is in the inputs alone."""

    def compute_loss(self, x: Any = None, y: Any = None, y_pred: Any = None, *_: Any, **__: Any) -> Any:
        assert y is None
        return tf.reduce_mean(tf.square(x - y_pred))


def _reconstructing() -> Any:
    model = Reconstructing([keras.Input((4,)), keras.layers.Dense(4)])
    model.compile("sgd", "mse")
    return model


def _named(x: Any, z: Any) -> Any:
    return {"x": x, "z": z}


def _listed(x: Any, z: Any) -> Any:
    return [x, z]


@pytest.mark.parametrize(
    ("build", "split", "quality"),
    [
        (_plain, Split(_X, _LABELS), _ACCURACY),
        (_plain, Split(_X[:700], _LABELS[:700]), _ACCURACY),
        (_plain, Split(_X.astype(np.float64), _LABELS[:, None]), _ACCURACY),
        (_plain, Split(_X, _LABELS, _WEIGHTS), _ACCURACY),
        (lambda: _of_two(_named), Split(_named(_X, _Z), _LABELS), _ACCURACY),
        (lambda: _of_two(_named), Split(_named(_X, _Z), _LABELS, _WEIGHTS), _ACCURACY),
        (lambda: _of_two(_listed), Split(_listed(_X, _Z), _LABELS), _ACCURACY),
        pytest.param(_reconstructing, Split(_X), _LOSS, marks=_KERAS_3),
    ],
    ids=["arrays", "few", "float64", "weights", "dictionary", "dictionary and weights", "list", "no targets"],
)
def test_loss_and_quality_are_those_of_arrays(build: Callable[[], Any], split: Split, quality: Quality) -> None:
    model, on = build(), Evaluated(split)
    arrays = InMemory(split).keras_arguments(EVALUATED_AT_ONCE)
    expected = model.evaluate(**arrays, verbose=0, return_dict=True)
    for _ in range(2):
        found = evaluate(model, on, quality)
        np.testing.assert_allclose(found, [expected["loss"], quality.sign * expected[quality.log]], rtol=1e-5)


def test_data_are_made_ready_once_for_all_models() -> None:
    on = Evaluated(Split(_X, _LABELS))
    first = on.arguments["x"]
    assert isinstance(first, tf.data.Dataset)
    for _ in range(2):
        evaluate(_plain(), on, _ACCURACY)
    assert on.arguments["x"] is first
    assert [len(x) for x, _ in first] == [EVALUATED_AT_ONCE, _EXAMPLES - EVALUATED_AT_ONCE]


class OwnEvaluate(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def evaluate(self, x: Any, y: Any, **named: Any) -> Any:
        assert isinstance(x, np.ndarray)
        found = super().evaluate(x[:100], y[:100], **named)
        return {**found, "accuracy": 0.125}


def test_an_evaluate_of_the_users_own_takes_arrays() -> None:
    found = evaluate(_plain(OwnEvaluate), Evaluated(Split(_X, _LABELS)), _ACCURACY)
    assert found[1] == 0.125


def test_an_evaluate_of_one_model_alone_takes_arrays() -> None:
    model = _plain()
    given: list[Any] = []
    plain = model.evaluate

    def evaluated(x: Any, *arguments: Any, **named: Any) -> Any:
        given.append(type(x))
        return plain(x, *arguments, **named)

    model.evaluate = evaluated
    evaluate(model, Evaluated(Split(_X, _LABELS)), _ACCURACY)
    assert given == [np.ndarray]


def test_what_is_no_tensor_is_handed_over_as_it_is() -> None:
    split = Split(tf.sparse.from_dense(_X), _LABELS)
    assert Evaluated(split).arguments["x"] is split.x
