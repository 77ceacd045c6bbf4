"""Many seeds at once end where single trainings end."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from batchmark.loops import COMPILED_XLA
from batchmark.training.beside_fit import BesideFit
from batchmark.training.data_order import Shuffled
from batchmark.training.evaluation import Evaluated
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.loading import Loaded
from batchmark.training.models import initial_weights, seeded_model
from batchmark.training.one_by_one import OneByOneTraining
from batchmark.training.stacked_proof import prove_along, prove_stacked
from batchmark.training.tensorflow import stacked as module
from batchmark.training.tensorflow.seeds_axis import SeedsLast
from batchmark.training.tensorflow.stacked import StackedTraining
from batchmark.training.tensorflow.stacked_evaluation import StackedEvaluation
from batchmark.training.tensorflow.variables import TensorVariables
from batchmark.workloads import Split, Workload
from batchmark.workloads.quality import quality_of

_SEEDS = (3, 4, 11)

pytestmark = pytest.mark.skipif(not is_keras_3(), reason="Keras 2 has no stateless calls: nothing is stacked")


def _rounding(batch_size: int) -> float:
    """Each float32 update may round differently: two units in the last place a step, weights being of order 1."""
    return 2 * float(np.finfo(np.float32).eps) * math.ceil(500 / batch_size)


def _in_memory(loaded: Loaded) -> tuple[InMemory, Split, Split]:
    assert isinstance(loaded.train, InMemory)
    assert loaded.validation is not None
    assert loaded.fresh is not None
    return loaded.train, loaded.validation, loaded.fresh


def _with_optimizer(loaded: Loaded, optimizer: Callable[[float], Any]) -> Loaded:
    plain = loaded.workload.build_model

    def build_model(learning_rate: float) -> Any:
        model = plain(learning_rate)
        model.compile(loss="categorical_crossentropy", optimizer=optimizer(learning_rate), metrics=["accuracy"])
        return model

    return replace(loaded, workload=replace(loaded.workload, build_model=build_model))


def _stacked(kind: type[StackedTraining], loaded: Loaded, batch_size: int) -> StackedTraining:
    workload = loaded.workload
    train, validation, fresh = _in_memory(loaded)
    template = seeded_model(workload, learning_rate=0.01, seed=0)
    TensorVariables().trace(template, train, batch_size)
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


@pytest.mark.parametrize(
    "batch_size", [1, 33, *(pytest.param(size, marks=pytest.mark.exhaustive) for size in (32, 500))]
)
def test_stacked_weights_equal_single_trainings_weights(blobs: Workload, loaded_blobs: Loaded, batch_size: int) -> None:
    stacked = _stacked(StackedTraining, loaded_blobs, batch_size)
    train, validation, fresh = _in_memory(loaded_blobs)
    single = OneByOneTraining(
        seeded_model(blobs, learning_rate=0.01, seed=0),
        quality_of(blobs),
        train,
        Evaluated(validation),
        Evaluated(fresh),
        batch_size=batch_size,
        loop=COMPILED_XLA,
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
    def _trace_epoch(self, orders: Any, batch_size: int, *how: Any) -> Any:
        return super()._trace_epoch(orders[:, :495], batch_size, *how)


def test_a_stacked_training_that_drops_the_partial_batch_would_be_caught(blobs: Workload, loaded_blobs: Loaded) -> None:
    """The equality above has the power to see one missing step, of five examples."""
    whole, dropped = (_stacked(kind, loaded_blobs, 33) for kind in (StackedTraining, _TailDropped))
    whole.run_epoch()
    dropped.run_epoch()
    for index in range(len(_SEEDS)):
        pairs = zip(whole.weights(index), dropped.weights(index), strict=True)
        assert max(np.abs(ours - theirs).max() for ours, theirs in pairs) > 100 * _rounding(33)


def test_fresh_quality_is_what_keras_evaluates(blobs: Workload, loaded_blobs: Loaded) -> None:
    stacked = _stacked(StackedTraining, loaded_blobs, 100)
    stacked.run_epoch()
    model = seeded_model(blobs, learning_rate=0.01, seed=0)
    *_, fresh = _in_memory(loaded_blobs)
    model.set_weights(stacked.weights(1))
    expected = model.evaluate(fresh.x, fresh.y, batch_size=5_000, verbose=0)
    np.testing.assert_allclose(stacked.evaluate_fresh()[:, 1], expected, rtol=1e-4)


class _Watched(SeedsLast):
    """It tells of each epoch that is traced with seeds last."""

    traced = 0

    def go_on_from(self, other: Any) -> None:
        type(self).traced += 1
        super().go_on_from(other)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> type[_Watched]:
    monkeypatch.setattr(module, "SeedsLast", _Watched)
    monkeypatch.setattr(_Watched, "traced", 0)
    return _Watched


def _course_of_several_sizes(loaded: Loaded) -> StackedTraining:
    """Return what trained at small and large batch sizes in turn, and at two learning rates."""
    stacked = _stacked(StackedTraining, loaded, 1)
    for batch_size, rate in ((1, 0.01), (64, 0.01), (1, 0.003)):
        stacked.set_learning_rate(rate)
        orders = np.stack([order.next_epoch()[:200] for order in stacked._orders])
        stacked.train_on(orders, batch_size)
    return stacked


def test_how_seeds_are_stored_changes_nothing(
    loaded_blobs: Loaded, watched: type[_Watched], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights, an optimizer's averages and its count of steps go there and back."""
    by_adam = _with_optimizer(loaded_blobs, keras.optimizers.Adam)
    changing = _course_of_several_sizes(by_adam)
    assert watched.traced == 1
    monkeypatch.setattr(module, "_SMALL", 0)
    staying = _course_of_several_sizes(by_adam)
    assert watched.traced == 1
    assert changing.steps_done() == staying.steps_done() == 200 + 4 + 200
    for index in range(len(_SEEDS)):
        for of in (StackedTraining.weights, StackedTraining.optimizer_state):
            for ours, theirs in zip(of(changing, index), of(staying, index), strict=True):
                assert ours.shape == theirs.shape
                np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=_rounding(1))


class Adam(keras.optimizers.Adam):  # type: ignore[misc]  # Keras has no types
    """A user's own by a name of Keras'; what it does with an axis isn't known."""


def test_seeds_are_never_stored_last_for_an_optimizer_of_the_users_own(
    loaded_blobs: Loaded, watched: type[_Watched]
) -> None:
    stacked = _stacked(StackedTraining, _with_optimizer(loaded_blobs, Adam), 1)
    stacked.train_on(np.stack([order.next_epoch()[:3] for order in stacked._orders]), 1)
    assert stacked.steps_done() == 3
    assert watched.traced == 0


class _Mixed(SeedsLast):
    """It gives each seed the gradients of another."""

    def apply(self, gradients: Any) -> None:
        super().apply([gradient[::-1] for gradient in gradients])


def test_a_way_of_small_batches_that_trains_otherwise_is_refused(
    loaded_blobs: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the batch size that the proof is tried at: at the workload's own, seeds are stored first."""
    beside = BesideFit(loaded_blobs)
    quality, tests = quality_of(loaded_blobs.description), _in_memory(loaded_blobs)[1]
    assert not prove_stacked(beside, quality, tests).is_refused
    monkeypatch.setattr(module, "SeedsLast", _Mixed)
    for prove in (prove_stacked, prove_along):
        assert prove(beside, quality, tests).is_refused


@pytest.mark.filterwarnings("ignore:Gradients do not exist")
def test_a_weight_without_a_gradient_is_left_alone_at_small_batches_too(loaded_blobs: Loaded) -> None:
    def build_model(learning_rate: float) -> Any:
        inputs = keras.Input(shape=(2,))
        aside = keras.layers.Dense(3)(inputs)
        outputs = keras.layers.Dense(3, activation="softmax")(inputs) + 0.0 * keras.ops.stop_gradient(aside)
        model = keras.Model(inputs, outputs)
        model.compile(
            loss="categorical_crossentropy", optimizer=keras.optimizers.SGD(learning_rate), metrics=["accuracy"]
        )
        return model

    loaded = replace(loaded_blobs, workload=replace(loaded_blobs.workload, build_model=build_model))
    stacked = _stacked(StackedTraining, loaded, 1)
    before = stacked.weights(0)
    stacked.train_on(np.stack([order.next_epoch()[:3] for order in stacked._orders]), 1)
    moved = [bool(np.any(now != then)) for now, then in zip(stacked.weights(0), before, strict=True)]
    assert sorted(moved) == [False, False, True, True]
