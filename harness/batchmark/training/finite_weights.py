"""Whether a model's weights are still numbers: its logs need not say."""

from typing import Any

import tensorflow as tf

from batchmark.training.state import plain


def weights_are_finite(model: Any) -> bool:
    """Whether every floating-point variable of `model` is finite. Asked between visits, never within an epoch."""
    variables = [variable for variable in map(plain, model.variables) if variable.dtype.is_floating]
    return bool(tf.reduce_all([tf.reduce_all(tf.math.is_finite(variable)) for variable in variables]))
