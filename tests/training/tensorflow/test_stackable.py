"""Which models' seeds can be trained at once."""

from typing import Any

import numpy as np
import pytest

from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.tensorflow.stackable import why_not_stackable
from batchmark.workloads import Split

_PLAIN = Split(np.zeros((4, 2), np.float32), np.zeros((4, 3), np.float32))

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has no stateless calls: nothing is stacked")


def _small(optimizer: Any, *layers: Any) -> Any:
    model = keras.Sequential([keras.layers.Input((2,)), *layers, keras.layers.Dense(3, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer=optimizer)
    return model


def test_a_plain_model_can_be_stacked() -> None:
    assert why_not_stackable(_small("adam", keras.layers.Dense(4)), _PLAIN) is None


def test_weight_decay_without_exclusions_can_be_stacked() -> None:
    assert why_not_stackable(_small(keras.optimizers.AdamW(weight_decay=0.01), keras.layers.Dense(4)), _PLAIN) is None


def _decaying_but(name: str) -> Any:
    optimizer = keras.optimizers.AdamW(weight_decay=0.01)
    optimizer.exclude_from_weight_decay(var_names=[name])
    return optimizer


class _OwnStep(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda: _small("sgd", keras.layers.BatchNormalization()), "not trained"),
        (lambda: _small("sgd", keras.layers.Dropout(0.5)), "not trained"),
        (lambda: _small(keras.optimizers.Adafactor()), "not elementwise"),
        (lambda: _small(keras.optimizers.SGD(clipnorm=1.0)), "clips by a norm"),
        (lambda: _small(keras.optimizers.SGD(global_clipnorm=1.0)), "clips by a norm"),
        (lambda: _small("sgd", keras.layers.Dense(4, kernel_regularizer="l2")), "losses of its own"),
        (lambda: _small("sgd", keras.layers.Dense(4, activity_regularizer="l2")), "losses of its own"),
        (
            lambda: _small("sgd", keras.Sequential([keras.layers.Dense(4, activity_regularizer="l2")])),
            "losses of its own",
        ),
        (lambda: _small("sgd", keras.layers.Dense(4, kernel_constraint="max_norm")), "constrains its weights"),
        (lambda: _small(keras.optimizers.SGD(loss_scale_factor=8.0)), "scales the loss"),
        (lambda: _small(keras.optimizers.Adam(use_ema=True)), "averages the weights"),
        (lambda: _small(keras.optimizers.Adam(gradient_accumulation_steps=2)), "accumulates gradients"),
        (lambda: _small("sgd", keras.layers.Reshape((2, 1)), keras.layers.Conv1D(2, 1)), "convolutions on a CPU"),
        (lambda: _small(_decaying_but("bias")), "excludes variables from weight decay"),
    ],
)
def test_a_model_whose_seeds_would_mix_or_lose_something_is_not_stacked(model: Any, reason: str) -> None:
    assert reason in (why_not_stackable(model(), _PLAIN) or "")


def test_a_model_with_a_train_step_of_its_own_is_not_stacked() -> None:
    model = _OwnStep([keras.layers.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer="sgd")
    assert "train step of its own" in (why_not_stackable(model, _PLAIN) or "")
