"""What is counted of a real training: the same each time, and a planted call is seen."""

from typing import Any

import tensorflow as tf

from batchmark.counters import Counters
from batchmark.training.counting.work import count_work
from batchmark.training.examples import Examples
from batchmark.training.fit_loop import FitLoop
from batchmark.training.loading import Loaded
from batchmark.training.loop import Loop
from batchmark.training.models import seeded_model
from batchmark.training.open_loop import open_loop

OF_OPERATIONS = {"operations_per_step"}
OF_PROGRAM = {"instructions_per_step", "fusions_per_step", "flops_per_step", "program_bytes_per_step"}
SIZE = 100


def _fit(loaded: Loaded, *, calls: int = 0, data: Examples | None = None) -> FitLoop:
    model = seeded_model(loaded.workload, learning_rate=0.01, seed=7)
    loop = FitLoop(model, data or loaded.train, batch_size=SIZE)
    fit = model.fit

    def with_calls(*, callbacks: list[Any], **arguments: Any) -> Any:
        return fit(callbacks=[Calling(calls), *callbacks], **arguments)

    model.fit = with_calls
    return loop


def _counted(loop: Loop, loaded: Loaded, name: str = "fit") -> Counters:
    def anew() -> Loop:
        return open_loop(name, loaded, batch_size=SIZE, learning_rate=0.01, seed=0)

    return count_work(loop, loaded.train, SIZE, anew=anew)


class Calling(tf.keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Makes so many calls at each epoch's end."""

    def __init__(self, calls: int) -> None:
        super().__init__()
        self._calls = calls

    def on_epoch_end(self, _epoch: int, _logs: object = None) -> None:
        for _ in range(self._calls):
            _nothing()


def _nothing() -> None:
    pass


def test_two_trainings_count_alike_and_a_few_calls_more_are_a_few(loaded_blobs: Loaded) -> None:
    found = []
    for calls in (0, 0, 3):
        loop = _fit(loaded_blobs, calls=calls)
        loop.run(3)
        found.append(_counted(loop, loaded_blobs))
    first, again, more = found
    assert not first.missing
    assert first.counted.keys() >= {"calls_per_epoch", "retracings_per_epoch", *OF_OPERATIONS}
    for name, counter in first.counted.items():
        assert counter.is_exact, name
        assert counter.value == again.counted[name].value, name
    assert more.counted["calls_per_epoch"].value - first.counted["calls_per_epoch"].value == 3
    assert first.counted["retracings_per_epoch"].value == 0
    parts = first.counted["calls_per_epoch"].parts
    assert any(name.startswith("keras") for name in parts)
    assert sum(parts.values()) == first.counted["calls_per_epoch"].value


def test_operations_of_a_step_are_told_by_kind(loaded_blobs: Loaded) -> None:
    loop = open_loop("compiled:graph", loaded_blobs, batch_size=SIZE, learning_rate=0.01, seed=0)
    loop.run(2)
    counted = _counted(loop, loaded_blobs, "compiled:graph").counted
    kinds = counted["operations_per_step"].parts
    # Forward and backward: a product of matrices each way, which oneDNN makes on some processors.
    assert sum(number for kind, number in kinds.items() if kind.endswith("MatMul")) >= 3
    assert not counted.keys() & OF_PROGRAM, "XLA has no part in it"


def test_the_program_of_a_step_is_counted_where_xla_makes_one(loaded_blobs: Loaded) -> None:
    loop = open_loop("compiled:xla", loaded_blobs, batch_size=SIZE, learning_rate=0.01, seed=0)
    loop.run(2)
    counted = _counted(loop, loaded_blobs, "compiled:xla").counted
    assert counted.keys() >= {*OF_PROGRAM, "operations_per_step"}
    kernels = [weights.size for weights in loop.model.get_weights() if weights.ndim == 2]
    forward = 2 * SIZE * sum(kernels)
    # There, and back for weights and for what came in: three times, less the first layer's input.
    assert 2 * forward <= counted["flops_per_step"].value <= 4 * forward


def test_a_model_that_is_traced_anew_each_epoch_is_seen(loaded_blobs: Loaded) -> None:
    model = seeded_model(loaded_blobs.workload, learning_rate=0.01, seed=7)

    class Forgetting(tf.keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        def on_epoch_end(self, _epoch: int, _logs: object = None) -> None:
            tf.function(lambda each: each + 1)(tf.constant(1))

    fit = model.fit
    model.fit = lambda *, callbacks, **arguments: fit(callbacks=[Forgetting(), *callbacks], **arguments)
    loop = FitLoop(model, loaded_blobs.train, batch_size=SIZE)
    loop.run(3)
    assert _counted(loop, loaded_blobs).counted["retracings_per_epoch"].value == 1


def test_statistics_that_fail_are_missing_and_say_why(loaded_blobs: Loaded, monkeypatch: Any) -> None:
    def fails(*_: object, **__: object) -> None:
        message = "no statistics in this build"
        raise NotImplementedError(message)

    monkeypatch.setattr("batchmark.training.counting.work.operations_of_step", fails)
    loop = _fit(loaded_blobs)
    loop.run(3)
    found = _counted(loop, loaded_blobs)
    assert found.missing == dict.fromkeys(
        (*OF_OPERATIONS, "allocated_bytes_per_step"), "NotImplementedError: no statistics in this build"
    )
    assert "calls_per_epoch" in found.counted


def test_operations_that_became_cheap_are_counted_all_the_same(loaded_blobs: Loaded) -> None:
    loop = open_loop("fit", loaded_blobs, batch_size=SIZE, learning_rate=0.01, seed=0)
    loop.run(3)
    before = _counted(loop, loaded_blobs).counted["operations_per_step"].value
    # TensorFlow's profiler shows fewer of them by and by.
    loop.run(60)
    assert _counted(loop, loaded_blobs).counted["operations_per_step"].value == before
