"""A model's variables: made by tracing its step, read and written."""

from collections.abc import Iterable
from typing import Any

import jax
import numpy as np

from batchmark.training.examples import Examples, InMemory
from batchmark.training.jax.arrays import is_sparse
from batchmark.training.keras_state import KerasVariables
from batchmark.training.state import TracedStep

_DRAWING = ("random_bits", "random_gamma", "threefry2x32", "rng_bit_generator", "rng_uniform")
"""What draws in a traced step; keys are made of a seed by others."""


class JaxVariables(KerasVariables):
    """What holds what a model learns."""

    def trace(self, model: Any, data: Examples, batch_size: int) -> TracedStep:
        """Trace the model's train step for batches of `data`, which creates every variable that training needs."""
        batch = first_batch(data, batch_size)
        # Private, as Keras has no other way to make all of them without a step.
        model._symbolic_build(data_batch=batch)  # noqa: SLF001
        program, (logs, _) = jax.make_jaxpr(model.train_step, return_shape=True)(state_of(model), batch)
        drawn = {name for name in _primitives(program.jaxpr) if name in _DRAWING}
        return TracedStep(logs, (), frozenset(drawn))

    def are_finite(self, variables: Iterable[Any]) -> bool:
        """Whether every number in `variables` is finite, asked of the device that holds them."""
        floats = [each.value for each in variables if jax.numpy.issubdtype(each.value.dtype, jax.numpy.floating)]
        return bool(_all_finite(floats))


@jax.jit  # type: ignore[untyped-decorator]  # JAX has no types here
def _all_finite(values: list[Any]) -> Any:
    return jax.numpy.all(jax.numpy.array([jax.numpy.isfinite(value).all() for value in values]))


def state_of(model: Any, *, copied: bool = True) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Return what the model's train step takes and gives back.

    `copied`: in arrays that may be reused for what it gives, as the model's own may where a step gave them.
    """
    groups = (
        model.trainable_variables,
        model.non_trainable_variables,
        model.optimizer.variables if model.optimizer is not None else [],
        model.metrics_variables,
    )
    value = _own if copied else _as_it_is
    trained, beside, optimizer, metrics = ([value(variable.value) for variable in group] for group in groups)
    return trained, beside, optimizer, metrics


def set_state(model: Any, state: tuple[list[Any], list[Any], list[Any], list[Any]]) -> None:
    """Put what a train step gave back on the model."""
    trained, beside, optimizer, metrics = state
    groups = (
        (model.trainable_variables, trained),
        (model.non_trainable_variables, beside),
        (model.optimizer.variables if model.optimizer is not None else [], optimizer),
        (model.metrics_variables, metrics),
    )
    for variables, values in groups:
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)


def first_batch(data: Examples, batch_size: int) -> Any:
    """Return the first batch of `data` as a train step takes it."""
    if not isinstance(data, InMemory):
        return next(iter(data.dataset(batch_size)))
    return jax.tree.map(lambda part: part[:batch_size], data.as_fit_gives(), is_leaf=is_sparse)


def _as_it_is(value: Any) -> Any:
    return value


def _own(value: Any) -> Any:
    # Not an array's weaker type, which a loop would not find again in what a step gives.
    return jax.numpy.array(np.asarray(value), dtype=value.dtype)


def _primitives(program: Any) -> set[str]:
    """Return the names of all operations in a traced program, those within others too."""
    found: set[str] = set()
    for equation in program.eqns:
        found.add(str(equation.primitive.name))
        for inner in jax.tree.leaves(
            list(equation.params.values()), is_leaf=lambda each: hasattr(each, "eqns") or hasattr(each, "jaxpr")
        ):
            within = getattr(inner, "jaxpr", inner)
            if hasattr(within, "eqns"):
                found |= _primitives(within)
    return found
