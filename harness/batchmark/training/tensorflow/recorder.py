"""What records the batches that ``fit`` hands to a step on TensorFlow."""

from typing import Any

import tensorflow as tf

from batchmark.training.recorder import Recorder


class TensorRecorder(Recorder):
    """Its step logs tensors."""

    def train_step(self, data: Any) -> dict[str, Any]:
        """Keep `data`."""
        self.keep(data)
        return {"loss": tf.constant(0.0)}
