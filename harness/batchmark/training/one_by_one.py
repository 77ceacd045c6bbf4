"""Training seeds one after the other: the fallback that serves every model the compiled loop serves."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.boundary import loss_of
from batchmark.training.compiled_loop import CompiledLoop
from batchmark.training.data_order import Shuffled
from batchmark.training.evaluation import mean_over_slices
from batchmark.training.examples import Examples, InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.quality import quality_metric
from batchmark.training.stacked import EpochMeans
from batchmark.workloads import Split, Workload


class OneByOneTraining:
    """Trainings of one workload at one batch size, one seed at a time, without compiling again for each."""

    def __init__(
        self,
        model: Any,
        workload: Workload,
        train: Examples,
        validation: Split,
        fresh: Split,
        *,
        batch_size: int,
        xla: bool,
    ) -> None:
        """Take the compiled model that every training reuses."""
        self._model = model
        self._metric = workload.quality_metric
        self._quality = quality_metric(workload.quality_metric)
        order = Shuffled(train.examples, 0)
        self._loop = CompiledLoop(model, train, batch_size=batch_size, order=order, xla=xla)
        self._examples = train.examples
        self._evaluate_validation = self._evaluation_of(validation)
        self._evaluate_fresh = self._evaluate_validation if fresh is validation else self._evaluation_of(fresh)

    def start(self, weights: Sequence[NDArray[np.float32]], seed: int) -> None:
        """Begin the training that belongs to `seed` from its initial `weights`."""
        self._loop.restart(tuple(weights), Shuffled(self._examples, seed))

    def run_epoch(self) -> EpochMeans:
        """Train one epoch and return its running means, shape (2, 1)."""
        logs = self._loop.run_epoch()
        loss = loss_of(logs)
        logged = -loss if self._metric == "negative_loss" else logs.get(self._metric, np.nan)
        return np.array([[loss], [logged]], np.float32)

    def validate(self) -> EpochMeans:
        """Evaluate on the workload's own test set, shape (2, 1)."""
        means: EpochMeans = self._evaluate_validation().numpy()[:, None]
        return means

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate on the large fresh test set, shape (2, 1)."""
        means: EpochMeans = self._evaluate_fresh().numpy()[:, None]
        return means

    def weights(self) -> list[NDArray[np.float32]]:
        """Return the current training's weights."""
        return [variable.numpy() for variable in self._model.variables]

    def _evaluation_of(self, split: Split) -> Callable[[], Any]:
        everything = InMemory(split)

        def evaluate_slice(indices: Any) -> Any:
            inputs, targets, weights = keras.utils.unpack_x_y_sample_weight(everything.batch(indices))
            predictions = self._model(inputs, training=False)
            loss = self._model.compute_loss(inputs, targets, predictions, weights)
            return tf.stack([loss, self._quality(targets, predictions, loss)])

        compiled: Callable[[], Any] = tf.function(lambda: mean_over_slices(len(split), evaluate_slice))
        return compiled
