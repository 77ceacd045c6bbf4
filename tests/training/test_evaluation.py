"""Test data are evaluated on as arrays are, however they are handed over."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training import evaluation
from batchmark.training.evaluation import EVALUATED_AT_ONCE, Evaluated, RepeatedEvaluation, evaluate
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
_JUDGED = Quality(log="judged", sign=1.0, floor=0.0)
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


def _changed(model: Any) -> None:
    """Give a model other weights than it has."""
    model.set_weights([1.1 * np.roll(weight, 1, axis=0) for weight in model.get_weights()])


def _never(*_: Any, **__: Any) -> Any:
    message = "evaluate was asked"
    raise AssertionError(message)


@pytest.mark.parametrize(
    ("build", "split", "quality"),
    [
        (_plain, Split(_X, _LABELS), _ACCURACY),
        (_plain, Split(_X[:700], _LABELS[:700]), _ACCURACY),
        (_plain, Split(_X, _LABELS, _WEIGHTS), _ACCURACY),
        (lambda: _of_two(_named), Split(_named(_X, _Z), _LABELS, _WEIGHTS), _ACCURACY),
        pytest.param(_reconstructing, Split(_X), _LOSS, marks=_KERAS_3),
    ],
    ids=["arrays", "few", "weights", "dictionary and weights", "no targets"],
)
def test_a_repeated_evaluation_says_what_evaluate_says_and_soon_without_it(
    build: Callable[[], Any], split: Split, quality: Quality, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, on = build(), Evaluated(split)
    repeated = RepeatedEvaluation(model, on, quality)
    for _ in range(3):
        np.testing.assert_allclose(repeated(), evaluate(model, on, quality), rtol=1e-6)
        _changed(model)
    expected = evaluate(model, on, quality)
    monkeypatch.setattr(evaluation, "evaluate", _never)
    np.testing.assert_allclose(repeated(), expected, rtol=1e-6)


def test_at_the_same_weights_again_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    repeated = RepeatedEvaluation(_plain(), Evaluated(Split(_X, _LABELS)), _ACCURACY)
    for _ in range(3):
        repeated()
    monkeypatch.setattr(evaluation, "evaluate", _never)
    with pytest.raises(AssertionError, match="evaluate was asked"):
        repeated()


class CallsPython(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    """It may count what no variable holds."""

    def call(self, inputs: Any, **named: Any) -> Any:
        given = tf.numpy_function(lambda x: x, [inputs], tf.float32)
        return super().call(tf.ensure_shape(given, (None, 4)), **named)


class NeverBeginsAnew(keras.metrics.Mean):  # type: ignore[misc]  # Keras has no types
    """A mean over all that was ever evaluated."""

    def reset_state(self) -> None:
        """It goes on."""


class NothingInAGraph(keras.metrics.Mean):  # type: ignore[misc]  # Keras has no types
    """Nothing at first; then, in a graph alone, nothing still."""

    def result(self) -> Any:
        found = super().result()
        return tf.where(found > 1.6, found, 0.0) if tf.executing_eagerly() else tf.zeros_like(found)


class Judges(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    """Its test step counts its metric of the weights themselves."""

    judge: Any

    def test_step(self, data: Any) -> Any:
        logs = super().test_step(data)
        self.judge.update_state(tf.reduce_sum(tf.abs(self.layers[-1].kernel)))
        return {**logs, "judged": self.judge.result()}


def _judged_by(kind: Any) -> Any:
    model = _plain(Judges)
    model.judge = kind(name="judged")
    model.layers[-1].kernel.assign(tf.ones((4, 2)) * 0.17)
    return model


class DrawsInItsTest(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def call(self, inputs: Any, **named: Any) -> Any:
        return super().call(inputs + tf.random.normal(tf.shape(inputs)), **named)


class LogsOfItsOwn(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    """Its last batch's logs are what evaluate returns, and no metric holds them."""

    def test_step(self, data: Any) -> Any:
        x, y = data
        right = tf.equal(tf.argmax(self(x, training=False), axis=1), y)
        return {"loss": tf.constant(1.0), "accuracy": tf.reduce_mean(tf.cast(right, tf.float32))}


class EagerInItsTest(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def test_step(self, data: Any) -> Any:
        assert not isinstance(data[0], tf.Tensor) or data[0].shape[0] is None, "of a graph with shapes"
        return super().test_step(data)


def _without_metrics() -> Any:
    model = LogsOfItsOwn([keras.Input((4,)), keras.layers.Dense(2, activation="softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


@pytest.mark.parametrize(
    ("build", "quality"),
    [
        pytest.param(lambda: _judged_by(NeverBeginsAnew), _JUDGED, id="a metric that never begins anew"),
        pytest.param(lambda: _judged_by(NothingInAGraph), _JUDGED, id="a metric that is another in a graph"),
        pytest.param(lambda: _plain(CallsPython), _ACCURACY, id="a call of Python"),
        pytest.param(lambda: _plain(DrawsInItsTest), _ACCURACY, id="random numbers"),
        pytest.param(_without_metrics, _ACCURACY, id="logs of its own"),
        pytest.param(lambda: _plain(EagerInItsTest), _ACCURACY, id="what can't be traced"),
        pytest.param(lambda: _plain(OwnEvaluate), _ACCURACY, id="an evaluate of its own"),
    ],
)
@_KERAS_3
def test_what_the_graph_says_otherwise_evaluate_is_asked_for(build: Callable[[], Any], quality: Quality) -> None:
    model = build()
    repeated = RepeatedEvaluation(model, Evaluated(Split(_X, _LABELS)), quality)
    asked: list[Any] = []
    plain = evaluation.evaluate

    def noted(*arguments: Any) -> Any:
        asked.append(plain(*arguments))
        return asked[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evaluation, "evaluate", noted)
        for _ in range(4):
            np.testing.assert_array_equal(repeated(), asked[-1])
            _changed(model)
    assert len(asked) == 4


@_KERAS_3
def test_what_a_test_step_counts_is_counted_once_by_each_evaluation() -> None:
    class Counts(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
        def build(self, _: Any) -> None:
            self.seen = self.add_weight(shape=(), initializer="zeros", trainable=False)

        def call(self, inputs: Any) -> Any:
            self.seen.assign_add(1.0)
            return inputs

    model = _compiled(
        keras.Sequential([keras.Input((4,)), counts := Counts(), keras.layers.Dense(2, activation="softmax")])
    )
    repeated = RepeatedEvaluation(model, Evaluated(Split(_X, _LABELS)), _ACCURACY)
    before, counted = float(counts.seen.numpy()), []
    for _ in range(4):
        repeated()
        counted.append(float(counts.seen.numpy()) - before)
        kernel = model.layers[-1].kernel
        kernel.assign(kernel * 1.1)
    assert counted == [2.0, 4.0, 6.0, 8.0]


def test_a_diverged_training_shows_nothing_and_ends_nothing() -> None:
    model, on = _plain(), Evaluated(Split(_X, _LABELS))
    repeated = RepeatedEvaluation(model, on, _ACCURACY)
    first = model.get_weights()
    model.set_weights([np.full_like(weight, np.nan) for weight in first])
    assert np.isnan(repeated()[0])
    model.set_weights(first)
    for _ in range(3):
        np.testing.assert_allclose(repeated(), evaluate(model, on, _ACCURACY), rtol=1e-6)
        _changed(model)
    assert not repeated._is_given_up


@_KERAS_3
def test_what_a_metric_keeps_from_evaluation_to_evaluation_is_kept_once() -> None:
    model, twin = _judged_by(NeverBeginsAnew), _judged_by(NeverBeginsAnew)
    twin.set_weights(model.get_weights())
    on = Evaluated(Split(_X, _LABELS))
    repeated = RepeatedEvaluation(model, on, _JUDGED)
    for _ in range(4):
        np.testing.assert_allclose(repeated(), evaluate(twin, on, _JUDGED), rtol=1e-6)
        _changed(model)
        _changed(twin)
