"""Epochs taken apart: what is planted is found in its phase and by its name."""

import time
from typing import Any

import pytest
import tensorflow as tf

from batchmark.profiles import Phase, Profile
from batchmark.training.counting.profiled import profile_epochs
from batchmark.training.fit_loop import FitLoop
from batchmark.training.loading import Loaded
from batchmark.training.loop import Loop
from batchmark.training.models import seeded_model
from batchmark.training.open_loop import open_loop

SIZE = 100
STEPS = 5


class BusyAtEnds(tf.keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Keeps the processor busy for as long as an epoch takes, again."""

    def on_epoch_begin(self, _epoch: int, _logs: object = None) -> None:
        self._since = time.perf_counter()

    def on_epoch_end(self, _epoch: int, _logs: object = None) -> None:
        busy_again(self._since)


def busy_again(since: float) -> None:
    """Wait as long as it is since then, busily."""
    until = 2 * time.perf_counter() - since
    while time.perf_counter() < until:
        pass


def _taken_apart(loop: Loop, loaded: Loaded) -> Profile:
    def anew() -> Loop:
        return open_loop("fit", loaded, batch_size=SIZE, learning_rate=0.01, seed=0)

    return profile_epochs(loop, steps_per_epoch=STEPS, anew=anew)


@pytest.fixture(scope="module")
def profiled(loaded_blobs: Loaded) -> Profile:
    model = seeded_model(loaded_blobs.workload, learning_rate=0.01, seed=7)
    fit = model.fit
    model.fit = lambda *, callbacks, **arguments: fit(callbacks=[BusyAtEnds(), *callbacks], **arguments)
    loop = FitLoop(model, loaded_blobs.train, batch_size=SIZE)
    loop.run(3)
    return _taken_apart(loop, loaded_blobs)


def test_phases_add_up_to_an_epoch(profiled: Profile) -> None:
    assert sum(profiled.phases.values()) == pytest.approx(profiled.seconds_per_epoch)
    assert sum(stack.seconds for stack in profiled.stacks) <= profiled.seconds_per_epoch * (1 + 1e-9)
    assert not profiled.missing


def test_what_is_planted_between_epochs_is_found_there_by_its_name(profiled: Profile) -> None:
    busy = [
        stack for stack in profiled.stacks if any(profiled.frames[index].name == "busy_again" for index in stack.frames)
    ]
    assert {stack.phase for stack in busy} == {Phase.BETWEEN_EPOCHS}
    # Half of an epoch by itself; a part of it Keras spends between epochs anyway.
    assert sum(stack.seconds for stack in busy) > 0.2 * profiled.seconds_per_epoch
    (frame,) = {
        profiled.frames[index] for stack in busy for index in stack.frames if "busy" in profiled.frames[index].name
    }
    assert frame.line == busy_again.__code__.co_firstlineno
    assert not frame.package


def test_stacks_begin_at_fit_and_name_the_packages_they_are_in(profiled: Profile) -> None:
    outermost = {profiled.frames[stack.frames[0]].name.split(".")[-1] for stack in profiled.stacks}
    assert outermost == {"fit"}
    assert profiled.packages["keras"]
    assert profiled.packages["tensorflow"] == tf.__version__


def test_a_steady_epoch_compiles_nothing(profiled: Profile) -> None:
    assert profiled.phases.get(Phase.COMPILATION, 0.0) < 0.05 * profiled.seconds_per_epoch


def test_calls_and_operations_are_there(profiled: Profile) -> None:
    assert profiled.calls >= sum(each.calls for each in profiled.called[:10])
    assert any(each.name.endswith("busy_again") for each in profiled.called)
    assert profiled.operations


def test_a_compiled_loop_runs_operations_and_has_nothing_between_epochs(loaded_blobs: Loaded) -> None:
    loop = open_loop("compiled:graph", loaded_blobs, batch_size=SIZE, learning_rate=0.01, seed=0)
    loop.run(3)
    found = _taken_apart(loop, loaded_blobs)
    assert found.phases[Phase.OPERATIONS] > 0.1 * found.seconds_per_epoch
    assert Phase.BETWEEN_EPOCHS not in found.phases


def test_a_fit_whose_loops_cannot_be_read_has_stacks_without_phases(loaded_blobs: Loaded, monkeypatch: Any) -> None:
    monkeypatch.setattr("batchmark.training.counting.phases.epoch_lines", lambda _: None)
    profile = _taken_apart(open_loop("fit", loaded_blobs, batch_size=SIZE, learning_rate=0.01, seed=0), loaded_blobs)
    assert profile.phases == {}
    assert profile.stacks
    assert {stack.phase for stack in profile.stacks} == {None}
    assert sum(stack.seconds for stack in profile.stacks) == pytest.approx(profile.seconds_per_epoch, rel=0.05)


def test_what_fails_to_be_seen_is_missing(loaded_blobs: Loaded, monkeypatch: Any) -> None:
    def fails(*_: object, **__: object) -> None:
        message = "not in this build"
        raise NotImplementedError(message)

    monkeypatch.setattr("batchmark.training.counting.profiled.count_calls", fails)
    loop = open_loop("compiled:graph", loaded_blobs, batch_size=SIZE, learning_rate=0.01, seed=0)
    loop.run(3)
    found = _taken_apart(loop, loaded_blobs)
    assert found.missing == ("calls: NotImplementedError: not in this build",)
    assert (found.called, found.calls) == ((), 0.0)
