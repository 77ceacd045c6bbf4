"""Many seeds at once end where single trainings end."""

import math
from typing import Any

import numpy as np
import pytest

from batchmark.loops import COMPILED_XLA
from batchmark.training.data_order import Shuffled
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import is_keras_3
from batchmark.training.loading import Loaded
from batchmark.training.models import initial_weights, seeded_model
from batchmark.training.one_by_one import OneByOneTraining
from batchmark.training.tensorflow.stacked import StackedEvaluation, StackedTraining
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
    single = OneByOneTraining(
        seeded_model(blobs, learning_rate=0.01, seed=0),
        quality_of(blobs),
        *_in_memory(loaded_blobs),
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
    def _trace_epoch(self, orders: Any, batch_size: int) -> Any:
        return super()._trace_epoch(orders[:, :495], batch_size)


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
