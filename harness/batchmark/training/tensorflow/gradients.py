"""The gradient of a model's own loss, as one graph for batches of every size."""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from batchmark.training.examples import InMemory
from batchmark.training.map_parts import Indices
from batchmark.training.own_loss import own_loss
from batchmark.training.tensorflow.batches import batch_at
from batchmark.training.tensorflow.state import plain, variables_of


def gradients_of(model: Any, data: InMemory) -> Callable[[Indices], tuple[float, NDArray[np.float32]]]:
    """Return what gives loss and gradient of a batch of `data` at the model's weights.

    Note: XLA was tried; rejected because it compiles each batch size anew, for as long as hundreds of gradients take.
    """
    trained = {id(variable.handle) for variable in map(plain, model.trainable_variables)}
    variables = [variable for variable in variables_of(model) if id(variable.handle) in trained]
    data.as_fit_gives()

    def both(indices: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            loss = own_loss(model, batch_at(data, indices))
        gradients = tape.gradient(loss, variables, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        # An embedding's is given row by row.
        flat = [tf.reshape(tf.cast(tf.convert_to_tensor(each), tf.float32), (-1,)) for each in gradients]
        return loss, tf.concat(flat, axis=0)

    compiled = tf.function(both, input_signature=[tf.TensorSpec([None], tf.int32)], autograph=False)

    def of_batch(indices: Indices) -> tuple[float, NDArray[np.float32]]:
        loss, gradient = compiled(tf.constant(np.asarray(indices, np.int32)))
        return float(loss), gradient.numpy()

    return of_batch
