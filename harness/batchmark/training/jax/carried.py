"""What a compiled loop carries from step to step."""

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
