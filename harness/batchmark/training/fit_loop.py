"""The loop users have: Keras' own ``fit``."""

import time
from typing import Any

from batchmark.training.boundary import Clock, EpochBoundaries, loss_of
from batchmark.training.examples import Examples, InMemory
from batchmark.training.keras_versions import keras


class FitLoop:
    """One continuing training by ``fit``, a call for each burst of epochs.

    Note: a call of its own for each epoch was tried; rejected because the call's set-up (10 to 20 ms
    for ``blobs``) is not an epoch's.
    """

    def __init__(
        self,
        model: Any,
        data: Examples,
        *,
        batch_size: int,
        shuffle: bool = True,
        compilation: str = "fit",
        xla: bool = False,
        clock: Clock = time.perf_counter,
    ) -> None:
        """Take a compiled model; nothing is trained yet. `compilation` and `xla` say how the model runs its steps."""
        self.model = model
        self.compilation = compilation
        self.xla = xla
        self._clock = clock
        self._epochs_done = 0
        # A dataset has its own order; Keras warns where it is told to shuffle one.
        self._arguments = {**data.keras_arguments(batch_size), "shuffle": shuffle and isinstance(data, InMemory)}

    def run(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs in one call and return their boundaries."""
        boundaries = EpochBoundaries(self._clock)
        self._fit(epochs, [_MarkEpochEnds(boundaries)])
        return boundaries

    def run_bare(self, epochs: int) -> float:
        """Train `epochs` more epochs without the harness and return the call's wall time in seconds."""
        start = self._clock()
        self._fit(epochs, [])
        return self._clock() - start

    def _fit(self, epochs: int, callbacks: list[keras.callbacks.Callback]) -> None:
        self.model.fit(
            **self._arguments,
            initial_epoch=self._epochs_done,
            epochs=self._epochs_done + epochs,
            verbose=0,
            callbacks=callbacks,
        )
        self._epochs_done += epochs


class _MarkEpochEnds(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Marks a boundary at each epoch's end; overrides nothing that runs inside a step."""

    def __init__(self, boundaries: EpochBoundaries) -> None:
        super().__init__()
        self._boundaries = boundaries

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del epoch
        self._boundaries.mark(loss_of(logs))
