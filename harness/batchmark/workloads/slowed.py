"""`blobs` with a planted slow-down or defect, to see whether it is found: ``batchmark.workloads.slowed:workload``.

What is planted is named by the environment of the process that trains: ``BATCHMARK_SLOWED`` is a share of each epoch
of `fit` that is waited, by batch size, as in ``32:0.05,64:0.02`` (of what lies between an epoch's callbacks: what the
framework does between epochs is as it was, so a round is slower by a little less); ``BATCHMARK_SLOW_EPOCHS`` are epochs
that are slow now and then, at random, as in ``96:5x2`` for one in five that takes twice as long; with
``BATCHMARK_DEFECT=momentum`` there is no momentum, and ``BATCHMARK_CALLS`` is how many function calls each epoch of
`fit` makes more.
"""

import os
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from batchmark.bounds import Positive, Size
from batchmark.workloads.blobs import BLOBS, build_model
from batchmark.workloads.the_keras import the_keras

SLOWED = "BATCHMARK_SLOWED"
SLOW_EPOCHS = "BATCHMARK_SLOW_EPOCHS"
DEFECT = "BATCHMARK_DEFECT"
CALLS = "BATCHMARK_CALLS"


@dataclass(frozen=True)
class SlowEpochs:
    """Epochs that are slow now and then."""

    one_in: Size
    """How many epochs have one of them, on average."""
    times: Positive
    """How many times as long they take."""

    def __str__(self) -> str:
        """Return it as the environment has it: ``5x2``."""
        return f"{self.one_in}x{self.times:g}"


def as_setting(shares: Mapping[int, float], slow_epochs: Mapping[int, SlowEpochs] | None = None) -> dict[str, str]:
    """Return the environment in which an epoch waits these shares of what it takes, by batch size, and some wait."""
    planted: dict[str, Mapping[int, object]] = {SLOWED: shares, **({SLOW_EPOCHS: slow_epochs} if slow_epochs else {})}
    return {name: ",".join(f"{size}:{each}" for size, each in by_size.items()) for name, by_size in planted.items()}


def _planted(name: str) -> dict[int, str]:
    entries = [entry.split(":") for entry in os.environ.get(name, "").split(",") if entry]
    return {int(size): value for size, value in entries}


def _slow_epochs(value: str) -> SlowEpochs:
    one_in, times = value.split("x")
    return SlowEpochs(int(one_in), float(times))


def _do_nothing() -> None:
    """Be called."""


def _build(learning_rate: float) -> Any:  # noqa: ANN401  Keras has no types
    keras = the_keras()

    class Waiting(keras.callbacks.Callback):  # type: ignore[misc,name-defined]  # Keras has no types
        """Waits a share of what the epoch took, busily: a sleep would give its core away."""

        def __init__(self, share: float, slow: SlowEpochs | None) -> None:
            super().__init__()
            self._share = share
            self._slow = slow
            self._calls = int(os.environ.get(CALLS, "0"))
            self._since = 0.0

        def on_epoch_begin(self, _epoch: int, _logs: object = None) -> None:
            # Not at the end of the one before: the call may be paused between the two.
            self._since = time.perf_counter()

        def on_epoch_end(self, _epoch: int, _logs: object = None) -> None:
            for _ in range(self._calls):
                _do_nothing()
            now = time.perf_counter()
            # Of the process's own chance: a training that seeds Python's generator would make them the same epochs.
            is_slow = self._slow and chance.random() < 1 / self._slow.one_in
            share = self._slow.times - 1 if self._slow and is_slow else self._share
            until = now + share * (now - self._since)
            while time.perf_counter() < until:
                pass

    model = build_model(learning_rate)
    if os.environ.get(DEFECT) == "momentum":
        optimizer = keras.optimizers.SGD(learning_rate=learning_rate, momentum=0.0)
        model.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    fit, shares, chance = model.fit, _planted(SLOWED), random.SystemRandom()
    slow = {size: _slow_epochs(value) for size, value in _planted(SLOW_EPOCHS).items()}

    def fit_and_wait(*, callbacks: list[Any], batch_size: int, **options: Any) -> Any:  # noqa: ANN401  as Keras has it
        # Before the others, of which one marks the epoch's end. Without a share too: both sides have the callback.
        waiting = Waiting(float(shares.get(batch_size, 0.0)), slow.get(batch_size))
        return fit(callbacks=[waiting, *callbacks], batch_size=batch_size, **options)

    model.fit = fit_and_wait
    return model


workload = replace(BLOBS, name="batchmark.workloads.slowed:workload", build_model=_build, epochs=40)
