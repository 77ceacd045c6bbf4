"""What PyTorch knows of the machine it trains on, and waiting for it."""

import os
from typing import Any

import torch

from batchmark.training.keras_versions import keras

_FLAG_VARIABLES = (
    "KERAS_TORCH_DEVICE",
    "OMP_NUM_THREADS",
    "MKL_NUM_THREADS",
    "CUDA_VISIBLE_DEVICES",
    "CUDA_LAUNCH_BLOCKING",
    "PYTORCH_CUDA_ALLOC_CONF",
    "TORCHINDUCTOR_FREEZING",
)


class Devices:
    """The devices that PyTorch sees."""

    def version(self) -> str:
        """Return PyTorch's release."""
        return str(torch.__version__)

    def facts(self) -> dict[str, object]:
        """Return the training device, thread settings and the flags that change what is measured."""
        kind = _kind()
        is_cuda = kind == "cuda"
        return {
            # As every backend calls it.
            "device": {"cpu": "CPU", "cuda": "GPU"}.get(kind, kind.upper()),
            "device_count": 1,
            "devices_visible": torch.cuda.device_count() if is_cuda else 1,
            "device_name": torch.cuda.get_device_name(_device()) if is_cuda else None,
            "intra_op_threads": torch.get_num_threads(),
            "inter_op_threads": torch.get_num_interop_threads(),
            "flags": {name: os.environ[name] for name in _FLAG_VARIABLES if name in os.environ},
        }

    def synchronise(self, model: Any = None) -> None:
        """Wait until the device has done what it was given, whatever `model` is: on a CPU nothing is left."""
        del model
        if (kind := _kind()) != "cpu":
            getattr(torch, kind).synchronize()

    def runs_eagerly(self) -> bool:
        """Whether a setting has every function run as Python: there is none."""
        return False

    def has_accelerator(self) -> bool:
        """Whether it trains on anything but a CPU."""
        return _kind() != "cpu"

    def peak_bytes(self) -> int | None:
        """Return the most memory PyTorch had in use on the GPU that it trains on, in bytes; None without one."""
        return int(torch.cuda.max_memory_allocated(_device())) if _kind() == "cuda" else None


def _device() -> torch.device:
    """Return what Keras puts tensors on."""
    return torch.device(keras.src.backend.torch.core.get_device())


def _kind() -> str:
    """Return its kind: ``cpu``, ``cuda``, ``mps``."""
    return str(_device().type)
