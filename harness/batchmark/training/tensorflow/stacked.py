"""Training many seeds at once: the weights get a leading seed axis, and an epoch is one XLA program.

Keras' stateless calls compute each seed's gradients under ``tf.vectorized_map``; the workload's own
optimizer then updates the stacked weights, which equals updating each seed's because its arithmetic is
elementwise.

Note: ``optimizer.stateless_apply`` inside the map was tried; rejected because Keras refuses it on TensorFlow.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.data_order import DataOrder
from batchmark.training.evaluation import EVALUATED_AT_ONCE, name_in
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.stacking import EpochMeans, NotStackableError
from batchmark.training.tensorflow.batches import batch_at
from batchmark.workloads import Split
from batchmark.workloads.quality import LOSS, Quality


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
            metrics = _of_each_seed(self._metrics, weights[0].shape[0])

            def after(metrics: Any, indices: Any) -> Any:
                batch = batch_at(data, indices)
                return tf.vectorized_map(lambda seed: self._tested(seed[0], seed[1], batch), (weights, metrics))

            for index in tf.range(slices):
                metrics = after(metrics, index * EVALUATED_AT_ONCE + tf.range(EVALUATED_AT_ONCE))
            if rest:
                metrics = after(metrics, tf.range(slices * EVALUATED_AT_ONCE, data.examples))
            return tf.transpose(tf.vectorized_map(self._result, metrics))

        compiled: Callable[[Sequence[Any]], Any] = tf.function(evaluate, jit_compile=True)
        return compiled

    def _tested(self, weights: Any, metrics: Any, batch: Any) -> list[Any]:
        pairs = [*zip(self._model.trainable_variables, weights, strict=True), *_pairs(self._model, metrics)]
        with keras.StatelessScope(state_mapping=pairs) as scope:
            self._model.test_step(batch)
        return _updated(self._model, scope)

    def _result(self, metrics: Any) -> Any:
        with keras.StatelessScope(state_mapping=_pairs(self._model, metrics)):
            logs = self._model.get_metrics_result()
        return tf.stack([_scalar(logs["loss"]), self._quality.sign * _scalar(logs[name_in(logs, self._quality)])])


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
        self._weights = [keras.Variable(np.stack(same)) for same in zip(*weights, strict=True)]
        self._optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        self._optimizer.build(self._weights)
        self._new_optimizer = [variable.numpy() for variable in self._optimizer.variables]
        self._orders = orders
        self._train = train
        train.as_fit_gives()
        self._epoch = tf.function(self._trace_epoch, jit_compile=True)

    def run_epoch(self) -> EpochMeans:
        """Train every seed one epoch and return the running means of that epoch."""
        return self.train_on(np.stack([order.next_epoch() for order in self._orders]), self._batch_size)

    def train_on(self, orders: NDArray[np.int32], batch_size: int) -> EpochMeans:
        """Train every seed on the examples at `orders`, shape (seeds, examples), and return their running means."""
        means: EpochMeans = self._epoch(tf.constant(orders), batch_size).numpy()
        return means

    def set_learning_rate(self, rate: float) -> None:
        """Go on at another learning rate."""
        self._optimizer.learning_rate = rate

    def restart(self, weights: Sequence[Sequence[NDArray[np.float32]]]) -> None:
        """Begin other trainings, as many, from these weights, without compiling again; the learning rate stays."""
        for variable, same in zip(self._weights, zip(*weights, strict=True), strict=True):
            variable.assign(np.stack(same))
        for variable, value in zip(self._optimizer.variables, self._new_optimizer, strict=True):
            if variable is not self._optimizer._learning_rate:  # noqa: SLF001  the rate itself may be a schedule's
                variable.assign(value)

    def steps_done(self) -> int:
        """Return how many updates the optimizer has counted."""
        return int(self._optimizer.iterations.numpy())

    def validate(self) -> EpochMeans:
        """Evaluate every seed on the workload's own test set."""
        return self._evaluation.validation(self._values())

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate every seed on the large fresh test set."""
        return self._evaluation.fresh(self._values())

    def weights(self, seed_index: int) -> list[NDArray[np.float32]]:
        """Return one seed's weights."""
        return [variable.numpy()[seed_index] for variable in self._weights]

    def optimizer_state(self, seed_index: int) -> list[NDArray[Any]]:
        """Return one seed's optimizer state; what all seeds have in common, as the count of steps, as it is."""
        shapes = {tuple(weight.shape) for weight in self._weights}
        values = [variable.numpy() for variable in self._optimizer.variables]
        return [value[seed_index] if value.shape in shapes else value for value in values]

    def _values(self) -> list[Any]:
        return [weight.value for weight in self._weights]

    def _trace_epoch(self, orders: Any, batch_size: int) -> Any:
        examples = orders.shape[1]
        full, partial = divmod(examples, batch_size)
        covered = full * batch_size
        loss = tf.zeros((orders.shape[0],))
        metrics = _of_each_seed(self._metrics, orders.shape[0])
        if full:
            batches = tf.reshape(orders[:, :covered], (-1, full, batch_size))
            batches = tf.transpose(batches, (1, 0, 2))
            for step in tf.range(full):
                of_step, metrics = self._train_step(batches[step], metrics)
                loss += batch_size * of_step
        if partial:
            of_step, metrics = self._train_step(orders[:, covered:], metrics)
            loss += partial * of_step
        loss /= examples
        if self._quality.log == LOSS:
            return tf.stack([loss, self._quality.sign * loss])
        return tf.stack([loss, tf.vectorized_map(self._logged, metrics)])

    def _train_step(self, indices: Any, metrics: Any) -> Any:
        gradients, loss, metrics = tf.vectorized_map(self._gradients, (self._values(), metrics, indices))
        self._optimizer.apply(gradients, self._weights)
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
        with keras.StatelessScope(state_mapping=_pairs(self._model, metrics)) as scope:
            self._model.compute_metrics(inputs, targets, predictions)
        return tape.gradient(loss, weights), loss, _updated(self._model, scope)

    def _logged(self, metrics: Any) -> Any:
        with keras.StatelessScope(state_mapping=_pairs(self._model, metrics)):
            logs = self._model.get_metrics_result()
        return self._quality.sign * _scalar(logs[name_in(logs, self._quality)])


def new_metrics(model: Any) -> list[NDArray[Any]]:
    """Return what the model's metrics hold before a batch."""
    model.reset_metrics()
    return [variable.numpy() for variable in model.metrics_variables]


def _of_each_seed(values: Sequence[NDArray[Any]], seeds: int) -> list[Any]:
    return [tf.constant(np.broadcast_to(value, (seeds, *value.shape))) for value in values]


def _pairs(model: Any, metrics: Sequence[Any]) -> list[tuple[Any, Any]]:
    return list(zip(model.metrics_variables, metrics, strict=True))


def _updated(model: Any, scope: Any) -> list[Any]:
    return [scope.get_current_value(variable) for variable in model.metrics_variables]


def _scalar(value: Any) -> Any:
    return tf.reduce_mean(tf.cast(value, tf.float32))
