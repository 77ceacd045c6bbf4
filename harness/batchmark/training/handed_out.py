"""Whether a model is a new one: what was handed out before may have trained, and would go on where it stopped."""

import weakref
from collections.abc import Iterator
from typing import Any

import tensorflow as tf

from batchmark.errors import WorkloadError
from batchmark.training.keras_versions import keras

_HANDED_OUT: weakref.WeakValueDictionary[int, Any] = weakref.WeakValueDictionary()


def require_new(model: Any, line: str) -> None:
    """Refuse a `model` that was handed out before, or has a layer, an optimizer or a metric that was; `line` built it.

    Layers without variables hold nothing, and may stand in several models.

    Raises WorkloadError.
    """
    owned = list(_owned(model))
    for what, thing in owned:
        if _HANDED_OUT.get(id(thing)) is thing and getattr(thing, "variables", True):
            message = (
                f"{line}: it returns {what} that it returned before: each training has to begin anew; "
                f"make the {what.split()[1]} inside the function, and load or adapt it there"
            )
            raise WorkloadError(message)
    for _, thing in owned:
        _HANDED_OUT[id(thing)] = thing


def _owned(model: Any) -> Iterator[tuple[str, Any]]:
    yield "a model", model
    # Private, as Keras has no other way to the layers inside layers.
    for layer in model._flatten_layers(include_self=False):  # noqa: SLF001
        yield f"a layer ({layer.name})", layer
    for value in _attributes(model):
        if isinstance(value, keras.optimizers.Optimizer):
            yield "an optimizer", value
            if inner := getattr(value, "inner_optimizer", None):
                yield "an optimizer", inner
    for metric in _given_metrics(model):
        yield f"a metric ({metric.name})", metric


def _given_metrics(model: Any) -> Iterator[Any]:
    """Yield the metric objects that ``compile`` was given, wherever Keras keeps them."""
    for name in ("_compile_metrics", "compiled_metrics"):
        container = vars(model).get(name)
        for attribute in ("_user_metrics", "_user_weighted_metrics"):
            given = tf.nest.flatten(getattr(container, attribute, None))
            yield from (each for each in given if isinstance(each, keras.metrics.Metric))


def _attributes(model: Any) -> Iterator[Any]:
    """Yield what hangs on `model`, and what stands in lists and dictionaries that do."""
    yield model.optimizer
    for value in vars(model).values():
        yield value
        if isinstance(value, dict):
            yield from value.values()
        elif isinstance(value, (list, tuple)):
            yield from value
