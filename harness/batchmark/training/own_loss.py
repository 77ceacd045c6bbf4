"""The loss that a model is trained by, on a batch, as nothing but a function of its weights."""

import inspect
from typing import Any

from batchmark.training.keras_versions import keras


def own_loss(model: Any, batch: Any) -> Any:
    """Return what the model's own ``compute_loss`` makes of its call on `batch`, regularisation included.

    The call is that of an evaluation (``training=False``): dropout drops nothing and batch statistics are those that
    were kept, so the same weights give the same loss.
    """
    inputs, targets, sample_weight = keras.utils.unpack_x_y_sample_weight(batch)
    # Private, as Keras has no other way to tell a call that takes no such argument.
    told = {"training": False} if getattr(model, "_call_has_training_arg", True) else {}
    predictions = model(inputs, **told)
    # Keras 2's, and one of a user's own, don't take it.
    takes = "training" in inspect.signature(model.compute_loss).parameters
    return model.compute_loss(inputs, targets, predictions, sample_weight, **({"training": False} if takes else {}))
