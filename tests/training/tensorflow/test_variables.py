"""A model's variables, read, written and asked whether they are numbers."""

from typing import Any

import numpy as np
import pytest

from batchmark.training.examples import InMemory
from batchmark.training.finite_weights import weights_are_finite
from batchmark.training.keras_versions import keras
from batchmark.training.tensorflow.variables import TensorVariables
from batchmark.workloads import Split

_DATA = InMemory(Split(np.ones((4, 2), "float32"), np.ones((4, 1), "float32")))


def _model() -> Any:
    model = keras.Sequential([keras.layers.BatchNormalization(), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    TensorVariables().trace(model, _DATA, 2)
    return model


def test_tracing_makes_what_training_needs_and_trains_nothing() -> None:
    model = _model()
    assert len(model.trainable_variables) == 4
    assert int(model.optimizer.iterations.numpy()) == 0


def test_weights_that_were_put_back_are_read_again() -> None:
    model, variables = _model(), TensorVariables()
    given = tuple(np.full_like(each, 7) for each in variables.weights(model))
    variables.set_weights(model, given)
    for found, expected in zip(variables.weights(model), given, strict=True):
        np.testing.assert_array_equal(found, expected)


def test_the_state_knows_what_of_it_is_trained() -> None:
    model, variables = _model(), TensorVariables()
    state = variables.state(model, _DATA, 2)
    expected = [each.numpy() for each in model.trainable_variables]
    # gamma, beta, kernel, bias; not the moving averages
    assert sorted(each.shape for each in state.trainable()) == sorted(each.shape for each in expected)
    assert len(state.read()) > len(expected)


@pytest.mark.parametrize(("where", "finite"), [("trainable_variables", False), ("non_trainable_variables", True)])
def test_only_what_is_trained_has_to_be_finite(where: str, *, finite: bool) -> None:
    model = _model()
    assert weights_are_finite(model)
    variable = next(each for each in getattr(model, where) if len(each.shape) == 1)
    variable.assign(np.full(variable.shape, np.inf, "float32"))
    assert weights_are_finite(model) is finite
