"""The loop that leaves Python out: a whole epoch in one compiled function."""

import time
from typing import Any

import tensorflow as tf

from batchmark.training.boundary import Clock, EpochBoundaries
from batchmark.training.data_order import DataOrder
from batchmark.training.keras_versions import create_training_variables, optimizer_variables
from batchmark.workloads import Split


class CompiledLoop:
    """One continuing training that calls the model's own ``train_step`` inside a ``tf.while_loop``.

    The same examples in the same number of steps as ``fit``, the partial last batch and the metrics
    included. The order is drawn on the host, within the epoch's time.

    Note: an argsort inside XLA was tried for the order; rejected because it is slow on a CPU.
    """

    def __init__(
        self,
        model: Any,
        train: Split,
        *,
        batch_size: int,
        order: DataOrder,
        xla: bool,
        clock: Clock = time.perf_counter,
    ) -> None:
        """Take a compiled model; nothing is trained, traced or compiled yet."""
        self.model = model
        self.compilation = "xla" if xla else "graph"
        self._x = tf.constant(train.x)
        self._y = tf.constant(train.y)
        self._order = order
        self._clock = clock
        self._full_batches, self._partial_batch = divmod(len(train), batch_size)
        self._batch_size = batch_size
        self._epoch = tf.function(self._trace_epoch, jit_compile=xla)
        self._ready = False

    def run(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs and return their boundaries."""
        boundaries = EpochBoundaries(self._clock)
        for _ in range(epochs):
            boundaries.mark(self.run_epoch()["loss"])
        return boundaries

    def run_epoch(self) -> dict[str, float]:
        """Train one more epoch and return what the model's metrics ended with, as ``fit`` logs them."""
        self._make_ready()
        self.model.reset_metrics()
        results = self._epoch(tf.constant(self._order.next_epoch()))
        return {name: float(value) for name, value in results.items()}

    def restart(self, weights: tuple[Any, ...], order: DataOrder) -> None:
        """Begin a new training from `weights`, without compiling again.

        The optimizer's state is as new. `weights`: as `batchmark.training.models.initial_weights` gives them.
        """
        self._make_ready()
        self._order = order
        for variable, value in zip(self.model.variables, weights, strict=True):
            variable.assign(value)
        for variable, value in zip(optimizer_variables(self.model.optimizer), self._new_optimizer_state, strict=True):
            variable.assign(value)

    def _make_ready(self) -> None:
        if not self._ready:
            create_training_variables(self.model, self._x[: self._batch_size], self._y[: self._batch_size])
            self._new_optimizer_state = [v.numpy() for v in optimizer_variables(self.model.optimizer)]
            self._ready = True

    def _trace_epoch(self, order: Any) -> Any:
        covered = self._full_batches * self._batch_size
        if self._full_batches:
            # Reshaped beforehand: a slice that moves with the loop does not compile in XLA.
            batches = tf.reshape(order[:covered], (self._full_batches, self._batch_size))
            for step in tf.range(self._full_batches):
                self._train_step(batches[step])
        if self._partial_batch:
            self._train_step(order[covered:])
        return self.model.get_metrics_result()

    def _train_step(self, indices: Any) -> None:
        self.model.train_step((tf.gather(self._x, indices), tf.gather(self._y, indices)))
