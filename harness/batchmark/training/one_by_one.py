"""Training seeds one after the other by the compiled loop, without compiling again for each."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from batchmark.training.backend import the_backend
from batchmark.training.data_order import Shuffled
from batchmark.training.evaluation import Evaluated, evaluations
from batchmark.training.examples import InMemory
from batchmark.training.single import Curves, Progress, means_of
from batchmark.workloads.quality import Quality

EpochMeans = NDArray[np.float32]
"""Shape (2, 1): loss and quality."""


class OneByOneTraining:
    """Trainings of one workload at one batch size, one seed at a time, in one model."""

    def __init__(
        self,
        model: Any,
        quality: Quality,
        train: InMemory,
        validation: Evaluated,
        fresh: Evaluated,
        *,
        batch_size: int,
        loop: str,
    ) -> None:
        """Take the compiled model that every training reuses; `loop` is a compiled one's name."""
        self._model = model
        self._quality = quality
        self._examples = train.examples
        make_loop = the_backend().compiled_loops[loop]
        self._loop = make_loop(model, train, batch_size=batch_size, order=Shuffled(train.examples, 0))
        self._validation, self._fresh = evaluations(model, (validation, fresh), quality, is_reused=True)

    def train(self, seed: int, weights: Sequence[NDArray[np.float32]], epochs: int, progress: Progress) -> Curves:
        """Train from `weights` in the order that belongs to `seed`."""
        self.start(weights, seed)
        running, validated = [], []
        for epoch in range(epochs):
            running.append(self.run_epoch()[:, 0])
            validated.append(self.validate()[:, 0])
            progress((epoch + 1) / epochs)
        # What fit does before it returns.
        self._loop.end()
        return Curves(np.array(running), np.array(validated), self.evaluate_fresh()[:, 0])

    def start(self, weights: Sequence[NDArray[np.float32]], seed: int) -> None:
        """Begin the training that belongs to `seed` from its initial `weights`; all other state is as new."""
        self._loop.restart(tuple(weights), Shuffled(self._examples, seed))

    def run_epoch(self) -> EpochMeans:
        """Train one epoch and return its running means, shape (2, 1)."""
        return means_of(self._loop.run_epoch(), self._quality)[:, None]

    def validate(self) -> EpochMeans:
        """Evaluate on the workload's own test set, shape (2, 1)."""
        return self._validation()[:, None]

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate on the large fresh test set, shape (2, 1)."""
        return self._fresh()[:, None]

    def weights(self) -> list[NDArray[np.float32]]:
        """Return the current training's weights."""
        return list(the_backend().variables.weights(self._model))
