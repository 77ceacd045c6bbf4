"""`blobs` with a planted defect, for comparisons: ``slowed:workload``, what is planted named by the environment.

``SLOWED`` is a share of each epoch that is waited, by batch size, as in ``32:0.05,64:0.02``; ``DEFECT=momentum`` trains
without momentum.
"""

import os
import time
from dataclasses import replace
from typing import Any

from batchmark.workloads.blobs import BLOBS, build_model

SHARES = {
    int(size): float(share)
    for size, share in (each.split(":") for each in os.environ.get("SLOWED", "").split(",") if each)
}


def _build(learning_rate: float) -> Any:
    from tensorflow import keras  # noqa: PLC0415  the controller reads workloads without TensorFlow

    class Waiting(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
        """Waits a share of what the epoch took, busily: a sleep would give its core away."""

        def __init__(self, share: float) -> None:
            super().__init__()
            self._share = share
            self._since = time.perf_counter()

        def on_epoch_end(self, _epoch: int, _logs: object = None) -> None:
            now = time.perf_counter()
            until = now + self._share * (now - self._since)
            while time.perf_counter() < until:
                pass
            self._since = time.perf_counter()

    plain = build_model(learning_rate)
    if os.environ.get("DEFECT") == "momentum":
        optimizer = keras.optimizers.SGD(learning_rate=learning_rate, momentum=0.0)
        plain.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    if not SHARES:
        return plain
    fit = plain.fit

    def slowed_fit(*arguments: Any, callbacks: Any = (), **options: Any) -> Any:
        # Before the others, one of which marks the epoch's end.
        waiting = Waiting(SHARES.get(options["batch_size"], 0.0))
        return fit(*arguments, callbacks=[waiting, *callbacks], **options)

    plain.fit = slowed_fit
    return plain


workload = replace(BLOBS, name="slowed:workload", build_model=_build, epochs=40)
