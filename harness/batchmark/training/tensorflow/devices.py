"""What TensorFlow knows of the machine it trains on, and waiting for it."""

import os
from typing import Any

import tensorflow as tf

_OF_GPUS = ("TF_FORCE_GPU_ALLOW_GROWTH",)
_FLAG_VARIABLES = ("XLA_FLAGS", "TF_XLA_FLAGS", "TF_ENABLE_ONEDNN_OPTS", "OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES")


class Devices:
    """The devices that TensorFlow sees."""

    def version(self) -> str:
        """Return TensorFlow's release."""
        return str(tf.__version__)

    def facts(self) -> dict[str, object]:
        """Return the training device, thread settings and the flags that change what is measured.

        ``device_count`` is of the devices that train: of several that TensorFlow sees it uses the first, unless a
        strategy spreads the training.
        """
        # Not the logical devices: to list them would fix settings that a workload's own module may still make.
        gpus = tf.config.get_visible_devices("GPU")
        return {
            "device": gpus[0].device_type if gpus else "CPU",
            "device_count": tf.distribute.get_strategy().num_replicas_in_sync,
            "devices_visible": len(gpus) or 1,
            "device_name": _gpu_name(gpus[0]) if gpus else None,
            # 0 means that TensorFlow chooses
            "intra_op_threads": tf.config.threading.get_intra_op_parallelism_threads(),
            "inter_op_threads": tf.config.threading.get_inter_op_parallelism_threads(),
            "flags": {
                name: os.environ[name] for name in (*_FLAG_VARIABLES, *(_OF_GPUS if gpus else ())) if name in os.environ
            },
        }

    def synchronise(self, model: Any = None) -> None:
        """Wait until every device has done the work that was given to it, whatever `model` is."""
        del model
        tf.test.experimental.sync_devices()

    def runs_eagerly(self) -> bool:
        """Whether ``tf.config.run_functions_eagerly`` was called."""
        return bool(tf.config.functions_run_eagerly())

    def has_accelerator(self) -> bool:
        """Whether there is a GPU."""
        return bool(tf.config.list_physical_devices("GPU"))

    def peak_bytes(self) -> int | None:
        """Return the most memory TensorFlow had in use on the first GPU, in bytes; None without a GPU."""
        if not self.has_accelerator():
            return None
        return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])


def _gpu_name(gpu: object) -> str:
    details = tf.config.experimental.get_device_details(gpu)
    return str(details.get("device_name", "unnamed GPU"))
