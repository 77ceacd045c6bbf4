"""What is kept, counted or seeded where nobody looks, and models that only look as if they did so."""

import functools
import itertools
from typing import Any

import numpy as np
import tensorflow as tf
from otherwise import SUMS, X, network, regression
from tensorflow import keras
from tensorflow.keras import layers

from batchmark import Data, Workload

BY_LOSS: dict[str, Any] = {"epochs": 3, "quality_metric": "loss", "quality_margin": 0.1}


def parts() -> Data:
    return Data(train=(X[:200], SUMS[:200]), validation=(X[200:], SUMS[200:]))


def sums() -> Any:
    return X, SUMS


def signs() -> Data:
    labels = (SUMS > 0).astype("float32")
    return Data(train=(X[:200], labels[:200]), validation=(X[200:], labels[200:]))


def _compiled(model: Any, **settings: Any) -> Any:
    model.compile(**{"optimizer": keras.optimizers.SGD(0.02), "loss": "mse", **settings})
    return model


def _workload(load_data: Any, build_model: Any, size: int = 32, **settings: Any) -> Workload:
    return Workload(load_data=load_data, build_model=build_model, reference_batch_size=size, **settings)


class Best(keras.Sequential):  # type: ignore[misc]
    """Logs the best error so far, by a variable that an evaluation alone changes."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.best = tf.Variable(1e9, trainable=False)

    def test_step(self, data: Any) -> Any:
        x, y = data
        error = tf.reduce_mean(tf.abs(self(x) - y))
        self.best.assign(tf.minimum(self.best, error))
        return {"val_mae": error, "best_mae": tf.identity(self.best)}


BEST_SO_FAR = _workload(parts, lambda: _compiled(Best([keras.Input((6,)), layers.Dense(1)])), 32,
    epochs=3, quality_metric="best_mae", quality_direction="lower", quality_margin=0.1,
)  # fmt: skip

_EVALUATIONS = tf.Variable(0.0, trainable=False)


class Counting(keras.Sequential):  # type: ignore[misc]
    """Counts its evaluations in a variable at module level."""

    def test_step(self, data: Any) -> Any:
        _EVALUATIONS.assign_add(1.0)
        return {**super().test_step(data), "evaluations": tf.identity(_EVALUATIONS)}


EVALUATIONS_COUNTED = _workload(parts, lambda: _compiled(Counting([keras.Input((6,)), layers.Dense(1)])), 32,
    epochs=3, quality_metric="evaluations", quality_direction="lower", quality_margin=0.1,
)  # fmt: skip


def _annealed(by: float) -> Any:
    """Return a kind of model whose loss shrinks with each step ever taken by any."""
    steps = itertools.count()

    class Annealed(keras.Sequential):  # type: ignore[misc]
        def train_step(self, data: Any) -> Any:
            x, y = data
            factor = tf.numpy_function(lambda: np.float32(by ** next(steps)), [], tf.float32)
            with tf.GradientTape() as tape:
                loss = tf.reduce_mean(tf.square(self(x, training=True) - y)) * tf.ensure_shape(factor, ())
            gradients = tape.gradient(loss, self.trainable_variables)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
            return {"loss": loss}

    return lambda: _compiled(Annealed([keras.Input((6,)), layers.Dense(1)]))


ANNEALED = _workload(parts, _annealed(0.995), **BY_LOSS)
ANNEALED_SLOWLY = _workload(parts, _annealed(0.999), **BY_LOSS)
ANNEALED_UNSEEN = _workload(parts, _annealed(0.99998), **(BY_LOSS | {"epochs": 60}))


class CountsEvaluations(keras.Sequential):  # type: ignore[misc]
    """Whose evaluation counts in Python how often it was made."""

    made = 0

    def evaluate(self, *given: Any, **named: Any) -> Any:
        type(self).made += 1
        found = super().evaluate(*given, **named)
        if isinstance(found, dict):
            found["loss"] += 0.01 * self.made
        return found


COUNTED_IN_PYTHON = _workload(
    parts, lambda: _compiled(CountsEvaluations([keras.Input((6,)), layers.Dense(1)])), **BY_LOSS
)


def _with_counts() -> Any:
    metrics = [keras.metrics.Precision(), keras.metrics.AUC(num_thresholds=20), keras.metrics.Precision(thresholds=0.3)]
    model = keras.Sequential([keras.Input((6,)), layers.Dense(1, activation="sigmoid")])
    return _compiled(model, loss="binary_crossentropy", metrics=metrics)


UNNAMED_METRICS = _workload(signs, _with_counts, **BY_LOSS)

_LEARNED = [np.full((6, 8), 0.1, "float32"), np.zeros(8, "float32"), np.ones((8, 1), "float32"), np.zeros(1, "float32")]


def _pretrained() -> Any:
    seeded = keras.initializers.HeNormal(seed=42)
    model = regression(layers.Dense(8, kernel_initializer=seeded), rate=0.01)
    model.set_weights(_LEARNED)
    return model


def _fixed_features() -> Any:
    features = layers.Dense(8, kernel_initializer=keras.initializers.HeNormal(seed=1), trainable=False)
    head = layers.Dense(1, kernel_initializer="zeros")
    return _compiled(keras.Sequential([keras.Input((6,)), features, head]))


def _seeded_head() -> Any:
    """Learned elsewhere but for its head, which is the same draw for each seed."""
    body = layers.Dense(8)
    head = layers.Dense(1, kernel_initializer=keras.initializers.HeNormal(seed=1))
    model = _compiled(keras.Sequential([keras.Input((6,)), body, head]))
    body.set_weights(_LEARNED[:2])
    return model


PRETRAINED = _workload(sums, _pretrained, **BY_LOSS)
FIXED_FEATURES = _workload(sums, _fixed_features, **BY_LOSS)
SEEDED_HEAD = _workload(sums, _seeded_head, **BY_LOSS)


def _of_one_size(size: int) -> Any:
    inputs = keras.Input(batch_shape=(size, 6, 1))
    return _compiled(keras.Model(inputs, layers.Dense(1)(layers.SimpleRNN(4, stateful=True)(inputs))))


STATEFUL = _workload(lambda: (X[:300, :, None], SUMS[:300]), lambda: _of_one_size(30), 30,
    default_batch_sizes="30", epochs=2,
)  # fmt: skip
STATEFUL_AT_100 = _workload(lambda: (X[:300, :, None], SUMS[:300]), lambda: _of_one_size(100), 100,
    default_batch_sizes="100", epochs=2,
)  # fmt: skip


class DropsCallbacks(keras.Sequential):  # type: ignore[misc]
    def fit(self, *given: Any, callbacks: Any = None, **named: Any) -> Any:
        del callbacks
        return super().fit(*given, **named)


CALLBACKS_DROPPED = _workload(parts, lambda: _compiled(DropsCallbacks([keras.Input((6,)), layers.Dense(1)])), **BY_LOSS)


def batches(path: str = "data", batch_size: int = 32) -> Any:
    assert path in {"data", "given"}
    return tf.data.Dataset.from_tensor_slices((X, SUMS)).batch(batch_size)


def named_batches(*, batch_size: int) -> Any:
    return batches(batch_size=batch_size)


def first_batches(batch_size: int, /) -> Any:
    return batches(batch_size=batch_size)


SIZE_SECOND = _workload(batches, regression, 32, epochs=1)
SIZE_NAMED = _workload(named_batches, regression, 32, epochs=1)
SIZE_ALONE = _workload(first_batches, regression, 32, epochs=1)
SIZE_OF_A_PARTIAL = _workload(functools.partial(batches, path="given"), regression, 32, epochs=1)

_METRIC = keras.metrics.MeanAbsoluteError()
_INNER = keras.optimizers.SGD(0.1)


def _scaled() -> Any:
    return _compiled(network(), optimizer=keras.mixed_precision.LossScaleOptimizer(_INNER))


ONE_METRIC = _workload(sums, lambda: _compiled(regression(), metrics=[_METRIC]), **BY_LOSS)
ONE_INNER_OPTIMIZER = _workload(sums, _scaled, **BY_LOSS)


class NoLoss(keras.Sequential):  # type: ignore[misc]
    """Logs a loss by its steps alone, where Keras looks for it in a metric."""

    def train_step(self, data: Any) -> Any:
        x, y = data
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(self(x, training=True) - y))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables, strict=True))
        return {"loss": loss}

    def test_step(self, data: Any) -> Any:
        x, y = data
        return {"loss": tf.reduce_mean(tf.square(self(x) - y))}


def _without_loss() -> Any:
    model = NoLoss([keras.Input((6,)), layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.SGD(0.02))
    return model


WITHOUT_LOSS = _workload(parts, _without_loss, **BY_LOSS)
