"""The loop users have: Keras' own ``fit``."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from batchmark.training.boundary import Clock, EpochBoundaries
from batchmark.training.epoch_begins import when_epochs_begin
from batchmark.training.examples import Examples, InMemory
from batchmark.training.keras_versions import keras

# Epochs of a call that is only ever paused.
_WITHOUT_END = 1_000_000_000


@dataclass(frozen=True)
class Alternated:
    """Epochs of one call, with the harness and without."""

    begins: tuple[float, ...]
    """When each epoch began, seen from outside, in seconds of the loop's clock."""
    boundaries: EpochBoundaries
    """Of the harnessed epochs alone."""


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
        self._paused = _PausedCall(self._fit_until_told, self._count_epoch, clock)
        # A dataset has its own order; Keras warns where it is told to shuffle one.
        self._arguments = {**data.keras_arguments(batch_size), "shuffle": shuffle and isinstance(data, InMemory)}

    def run(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs in one call and return their boundaries."""
        boundaries = EpochBoundaries(self._clock)
        self._fit(epochs, [_MarkEpochEnds(boundaries)])
        self._epochs_done += epochs
        return boundaries

    def begin(self) -> None:
        """Begin a call that is paused after its first epoch, which is not counted: the call's set-up is in it.

        Raises whatever the call raised.
        """
        self._paused.begin()

    def go_on(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs in the call that was begun and paused, and return their boundaries.

        They are fewer where the call ended by itself. The next time, one is begun.

        Raises whatever the call raised.
        """
        return self._paused.go_on(epochs)

    def end(self) -> None:
        """End the call that was begun, if there is one, as one ends that was asked for so many epochs.

        Raises whatever the call raised.
        """
        self._paused.end()

    def run_bare(self, epochs: int) -> float:
        """Train `epochs` more epochs without the harness and return the call's wall time in seconds."""
        start = self._clock()
        self._fit(epochs, [])
        seconds = self._clock() - start
        self._epochs_done += epochs
        return seconds

    def run_alternating(self, is_harnessed: Sequence[bool]) -> Alternated:
        """Train an epoch for each of `is_harnessed` in one call, with the harness where that says so.

        Elsewhere the call's callbacks are those that Keras has by itself. What an epoch leaves to be done later, as
        garbage that is collected, is in no epoch of its own.
        """
        boundaries = EpochBoundaries(self._clock)
        callbacks = keras.callbacks.CallbackList([], add_history=True, model=self.model)
        bare = list(callbacks.callbacks)
        harnessed = [*bare, _MarkEpochEnds(boundaries)]
        begins: list[float] = []

        def begin() -> None:
            epoch = len(begins)
            callbacks.callbacks = harnessed if epoch < len(is_harnessed) and is_harnessed[epoch] else bare
            begins.append(self._clock())

        with when_epochs_begin(self.model, begin):
            self._fit(len(is_harnessed), callbacks)
        self._epochs_done += len(is_harnessed)
        return Alternated(tuple(begins), boundaries)

    def _count_epoch(self) -> None:
        self._epochs_done += 1

    def _fit_until_told(self, callback: keras.callbacks.Callback) -> None:
        self._fit(_WITHOUT_END, [callback])

    def _fit(self, epochs: int, callbacks: object) -> None:
        self.model.fit(
            **self._arguments,
            initial_epoch=self._epochs_done,
            epochs=self._epochs_done + epochs,
            verbose=0,
            callbacks=callbacks,
        )


class _PausedCall:
    """A call of ``fit`` that is paused at the end of an epoch, where it stands, in a thread of its own.

    Two sides can then alternate epoch by epoch: calls of their own for each would cost 20 to 30 ms of set-up each, and
    an epoch that is thrown away with it. Only one of this thread and the one that asks ever runs.

    A pause is to be no longer than an epoch or so. Keras' iterators live on in it, and where TensorFlow ends one, it
    waits for a thread of tf.data's that sleeps for about as long as the iterator has lived: an epoch after a pause of
    seconds takes seconds. (Ordinary calls have that wait too, of up to an epoch at the end of some.)

    Note: a thread of its own because ``fit`` can't be left and entered again; it has Keras' defaults of what is kept by
    thread (the policy of number formats), which layers take over when they are made, before this. Tried a call for each
    cell that is never ended, and paused while other cells have their turns; rejected for that wait.
    """

    _boundaries: EpochBoundaries
    """Since the last pause; there are none before the call has begun."""

    def __init__(
        self, fit: Callable[[keras.callbacks.Callback], None], count: Callable[[], None], clock: Clock
    ) -> None:
        self._fit = fit
        self._count = count
        self._clock = clock
        self._thread: threading.Thread | None = None
        self._is_live = False
        self._turn = threading.Semaphore(0)
        self._answer = threading.Semaphore(0)
        self._left = 0
        self._error: BaseException | None = None

    def begin(self) -> None:
        self.end()
        self._is_live = True
        self._thread = threading.Thread(target=self._run, daemon=True, name="batchmark-fit")
        self._thread.start()
        self._let_run(1)

    def go_on(self, epochs: int) -> EpochBoundaries:
        if self._is_live:
            self._let_run(epochs)
            if self._boundaries.epochs:
                return self._boundaries
        # It had ended, or it ended where it was paused.
        self.begin()
        if not self._is_live:
            return EpochBoundaries(self._clock)
        self._let_run(epochs)
        return self._boundaries

    def end(self) -> None:
        if self._is_live:
            self._let_run(0)
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _let_run(self, epochs: int) -> None:
        """Let the call run for so many epochs, or to its end if there are none, and wait until it has."""
        self._left = epochs
        self._turn.release()
        self._answer.acquire()
        if self._error is not None:
            error, self._error = self._error, None
            raise error

    def _run(self) -> None:
        self._turn.acquire()
        self._boundaries = EpochBoundaries(self._clock)
        try:
            self._fit(_PauseAtEpochEnds(self))
        except _GoesOnForeverError:
            pass
        except BaseException as error:  # noqa: BLE001  raised where the epochs were asked for
            self._error = error
        self._is_live = False
        self._answer.release()

    def end_epoch(self, logs: dict[str, float], model: Any) -> bool:
        """End an epoch; after the last that was asked for, wait until more are. Return whether the call is to go on."""
        if self._left == 0:
            # A `fit` of one's own, which doesn't end when Keras' would.
            raise _GoesOnForeverError
        self._boundaries.mark(logs, model)
        self._count()
        self._left -= 1
        if self._left == 0:
            self._answer.release()
            self._turn.acquire()
            self._boundaries = EpochBoundaries(self._clock)
        return self._left > 0


class _GoesOnForeverError(Exception):
    """A call was told to end and began another epoch."""


class _PauseAtEpochEnds(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Hands over at an epoch's end; overrides nothing that runs inside a step."""

    def __init__(self, call: _PausedCall) -> None:
        super().__init__()
        self._call = call

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del epoch
        if not self._call.end_epoch(dict(logs or {}), self.model):
            self.model.stop_training = True


class _MarkEpochEnds(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Marks a boundary at each epoch's end; overrides nothing that runs inside a step."""

    def __init__(self, boundaries: EpochBoundaries) -> None:
        super().__init__()
        self._boundaries = boundaries

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        del epoch
        self._boundaries.mark(dict(logs or {}), self.model)
