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

from batchmark.training.data_order import Shuffled
from batchmark.training.evaluation import mean_over_slices
from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import is_keras_3, keras
from batchmark.training.quality import quality_metric
from batchmark.workloads import Split, Workload

EpochMeans = NDArray[np.float32]
"""Shape (2, seeds): loss and quality, each a mean per example."""

_ELEMENTWISE = frozenset({"SGD", "Adam", "AdamW", "Adamax", "Nadam", "RMSprop", "Adagrad", "Adadelta", "Lion"})


class NotStackableError(Exception):
    """Tracing found what can't be seen on the model beforehand."""


def why_not_stackable(model: Any, train: Split) -> str | None:
    """Return why seeds of this model can't be trained at once, or None if they can.

    The reasons: Keras 2 has no stateless call; state beside the weights would need an axis of its own;
    an optimizer or a constraint that looks at a whole weight matrix would mix the seeds; a train step, a loss
    or a setting that belongs to the model's own variables would be passed over.
    """
    optimizer = model.optimizer
    # Private, as Keras has no other way to the layers inside layers.
    layers = model._flatten_layers()  # noqa: SLF001
    reasons = {
        "Keras 2 has no stateless calls": not is_keras_3(),
        "the model has several inputs or outputs": tf.nest.is_nested(train.x) or tf.nest.is_nested(train.y),
        "examples have weights": train.sample_weight is not None,
        "the model isn't built before its first batch": not model.built,
        "the model has weights that are not trained": bool(model.non_trainable_variables),
        "the model has a train step of its own": type(model).train_step is not keras.Model.train_step,
        "the model adds losses of its own": bool(model.losses)
        or any(getattr(layer, "activity_regularizer", None) for layer in layers),
        "the model constrains its weights": any(
            getattr(variable, "constraint", None) is not None for variable in model.trainable_variables
        ),
        "the model has several outputs": len(getattr(model, "outputs", ()) or ()) != 1,
        "the optimizer is not elementwise": type(optimizer).__name__ not in _ELEMENTWISE,
        "the optimizer clips by a norm": bool(
            getattr(optimizer, "clipnorm", None) or getattr(optimizer, "global_clipnorm", None)
        ),
        "the optimizer scales the loss": bool(getattr(optimizer, "loss_scale_factor", None)),
        "the optimizer averages the weights": bool(getattr(optimizer, "use_ema", False)),
        "the optimizer accumulates gradients": bool(getattr(optimizer, "gradient_accumulation_steps", None)),
        "the optimizer excludes variables from weight decay": bool(
            getattr(optimizer, "weight_decay", None)
            and (
                getattr(optimizer, "_exclude_from_weight_decay", None)
                or getattr(optimizer, "_exclude_from_weight_decay_pattern", None)
            )
        ),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


class StackedEvaluation:
    """Loss and quality of stacked weights on the workload's test sets; serves every batch size.

    Note: tried an evaluation for each batch size; rejected because compiling them took a third of Table 1's time.
    """

    def __init__(self, model: Any, workload: Workload, validation: Split, fresh: Split) -> None:
        """Take a template `model`: its own weights are not used."""
        self._forward = _Forward(model, workload)
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
        x, y = InMemory(split).tensors()

        def evaluate(weights: Any) -> Any:
            def evaluate_slice(indices: Any) -> Any:
                inputs, targets = tf.gather(x, indices), tf.gather(y, indices)
                return tf.vectorized_map(
                    lambda seed: self._forward.means(seed, inputs, targets, training=False), weights
                )

            return tf.transpose(mean_over_slices(len(split), evaluate_slice))

        compiled: Callable[[Sequence[Any]], Any] = tf.function(evaluate, jit_compile=True)
        return compiled


class StackedTraining:
    """Trainings of one workload at one batch size that differ only in their seed."""

    def __init__(
        self,
        model: Any,
        workload: Workload,
        train: InMemory,
        evaluation: StackedEvaluation,
        *,
        batch_size: int,
        weights: Sequence[Sequence[NDArray[np.float32]]],
        seeds: Sequence[int],
    ) -> None:
        """Stack `weights`, one list of arrays per seed. `model` is the template: its own weights are not used."""
        self._forward = _Forward(model, workload)
        self._evaluation = evaluation
        self._batch_size = batch_size
        self._weights = [keras.Variable(np.stack(same)) for same in zip(*weights, strict=True)]
        self._optimizer = type(model.optimizer).from_config(model.optimizer.get_config())
        self._optimizer.build(self._weights)
        self._orders = [Shuffled(train.examples, seed) for seed in seeds]
        self._train = train.tensors()
        self._epoch = tf.function(self._trace_epoch, jit_compile=True)

    def run_epoch(self) -> EpochMeans:
        """Train every seed one epoch and return the running means of that epoch."""
        orders = np.stack([order.next_epoch() for order in self._orders])
        means: EpochMeans = self._epoch(tf.constant(orders)).numpy()
        return means

    def validate(self) -> EpochMeans:
        """Evaluate every seed on the workload's own test set."""
        return self._evaluation.validation(self._values())

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate every seed on the large fresh test set."""
        return self._evaluation.fresh(self._values())

    def weights(self, seed_index: int) -> list[NDArray[np.float32]]:
        """Return one seed's weights."""
        return [variable.numpy()[seed_index] for variable in self._weights]

    def _values(self) -> list[Any]:
        return [weight.value for weight in self._weights]

    def _trace_epoch(self, orders: Any) -> Any:
        examples = orders.shape[1]
        full, partial = divmod(examples, self._batch_size)
        covered = full * self._batch_size
        total = tf.zeros((orders.shape[0], 2))
        if full:
            batches = tf.reshape(orders[:, :covered], (-1, full, self._batch_size))
            batches = tf.transpose(batches, (1, 0, 2))
            for step in tf.range(full):
                total += self._batch_size * self._train_step(batches[step])
        if partial:
            total += partial * self._train_step(orders[:, covered:])
        return tf.transpose(total / examples)

    def _train_step(self, indices: Any) -> Any:
        gradients, means = tf.vectorized_map(self._gradients, (self._values(), indices))
        self._optimizer.apply(gradients, self._weights)
        return means

    def _gradients(self, seed: Any) -> Any:
        weights, indices = seed
        inputs, targets = (tf.gather(array, indices) for array in self._train)
        with tf.GradientTape() as tape:
            tape.watch(weights)
            means = self._forward.means(weights, inputs, targets, training=True)
            loss = means[0]
        return tape.gradient(loss, weights), means


class _Forward:
    """One seed's loss and quality on one batch."""

    def __init__(self, model: Any, workload: Workload) -> None:
        self._model = model
        self._quality = quality_metric(workload.quality_metric)

    def means(self, weights: Any, inputs: Any, targets: Any, *, training: bool) -> Any:
        """Return loss and quality, shape (2,), each a mean over the batch.

        Raises NotStackableError: the model adds a loss while it is called.
        """
        predictions, _, own_losses = self._model.stateless_call(
            weights, [], inputs, training=training, return_losses=True
        )
        if own_losses:
            message = "the model adds losses of its own"
            raise NotStackableError(message)
        loss = self._model.compute_loss(inputs, targets, predictions, training=training)
        return tf.stack([loss, self._quality(targets, predictions, loss)])
