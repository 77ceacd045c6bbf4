"""A model's ``tf.Variable``s: made by tracing its step, read and written."""

from collections.abc import Iterable
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.examples import Examples
from batchmark.training.state import TracedStep
from batchmark.training.tensorflow.batches import spec_of_batches
from batchmark.training.tensorflow.state import TrainingState, plain, variables_of
from batchmark.training.tensorflow.tracing import trace_step, with_evaluation


class TensorVariables:
    """What holds what a model learns."""

    def trace(self, model: Any, data: Examples, batch_size: int) -> TracedStep:
        """Trace the model's train step for batches of `data`, which creates every variable that training needs."""
        return trace_step(model, spec_of_batches(data, batch_size))

    def state(self, model: Any, data: Examples, batch_size: int) -> TrainingState:
        """Return every variable that training on batches of `data`, or an evaluation, changes."""
        spec = spec_of_batches(data, batch_size)
        return TrainingState(model, with_evaluation(trace_step(model, spec), model, spec))

    def weights(self, model: Any) -> tuple[NDArray[Any], ...]:
        """Return the model's own variables, what isn't trained among them."""
        return tuple(variable.numpy() for variable in variables_of(model))

    def trained(self, model: Any) -> tuple[str | None, ...]:
        """Return, for each of what `weights` gives, the path of the variable if it is trained; None if it is not."""
        trained = {id(plain(variable).handle) for variable in model.trainable_variables}
        own = [each for each in model.variables if hasattr(plain(each), "handle")]
        paths = [str(getattr(each, "path", each.name)).partition(":")[0] for each in own]
        return tuple(path if id(plain(each).handle) in trained else None for each, path in zip(own, paths, strict=True))

    def set_weights(self, model: Any, weights: Iterable[NDArray[Any]]) -> None:
        """Put them back, as `weights` gave them."""
        for variable, value in zip(variables_of(model), weights, strict=True):
            variable.assign(value)

    def value(self, variable: Any) -> NDArray[Any]:
        """Return what one of Keras' variables holds."""
        value: NDArray[Any] = variable.numpy()
        return value

    def are_finite(self, variables: Iterable[Any]) -> bool:
        """Whether every number in `variables` is finite, asked of the device that holds them."""
        floats = [variable for variable in map(plain, variables) if variable.dtype.is_floating]
        return bool(tf.reduce_all([tf.reduce_all(tf.math.is_finite(variable)) for variable in floats]))
