"""The gradient of a model's own loss, compiled for each batch size."""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from numpy.typing import NDArray

from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.map_parts import Indices
from batchmark.training.own_loss import own_loss


def gradients_of(model: Any, data: InMemory) -> Callable[[Indices], tuple[float, NDArray[np.float32]]]:
    """Return what gives loss and gradient of a batch of `data` at the model's weights."""
    is_trained = set(map(id, model.trainable_variables))
    trained = [variable for variable in model.variables if id(variable) in is_trained]
    beside = [variable for variable in model.variables if id(variable) not in is_trained]
    parts = data.as_fit_gives()

    def loss_of(values: Any, others: Any, parts: Any, indices: Any) -> Any:
        batch = jax.tree.map(lambda part: part[indices], parts)
        pairs = [*zip(trained, values, strict=True), *zip(beside, others, strict=True)]
        with keras.StatelessScope(state_mapping=pairs, collect_losses=True):
            return own_loss(model, batch)

    def both(values: Any, others: Any, parts: Any, indices: Any) -> tuple[Any, Any]:
        loss, gradients = jax.value_and_grad(loss_of)(values, others, parts, indices)
        flat = [each.ravel().astype(jax.numpy.float32) for each in gradients]
        return loss, jax.numpy.concatenate(flat)

    compiled = jax.jit(both)

    def of_batch(indices: Indices) -> tuple[float, NDArray[np.float32]]:
        values, others = ([variable.value for variable in group] for group in (trained, beside))
        loss, gradient = compiled(values, others, parts, np.asarray(indices, np.int32))
        return float(loss), np.asarray(gradient)

    return of_batch
