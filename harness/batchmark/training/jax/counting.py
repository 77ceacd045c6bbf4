"""The program that XLA makes of a step."""

from typing import Any

import jax

from batchmark.training.counting.program import Program
from batchmark.training.examples import Examples
from batchmark.training.jax.variables import first_batch, state_of


def program_of_step(model: Any, data: Examples, batch_size: int) -> Program:
    """Return what XLA makes of the model's train step at this batch size.

    Raises what JAX raises where it can't be compiled.
    """
    compiled = jax.jit(model.train_step).lower(state_of(model), first_batch(data, batch_size)).compile()
    return Program(compiled.as_text())
