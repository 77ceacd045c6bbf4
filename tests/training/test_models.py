"""Building a workload's model from a seed."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.errors import UnknownNameError, WorkloadError
from batchmark.training.examples import InMemory, Pipeline
from batchmark.training.keras_versions import keras
from batchmark.training.loading import Loaded
from batchmark.training.models import current_learning_rate, initial_weights, seeded_model
from batchmark.workloads import Split, Workload

_X, _Y = np.ones((6, 2), "float32"), np.ones((6, 1), "float32")


def _compiled(optimizer: Any = "sgd", *before: Any) -> Any:
    model = keras.Sequential([*before, keras.layers.Dense(1)])
    model.compile(optimizer=optimizer, loss="mse")
    return model


def _workload(build: Callable[..., Any], **known: Any) -> Workload:
    return Workload(build, lambda: (_X, _Y), **known)


def _values(model: Any) -> list[Any]:
    return [variable.numpy() for variable in model.variables]


def test_the_same_seed_gives_the_same_initial_weights_and_another_gives_others(blobs: Workload) -> None:
    one, again, other = (_values(seeded_model(blobs, learning_rate=0.01, seed=seed)) for seed in (1, 1, 2))
    for first, second in zip(one, again, strict=True):
        np.testing.assert_array_equal(first, second)
    assert any(not np.array_equal(first, second) for first, second in zip(one, other, strict=True))


def test_the_learning_rate_is_handed_to_the_model(blobs: Workload) -> None:
    model = seeded_model(blobs, learning_rate=0.125, seed=0)
    assert current_learning_rate(model) == 0.125


def test_without_a_learning_rate_the_model_has_its_own() -> None:
    def build(learning_rate: float = 0.5) -> Any:
        return _compiled(keras.optimizers.SGD(learning_rate))

    assert current_learning_rate(seeded_model(_workload(build), learning_rate=None, seed=0)) == 0.5


def test_a_declared_learning_rate_has_to_be_taken() -> None:
    with pytest.raises(
        WorkloadError, match=r"test_models.py:\d+: it has to take the learning_rate that the workload declares$"
    ):
        seeded_model(_workload(lambda: _compiled()), learning_rate=0.1, seed=0)  # noqa: PLW0108  takes none


def test_what_the_builder_raises_is_told_in_one_line_with_its_own() -> None:
    def build() -> Any:
        message = "no\nsuch   layer"
        raise RuntimeError(message)

    line = build.__code__.co_firstlineno + 2
    with pytest.raises(
        WorkloadError, match=rf"test_models.py:{line}: the model can't be built: RuntimeError: no such layer$"
    ):
        seeded_model(_workload(build), learning_rate=None, seed=0)


def test_an_error_that_is_already_in_the_users_words_passes_unchanged() -> None:
    def build() -> Any:
        message = "no such thing; type that"
        raise UnknownNameError(message)

    with pytest.raises(UnknownNameError, match=r"^no such thing; type that$"):
        seeded_model(_workload(build), learning_rate=None, seed=0)


@pytest.mark.parametrize(
    ("returned", "why"),
    [
        (None, "it returns a NoneType; expected a compiled Keras model"),
        ("model", "it returns a str; expected a compiled Keras model"),
        (keras.layers.Dense, "it returns a "),
    ],
)
def test_what_is_no_model_is_refused(returned: Any, why: str) -> None:
    with pytest.raises(WorkloadError, match=rf"test_models.py:\d+: {why}"):
        seeded_model(_workload(lambda: returned), learning_rate=None, seed=0)


def test_a_model_that_is_not_compiled_is_refused() -> None:
    def build() -> Any:
        return keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])

    with pytest.raises(WorkloadError, match=r"test_models.py:\d+: the model isn't compiled; call model.compile"):
        seeded_model(_workload(build), learning_rate=None, seed=0)


def test_initial_weights_are_those_of_the_seeded_model(loaded_blobs: Loaded) -> None:
    found = initial_weights(loaded_blobs.workload, loaded_blobs.train, seed=3)
    expected = _values(seeded_model(loaded_blobs.workload, learning_rate=0.5, seed=3))
    for first, second in zip(found, expected, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("kind", ["arrays", "dataset"])
def test_a_model_that_is_built_by_its_first_batch_has_initial_weights_too(kind: str) -> None:
    def dataset(size: int) -> Any:
        return tf.data.Dataset.from_tensor_slices((_X, _Y)).batch(size)

    data = InMemory(Split(_X, _Y)) if kind == "arrays" else Pipeline(dataset, examples=6)
    workload = _workload(_compiled)
    shapes = [weights.shape for weights in initial_weights(workload, data, seed=0)]
    assert shapes[:2] == [(2, 1), (1,)]
    for first, second in zip(*(initial_weights(workload, data, seed=0) for _ in range(2)), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_schedules_learning_rate_is_that_of_the_first_step() -> None:
    schedule = keras.optimizers.schedules.ExponentialDecay(0.25, decay_steps=3, decay_rate=0.5)
    assert current_learning_rate(_compiled(keras.optimizers.SGD(schedule), keras.Input((2,)))) == 0.25


def test_a_model_without_an_optimizer_of_its_own_has_no_learning_rate(blobs: Workload) -> None:
    class Without:
        optimizer = None

    assert current_learning_rate(Without()) is None
    assert replace(blobs, learning_rate=None).learning_rate_for(8) is None
