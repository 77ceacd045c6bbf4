"""The loop that leaves Python out: a whole epoch in one compiled program."""

import time
from collections.abc import Sequence
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from batchmark.errors import TrainingError
from batchmark.training.boundary import Clock, EpochBoundaries, Logs
from batchmark.training.data_order import DataOrder, Permutation
from batchmark.training.examples import Examples, InMemory
from batchmark.training.jax.arrays import is_sparse
from batchmark.training.jax.carried import as_before, through
from batchmark.training.jax.convolutions import with_fast_convolutions
from batchmark.training.jax.metrics import logs_of, new_metrics
from batchmark.training.jax.variables import JaxVariables, set_state, state_of
from batchmark.training.keras_state import KerasState
from batchmark.training.keras_versions import finish_fit_call, keras

Parts = tuple[list[Any], list[Any], list[Any]]
"""A step's state without its metrics, which each epoch begins anew."""


class ScannedLoop:
    """One continuing training that calls the model's own ``train_step`` in a ``lax.scan``.

    The same examples in the same number of steps as ``fit``, the partial last batch and the metrics included. The order
    is drawn on the host, within the epoch's time, and what an epoch gives is put back on the model, as ``fit`` does.
    """

    compilation = "xla"
    xla = True

    def __init__(
        self, model: Any, data: Examples, *, batch_size: int, order: DataOrder, clock: Clock = time.perf_counter
    ) -> None:
        """Take a compiled model; nothing is trained, traced or compiled yet.

        Raises TrainingError: data that aren't arrays in memory, or are sparse.
        """
        if not isinstance(data, InMemory):
            message = "a compiled epoch takes arrays; fit takes a data set of batches"
            raise TrainingError(message)
        if any(map(is_sparse, keras.tree.flatten(data.as_fit_gives()))):
            message = "a compiled epoch can't shuffle sparse arrays; fit can"
            raise TrainingError(message)
        self.model = model
        self._data = data
        self._order = order
        self._clock = clock
        self._batch_size = batch_size
        self._has_own_arrays = False

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
        # It may have changed the weights.
        self._has_own_arrays = False

    def go_on(self, epochs: int) -> EpochBoundaries:
        """Train `epochs` more epochs within one call, and return their boundaries."""
        # What is looked for in the step beforehand is the harness's own work, and no epoch's.
        self._make_ready()
        boundaries = EpochBoundaries(self._clock)
        for _ in range(epochs):
            boundaries.mark(self.run_epoch(), is_done=True)
        return boundaries

    def run_epoch(self) -> Logs:
        """Train one more epoch and return what ``fit`` would log at its end."""
        return self.train_on(self._order.next_epoch(), self._batch_size)

    def train_on(self, order: Permutation, batch_size: int) -> Logs:
        """Train on the examples at `order` by batches of any size; return what is logged."""
        self._make_ready()
        # An evaluation since the last epoch has put other arrays in the place of those that were.
        trained, beside, optimizer, _ = state_of(self.model, copied=not self._has_own_arrays)
        full = len(order) // batch_size
        covered = full * batch_size
        batches, rest = order[:covered].reshape(full, batch_size), order[covered:]
        logs, after, metrics = self._epoch((trained, beside, optimizer), self._parts, batches, rest)
        set_state(self.model, (*after, metrics))
        # One program gives all of it.
        jax.block_until_ready(metrics or after)
        self._has_own_arrays = True
        return {name: float(np.mean(value)) for name, value in logs.items()}

    def restart(self, weights: Sequence[NDArray[Any]], order: DataOrder) -> None:
        """Begin a new training from `weights`, without compiling again; all else that training changes is as new."""
        self._make_ready()
        self._order = order
        self._as_new.restore(self._new_values)
        JaxVariables().set_weights(self.model, weights)
        self._has_own_arrays = False

    def _make_ready(self) -> None:
        if hasattr(self, "_epoch"):
            return
        traced = JaxVariables().trace(self.model, self._data, self._batch_size)
        self._as_new = KerasState(self.model)
        self._new_values = self._as_new.read()
        self._new_metrics = new_metrics(self.model)
        # As fit decides: the metrics' own values, unless a train_step of one's own logs something else.
        self._logs_are_metrics = not traced.logs or set(traced.logs) == set(self.model.get_metrics_result())
        self._parts = self._data.as_fit_gives()
        self._epoch = jax.jit(self._trace_epoch, donate_argnums=0)

    def _trace_epoch(self, parts: Parts, data: Any, batches: Any, rest: Any) -> tuple[Any, Parts, list[Any]]:
        @with_fast_convolutions
        def step(state: Any, indices: Any) -> tuple[Any, Any]:
            batch = jax.tree.map(lambda part: part[indices], data)
            logs, after = self.model.train_step(state, batch)
            return as_before(after, state), None if self._logs_are_metrics else logs

        metrics = [jax.numpy.array(value) for value in self._new_metrics]
        (trained, beside, optimizer, metrics), logs = through(step, (*parts, metrics), batches, rest)
        return logs_of(self.model, metrics) if self._logs_are_metrics else logs, (trained, beside, optimizer), metrics
