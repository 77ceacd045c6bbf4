"""Many seeds, in the fastest way that does fit's work."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tensorflow import keras

from batchmark.training import many_seeds, models, subject
from batchmark.training.beside_fit import BesideFit
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import Loaded
from batchmark.training.many_seeds import ManySeeds
from batchmark.trainings import Trainings, Way
from batchmark.workloads import Workload

_SEEDS = (3, 4, 11)
_STACKED = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has no stateless calls: nothing is stacked")


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
def test_another_worker_trains_what_was_handed_over_in_the_way_that_was_found(
    beside_blobs: BesideFit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def train(many: ManySeeds, way: Way | None) -> Trainings:
        return many.train(batch_size=32, learning_rate=0.01, seeds=_SEEDS, epochs=1, progress=lambda _: None, way=way)

    one = ManySeeds(beside_blobs)
    here = train(one, None)
    one.hand_over(_SEEDS, tmp_path / "weights.npz")
    drawn: list[int] = []

    def draw(*arguments: Any, seed: int) -> tuple[Any, ...]:
        drawn.append(seed)
        return models.initial_weights(*arguments, seed=seed)

    monkeypatch.setattr(subject, "initial_weights", draw)
    monkeypatch.setattr(many_seeds, "prove_stacked", lambda *_: pytest.fail("it was proven"))
    other = ManySeeds(beside_blobs)
    other.take_weights(tmp_path / "weights.npz")
    assert train(other, one.way()) == here
    # What the weights are held against; the other seeds' are of the same model.
    assert drawn == [_SEEDS[0]]


def test_every_epoch_is_kept_and_told(blobs: Workload, beside_blobs: BesideFit) -> None:
    shares: list[float] = []
    trainings = ManySeeds(beside_blobs).train(
        batch_size=100, learning_rate=0.01, seeds=_SEEDS, epochs=4, progress=shares.append
    )
    assert np.array(trainings.validation_loss).shape == (3, 4)
    assert len(set(trainings.training_loss[0])) == 4
    assert shares == sorted(shares)
    assert {0.25, 0.5, 0.75, 1.0} <= set(shares)


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
