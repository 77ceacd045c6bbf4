"""A compiled loop does the work of fit: the same weights after the same epochs."""

import math
from typing import Any

import numpy as np
import pytest

from batchmark.training.data_order import InOrder
from batchmark.training.examples import InMemory
from batchmark.training.fit_loop import FitLoop
from batchmark.training.loading import Loaded
from batchmark.training.models import seeded_model
from batchmark.training.tensorflow.compiled_loop import CompiledLoop
from batchmark.workloads import Split, Workload


def _rounding(batch_size: int) -> float:
    """Each float32 update may round differently: two units in the last place a step, weights being of order 1."""
    return 2 * float(np.finfo(np.float32).eps) * math.ceil(500 / batch_size)


def _weights(model: Any) -> list[Any]:
    return [variable.numpy() for variable in model.variables]


def _compiled(blobs: Workload, loaded: Loaded, batch_size: int, *, xla: bool) -> CompiledLoop:
    model = seeded_model(blobs, learning_rate=0.01, seed=7)
    return CompiledLoop(model, loaded.train, batch_size=batch_size, order=InOrder(500), xla=xla)


@pytest.mark.parametrize("xla", [False, True], ids=["graph", "xla"])
@pytest.mark.parametrize("batch_size", [1, 32, 50, 333, 499, 500])
def test_a_compiled_loop_ends_with_the_weights_that_fit_ends_with(
    blobs: Workload, loaded_blobs: Loaded, batch_size: int, *, xla: bool
) -> None:
    fit = FitLoop(
        seeded_model(blobs, learning_rate=0.01, seed=7), loaded_blobs.train, batch_size=batch_size, shuffle=False
    )
    compiled = _compiled(blobs, loaded_blobs, batch_size, xla=xla)
    before = _weights(fit.model)
    fit.run(1)
    compiled.run(1)
    rounding = _rounding(batch_size)
    for start, ours, theirs in zip(before, _weights(compiled.model), _weights(fit.model), strict=True):
        assert np.abs(theirs - start).max() > 10 * rounding
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=rounding)


def test_a_compiled_loop_takes_as_many_steps_as_fit_the_partial_batch_included(
    blobs: Workload, loaded_blobs: Loaded
) -> None:
    fit = FitLoop(seeded_model(blobs, learning_rate=0.01, seed=7), loaded_blobs.train, batch_size=33)
    compiled = _compiled(blobs, loaded_blobs, 33, xla=False)
    fit.run(1)
    compiled.run(1)
    assert int(fit.model.optimizer.iterations.numpy()) == 16
    assert int(compiled.model.optimizer.iterations.numpy()) == 16


def test_a_compiled_loop_logs_the_metrics_that_fit_logs(blobs: Workload, loaded_blobs: Loaded) -> None:
    model = seeded_model(blobs, learning_rate=0.01, seed=7)
    assert isinstance(loaded_blobs.train, InMemory)
    split = loaded_blobs.train.split
    history = model.fit(split.x, split.y, batch_size=33, epochs=1, shuffle=False, verbose=0).history
    compiled = _compiled(blobs, loaded_blobs, 33, xla=True)
    logs = compiled.run_epoch()
    assert set(logs) == set(history)
    for name, (value,) in history.items():
        np.testing.assert_allclose(logs[name], value, rtol=1e-5, err_msg=name)


def test_a_loop_that_drops_the_partial_batch_would_be_caught(blobs: Workload, loaded_blobs: Loaded) -> None:
    """The equality above has the power to see one missing step."""
    whole = _compiled(blobs, loaded_blobs, 33, xla=True)
    assert isinstance(loaded_blobs.train, InMemory)
    split = loaded_blobs.train.split
    covered = InMemory(Split(split.x[:495], split.y[:495]))
    dropped = CompiledLoop(
        seeded_model(blobs, learning_rate=0.01, seed=7), covered, batch_size=33, order=InOrder(495), xla=True
    )
    whole.run(1)
    dropped.run(1)
    apart = [
        np.abs(ours - theirs).max() for ours, theirs in zip(_weights(whole.model), _weights(dropped.model), strict=True)
    ]
    assert max(apart) > 100 * _rounding(33)


def test_a_restarted_training_repeats_itself(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _compiled(blobs, loaded_blobs, 100, xla=True)
    start = tuple(_weights(loop.model))
    loop.run(2)
    first = _weights(loop.model)
    loop.restart(start, InOrder(500))
    loop.run(2)
    for once, again in zip(first, _weights(loop.model), strict=True):
        np.testing.assert_array_equal(once, again)


def test_an_epoch_traces_no_evaluation_and_the_first_restart_does(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _compiled(blobs, loaded_blobs, 100, xla=False)
    start = tuple(_weights(loop.model))
    evaluated: list[object] = []
    loop.model.test_step = evaluated.append
    loop.run(1)
    assert evaluated == []
    loop.restart(start, InOrder(500))
    assert len(evaluated) == 1


def test_nothing_is_trained_before_the_first_epoch(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _compiled(blobs, loaded_blobs, 100, xla=True)
    start = _weights(loop.model)
    loop.restart(tuple(start), InOrder(500))
    for before, after in zip(start, _weights(loop.model), strict=True):
        np.testing.assert_array_equal(before, after)
    assert int(loop.model.optimizer.iterations.numpy()) == 0


def test_a_compiled_loop_goes_on_as_it_runs(blobs: Workload, loaded_blobs: Loaded) -> None:
    going, running = (_compiled(blobs, loaded_blobs, 100, xla=False) for _ in range(2))
    going.begin()
    assert len(going.go_on(3).rounds(warm_up=0)) == 3
    going.end()
    running.run(3)
    for ours, theirs in zip(_weights(going.model), _weights(running.model), strict=True):
        np.testing.assert_array_equal(ours, theirs)
