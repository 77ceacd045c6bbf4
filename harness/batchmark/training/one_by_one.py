"""Training seeds one after the other: the fallback that serves every model the compiled loop serves."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.compiled_loop import CompiledLoop
from batchmark.training.data_order import Shuffled
from batchmark.training.evaluation import mean_over_slices
from batchmark.training.quality import quality_metric
from batchmark.training.stacked import EpochMeans
from batchmark.workloads import Data, Split, Workload


class OneByOneTraining:
    """Trainings of one workload at one batch size, one seed at a time, without compiling again for each."""

    def __init__(self, model: Any, workload: Workload, data: Data, *, batch_size: int, xla: bool) -> None:
        """Take the compiled model that every training reuses."""
        self._model = model
        self._metric = workload.quality_metric
        self._quality = quality_metric(workload.quality_metric)
        order = Shuffled(len(data.train), 0)
        self._loop = CompiledLoop(model, data.train, batch_size=batch_size, order=order, xla=xla)
        self._data = data
        self._evaluate_validation = self._evaluation_of(data.validation)
        self._evaluate_fresh = self._evaluation_of(data.fresh)

    def start(self, weights: Sequence[NDArray[np.float32]], seed: int) -> None:
        """Begin the training that belongs to `seed` from its initial `weights`."""
        self._loop.restart(tuple(weights), Shuffled(len(self._data.train), seed))

    def run_epoch(self) -> EpochMeans:
        """Train one epoch and return its running means, shape (2, 1)."""
        logs = self._loop.run_epoch()
        return np.array([[logs["loss"]], [logs.get(self._metric, np.nan)]], np.float32)

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
        x, y = tf.constant(split.x), tf.constant(split.y)

        def evaluate_slice(indices: Any) -> Any:
            inputs, targets = tf.gather(x, indices), tf.gather(y, indices)
            predictions = self._model(inputs, training=False)
            loss = self._model.compute_loss(inputs, targets, predictions)
            return tf.stack([loss, self._quality(targets, predictions)])

        compiled: Callable[[], Any] = tf.function(lambda: mean_over_slices(len(split), evaluate_slice))
        return compiled
