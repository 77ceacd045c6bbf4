"""A train step as TensorFlow traces it: which variables it reads and writes, and what random numbers it draws."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import tensorflow as tf

from batchmark.training.state import TracedStep

_DRAWING = ("Random", "Multinomial", "Normal", "StatefulUniform", "StatelessShuffle")


def train_step_of(model: Any) -> Callable[[Any], Any]:
    """Return the model's own ``train_step`` as ``fit`` traces it: without AutoGraph, which can break a user's code."""
    step: Callable[[Any], Any] = tf.autograph.experimental.do_not_convert(model.train_step)
    return step


def test_step_of(model: Any) -> Callable[[Any], Any]:
    """Return the model's own ``test_step`` as ``evaluate`` traces it."""
    step: Callable[[Any], Any] = tf.autograph.experimental.do_not_convert(model.test_step)
    return step


def step_of(model: Any, *, xla: bool) -> Callable[[Any], Any]:
    """Return a train step that is compiled by itself."""
    step: Callable[[Any], Any] = tf.function(
        train_step_of(model), jit_compile=xla, reduce_retracing=True, autograph=False
    )
    return step


def trace_step(model: Any, spec: Any) -> TracedStep:
    """Trace the model's train step for batches like `spec`, which creates every variable that training needs.

    Both Keras versions create a model's, the optimizer's and the metrics' variables when a step is first traced.
    Tracing runs nothing, so weights and optimizer state keep their initial values.

    Note: calling an unbuilt model on a batch was tried; rejected because a model with a ``train_step`` of its
    own need not have a ``call``.
    """
    return as_traced(tf.function(train_step_of(model), autograph=False).get_concrete_function(spec))


def with_evaluation(traced: TracedStep, model: Any, spec: Any) -> TracedStep:
    """Return what a train step told, with the variables that the model's test step reads and writes beside it.

    An evaluation between epochs changes them, as a best value so far, and no train step ever sees them.
    """
    try:
        concrete = tf.function(test_step_of(model), autograph=False).get_concrete_function(spec)
    except Exception:  # noqa: BLE001  whatever a step of the user's own raises: who evaluates it is told
        return traced
    known = {id(variable.handle) for variable in traced.variables}
    others = (variable for variable in _captured(concrete) if id(variable.handle) not in known)
    return replace(traced, variables=(*traced.variables, *others))


def as_traced(concrete: Any) -> TracedStep:
    """Return what a concrete function of a train step tells."""
    operations = frozenset(kind for kind in _operations(concrete.graph) if _draws(kind))
    return TracedStep(concrete.structured_outputs, _captured(concrete), operations)


def runs_python(concrete: Any) -> bool:
    """Whether a concrete function calls Python whenever it runs, which may count or keep what no variable holds."""
    return any("PyFunc" in kind for kind in _operations(concrete.graph))


def _captured(concrete: Any) -> tuple[Any, ...]:
    # A graph keeps its variables in no order, and what it captured in the order of the step's own code.
    by_handle = {id(variable.handle): variable for variable in concrete.graph.variables}
    return tuple(by_handle[id(handle)] for handle in concrete.captured_inputs if id(handle) in by_handle)


def _operations(graph: Any) -> Iterator[str]:
    definition = graph.as_graph_def()
    yield from (node.op for node in definition.node)
    for function in definition.library.function:
        yield from (node.op for node in function.node_def)


def _draws(kind: str) -> bool:
    # Keys and counters are made of what a seed is, and draw nothing.
    is_drawn = any(word in kind for word in _DRAWING)
    return is_drawn and not kind.startswith(("StatelessRandomGet", "RandomDataset"))
