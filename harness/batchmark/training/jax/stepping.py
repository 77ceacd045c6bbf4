"""A train step compiled by itself."""

from collections.abc import Callable
from typing import Any

import jax

from batchmark.training.jax.variables import state_of


def step_of(model: Any, *, xla: bool) -> Callable[[Any], Any]:
    """Return what trains a model for one batch, compiled by XLA as ``fit`` does it, whatever is asked for."""
    del xla
    train = jax.jit(model.train_step, donate_argnums=0)
    state: list[Any] = []

    def step(batch: Any) -> Any:
        if not state:
            model._symbolic_build(data_batch=batch)  # noqa: SLF001  Keras has no other way to make all variables
            state.append(state_of(model))
        logs, state[0] = train(state[0], batch)
        # What is waited for are the results.
        jax.block_until_ready(state[0])
        return logs

    return step
