"""Whether two models differ in their learning rate alone."""

from typing import Any

import pytest
from tensorflow import keras

from batchmark.training.keras_versions import is_keras_3
from batchmark.training.template import apart_from_rate

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="of Keras 2's models nothing is taken for granted here")


def _model(rate: float, *, loss: Any = "mse", penalty: float = 0.1, optimizer: Any = None) -> Any:
    regular = keras.regularizers.L2(penalty)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, kernel_regularizer=regular)])
    model.compile(optimizer or keras.optimizers.SGD(rate, momentum=0.9), loss=loss, metrics=["mae"])
    return model


def test_models_that_differ_in_the_rate_alone_are_alike() -> None:
    assert apart_from_rate(_model(0.1)) == apart_from_rate(_model(0.4)) is not None


@pytest.mark.parametrize(
    "other",
    [
        lambda: _model(0.4, penalty=0.2),
        lambda: _model(0.4, loss=keras.losses.Huber(delta=2.0)),
        lambda: _model(0.4, optimizer=keras.optimizers.SGD(0.4, momentum=0.8)),
        lambda: _model(0.4, optimizer=keras.optimizers.Adam(0.4)),
    ],
)
def test_whatever_else_differs_is_seen(other: Any) -> None:
    assert apart_from_rate(other()) != apart_from_rate(_model(0.4))


class _HeadRate(keras.optimizers.SGD):  # type: ignore[misc]  # Keras has no types
    def __init__(self, learning_rate: float = 0.1) -> None:
        super().__init__(learning_rate)
        self.head_rate = 10 * learning_rate


class _Own(keras.Model):  # type: ignore[misc]  # Keras has no types
    def call(self, inputs: Any) -> Any:
        return inputs


def _of_closure(rate: float) -> Any:
    def loss(truth: Any, told: Any) -> Any:
        return keras.losses.mean_squared_error(truth, told) * rate

    return _model(rate, loss=loss)


def _of_own_class(rate: float) -> Any:
    model = _Own()
    model.compile(keras.optimizers.SGD(rate), loss="mse")
    return model


@pytest.mark.parametrize(
    "make",
    [
        lambda rate: _model(rate, optimizer=_HeadRate(rate)),
        _of_closure,
        _of_own_class,
        lambda rate: _model(rate, optimizer=keras.optimizers.SGD(keras.optimizers.schedules.CosineDecay(rate, 10))),
    ],
)
def test_what_its_configuration_does_not_tell_is_taken_for_granted_of_no_model(make: Any) -> None:
    assert apart_from_rate(make(0.1)) is None
