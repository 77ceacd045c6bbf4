"""Models and data that fast ways of training get wrong most easily, in Keras 3 alone; the right answer is `fit`'s."""

import math
from typing import Any

import keras
import numpy as np
from on_any_backend import EXAMPLES, FEATURES, Batches, classes, compiled, dense, features, labels, layers

from batchmark import Data, Workload

_JUDGED: dict[str, Any] = {"epochs": 3, "reference_batch_size": 16}
_BY_ACCURACY = {**_JUDGED, "quality_metric": "accuracy", "quality_margin": 0.2}
_BY_LOSS = {**_JUDGED, "quality_metric": "negative_loss", "quality_margin": 0.2}


def _in_a_column() -> Data:
    column = labels()[:, None]
    return Data((features(), column), (features()[::2], column[::2]))


def _of_real_numbers() -> Data:
    target = features().sum(axis=1)
    return Data((features(), target), (features()[::2], target[::2]))


def _regression(**settings: Any) -> Any:
    model = keras.Sequential([keras.Input((FEATURES,)), layers.Dense(1)])
    return compiled(model, loss="mse", metrics=["mae"], **settings)


def _penalized() -> Any:
    """Its loss depends on its weights, which the loss is not given."""
    model = dense(layers.Dense(8, activation="relu"))

    def loss(target: Any, prediction: Any) -> Any:
        penalty = 0.1 * keras.ops.sum(keras.ops.square(model.layers[0].kernel))
        return keras.losses.sparse_categorical_crossentropy(target, prediction) + penalty

    return compiled(model, loss=loss)


class OwnFit(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def fit(self, *arguments: Any, **options: Any) -> Any:
        return super().fit(*arguments, class_weight={0: 1.0, 1: 20.0, 2: 0.01}, **options)


def _weighs_classes() -> Any:
    return compiled(OwnFit([keras.Input((FEATURES,)), layers.Dense(3, activation="softmax")]))


class _Explodes(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # as above
    """No number any more from the second epoch on."""

    def __call__(self, step: Any) -> Any:
        return keras.ops.where(keras.ops.cast(step, "float32") < EXAMPLES // 16 + 3, 0.1, math.inf)

    def get_config(self) -> dict[str, Any]:
        return {}


def _seeds_itself() -> Any:
    keras.utils.set_random_seed(42)
    return dense()


class _OfASizeOfItsOwn(Batches):
    def __init__(self, batch_size: int) -> None:
        del batch_size
        super().__init__(30)


class _Padded(Batches):
    """Sentences of 1 to 12 words, each batch as long as its longest."""

    def __getitem__(self, index: int) -> Any:
        own = range(index * self._size, min((index + 1) * self._size, EXAMPLES))
        longest = max(1 + number // 8 for number in own)
        words = np.zeros((len(own), longest), "int32")
        for row, number in enumerate(own):
            words[row, : 1 + number // 8] = 1 + np.arange(1 + number // 8) % 19
        return words, labels()[own.start : own.stop]


def _reads_words() -> Any:
    words = (layers.Embedding(20, 6, mask_zero=True), layers.GlobalAveragePooling1D())
    return dense(*words, shape=(None,))


class _CountsItsCalls(layers.Layer):  # type: ignore[misc]  # as above
    """Changes a variable of its own in each call while it trains."""

    def build(self, input_shape: Any) -> None:
        del input_shape
        self.calls = self.add_weight(shape=(), initializer="zeros", trainable=False, name="calls")

    def call(self, inputs: Any, training: bool = False) -> Any:  # noqa: FBT001, FBT002  as Keras passes it
        if training:
            self.calls.assign_add(1.0)
        return inputs * (1.0 + 0.01 * self.calls)


_MODEL = dense()

COLUMN = Workload(dense, _in_a_column, **_BY_ACCURACY)
FLAT_TARGETS = Workload(_regression, _of_real_numbers, **_BY_LOSS)
PENALIZED = Workload(_penalized, classes, **_BY_LOSS)
COUNTS = Workload(lambda: dense(layers.Dense(8), _CountsItsCalls()), classes, **_BY_ACCURACY)
OWN_FIT = Workload(_weighs_classes, classes, **_BY_ACCURACY)
EXPLODES = Workload(lambda: _regression(optimizer=keras.optimizers.SGD(_Explodes())), _of_real_numbers, **_BY_LOSS)
ONE_SEED = Workload(_seeds_itself, classes, **_BY_ACCURACY)
ONE_MODEL = Workload(lambda: _MODEL, classes, **_BY_ACCURACY)
IGNORES_ITS_SIZE = Workload(dense, _OfASizeOfItsOwn, **_JUDGED)
PADDED = Workload(_reads_words, _Padded, **_JUDGED)
