"""Many seeds at once end where single trainings end."""

from typing import Any

import keras
import numpy as np
import pytest

from batchmark.training.many_seeds import ManySeeds
from batchmark.training.models import initial_weights, seeded_model
from batchmark.training.one_by_one import OneByOneTraining
from batchmark.training.stacked import StackedEvaluation, StackedTraining, why_not_stackable
from batchmark.trainings import Trainings
from batchmark.workloads import Data, Workload

_SEEDS = (3, 4, 11)


@pytest.mark.parametrize("batch_size", [1, 32, 33, 500])
def test_stacked_weights_equal_single_trainings_weights(blobs: Workload, blobs_data: Data, batch_size: int) -> None:
    weights = [initial_weights(blobs, seed=seed) for seed in _SEEDS]
    template = seeded_model(blobs, learning_rate=0.01, seed=0)
    stacked = StackedTraining(
        template,
        blobs,
        blobs_data,
        StackedEvaluation(template, blobs, blobs_data),
        batch_size=batch_size,
        weights=weights,
        seeds=_SEEDS,
    )
    single = OneByOneTraining(
        seeded_model(blobs, learning_rate=0.01, seed=0), blobs, blobs_data, batch_size=batch_size, xla=True
    )
    together = np.array([stacked.run_epoch() for _ in range(3)])
    for index, seed in enumerate(_SEEDS):
        single.start(weights[index], seed)
        alone = np.array([single.run_epoch() for _ in range(3)])
        for ours, theirs in zip(stacked.weights(index), single.weights(), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-4, atol=2e-5)
        np.testing.assert_allclose(together[:, :, index], alone[:, :, 0], rtol=1e-3)
        np.testing.assert_allclose(stacked.validate()[:, index], single.validate()[:, 0], rtol=1e-4)
        np.testing.assert_allclose(stacked.evaluate_fresh()[:, index], single.evaluate_fresh()[:, 0], rtol=1e-4)


def test_fresh_quality_is_what_keras_evaluates(blobs: Workload, blobs_data: Data) -> None:
    weights = [initial_weights(blobs, seed=seed) for seed in _SEEDS]
    template = seeded_model(blobs, learning_rate=0.01, seed=0)
    stacked = StackedTraining(
        template,
        blobs,
        blobs_data,
        StackedEvaluation(template, blobs, blobs_data),
        batch_size=100,
        weights=weights,
        seeds=_SEEDS,
    )
    stacked.run_epoch()
    model = seeded_model(blobs, learning_rate=0.01, seed=0)
    model.set_weights(stacked.weights(1))
    expected = model.evaluate(blobs_data.fresh.x, blobs_data.fresh.y, batch_size=5_000, verbose=0)
    np.testing.assert_allclose(stacked.evaluate_fresh()[:, 1], expected, rtol=1e-4)


def test_both_methods_tell_the_same_story(blobs: Workload, blobs_data: Data) -> None:
    def train(*, one_by_one: bool) -> tuple[Trainings, list[float]]:
        shares: list[float] = []
        trainings = ManySeeds(blobs, blobs_data).train(
            batch_size=100,
            learning_rate=0.01,
            seeds=_SEEDS,
            epochs=4,
            progress=shares.append,
            one_by_one=one_by_one,
        )
        return trainings, shares

    stacked, stacked_shares = train(one_by_one=False)
    single, single_shares = train(one_by_one=True)
    assert (stacked.method, single.method) == ("stacked", "one by one")
    for name in ("training_loss", "training_quality", "validation_loss", "validation_quality", "fresh_quality"):
        np.testing.assert_allclose(getattr(stacked, name), getattr(single, name), rtol=5e-3, err_msg=name)
    assert np.array(stacked.validation_loss).shape == (3, 4)
    assert stacked_shares == [0.25, 0.5, 0.75, 1.0]
    assert single_shares == sorted(single_shares)
    assert single_shares[-1] == 1.0


def test_a_seed_fixes_weights_and_order_whatever_the_batch_size(blobs: Workload, blobs_data: Data) -> None:
    first, again = (
        ManySeeds(blobs, blobs_data).train(
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


def _small(optimizer: Any, *layers: Any) -> Any:
    model = keras.Sequential([keras.layers.Input((2,)), *layers, keras.layers.Dense(3, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer=optimizer)
    return model


def test_a_plain_model_can_be_stacked() -> None:
    assert why_not_stackable(_small("adam", keras.layers.Dense(4))) is None


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
    ],
)
def test_a_model_whose_seeds_would_mix_or_lose_something_is_not_stacked(model: Any, reason: str) -> None:
    assert reason in (why_not_stackable(model()) or "")


def test_a_model_with_a_train_step_of_its_own_is_not_stacked() -> None:
    model = _OwnStep([keras.layers.Input((2,)), keras.layers.Dense(3, activation="softmax")])
    model.compile(loss="categorical_crossentropy", optimizer="sgd")
    assert "train step of its own" in (why_not_stackable(model) or "")


@pytest.mark.parametrize("one_by_one", [False, True])
def test_a_diverged_seed_has_no_quality(blobs: Workload, blobs_data: Data, *, one_by_one: bool) -> None:
    diverged = ManySeeds(blobs, blobs_data).train(
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
