"""Keras' own fit: bursts of it, and a call that is paused."""

import threading
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from batchmark.training.fit_loop import FitLoop
from batchmark.training.loading import Loaded
from batchmark.training.models import seeded_model
from batchmark.workloads import Workload


def _weights(model: Any) -> list[Any]:
    return [variable.numpy() for variable in model.variables]


def test_bursts_of_fit_continue_one_training(blobs: Workload, loaded_blobs: Loaded) -> None:
    in_bursts, at_once = (
        FitLoop(seeded_model(blobs, learning_rate=0.01, seed=7), loaded_blobs.train, batch_size=100, shuffle=False)
        for _ in range(2)
    )
    in_bursts.run(1)
    in_bursts.run(2)
    at_once.run(3)
    for ours, theirs in zip(_weights(in_bursts.model), _weights(at_once.model), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def _fit_loop(blobs: Workload, loaded: Loaded, **how: Any) -> FitLoop:
    model = seeded_model(blobs, learning_rate=0.01, seed=7)
    return FitLoop(model, loaded.train, batch_size=100, shuffle=False, **how)


def _callback_first(loop: FitLoop, callback: Any) -> list[dict[str, Any]]:
    """Give each call of ``fit`` a new `callback()` before the harness' own; return what the calls are given."""
    fit, calls = loop.model.fit, []

    def with_it(*, callbacks: list[Any], **arguments: Any) -> Any:
        calls.append(arguments)
        return fit(callbacks=[callback(), *callbacks], **arguments)

    loop.model.fit = with_it
    return calls


class Impatient(tf.keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Ends a call of ``fit`` after so many epochs."""

    def __init__(self, epochs: int) -> None:
        super().__init__()
        self._left = epochs

    def on_epoch_end(self, *_: object) -> None:
        self._left -= 1
        self.model.stop_training = self._left == 0


def _rounds(loop: Any, *epochs: int) -> list[int]:
    return [len(loop.go_on(each).rounds(warm_up=0)) for each in epochs]


def test_a_call_that_goes_on_is_one_training_and_one_call(blobs: Workload, loaded_blobs: Loaded) -> None:
    paused, at_once = (_fit_loop(blobs, loaded_blobs) for _ in range(2))
    paused.run(1)
    calls = _callback_first(paused, tf.keras.callbacks.Callback)
    paused.begin()
    assert _rounds(paused, 2, 1, 3) == [2, 1, 3]
    paused.end()
    assert len(calls) == 1
    # The call's first epoch has its set-up in it, and is none of those that were asked for.
    at_once.run(1 + 1 + 2 + 1 + 3)
    for ours, theirs in zip(_weights(paused.model), _weights(at_once.model), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_a_call_is_begun_and_ended_as_often_as_it_takes(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _fit_loop(blobs, loaded_blobs)
    ended: list[bool] = []

    class Ends(tf.keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_train_end(self, _logs: object = None) -> None:
            ended.append(True)

    calls = _callback_first(loop, Ends)
    loop.end()
    for times in (1, 2, 3):
        loop.begin()
        assert len(ended) == times - 1
        assert _rounds(loop, 1, 2) == [1, 2]
        loop.end()
        loop.end()
        # The call has returned, so nothing of it is left to be done in somebody else's epoch.
        assert len(calls) == len(ended) == times
    assert [thread.name for thread in threading.enumerate() if thread.name == "batchmark-fit"] == []


def test_a_fit_of_ones_own_that_is_not_to_be_stopped_is_ended(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _fit_loop(blobs, loaded_blobs)

    class Deaf(tf.keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_end(self, *_: object) -> None:
            self.model.stop_training = False

    fit = loop.model.fit
    loop.model.fit = lambda *, callbacks, **arguments: fit(callbacks=[*callbacks, Deaf()], **arguments)
    for _ in range(2):
        loop.begin()
        assert _rounds(loop, 2) == [2]
        loop.end()


def test_a_pause_is_in_no_round(blobs: Workload, loaded_blobs: Loaded) -> None:
    now = [0.0]
    loop = _fit_loop(blobs, loaded_blobs, clock=lambda: now[0])

    class Second(tf.keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_end(self, *_: object) -> None:
            now[0] += 1.0

    _callback_first(loop, Second)
    loop.begin()
    now[0] += 100.0
    assert loop.go_on(3).rounds(warm_up=0) == (1.0, 1.0, 1.0)
    loop.end()


def test_a_call_that_ends_by_itself_is_begun_again(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _fit_loop(blobs, loaded_blobs)

    _callback_first(loop, lambda: Impatient(4))
    # One that is not counted, three, and the end; then the same again.
    assert _rounds(loop, 2, 5, 3) == [2, 1, 3]


def test_a_call_that_ends_where_it_is_paused_is_begun_again_at_once(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _fit_loop(blobs, loaded_blobs)

    calls = _callback_first(loop, lambda: Impatient(3))
    assert _rounds(loop, 2, 2, 1) == [2, 2, 1]
    # Epochs are counted on from call to call.
    assert [arguments["initial_epoch"] for arguments in calls] == [0, 3, 6]


def test_a_call_without_an_epoch_has_no_rounds(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _fit_loop(blobs, loaded_blobs)
    loop.model.fit = lambda **_: None
    loop.begin()
    assert _rounds(loop, 1, 2) == [0, 0]
    loop.end()


def test_what_a_call_raises_is_raised_where_epochs_were_asked_for(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _fit_loop(blobs, loaded_blobs)

    class Fails(tf.keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_begin(self, epoch: int, _logs: object = None) -> None:
            if epoch == 2:
                message = "the third epoch fails"
                raise RuntimeError(message)

    _callback_first(loop, Fails)
    assert _rounds(loop, 1) == [1]
    for _ in range(2):
        with pytest.raises(RuntimeError, match="the third epoch fails"):
            loop.go_on(3)
    loop.end()


def test_a_call_has_the_harness_in_the_epochs_that_are_to_have_it(blobs: Workload, loaded_blobs: Loaded) -> None:
    loop = _fit_loop(blobs, loaded_blobs)
    found = loop.run_alternating([False, True, False, True, True, False])
    assert len(found.begins) == 6
    assert list(found.begins) == sorted(found.begins)
    assert found.boundaries.epochs == 3
    assert loop.run(1).epochs == 1


def test_a_call_with_and_without_the_harness_trains_as_any_other(blobs: Workload, loaded_blobs: Loaded) -> None:
    alternating, bare = (_fit_loop(blobs, loaded_blobs) for _ in range(2))
    found = alternating.run_alternating([True, False, True])
    bare.run_bare(3)
    for ours, theirs in zip(_weights(alternating.model), _weights(bare.model), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
    assert [sorted(logs) for logs in found.boundaries.logs] == [sorted(alternating.run(1).logs[0])] * 2
