"""Training many seeds at once: the weights get a seed axis, and an epoch is one XLA program.

Keras' stateless calls compute each seed's gradients in a vectorised map; the workload's own
optimizer then updates the stacked weights, which equals updating each seed's because its arithmetic is
elementwise.

Note: ``optimizer.stateless_apply`` inside the map was tried; rejected because Keras refuses it on TensorFlow.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.data_order import DataOrder
from batchmark.training.evaluation import name_in
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.stacking import EpochMeans, NotStackableError
from batchmark.training.tensorflow.batches import batch_at
from batchmark.training.tensorflow.devices import Devices
from batchmark.training.tensorflow.seeds_axis import SeedsFirst, SeedsLast, stacked
from batchmark.training.tensorflow.stacked_evaluation import StackedEvaluation
from batchmark.training.tensorflow.stacked_metrics import new_metrics, of_each_seed, pairs, scalar, updated
from batchmark.training.tensorflow.vectorizing import FEW_MULTIPLICATIONS, vectorized_map
from batchmark.workloads.quality import LOSS, Quality

_SMALL = 1_000
"""Up to how many multiplications of a batch by the largest weight seeds are stored last."""


class StackedTraining:
    """Trainings of one workload at one batch size that differ only in their seed."""

    def __init__(
        self,
        model: Any,
        quality: Quality,
        train: InMemory,
        evaluation: StackedEvaluation,
        *,
        batch_size: int,
        weights: Sequence[Sequence[NDArray[np.float32]]],
        orders: Sequence[DataOrder],
    ) -> None:
        """Stack `weights`, one list of arrays per seed, each with its order.

        `model` is the template, whose metrics exist: its own weights are not used.
        """
        self._model = model
        self._quality = quality
        self._metrics = new_metrics(model)
        self._evaluation = evaluation
        self._batch_size = batch_size
        first = stacked(weights)
        self._stored = SeedsFirst(model, first)
        # What small batches are trained on, within an epoch; made when there are some.
        self._last: SeedsLast | None = None
        self._largest = max(weight[0].size for weight in first)
        self._new_optimizer = [np.asarray(value) for value in self._stored.optimizer_state()]
        self._orders = orders
        self._train = train
        train.as_fit_gives()
        self._epoch = tf.function(self._trace_epoch, jit_compile=True)

    def run_epoch(self) -> EpochMeans:
        """Train every seed one epoch and return the running means of that epoch."""
        return self.train_on(np.stack([order.next_epoch() for order in self._orders]), self._batch_size)

    def train_on(self, orders: NDArray[np.int32], batch_size: int, *, as_small: bool = False) -> EpochMeans:
        """Train every seed on the examples at `orders`, shape (seeds, examples), and return their running means.

        `as_small`: as small batches are trained, whatever their size.
        """
        is_small = self._largest * batch_size <= _SMALL and not Devices().has_accelerator()
        is_last = (as_small or is_small) and _may_be_stored_otherwise(self._model)
        if is_last and self._last is None:
            self._last = SeedsLast(self._model, [weight.numpy() for weight in self._stored.weights()])
        means: EpochMeans = self._epoch(tf.constant(orders), batch_size, is_last, as_small).numpy()
        return means

    def set_learning_rate(self, rate: float) -> None:
        """Go on at another learning rate."""
        self._stored.optimizer.learning_rate = rate

    def restart(self, weights: Sequence[Sequence[NDArray[np.float32]]]) -> None:
        """Begin other trainings, as many, from these weights, without compiling again; the learning rate stays."""
        self._stored.set_weights(stacked(weights))
        optimizer = self._stored.optimizer
        for variable, value in zip(optimizer.variables, self._new_optimizer, strict=True):
            if variable is not optimizer._learning_rate:  # noqa: SLF001  the rate itself may be a schedule's
                variable.assign(value)

    def steps_done(self) -> int:
        """Return how many updates the optimizer has counted."""
        return int(self._stored.optimizer.iterations.numpy())

    def validate(self) -> EpochMeans:
        """Evaluate every seed on the workload's own test set."""
        return self._evaluation.validation(self._stored.weights())

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate every seed on the large fresh test set."""
        return self._evaluation.fresh(self._stored.weights())

    def all_weights(self) -> list[NDArray[np.float32]]:
        """Return the weights, each of all seeds: the first axis is the seed."""
        return [weight.numpy() for weight in self._stored.weights()]

    def weights(self, seed_index: int) -> list[NDArray[np.float32]]:
        """Return one seed's weights."""
        return [weight[seed_index] for weight in self.all_weights()]

    def optimizer_state(self, seed_index: int) -> list[NDArray[Any]]:
        """Return one seed's optimizer state; what all seeds have in common, as the count of steps, as it is."""
        values = [np.asarray(value) for value in self._stored.optimizer_state()]
        by_seed = self._stored.is_by_seed()
        return [value[seed_index] if is_one else value for value, is_one in zip(values, by_seed, strict=True)]

    def _trace_epoch(self, orders: Any, batch_size: int, is_last: bool, as_small: bool) -> Any:  # noqa: FBT001  traced by position
        small = math.inf if as_small else FEW_MULTIPLICATIONS
        if not is_last or self._last is None:
            return self._trace_steps(self._stored, orders, batch_size, small)
        self._last.go_on_from(self._stored)
        means = self._trace_steps(self._last, orders, batch_size, small)
        self._stored.go_on_from(self._last)
        return means

    def _trace_steps(self, on: SeedsFirst, orders: Any, batch_size: int, small: float) -> Any:
        examples = orders.shape[1]
        full, partial = divmod(examples, batch_size)
        covered = full * batch_size
        loss = tf.zeros((orders.shape[0],))
        metrics = of_each_seed(self._metrics, orders.shape[0])
        if full:
            batches = tf.reshape(orders[:, :covered], (-1, full, batch_size))
            batches = tf.transpose(batches, (1, 0, 2))
            for step in tf.range(full):
                of_step, metrics = self._train_step(on, batches[step], metrics, small)
                loss += batch_size * of_step
        if partial:
            of_step, metrics = self._train_step(on, orders[:, covered:], metrics, small)
            loss += partial * of_step
        loss /= examples
        if self._quality.log == LOSS:
            return tf.stack([loss, self._quality.sign * loss])
        return tf.stack([loss, vectorized_map(self._logged, metrics)])

    def _train_step(self, on: SeedsFirst, indices: Any, metrics: Any, small: float) -> Any:
        gradients, loss, metrics = vectorized_map(self._gradients, (on.weights(), metrics, indices), small=small)
        on.apply(gradients)
        return loss, metrics

    def _gradients(self, seed: Any) -> Any:
        weights, metrics, indices = seed
        inputs, targets, _ = keras.utils.unpack_x_y_sample_weight(batch_at(self._train, indices))
        with tf.GradientTape() as tape:
            tape.watch(weights)
            predictions, _, own_losses = self._model.stateless_call(
                weights, [], inputs, training=True, return_losses=True
            )
            if own_losses:
                message = "the model adds losses of its own"
                raise NotStackableError(message)
            loss = self._model.compute_loss(inputs, targets, predictions, training=True)
        with keras.StatelessScope(state_mapping=pairs(self._model, metrics)) as scope:
            self._model.compute_metrics(inputs, targets, predictions)
        return tape.gradient(loss, weights), loss, updated(self._model, scope)

    def _logged(self, metrics: Any) -> Any:
        with keras.StatelessScope(state_mapping=pairs(self._model, metrics)):
            logs = self._model.get_metrics_result()
        return self._quality.sign * scalar(logs[name_in(logs, self._quality)])


def _may_be_stored_otherwise(model: Any) -> bool:
    """Whether the optimizer is one of Keras' own, whose arithmetic knows no axis."""
    return type(model.optimizer).__module__.startswith(("keras.", "keras_core."))
