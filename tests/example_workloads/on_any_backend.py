"""Small models of many kinds in Keras 3 alone, so that each backend runs them: 90 examples, a partial batch of 16."""

import math
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import scipy.sparse

from batchmark import Data, Workload

layers: Any = keras.layers

EXAMPLES, FEATURES, CLASSES, STEPS = 90, 6, 3, 5


def features() -> Any:
    return np.random.default_rng(0).normal(size=(EXAMPLES, FEATURES)).astype("float32")


def labels() -> Any:
    return np.random.default_rng(1).integers(CLASSES, size=EXAMPLES).astype("int32")


def classes() -> Data:
    return Data((features(), labels()), (features()[::2], labels()[::2]))


def series() -> Data:
    draw = np.random.default_rng(2).normal(size=(EXAMPLES, STEPS, 4)).astype("float32")
    return Data((draw, labels()), (draw[::2], labels()[::2]))


def images() -> Data:
    draw = np.random.default_rng(3).random((EXAMPLES, 8, 8, 2), dtype="float32")
    return Data((draw, labels()), (draw[::2], labels()[::2]))


def weighted() -> Data:
    weights = np.linspace(0.1, 2.0, EXAMPLES).astype("float32")
    return Data((features(), labels(), weights), (features()[::2], labels()[::2]))


def mostly_nothing() -> Data:
    x = scipy.sparse.csr_matrix(np.where(np.abs(features()) > 1, features(), 0))
    return Data((x, labels()), (x[::2], labels()[::2]))


def pairs() -> Data:
    x = {"left": features(), "right": features()[::-1].copy()}
    y = {"class": labels(), "sum": features().sum(axis=1, keepdims=True)}
    return Data((x, y), (x, y))


class Batches(keras.utils.PyDataset if hasattr(keras.utils, "PyDataset") else object):  # type: ignore[misc]  # Keras has no types, and Keras 2 not this one
    """Features and labels, batch by batch."""

    def __init__(self, batch_size: int) -> None:
        super().__init__()
        self._size = batch_size

    def __len__(self) -> int:
        return math.ceil(EXAMPLES / self._size)

    def __getitem__(self, index: int) -> Any:
        own = slice(index * self._size, (index + 1) * self._size)
        return features()[own], labels()[own]


def batches(batch_size: int) -> Any:
    return Batches(batch_size)


def compiled(model: Any, **settings: Any) -> Any:
    how = {"optimizer": "sgd", "loss": "sparse_categorical_crossentropy", "metrics": ["accuracy"], **settings}
    model.compile(**how)
    return model


def dense(*between: Any, shape: tuple[int | None, ...] = (FEATURES,), **settings: Any) -> Any:
    end = layers.Dense(CLASSES, activation="softmax")
    return compiled(keras.Sequential([keras.Input(shape), *between, end]), **settings)


def _workload(build: Callable[[], Any], load: Callable[..., Any] = classes, **how: Any) -> Workload:
    judged = {} if load is batches else {"quality_metric": "accuracy", "quality_margin": 0.2}
    return Workload(build, load, reference_batch_size=16, epochs=3, **{**judged, **how})


class Sparseness(layers.Layer):  # type: ignore[misc]  # Keras has no types
    """Adds a loss of its own."""

    def call(self, inputs: Any) -> Any:
        self.add_loss(0.01 * keras.ops.mean(keras.ops.abs(inputs)))
        return inputs


class OfItsOwnKind(keras.Model):  # type: ignore[misc]  # Keras has no types
    """Not made of layers in a row, and built by its first batch."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden = layers.Dense(8, activation="tanh")
        self.end = layers.Dense(CLASSES, activation="softmax")

    def call(self, inputs: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  as Keras passes it
        del training
        return self.end(self.hidden(inputs) + 0.1)


def _two_in_two_out() -> Any:
    left, right = keras.Input((FEATURES,), name="left"), keras.Input((FEATURES,), name="right")
    both = layers.Dense(8, activation="relu")(layers.Concatenate()([left, right]))
    outputs = {
        "class": layers.Dense(CLASSES, activation="softmax", name="class")(both),
        "sum": layers.Dense(1, name="sum")(both),
    }
    model = keras.Model({"left": left, "right": right}, outputs)
    loss = {"class": "sparse_categorical_crossentropy", "sum": "mse"}
    model.compile(optimizer="sgd", loss=loss, metrics={"class": ["accuracy"]})
    return model


def _decaying() -> Any:
    rate = keras.optimizers.schedules.ExponentialDecay(0.1, decay_steps=3, decay_rate=0.9)
    return dense(layers.Dense(8, activation="relu"), optimizer=keras.optimizers.SGD(rate, momentum=0.9))


def _half_frozen() -> Any:
    frozen = layers.Dense(8, activation="tanh", trainable=False)
    return dense(frozen, layers.Dense(8, activation="relu"))


PLAIN = _workload(dense)
DROPOUT = _workload(lambda: dense(layers.Dense(16, activation="relu"), layers.Dropout(0.3)))
NOISE = _workload(lambda: dense(layers.GaussianNoise(0.2), layers.Dense(8, activation="relu")))
NORMALIZED = _workload(lambda: dense(layers.Dense(8), layers.BatchNormalization(), layers.Activation("relu")))
ADAM = _workload(lambda: dense(layers.Dense(8, activation="relu"), optimizer="adam"))
AVERAGED = _workload(lambda: dense(optimizer=keras.optimizers.Adam(0.01, use_ema=True, ema_momentum=0.9)))
ACCUMULATED = _workload(lambda: dense(optimizer=keras.optimizers.SGD(0.1, gradient_accumulation_steps=2)))
CLIPPED = _workload(lambda: dense(optimizer=keras.optimizers.SGD(0.1, global_clipnorm=0.5)))
REGULARIZED = _workload(lambda: dense(layers.Dense(8, kernel_regularizer="l2")))
ADDS_LOSS = _workload(lambda: dense(layers.Dense(8), Sparseness()))
FROZEN = _workload(_half_frozen)
DECAYING = _workload(_decaying)
RECURRENT = _workload(lambda: dense(layers.GRU(6), shape=(STEPS, 4)), series)
CONVOLUTIONS = _workload(lambda: dense(layers.Conv2D(4, 3), layers.Flatten(), shape=(8, 8, 2)), images)
OWN_KIND = _workload(lambda: compiled(OfItsOwnKind()))
WEIGHTED = _workload(dense, weighted)
SEVERAL = _workload(_two_in_two_out, pairs, quality_metric="class_accuracy")
SPARSE = _workload(dense, mostly_nothing)
BATCHES = _workload(dense, batches)
