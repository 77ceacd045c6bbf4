"""Training many seeds at once: an epoch is one XLA program over state with a leading seed axis.

A step on JAX is a function of all its state, so ``vmap`` serves every model whose step is: what isn't trained,
optimizers that look at a whole weight, and random numbers too.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from batchmark.training.data_order import DataOrder
from batchmark.training.evaluation import EVALUATED_AT_ONCE, name_in
from batchmark.training.examples import InMemory
from batchmark.training.jax.arrays import is_sparse
from batchmark.training.jax.carried import as_before, through
from batchmark.training.jax.metrics import logs_of, new_metrics
from batchmark.training.jax.variables import state_of
from batchmark.training.keras_versions import keras
from batchmark.training.overrides import why_not_around_its_step, why_not_around_its_test_step
from batchmark.training.stacking import EpochMeans, NotStackableError
from batchmark.workloads import Split
from batchmark.workloads.quality import Quality


def why_not_stackable(model: Any, train: Split) -> str | None:
    """Return why seeds of this model can't be trained at once, or None if they can; what it misses the proof finds."""
    if any(map(is_sparse, keras.tree.flatten((train.x, train.y, train.sample_weight)))):
        return "the data are sparse"
    overridden = why_not_around_its_step(model) or why_not_around_its_test_step(model)
    if overridden is None and getattr(model.optimizer, "use_ema", False):
        # It puts the averages in at the end of a call of fit.
        return "the optimizer averages the weights"
    return overridden


class StackedEvaluation:
    """Loss and quality of stacked weights on the workload's test sets, by the model's own ``test_step``."""

    def __init__(self, model: Any, quality: Quality, validation: Split, fresh: Split) -> None:
        """Take a template `model`, whose metrics exist: its own weights are not used."""
        self._model = model
        self._quality = quality
        self._metrics = new_metrics(model)
        self._validation = self._evaluation_of(validation)
        self._fresh = self._validation if fresh is validation else self._evaluation_of(fresh)

    def validation(self, weights: Any) -> EpochMeans:
        """Evaluate every seed on the workload's own test set."""
        return np.asarray(self._validation(weights), np.float32)

    def fresh(self, weights: Any) -> EpochMeans:
        """Evaluate every seed on the large fresh test set."""
        return np.asarray(self._fresh(weights), np.float32)

    def _evaluation_of(self, split: Split) -> Any:
        data = InMemory(split)
        parts = data.as_fit_gives()
        indices = np.arange(data.examples)
        covered = data.examples - data.examples % EVALUATED_AT_ONCE

        def of_seed(weights: Any, parts: Any) -> Any:
            trained, beside = weights

            def tested(state: Any, indices: Any) -> tuple[Any, None]:
                batch = jax.tree.map(lambda part: part[indices], parts)
                _, after = self._model.test_step(state, batch)
                return as_before(after, state), None

            state = (trained, beside, [jax.numpy.array(value) for value in self._metrics])
            state, _ = through(tested, state, indices[:covered].reshape(-1, EVALUATED_AT_ONCE), indices[covered:])
            return means_of_metrics(self._model, state[2], self._quality)

        evaluate = jax.jit(jax.vmap(of_seed, in_axes=(0, None), out_axes=1))
        return partial(_with_parts, evaluate, parts)


def _with_parts(evaluate: Any, parts: Any, weights: Any) -> Any:
    return evaluate(weights, parts)


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

        `model` is the template, whose variables exist: its own values are not used, but for its optimizer's.
        """
        if len(weights[0]) != len(model.variables):
            message = "the model's variables are others than its weights"
            raise NotStackableError(message)
        self._model = model
        self._quality = quality
        self._metrics = new_metrics(model)
        self._evaluation = evaluation
        self._orders = orders
        self._batch_size = batch_size
        _, _, self._new_optimizer, _ = state_of(model)
        self._state = self._begun_from(weights)
        self._parts = train.as_fit_gives()
        self._epoch = jax.jit(jax.vmap(self._trace_epoch, in_axes=(0, None, 0, 0), out_axes=(0, 1)), donate_argnums=0)

    def run_epoch(self) -> EpochMeans:
        """Train every seed one epoch and return the running means of that epoch."""
        return self.train_on(np.stack([order.next_epoch() for order in self._orders]), self._batch_size)

    def train_on(self, orders: NDArray[np.int32], batch_size: int, *, as_small: bool = False) -> EpochMeans:
        """Train every seed on the examples at `orders`, shape (seeds, examples), and return their running means.

        Batches of all sizes are trained alike.
        """
        del as_small
        full = orders.shape[1] // batch_size
        covered = full * batch_size
        batches = orders[:, :covered].reshape(len(orders), full, batch_size)
        self._state, means = self._epoch(self._state, self._parts, batches, orders[:, covered:])
        return np.asarray(means, np.float32)

    def set_learning_rate(self, rate: float) -> None:
        """Go on at another learning rate."""
        trained, beside, optimizer = self._state
        at = self._place_of("_learning_rate")
        if at is None:
            message = "the learning rate is a schedule"
            raise NotStackableError(message)
        optimizer = [*optimizer[:at], jax.numpy.full_like(optimizer[at], rate), *optimizer[at + 1 :]]
        self._state = (trained, beside, optimizer)

    def restart(self, weights: Sequence[Sequence[NDArray[np.float32]]]) -> None:
        """Begin other trainings, as many, from these weights, without compiling again; the learning rate stays."""
        at = self._place_of("_learning_rate")
        rate = None if at is None else float(np.asarray(self._state[2][at])[0])
        self._state = self._begun_from(weights)
        if rate is not None:
            self.set_learning_rate(rate)

    def steps_done(self) -> int:
        """Return how many updates the optimizer has counted."""
        at = self._place_of("_iterations")
        batches = 0 if at is None else int(np.asarray(self._state[2][at])[0])
        # What Keras itself makes of it where gradients are accumulated.
        return batches // (getattr(self._model.optimizer, "gradient_accumulation_steps", None) or 1)

    def _place_of(self, name: str) -> int | None:
        """Return where the optimizer's variable of this private name is among its variables; None: it is none."""
        own = getattr(self._model.optimizer, name, None)
        return next((index for index, each in enumerate(self._model.optimizer.variables) if each is own), None)

    def validate(self) -> EpochMeans:
        """Evaluate every seed on the workload's own test set."""
        return self._evaluation.validation(self._state[:2])

    def evaluate_fresh(self) -> EpochMeans:
        """Evaluate every seed on the large fresh test set."""
        return self._evaluation.fresh(self._state[:2])

    def all_weights(self) -> list[NDArray[np.float32]]:
        """Return the weights of all seeds, what isn't trained among them, in the order of the model's variables."""
        trained, beside, _ = self._state
        groups = ((self._model.trainable_variables, trained), (self._model.non_trainable_variables, beside))
        by_variable = {
            id(variable): value
            for variables, values in groups
            for variable, value in zip(variables, values, strict=True)
        }
        return [np.asarray(by_variable[id(variable)]) for variable in self._model.variables]

    def weights(self, seed_index: int) -> list[NDArray[np.float32]]:
        """Return one seed's weights."""
        return [weight[seed_index] for weight in self.all_weights()]

    def optimizer_state(self, seed_index: int) -> list[NDArray[Any]]:
        """Return one seed's optimizer state."""
        return [np.asarray(value[seed_index]) for value in self._state[2]]

    def _begun_from(self, weights: Sequence[Sequence[NDArray[np.float32]]]) -> tuple[list[Any], list[Any], list[Any]]:
        model = self._model
        stacked = {
            id(variable): jax.numpy.asarray(np.stack(same))
            for variable, same in zip(model.variables, zip(*weights, strict=True), strict=True)
        }
        trained, beside = (
            [stacked[id(variable)] for variable in group]
            for group in (model.trainable_variables, model.non_trainable_variables)
        )
        return trained, beside, [jax.numpy.array([value] * len(weights)) for value in self._new_optimizer]

    def _trace_epoch(self, parts: Any, data: Any, batches: Any, rest: Any) -> tuple[Any, Any]:
        def step(state: Any, indices: Any) -> tuple[Any, None]:
            _, after = self._model.train_step(state, jax.tree.map(lambda part: part[indices], data))
            return as_before(after, state), None

        state = (*parts, [jax.numpy.array(value) for value in self._metrics])
        state, _ = through(step, state, batches, rest)
        return state[:3], means_of_metrics(self._model, state[3], self._quality)


def means_of_metrics(model: Any, metrics: Sequence[Any], quality: Quality) -> Any:
    """Return loss and quality, shape (2,), of metrics that hold these values."""
    logs = logs_of(model, metrics)
    found = (logs["loss"], quality.sign * jax.numpy.mean(logs[name_in(logs, quality)]))
    return jax.numpy.stack([jax.numpy.asarray(each, jax.numpy.float32) for each in found])
