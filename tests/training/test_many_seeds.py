"""Many seeds at once end where single trainings end."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import Shuffled
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import Loaded
from batchmark.training.many_seeds import ManySeeds
from batchmark.training.models import initial_weights, seeded_model
from batchmark.training.one_by_one import OneByOneTraining
from batchmark.training.stacked import StackedEvaluation, StackedTraining, why_not_stackable
from batchmark.training.traced_step import trace_step
from batchmark.trainings import Trainings
from batchmark.workloads import Split, Workload
from batchmark.workloads.quality import quality_of

_SEEDS = (3, 4, 11)
_STACKED = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has no stateless calls: nothing is stacked")
_PLAIN = Split(np.zeros((4, 2), np.float32), np.zeros((4, 3), np.float32))


def _rounding(batch_size: int) -> float:
    """Each float32 update may round differently: two units in the last place a step, weights being of order 1."""
    return 2 * float(np.finfo(np.float32).eps) * math.ceil(500 / batch_size)


def _in_memory(loaded: Loaded) -> tuple[InMemory, Split, Split]:
    assert isinstance(loaded.train, InMemory)
    assert loaded.validation is not None
    assert loaded.fresh is not None
    return loaded.train, loaded.validation, loaded.fresh


def _stacked(kind: type[StackedTraining], loaded: Loaded, batch_size: int) -> StackedTraining:
    workload = loaded.workload
    train, validation, fresh = _in_memory(loaded)
    template = seeded_model(workload, learning_rate=0.01, seed=0)
    trace_step(template, train.spec(batch_size))
    quality = quality_of(workload)
    return kind(
        template,
        quality,
        train,
        StackedEvaluation(template, quality, validation, fresh),
        batch_size=batch_size,
        weights=[initial_weights(workload, train, seed=seed) for seed in _SEEDS],
        orders=[Shuffled(train.examples, seed) for seed in _SEEDS],
    )


@_STACKED
@pytest.mark.parametrize(
    "batch_size", [1, 33, *(pytest.param(size, marks=pytest.mark.exhaustive) for size in (32, 500))]
)
def test_stacked_weights_equal_single_trainings_weights(blobs: Workload, loaded_blobs: Loaded, batch_size: int) -> None:
    stacked = _stacked(StackedTraining, loaded_blobs, batch_size)
    single = OneByOneTraining(
        seeded_model(blobs, learning_rate=0.01, seed=0),
        quality_of(blobs),
        *_in_memory(loaded_blobs),
        batch_size=batch_size,
        xla=True,
    )
    rounding = _rounding(batch_size)
    together = stacked.run_epoch()
    for index, seed in enumerate(_SEEDS):
        before = initial_weights(blobs, loaded_blobs.train, seed=seed)
        single.start(before, seed)
        alone = single.run_epoch()
        for start, ours, theirs in zip(before, stacked.weights(index), single.weights(), strict=True):
            assert np.abs(theirs - start).max() > 10 * rounding
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=rounding)
        np.testing.assert_allclose(together[:, index], alone[:, 0], rtol=1e-5)
        np.testing.assert_allclose(stacked.validate()[:, index], single.validate()[:, 0], rtol=1e-5)
        np.testing.assert_allclose(stacked.evaluate_fresh()[:, index], single.evaluate_fresh()[:, 0], rtol=1e-4)


class _TailDropped(StackedTraining):
    def _trace_epoch(self, orders: Any) -> Any:
        return super()._trace_epoch(orders[:, :495])


@_STACKED
def test_a_stacked_training_that_drops_the_partial_batch_would_be_caught(blobs: Workload, loaded_blobs: Loaded) -> None:
    """The equality above has the power to see one missing step, of five examples."""
    whole, dropped = (_stacked(kind, loaded_blobs, 33) for kind in (StackedTraining, _TailDropped))
    whole.run_epoch()
    dropped.run_epoch()
    for index in range(len(_SEEDS)):
        pairs = zip(whole.weights(index), dropped.weights(index), strict=True)
        assert max(np.abs(ours - theirs).max() for ours, theirs in pairs) > 100 * _rounding(33)


@_STACKED
def test_fresh_quality_is_what_keras_evaluates(blobs: Workload, loaded_blobs: Loaded) -> None:
    stacked = _stacked(StackedTraining, loaded_blobs, 100)
    stacked.run_epoch()
    model = seeded_model(blobs, learning_rate=0.01, seed=0)
    *_, fresh = _in_memory(loaded_blobs)
    model.set_weights(stacked.weights(1))
    expected = model.evaluate(fresh.x, fresh.y, batch_size=5_000, verbose=0)
    np.testing.assert_allclose(stacked.evaluate_fresh()[:, 1], expected, rtol=1e-4)


@_STACKED
def test_both_methods_tell_the_same_story(blobs: Workload, beside_blobs: BesideFit) -> None:
    def train(*, one_by_one: bool) -> tuple[Trainings, list[float]]:
        shares: list[float] = []
        trainings = ManySeeds(beside_blobs).train(
            batch_size=100,
            learning_rate=0.01,
            seeds=_SEEDS,
            epochs=1,
            progress=shares.append,
            one_by_one=one_by_one,
        )
        return trainings, shares

    stacked, stacked_shares = train(one_by_one=False)
    single, single_shares = train(one_by_one=True)
    assert (stacked.method, single.method) == ("stacked", "one by one: asked for")
    for name in ("training_loss", "training_quality", "validation_loss", "validation_quality", "fresh_quality"):
        np.testing.assert_allclose(getattr(stacked, name), getattr(single, name), rtol=1e-4, err_msg=name)
    assert np.array(stacked.validation_loss).shape == (3, 1)
    assert stacked_shares == [1.0]
    assert single_shares == sorted(single_shares)
    assert single_shares[-1] == 1.0


def test_a_seed_fixes_weights_and_order_whatever_the_batch_size(blobs: Workload, beside_blobs: BesideFit) -> None:
    first, again = (
        ManySeeds(beside_blobs).train(
            batch_size=size,
            learning_rate=0.01,
            seeds=seeds,
            epochs=1,
            progress=lambda _: None,
        )
        for size, seeds in ((500, (5, 6)), (500, (6, 5)))
    )
    np.testing.assert_allclose(first.fresh_loss, again.fresh_loss[::-1], rtol=1e-6)
    assert first.fresh_loss[0] != first.fresh_loss[1]


@_STACKED
def test_every_epoch_is_kept_and_told(blobs: Workload, beside_blobs: BesideFit) -> None:
    shares: list[float] = []
    trainings = ManySeeds(beside_blobs).train(
        batch_size=100, learning_rate=0.01, seeds=_SEEDS, epochs=4, progress=shares.append
    )
    assert np.array(trainings.validation_loss).shape == (3, 4)
    assert len(set(trainings.training_loss[0])) == 4
    assert shares == [0.25, 0.5, 0.75, 1.0]


def _small(optimizer: Any, *layers: Any) -> Any:
    model = keras.Sequential([keras.layers.Input((2,)), *layers, keras.layers.Dense(3, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer=optimizer)
    return model


@_STACKED
def test_a_plain_model_can_be_stacked() -> None:
    assert why_not_stackable(_small("adam", keras.layers.Dense(4)), _PLAIN) is None


@_STACKED
def test_weight_decay_without_exclusions_can_be_stacked() -> None:
    assert why_not_stackable(_small(keras.optimizers.AdamW(weight_decay=0.01), keras.layers.Dense(4)), _PLAIN) is None


def _decaying_but(name: str) -> Any:
    optimizer = keras.optimizers.AdamW(weight_decay=0.01)
    optimizer.exclude_from_weight_decay(var_names=[name])
    return optimizer


class _LossInCall(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    def call(self, inputs: Any) -> Any:
        self.add_loss(0.01 * tf.reduce_mean(tf.square(inputs)))
        return inputs


class _OutsideXla(keras.layers.Layer):  # type: ignore[misc]  # Keras has no types
    def call(self, inputs: Any) -> Any:
        zeros = tf.numpy_function(np.zeros_like, [inputs], tf.float32)
        return inputs + tf.stop_gradient(tf.ensure_shape(zeros, inputs.shape))


def _with(blobs: Workload, layer: type[Any]) -> Workload:
    def build(learning_rate: float) -> Any:
        model = keras.Sequential(
            [keras.layers.Input((2,)), layer(), keras.layers.Dense(4), keras.layers.Dense(3, activation="softmax")]
        )
        optimizer = keras.optimizers.SGD(learning_rate)
        model.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
        return model

    return replace(blobs, build_model=build)


@_STACKED
@pytest.mark.parametrize(
    ("layer", "reason"),
    [
        (_LossInCall, "the model adds losses of its own"),
        pytest.param(_OutsideXla, "in stacking", marks=pytest.mark.exhaustive),
    ],
)
def test_a_model_that_fails_when_it_is_stacked_is_trained_one_by_one(
    blobs: Workload, loaded_blobs: Loaded, layer: type[Any], reason: str
) -> None:
    """The second one XLA refuses, so that one by one takes the graph."""
    workload = _with(blobs, layer)
    shares: list[float] = []
    trainings = ManySeeds(BesideFit(replace(loaded_blobs, workload=workload))).train(
        batch_size=100, learning_rate=0.01, seeds=_SEEDS, epochs=2, progress=shares.append
    )
    assert trainings.method.startswith("one by one: ")
    assert reason in trainings.method
    assert len(trainings.training_loss[0]) == 2
    assert np.isfinite(trainings.training_loss).all()
    assert shares == sorted(shares)
    assert shares[-1] == 1.0


class _OwnStep(keras.Sequential):  # type: ignore[misc]  # Keras has no types
    def train_step(self, data: Any) -> Any:
        return super().train_step(data)


@_STACKED
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
        (lambda: _small(_decaying_but("bias")), "excludes variables from weight decay"),
    ],
)
def test_a_model_whose_seeds_would_mix_or_lose_something_is_not_stacked(model: Any, reason: str) -> None:
    assert reason in (why_not_stackable(model(), _PLAIN) or "")


@_STACKED
def test_a_model_with_a_train_step_of_its_own_is_not_stacked() -> None:
    model = _OwnStep([keras.layers.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer="sgd")
    assert "train step of its own" in (why_not_stackable(model, _PLAIN) or "")


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_diverged_seed_has_no_quality(blobs: Workload, beside_blobs: BesideFit, *, one_by_one: bool) -> None:
    diverged = ManySeeds(beside_blobs).train(
        batch_size=100,
        learning_rate=1e30,
        seeds=(0, 1),
        epochs=2,
        progress=lambda _: None,
        one_by_one=one_by_one,
    )
    assert not np.isfinite(diverged.fresh_loss).any()
    assert np.isnan(diverged.fresh_quality).all()
    assert np.isnan(diverged.final_validation_quality).all()


@pytest.mark.skipif(is_keras_3(), reason="Keras 3 stacks them")
def test_keras_2_trains_one_by_one_and_tells_every_epoch(beside_blobs: BesideFit) -> None:
    shares: list[float] = []
    trainings = ManySeeds(beside_blobs).train(
        batch_size=100, learning_rate=0.01, seeds=_SEEDS, epochs=2, progress=shares.append
    )
    assert trainings.method == "one by one: Keras 2 has no stateless calls"
    assert np.array(trainings.validation_loss).shape == (3, 2)
    assert np.isfinite(trainings.fresh_quality).all()
    assert len(shares) == 6
    assert shares[-1] == 1.0
