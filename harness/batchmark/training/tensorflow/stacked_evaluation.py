"""Evaluating many seeds at once."""

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from batchmark.training.evaluation import EVALUATED_AT_ONCE, name_in
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.stacking import EpochMeans
from batchmark.training.tensorflow.batches import batch_at
from batchmark.training.tensorflow.stacked_metrics import new_metrics, of_each_seed, pairs, scalar, updated
from batchmark.training.tensorflow.vectorizing import vectorized_map
from batchmark.workloads import Split
from batchmark.workloads.quality import Quality


class StackedEvaluation:
    """Loss and quality of stacked weights on the workload's test sets; serves every batch size.

    The model's own ``test_step``, with each seed's weights and metrics in place of the model's.

    Note: tried an evaluation for each batch size; rejected because compiling them took a third of Table 1's time.
    """

    def __init__(self, model: Any, quality: Quality, validation: Split, fresh: Split) -> None:
        """Take a template `model`, whose metrics exist: its own weights are not used."""
        self._model = model
        self._quality = quality
        self._metrics = new_metrics(model)
        self._validation = self._evaluation_of(validation)
        self._fresh = self._validation if fresh is validation else self._evaluation_of(fresh)

    def validation(self, weights: Sequence[Any]) -> EpochMeans:
        """Evaluate every seed on the workload's own test set."""
        means: EpochMeans = self._validation(weights).numpy()
        return means

    def fresh(self, weights: Sequence[Any]) -> EpochMeans:
        """Evaluate every seed on the large fresh test set."""
        means: EpochMeans = self._fresh(weights).numpy()
        return means

    def _evaluation_of(self, split: Split) -> Callable[[Sequence[Any]], Any]:
        data = InMemory(split)
        slices, rest = divmod(data.examples, EVALUATED_AT_ONCE)
        data.as_fit_gives()

        def evaluate(weights: Any) -> Any:
            metrics = of_each_seed(self._metrics, weights[0].shape[0])

            def after(metrics: Any, indices: Any) -> Any:
                batch = batch_at(data, indices)
                return vectorized_map(lambda seed: self._tested(seed[0], seed[1], batch), (weights, metrics))

            for index in tf.range(slices):
                metrics = after(metrics, index * EVALUATED_AT_ONCE + tf.range(EVALUATED_AT_ONCE))
            if rest:
                metrics = after(metrics, tf.range(slices * EVALUATED_AT_ONCE, data.examples))
            return tf.transpose(vectorized_map(self._result, metrics))

        compiled: Callable[[Sequence[Any]], Any] = tf.function(evaluate, jit_compile=True)
        return compiled

    def _tested(self, weights: Any, metrics: Any, batch: Any) -> list[Any]:
        held = [*zip(self._model.trainable_variables, weights, strict=True), *pairs(self._model, metrics)]
        with keras.StatelessScope(state_mapping=held) as scope:
            self._model.test_step(batch)
        return updated(self._model, scope)

    def _result(self, metrics: Any) -> Any:
        with keras.StatelessScope(state_mapping=pairs(self._model, metrics)):
            logs = self._model.get_metrics_result()
        return tf.stack([scalar(logs["loss"]), self._quality.sign * scalar(logs[name_in(logs, self._quality)])])
