"""What a model overrides of Keras' own, and a loop that calls its train step alone would pass over."""

from typing import Any

import tensorflow as tf

from batchmark.training.keras_versions import keras

_AROUND_TRAINING = ("fit", "make_train_function")
_AROUND_EVALUATION = ("evaluate", "make_test_function")


def why_not_around_its_step(model: Any) -> str | None:
    """Return why an epoch made of `model`'s train step alone is not its ``fit``; None where nothing says so."""
    if getattr(model, "run_eagerly", False) or tf.config.functions_run_eagerly():
        return "the model runs eagerly: in fit its Python runs at every step"
    return _told(model, _AROUND_TRAINING)


def why_not_around_its_test_step(model: Any) -> str | None:
    """Return why an evaluation made of `model`'s test step alone is not its ``evaluate``; None: nothing says so."""
    return _told(model, _AROUND_EVALUATION)


def _told(model: Any, names: tuple[str, ...]) -> str | None:
    for name in names:
        # On the class, or on this very model.
        if getattr(type(model), name) is not getattr(keras.Model, name) or name in vars(model):
            return f"the model has a {name} of its own, which would be passed over"
    return None
