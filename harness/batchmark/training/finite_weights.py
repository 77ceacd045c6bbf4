"""Whether a model's weights are still numbers: its logs need not say."""

from typing import Any

import tensorflow as tf

from batchmark.training.state import plain


def weights_are_finite(model: Any) -> bool:
    """Whether every weight that `model` trains is finite. Asked between visits, never within an epoch.

    What isn't trained may hold what it likes: a mask of minus infinity.
    """
    variables = [variable for variable in map(plain, model.trainable_variables) if variable.dtype.is_floating]
    return bool(tf.reduce_all([tf.reduce_all(tf.math.is_finite(variable)) for variable in variables]))
