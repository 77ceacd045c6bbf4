"""Training seeds one after the other by plain ``fit``: what serves every model that Keras trains."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.backend import the_backend
from batchmark.training.data_order import Permutation, Shuffled
from batchmark.training.evaluation import Evaluated, evaluate
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras, seed_everything
from batchmark.training.overrides import why_not_around_its_step
from batchmark.training.single import Curves, Progress, means_of
from batchmark.workloads.quality import Quality


class FitTraining:
    """One call of ``fit`` for each seed, in a new model.

    The order is the one that belongs to the seed, by a dataset that takes the examples in it; a model with a ``fit`` of
    its own gets the data as the user gave them, and shuffles them as it does.
    """

    def __init__(
        self,
        build: Callable[[int], Any],
        quality: Quality,
        train: InMemory,
        validation: Evaluated,
        fresh: Evaluated,
        *,
        batch_size: int,
    ) -> None:
        """Take what builds a model from a seed."""
        self._build = build
        self._quality = quality
        self._train = train
        self._tests = (validation, fresh)
        self._batch_size = batch_size

    def train(self, seed: int, weights: Sequence[NDArray[np.float32]], epochs: int, progress: Progress) -> Curves:
        """Train from `weights` in the order that belongs to `seed`."""
        model = self._build(seed)
        # Creates what trains, and gives what other models have trained its first values again.
        variables = the_backend().variables
        variables.state(model, self._train, self._batch_size)
        variables.set_weights(model, weights)
        # What is drawn from a backend's own generator is the seed's alone, whatever was made before.
        seed_everything(seed)
        validation, fresh = self._tests
        each = _EachEpoch(self._quality, validation, Shuffled(self._train.examples, seed), epochs, progress)
        model.fit(**self._arguments(model, each), epochs=epochs, verbose=0, callbacks=[each])
        return Curves(
            _of_all(epochs, each.training), _of_all(epochs, each.validation), evaluate(model, fresh, self._quality)
        )

    def _arguments(self, model: Any, each: "_EachEpoch") -> dict[str, Any]:
        if not why_not_around_its_step(model):
            ordered = the_backend().arrays.in_order(self._train, self._batch_size, each.order)
            if ordered is not None:
                return {"x": ordered, "shuffle": False}
        return self._train.keras_arguments(self._batch_size)


class _EachEpoch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Draws each epoch's order and keeps what it ended with."""

    def __init__(
        self, quality: Quality, validation: Evaluated, orders: Shuffled, epochs: int, progress: Progress
    ) -> None:
        super().__init__()
        self._quality = quality
        self._on = validation
        self._orders = orders
        self._epochs = epochs
        self._progress = progress
        self._order = orders.next_epoch()
        self.training: list[NDArray[np.float32]] = []
        self.validation: list[NDArray[np.float32]] = []

    def order(self) -> Permutation:
        """Return the current epoch's order, however often the epoch's batches are asked for."""
        return self._order

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.training.append(means_of(logs or {}, self._quality))
        self.validation.append(evaluate(self.model, self._on, self._quality))
        self._order = self._orders.next_epoch()
        self._progress((epoch + 1) / self._epochs)


def _of_all(epochs: int, values: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return shape (epochs, 2): NaN for epochs that a ``fit`` of the user's own left out."""
    missing = np.full((max(0, epochs - len(values)), 2), np.nan, np.float32)
    return np.concatenate([np.reshape(values[:epochs], (-1, 2)).astype(np.float32), missing])
