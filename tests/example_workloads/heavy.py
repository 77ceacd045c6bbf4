"""A workload whose memory is its activations: some MiB an example, found as ``heavy:ACTIVATIONS``."""

from typing import Any

import numpy as np
import tensorflow as tf

from batchmark import Workload

keras = tf.keras  # `import keras` has only half the names where TensorFlow brings Keras 2
layers = keras.layers

EXAMPLES, FEATURES, COPIES = 400, 512, 512
BLOCKS = 6


def _model() -> Any:
    # One operation after the other: with several at once the peak of one batch size varies by a whole buffer.
    tf.config.threading.set_inter_op_parallelism_threads(1)
    hidden = [layers.Activation("tanh") for _ in range(BLOCKS)]
    model = keras.Sequential(
        [keras.Input((FEATURES,)), layers.RepeatVector(COPIES), *hidden, layers.Flatten(), layers.Dense(1)]
    )
    model.compile("sgd", "mse")
    return model


def _data() -> tuple[Any, Any]:
    x = np.random.default_rng(0).normal(size=(EXAMPLES, FEATURES)).astype("float32")
    return x, x[:, :1]


ACTIVATIONS = Workload(_model, _data, examples=EXAMPLES, reference_batch_size=100)
