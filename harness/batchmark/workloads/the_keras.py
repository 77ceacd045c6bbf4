"""The Keras that workloads are written in and that trains them: the one place that knows where it comes from."""

from typing import Any

from batchmark.backends import TENSORFLOW
from batchmark.workloads.keras_backend import backend_in_use


def the_keras() -> Any:  # noqa: ANN401  Keras has no types
    """Return the module ``keras``. This imports it, and what it trains with.

    From TensorFlow where it trains with that: which brings Keras 2 up to 2.15 and takes the installed Keras 3 later.

    Note: `import keras` was tried; rejected because it has only half the names where TensorFlow brings Keras 2, and
    TensorFlow 2.12 hands out its older optimizers there, without AdamW.
    """
    # A workload's model is Keras code, and the controller reads workloads without any of these.
    if backend_in_use() != TENSORFLOW:
        import keras  # noqa: PLC0415

        return keras
    import tensorflow as tf  # noqa: PLC0415

    return tf.keras
