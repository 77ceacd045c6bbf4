"""What a compiled loop carries from step to step, and how it goes through an epoch's batches."""

from collections.abc import Callable
from typing import Any

import jax


def as_before(after: Any, before: Any) -> Any:
    """Return a step's new state in the structure and types of its old one, which a loop needs.

    Keras gives lists where it took tuples, and numbers of a weaker type.
    """
    values = jax.tree.leaves(after)
    types = jax.tree.leaves(before)
    cast = [jax.lax.convert_element_type(value, was.dtype) for value, was in zip(values, types, strict=True)]
    return jax.tree.unflatten(jax.tree.structure(before), cast)


def through(step: Callable[[Any, Any], tuple[Any, Any]], state: Any, batches: Any, rest: Any) -> tuple[Any, Any]:
    """Return `state` after a step for each of `batches`, in a scan, and one for the `rest`, and what the last gave.

    `batches` are full ones, their examples' indices of shape (steps, batch size); either may be empty.
    """
    given = None
    if batches.shape[0]:
        state, of_steps = jax.lax.scan(step, state, batches)
        given = jax.tree.map(lambda values: values[-1], of_steps)
    if rest.shape[0]:
        state, given = step(state, rest)
    return state, given
