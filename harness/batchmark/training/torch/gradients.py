"""The gradient of a model's own loss, by PyTorch's autograd."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from batchmark.training.examples import InMemory
from batchmark.training.keras_versions import keras
from batchmark.training.map_parts import Indices
from batchmark.training.own_loss import own_loss


def gradients_of(model: Any, data: InMemory) -> Callable[[Indices], tuple[float, NDArray[np.float32]]]:
    """Return what gives loss and gradient of a batch of `data` at the model's weights; nothing is compiled."""
    is_trained = set(map(id, model.trainable_variables))
    trained = [variable for variable in model.variables if id(variable) in is_trained]
    parts = data.as_fit_gives()

    def of_batch(indices: Indices) -> tuple[float, NDArray[np.float32]]:
        at = torch.as_tensor(np.asarray(indices, np.int64))
        loss = own_loss(model, keras.tree.map_structure(lambda part: part[at.to(part.device)], parts))
        gradients = torch.autograd.grad(
            loss, [variable.value for variable in trained], allow_unused=True, materialize_grads=True
        )
        flat = torch.cat([each.reshape(-1).float() for each in gradients])
        return float(loss.detach()), flat.cpu().numpy()

    return of_batch
