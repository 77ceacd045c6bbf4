"""Where Keras 2 (TensorFlow up to 2.15) and Keras 3 differ. No other module asks for the version."""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf


def is_keras_3() -> bool:
    """Whether this is Keras 3, whose layers can be called without their own state."""
    return int(keras.__version__.partition(".")[0]) >= 3  # noqa: PLR2004


def create_training_variables(model: Any, x: Any, y: Any) -> None:
    """Create the optimizer's and the metrics' variables without training a step.

    `x`, `y`: a batch, used for its shape and dtype alone. Both Keras versions create these variables
    when a step is first traced; a compiled epoch needs them before its loop. Tracing runs nothing,
    so weights and optimizer state keep their initial values.
    """
    specs = (tf.TensorSpec(x.shape, x.dtype), tf.TensorSpec(y.shape, y.dtype))
    tf.function(model.train_step).get_concrete_function(specs)


def optimizer_variables(optimizer: Any) -> Sequence[Any]:
    """Return the optimizer's variables: a method in TensorFlow 2.12, a property later."""
    variables = optimizer.variables
    found: Sequence[Any] = variables() if callable(variables) and not isinstance(variables, list) else variables
    return found
