"""`blobs` with a planted slow-down or defect, to see whether it is found: ``batchmark.workloads.slowed:workload``.

What is planted is named by the environment of the process that trains: ``BATCHMARK_SLOWED`` is a share of each epoch
of `fit` that is waited, by batch size, as in ``32:0.05,64:0.02`` (of what lies between an epoch's callbacks: what the
framework does between epochs is as it was, so a round is slower by a little less); with ``BATCHMARK_DEFECT=momentum``
there is no momentum.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from batchmark.workloads.blobs import BLOBS, build_model
from batchmark.workloads.the_keras import the_keras

SLOWED = "BATCHMARK_SLOWED"
DEFECT = "BATCHMARK_DEFECT"


def as_setting(shares: Mapping[int, float]) -> dict[str, str]:
    """Return the environment in which an epoch waits these shares of what it takes, by batch size."""
    return {SLOWED: ",".join(f"{size}:{share}" for size, share in shares.items())}


def _shares() -> dict[int, float]:
    entries = [entry.split(":") for entry in os.environ.get(SLOWED, "").split(",") if entry]
    return {int(size): float(share) for size, share in entries}


def _build(learning_rate: float) -> Any:  # noqa: ANN401  Keras has no types
    keras = the_keras()

    class Waiting(keras.callbacks.Callback):  # type: ignore[misc,name-defined]  # Keras has no types
        """Waits a share of what the epoch took, busily: a sleep would give its core away."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self._share = share
            self._since = 0.0

        def on_epoch_begin(self, _epoch: int, _logs: object = None) -> None:
            # Not at the end of the one before: the call may be paused between the two.
            self._since = time.perf_counter()

        def on_epoch_end(self, _epoch: int, _logs: object = None) -> None:
            now = time.perf_counter()
            until = now + self._share * (now - self._since)
            while time.perf_counter() < until:
                pass

    model = build_model(learning_rate)
    if os.environ.get(DEFECT) == "momentum":
        optimizer = keras.optimizers.SGD(learning_rate=learning_rate, momentum=0.0)
        model.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    fit, shares = model.fit, _shares()

    def fit_and_wait(*, callbacks: list[Any], batch_size: int, **options: Any) -> Any:  # noqa: ANN401  as Keras has it
        # Before the others, of which one marks the epoch's end. Without a share too: both sides have the callback.
        return fit(callbacks=[Waiting(shares.get(batch_size, 0.0)), *callbacks], batch_size=batch_size, **options)

    model.fit = fit_and_wait
    return model


workload = replace(BLOBS, name="batchmark.workloads.slowed:workload", build_model=_build, epochs=40)
