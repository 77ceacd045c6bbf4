"""The loops that leave Python out: a whole epoch in one compiled function."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from batchmark.errors import TrainingError
from batchmark.training.boundary import Clock, EpochBoundaries, Logs
from batchmark.training.data_order import DataOrder, Permutation
from batchmark.training.examples import Examples, InMemory
from batchmark.training.keras_versions import finish_fit_call
from batchmark.training.tensorflow.batches import batch_at, spec_of_batches
from batchmark.training.tensorflow.state import Kept, TrainingState, variables_of
from batchmark.training.tensorflow.tracing import as_traced, trace_step, train_step_of, with_evaluation


class CompiledLoop:
    """One continuing training that calls the model's own ``train_step`` inside a ``tf.while_loop``.

    The same examples in the same number of steps as ``fit``, the partial last batch and the metrics
    included. The order is drawn on the host, within the epoch's time. Over a pipeline the epoch is a graph that
    takes the batches from the dataset's iterator, and `xla` compiles the step in it: XLA can't read a pipeline.

    Note: an argsort inside XLA was tried for the order; rejected because it is slow on a CPU.
    """

    def __init__(
        self,
        model: Any,
        data: Examples,
        *,
        batch_size: int,
        order: DataOrder,
        xla: bool,
        clock: Clock = time.perf_counter,
    ) -> None:
        """Take a compiled model; nothing is trained, traced or compiled yet. A pipeline has its own `order`.

        Raises TrainingError: text under XLA, at which some releases of TensorFlow abort the process; sparse arrays,
        which can't be taken apart by a permutation.
        """
        self.model = model
        self.compilation = "xla" if xla else "graph"
        self.xla = xla
        self._data = data
        self._order = order
        self._clock = clock
        self._batch_size = batch_size
        self._spec = spec_of_batches(data, batch_size)
        specs = tf.nest.flatten(self._spec)
        if xla and any(getattr(spec, "dtype", None) == tf.string for spec in specs):
            message = "XLA knows no text"
            raise TrainingError(message)
        if isinstance(data, InMemory) and any(isinstance(spec, tf.SparseTensorSpec) for spec in specs):
            message = "a compiled epoch can't shuffle sparse arrays; fit can"
            raise TrainingError(message)
        if isinstance(data, InMemory):
            self._take = partial(batch_at, data)
            self._epoch = (
                tf.function(self._trace_xla_epoch, jit_compile=True) if xla else tf.function(self._trace_epoch)
            )
        else:
            self._dataset = data.dataset(batch_size)
            self._epoch = tf.function(self._trace_pipeline_epoch)
        self._ready = False
        self._has_restarted = False

    def run(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs and return their boundaries."""
        boundaries = self.go_on(epochs)
        self.end()
        return boundaries

    def begin(self) -> None:
        """Begin what ``fit`` would call one call: there is no set-up."""

    def end(self) -> None:
        """End it."""
        finish_fit_call(self.model)

    def go_on(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs within one call, and return their boundaries."""
        boundaries = EpochBoundaries(self._clock)
        for _ in range(epochs):
            boundaries.mark(self.run_epoch())
        return boundaries

    def run_epoch(self) -> Logs:
        """Train one more epoch and return what ``fit`` would log at its end."""
        if isinstance(self._data, InMemory):
            return self.train_on(self._order.next_epoch(), self._batch_size)
        self._make_ready()
        self.model.reset_metrics()
        return _numbers(self._epoch(iter(self._dataset)))

    def train_on(self, order: Permutation, batch_size: int) -> Logs:
        """Train on the examples at `order`, of arrays in memory, by batches of any size; return what is logged."""
        self._make_ready()
        self.model.reset_metrics()
        return _numbers(self._epoch(tf.constant(order), batch_size))

    def restart(self, weights: Sequence[NDArray[Any]], order: DataOrder) -> None:
        """Begin a new training from `weights`, without compiling again.

        All else that training changes is as new, and what evaluations have changed since the first time. `weights`: as
        `batchmark.training.models.initial_weights` gives them.
        """
        self._make_ready()
        if not self._has_restarted:
            # Not before: a loop that never begins again is evaluated by nobody, and its first epoch is timed.
            traced = with_evaluation(self._traced, self.model, self._spec)
            self._as_new.add(TrainingState(self.model, traced).beside_weights(self.model))
            self._has_restarted = True
        self._order = order
        self._as_new.restore()
        for variable, value in zip(variables_of(self.model), weights, strict=True):
            variable.assign(value)

    def _make_ready(self) -> None:
        if self._ready:
            return
        step = train_step_of(self.model)
        if self.xla and isinstance(self._data, InMemory):
            self._step = step
            self._traced = trace_step(self.model, self._spec)
        else:
            # Traced once for every batch, as fit does: each random operation then has one state, as in fit.
            function = tf.function(step, jit_compile=self.xla, input_signature=[self._spec], autograph=False)
            self._traced = as_traced(function.get_concrete_function())
            self._step = function
        self._logs = self._traced.logs
        self._as_new = Kept(TrainingState(self.model, self._traced).beside_weights(self.model))
        # As fit decides: the metrics' own values, unless a train_step of one's own logs something else.
        self._logs_are_metrics = not self._logs or set(self._logs) == set(self.model.get_metrics_result())
        self._ready = True

    def _trace_epoch(self, order: Any, size: int) -> Any:
        examples = order.shape[0]
        logs = self._no_logs()
        for step in tf.range(-(-examples // size)):
            logs = self._train_step(self._take(order[step * size : tf.minimum((step + 1) * size, examples)]))
        return self._logs_at_end(logs)

    def _trace_xla_epoch(self, order: Any, size: int) -> Any:
        """Batches of fixed shape: XLA refuses recurrent layers whose batch it doesn't know beforehand.

        Note: a partial step outside of a loop was tried; rejected because TensorFlow 2.12's LSTM and GRU then
        train to other weights.
        """
        full, partial = divmod(order.shape[0], size)
        covered = full * size
        logs = self._no_logs()
        if full:
            # Reshaped beforehand: a slice that moves with the loop does not compile in XLA.
            batches = tf.reshape(order[:covered], (full, size))
            for step in tf.range(full):
                logs = self._train_step(self._take(batches[step]))
        if partial:
            for _ in tf.range(1):
                logs = self._train_step(self._take(order[covered:]))
        return self._logs_at_end(logs)

    def _trace_pipeline_epoch(self, batches: Any) -> Any:
        logs = self._no_logs()
        for batch in batches:
            logs = self._train_step(batch)
        return self._logs_at_end(logs)

    def _train_step(self, batch: Any) -> Any:
        logs = self._step(batch)
        return {} if self._logs_are_metrics else logs

    def _logs_at_end(self, logs: Any) -> Any:
        return self.model.get_metrics_result() if self._logs_are_metrics else logs

    def _no_logs(self) -> Any:
        """Return what a loop in a graph carries before its first step."""
        if self._logs_are_metrics:
            return {}
        return tf.nest.map_structure(lambda spec: tf.zeros(spec.shape, spec.dtype), self._logs)


def _numbers(logs: Any) -> Logs:
    return {name: _number(value) for name, value in logs.items()}


def _number(value: Any) -> float:
    """Return a log as a number; the mean where a metric gives several, as one of each class."""
    return float(np.mean(value))
